#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/fake_clock.h"
#include "crypto/seal.h"
#include "store/open.h"
#include "store/record.h"
#include "tests/store_contract/temporary_folder.h"
#include "tests/store_contract/wait.h"

// What every engine owes to the rest of the program. A test file of an engine instantiates the suites with its Backend.
// The tests are in the contract_*.h files; include each in one source file.

namespace cardea::store {

struct Backend {
  std::string name;
  std::function<std::unique_ptr<Database>(const Surroundings&, const std::filesystem::path& folder)> open;
};

inline void PrintTo(const Backend& backend, std::ostream* out) { *out << backend.name; }

// Prints the reason of a failure.
class TestLog final : public base::Log {
 public:
  void write(base::LogLevel level, std::string_view message, Fields fields) override {
    if (level == base::LogLevel::error) std::cerr << message << ' ' << base::json::serialize(fields) << '\n';
  }
};

class EngineContract : public testing::TestWithParam<Backend> {
 protected:
  EngineContract() {
    EXPECT_TRUE(keys_.learn(tenant_, keys_.make_wrapped()));
    EXPECT_TRUE(keys_.learn(other_, keys_.make_wrapped()));
    database_ = GetParam().open({clock_, random_, log_, keys_, 7}, folder_.path());
  }

  Key user_key(std::string id = "U1") const { return {tenant_, Kind::user, std::move(id)}; }

  static Record make(Key key, const base::json::object& document, base::Time expires_at = {}) {
    Record record;
    record.key = std::move(key);
    record.expires_at = expires_at;
    record.set_document(document);
    return record;
  }

  base::Result<CommitMark> write(Database::Body body) { return wait(database_->write(std::move(body))); }
  base::Result<CommitMark> put(Record record) {
    return write([&](Transaction& transaction) { return transaction.put(record); });
  }
  base::Result<CommitMark> put(Key key, const base::json::object& document, base::Time expires_at = {}) {
    return put(make(std::move(key), document, expires_at));
  }
  base::Result<CommitMark> erase(const Key& key) {
    return write([&](Transaction& transaction) { return transaction.erase(key); });
  }
  base::Result<Record> get(Key key) { return wait(database_->get(std::move(key))); }

  // The row must exist.
  Record must_get(Key key) {
    auto record = get(std::move(key));
    EXPECT_TRUE(record) << (record ? "" : record.error().reason);
    return record ? std::move(*record) : Record{};
  }

  // Changes the document of a row that exists, as a caller does: read, change, put.
  base::Result<CommitMark> change(const Key& key, const std::function<void(base::json::object&)>& edit) {
    return write([&](Transaction& transaction) -> base::Result<void> {
      auto record = transaction.get(key);
      if (!record) return base::pass_on(record);
      auto document = record->document();
      edit(document);
      record->set_document(document);
      return transaction.put(std::move(*record));
    });
  }

  std::vector<FeedEntry> feed(Lane lane, std::uint64_t since = 0) {
    auto entries = wait(database_->feed(lane, since, 100'000));
    EXPECT_TRUE(entries);
    return entries ? std::move(*entries) : std::vector<FeedEntry>{};
  }

  // Runs `work(index)` on as many threads at once.
  static void race(int threads, const std::function<void(int)>& work) {
    std::vector<std::thread> running;
    for (int i = 0; i < threads; ++i) running.emplace_back(work, i);
    for (auto& thread : running) thread.join();
  }

  TemporaryFolder folder_;
  base::FakeClock clock_;
  base::SeededRandom random_{1};
  TestLog log_;
  TenantKeys keys_{crypto::SealKey::generate(random_), random_};
  const model::TenantId tenant_{"tenant-1"};
  const model::TenantId other_{"tenant-2"};
  std::unique_ptr<Database> database_;
};

inline std::string backend_name(const testing::TestParamInfo<Backend>& info) { return info.param.name; }

}  // namespace cardea::store
