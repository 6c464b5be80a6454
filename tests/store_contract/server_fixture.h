#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/fake_clock.h"
#include "crypto/system_random.h"
#include "store/sql/open_server.h"
#include "tests/store_contract/test_server.h"
#include "tests/store_contract/wait.h"

namespace cardea::store {

// Keeps all that was logged, in one text.
class KeptLog final : public base::Log {
 public:
  void write(base::LogLevel, std::string_view message, Fields fields) override {
    const std::scoped_lock lock(mutex_);
    text_ += std::string(message) + ' ' + base::json::serialize(fields) + '\n';
  }
  std::string text() {
    const std::scoped_lock lock(mutex_);
    return text_;
  }

 private:
  std::mutex mutex_;
  std::string text_;
};

// A cell whose nodes share a database on the server that the tests of the program share, empty before each test.
class ServerTest : public testing::TestWithParam<ServerKind> {
 protected:
  ServerTest() { EXPECT_TRUE(keys_.learn(tenant_, keys_.make_wrapped())); }

  bool on_mariadb_server() const { return GetParam().name == "mariadb"; }

  base::Result<std::unique_ptr<Database>> try_open(const ServerOptions& options = {}, model::CellNumber cell = 7) {
    return open_server(url_, {clock_, random_, log_, keys_, cell}, options);
  }
  std::unique_ptr<Database> open(const ServerOptions& options = {}) {
    auto database = try_open(options);
    EXPECT_TRUE(database) << (database ? "" : database.error().reason);
    return database ? std::move(*database) : nullptr;
  }

  // At another server of its cluster, where there is one.
  std::unique_ptr<Database> open_other() {
    auto database = open_server(server_.other_node(url_), {clock_, random_, log_, keys_, 7});
    EXPECT_TRUE(database) << (database ? "" : database.error().reason);
    return database ? std::move(*database) : nullptr;
  }

  Key key(std::string id) const { return {tenant_, Kind::user, std::move(id)}; }
  static Record make(Key key, const base::json::object& document) {
    Record record;
    record.key = std::move(key);
    record.set_document(document);
    return record;
  }
  base::Result<CommitMark> put(Database& database, std::string id, const base::json::object& document) {
    return wait(database.write([&](Transaction& t) { return t.put(make(key(id), document)); }));
  }
  // Sets member `n` of a row, which may be new.
  static base::Result<void> set_number(Transaction& t, const Key& key, std::int64_t n) {
    auto stored = t.get(key);
    Record next = stored ? std::move(*stored) : make(key, {});
    next.set_document({{"n", n}});
    return t.put(std::move(next));
  }
  std::int64_t number(Database& database, const std::string& id) {
    const auto record = wait(database.get(key(id)));
    return record ? record->document().at("n").as_int64() : -1;
  }
  std::string by_hand(const std::string& sql) { return server_.by_hand(url_, sql); }

  // Runs `work(index)` on as many threads at once.
  static void race(int threads, const std::function<void(int)>& work) {
    std::vector<std::jthread> running;
    for (int i = 0; i < threads; ++i) running.emplace_back(work, i);
  }

  TestServer& server_ = GetParam().shared();
  const std::string url_ =
      server_.url(std::string(testing::UnitTest::GetInstance()->current_test_info()->test_suite_name()) +
                  testing::UnitTest::GetInstance()->current_test_info()->name());
  base::FakeClock clock_;
  crypto::SystemRandom random_;
  KeptLog log_;
  TenantKeys keys_{crypto::SealKey::generate(random_), random_};
  const model::TenantId tenant_{"tenant-1"};
};

inline std::string server_name(const testing::TestParamInfo<ServerKind>& info) { return info.param.name; }

}  // namespace cardea::store
