#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <future>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "store/database.h"

namespace cardea::store {

// Kinds of which a standby has rows of its own beside those of the database that it may only read.
bool lives_aside(Kind kind);

// What a row is, as two stores know it; not_found when that is dead, expired, or neither has it. Other errors come out.
base::Result<Record> merged_row(const base::Result<Record>& main, const base::Result<Record>& side, base::Time now);
// The same for what a look-up found: `side_of` gives the side's state of a row that only the main list has.
base::Result<std::vector<Record>> merged_list(Kind kind, std::string_view lookup, std::string_view value,
                                              const std::vector<Record>& main, const std::vector<Record>& side,
                                              const std::function<base::Result<Record>(const Key&)>& side_of,
                                              base::Time now, std::size_t limit);

// Reads a database from within a unit of work of another one, whose thread waits for the answer. Safe from any thread
// but those of `main`.
class MainReader {
 public:
  // Must outlive it.
  explicit MainReader(Database& main);
  ~MainReader();

  Database& main() { return main_; }
  // Waits for what `work` gives.
  template <class T>
  T wait(base::awaitable<T> work);

 private:
  Database& main_;
  boost::asio::io_context loop_{1};
  boost::asio::executor_work_guard<base::Executor> guard_;
  std::thread thread_;
};

// A unit of work of a standby (docs/design/0015-standby.md): reads what both stores say, and writes to the side what a
// login needs. Everything else is refused with read_only.
class StandbyUnit final : public Transaction {
 public:
  // Both must outlive it.
  StandbyUnit(Transaction& side, MainReader& main) : side_(side), main_(main) {}

  base::Result<Record> get(const Key& key) override;
  base::Result<std::vector<Record>> find(const model::TenantId& tenant, Kind kind, std::string_view lookup,
                                         std::string_view value, std::size_t limit) override;
  base::Result<Page> page(const model::TenantId& tenant, Kind kind, std::string_view after, std::size_t limit) override;
  Key new_key(const model::TenantId& tenant, Kind kind) override { return side_.new_key(tenant, kind); }
  base::Result<void> put(Record record) override;
  base::Result<bool> merge(const Record& theirs, model::CellNumber from) override;
  base::Result<void> erase(const Key& key) override;
  base::Result<void> claim(const model::TenantId& tenant, std::string_view attribute, std::string_view value,
                           std::string_view row_id, bool verified) override;
  base::Result<void> release(const model::TenantId& tenant, std::string_view attribute, std::string_view value,
                             std::string_view row_id) override;
  base::Result<std::string> holder(const model::TenantId& tenant, std::string_view attribute,
                                   std::string_view value) override;
  base::Result<void> set_cursor(const std::string& follower, Lane lane, std::uint64_t lseq) override {
    return side_.set_cursor(follower, lane, lseq);
  }
  void append_event(model::Event event) override { side_.append_event(std::move(event)); }
  void enqueue(model::Job job) override { side_.enqueue(std::move(job)); }
  base::Time now() const override { return side_.now(); }

 private:
  // What the main database has, the same throughout the unit.
  const base::Result<Record>& row_of(const Key& key);

  Transaction& side_;
  MainReader& main_;
  std::map<Key, base::Result<Record>> rows_;
};

template <class T>
T MainReader::wait(base::awaitable<T> work) {
  std::promise<T> answer;
  auto future = answer.get_future();
  boost::asio::co_spawn(loop_, std::move(work), [&answer](std::exception_ptr error, T value) {
    if (error)
      answer.set_exception(error);
    else
      answer.set_value(std::move(value));
  });
  return future.get();
}

}  // namespace cardea::store
