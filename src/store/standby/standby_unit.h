#pragma once

#include <map>
#include <set>
#include <string>
#include <tuple>
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

// What units of work have read of the main database, so far.
struct MainView {
  using List = std::tuple<model::TenantId, Kind, std::string, std::string, std::size_t>;  // lookup, value
  using Name = std::tuple<model::TenantId, std::string, std::string>;                     // attribute, value

  std::map<Key, base::Result<Record>> rows;
  std::map<List, base::Result<std::vector<Record>>> lists;
  std::map<List, base::Result<Page>> pages;  // lookup is empty, value is `after`
  std::map<Name, base::Result<std::string>> holders;

  // What the last run missed. A unit of work cannot wait for it: it is read afterwards, and the body runs again.
  struct Wanted {
    std::set<Key> rows;
    std::set<List> lists, pages;
    std::set<Name> holders;
    bool any() const { return !rows.empty() || !lists.empty() || !pages.empty() || !holders.empty(); }
  };
};

// A unit of work of a standby (docs/design/0015-standby.md): reads what both stores say, and writes to the side what a
// login needs. Everything else is refused with read_only.
class StandbyUnit final : public Transaction {
 public:
  // All must outlive it.
  StandbyUnit(Transaction& side, const MainView& main, MainView::Wanted& wanted)
      : side_(side), main_(main), wanted_(wanted) {}

  base::Result<Record> get(const Key& key) override;
  base::Result<std::vector<Record>> find(const model::TenantId& tenant, Kind kind, std::string_view lookup,
                                         std::string_view value, std::size_t limit) override;
  base::Result<Page> page(const model::TenantId& tenant, Kind kind, std::string_view after, std::size_t limit) override;
  base::Result<void> put(Record record) override;
  base::Result<bool> merge(const Record& theirs) override;
  base::Result<void> erase(const Key& key) override;
  base::Result<void> claim(const model::TenantId& tenant, std::string_view attribute, std::string_view value,
                           std::string_view row_id, bool verified) override;
  base::Result<void> release(const model::TenantId& tenant, std::string_view attribute, std::string_view value,
                             std::string_view row_id) override;
  base::Result<std::string> holder(const model::TenantId& tenant, std::string_view attribute,
                                   std::string_view value) override;
  void append_event(model::Event event) override { side_.append_event(std::move(event)); }
  void enqueue(model::Job job) override { side_.enqueue(std::move(job)); }
  base::Time now() const override { return side_.now(); }

 private:
  Transaction& side_;
  const MainView& main_;
  MainView::Wanted& wanted_;
};

}  // namespace cardea::store
