// What is particular to the SQLite engine; what it shares with others is in engine_contract_test.cc.

#include <gtest/gtest.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include "base/fake_clock.h"
#include "store/hybrid_clock.h"
#include "store/sql/migrations.h"
#include "store/sql/open_sqlite.h"
#include "tests/store_contract/temporary_folder.h"
#include "tests/store_contract/wait.h"

namespace cardea::store {
namespace {

using base::Errc;
using base::json::object;

class SqliteEngineTest : public testing::Test {
 protected:
  SqliteEngineTest() { EXPECT_TRUE(keys_.learn(tenant_, keys_.make_wrapped())); }

  base::Result<std::unique_ptr<Database>> try_open(const SqliteOptions& options = {}, model::CellNumber cell = 7) {
    return open_sqlite(path_, {clock_, random_, log_, keys_, cell}, options);
  }
  std::unique_ptr<Database> open(const SqliteOptions& options = {}) {
    auto database = try_open(options);
    EXPECT_TRUE(database) << (database ? "" : database.error().reason);
    return std::move(*database);
  }

  static Record make(Key key, const object& document) {
    Record record;
    record.key = std::move(key);
    record.set_document(document);
    return record;
  }
  Key key(std::string id) const { return {tenant_, Kind::user, std::move(id)}; }
  base::Result<CommitMark> put(Database& database, std::string id, const object& document) {
    return wait(database.write([&](Transaction& t) { return t.put(make(key(id), document)); }));
  }
  // Runs SQL beside the engine.
  void by_hand(const std::string& sql) {
    soci::session session("sqlite3", "dbname=" + path_);
    session << sql;
  }

  TemporaryFolder folder_;
  const std::string path_ = folder_.path() / "cardea.db";
  base::FakeClock clock_;
  base::SeededRandom random_{1};
  base::NullLog log_;
  TenantKeys keys_{crypto::SealKey::generate(random_), random_};
  const model::TenantId tenant_{"tenant-1"};
};

TEST_F(SqliteEngineTest, everything_is_there_after_a_restart) {
  std::string incarnation;
  {
    const auto database = open();
    incarnation = database->incarnation();
    ASSERT_TRUE(put(*database, "U1", {{"name", "A"}}));
    ASSERT_TRUE(wait(database->write([&](Transaction& t) -> base::Result<void> {
      t.append_event({0, tenant_, "s", {}, {}});
      t.enqueue({0, tenant_, "mail", {{"to", "a"}}, {}, 0});
      return t.claim(tenant_, "email", "a", "U1", false);
    })));
    ASSERT_TRUE(wait(database->set_cursor("x", Lane::bulk, 1)));
  }

  const auto database = open();

  EXPECT_EQ(database->incarnation(), incarnation);
  EXPECT_EQ(wait(database->get(key("U1")))->document(), (object{{"name", "A"}}));
  EXPECT_EQ(wait(database->holder(tenant_, "email", "a")), "U1");
  EXPECT_EQ(wait(database->events_after(tenant_, 0, 9))->size(), 1U);
  EXPECT_EQ(wait(database->take_jobs("mail", std::chrono::seconds{1}, 9))->size(), 1U);
  EXPECT_EQ(wait(database->cursor("x", Lane::bulk)), 1U);
  EXPECT_EQ(wait(database->feed_head(Lane::bulk)), 1U);
}

TEST_F(SqliteEngineTest, stamps_go_on_above_the_ceiling_when_the_clock_has_gone_back) {
  Stamp before;
  {
    const auto database = open();
    before = put(*database, "U1", {{"name", "A"}})->written.at(0).stamp;
  }
  clock_.advance(std::chrono::hours{-24});

  const auto database = open();
  const auto after = put(*database, "U2", {{"name", "B"}})->written.at(0).stamp;

  EXPECT_GT(after, before);
  EXPECT_LE(time_of(after.hlc) - time_of(before.hlc), std::chrono::seconds{3}) << "but not far ahead";
}

TEST_F(SqliteEngineTest, the_file_is_for_its_owner_only) {
  const auto mode = [](const std::string& path) {
    struct stat status{};
    EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
    return status.st_mode & 0777U;
  };
  {
    const auto database = open();
    ASSERT_TRUE(put(*database, "U1", {{"name", "A"}}));
    EXPECT_EQ(mode(path_), 0600U);
    EXPECT_EQ(mode(path_ + "-wal"), 0600U);
    EXPECT_EQ(mode(path_ + "-shm"), 0600U);
  }
  ASSERT_EQ(::chmod(path_.c_str(), 0644), 0);

  const auto database = open();

  EXPECT_EQ(mode(path_), 0600U) << "one that was left open is closed";
}

// Rows of 100 KB, so that a log of 32 MB is full after some 300.
class SqliteLogTest : public SqliteEngineTest {
 protected:
  void write(Database& database, int rows) {
    for (int i = 0; i < rows; ++i)
      ASSERT_TRUE(put(database, "U" + std::to_string(written_++), {{"name", std::string(100'000, 'x')}}));
  }
  std::uintmax_t log_size() const { return std::filesystem::file_size(path_ + "-wal"); }

  static constexpr std::uintmax_t kMegabyte = 1 << 20;
  int written_ = 0;
};

TEST_F(SqliteLogTest, the_log_does_not_grow_with_what_is_written) {
  const auto database = open({.synchronous_full = false});

  write(*database, 1500);  // 150 MB

  EXPECT_LT(log_size(), 48 * kMegabyte);
  EXPECT_GT(std::filesystem::file_size(path_), 100 * kMegabyte) << "it is in the file";
  EXPECT_EQ(wait(database->count(tenant_, Kind::user)), 1500U);
}

TEST_F(SqliteLogTest, a_reader_of_an_old_state_holds_no_commit_up) {
  const auto database = open({.synchronous_full = false});
  write(*database, 1);
  soci::session reader("sqlite3", "dbname=" + path_);
  int count = 0;
  reader << "BEGIN";
  reader << "SELECT count(*) FROM rec_user", soci::into(count);
  const auto began = std::chrono::steady_clock::now();

  write(*database, 1000);

  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds{30});
  EXPECT_GT(log_size(), 90 * kMegabyte) << "the reader needs the file as it was";
  reader << "SELECT count(*) FROM rec_user", soci::into(count);
  EXPECT_EQ(count, 1);
  reader << "COMMIT";
  write(*database, 1);
  const auto size = log_size();
  write(*database, 1000);
  EXPECT_LT(log_size(), size + 48 * kMegabyte) << "it is used again";
  EXPECT_EQ(wait(database->count(tenant_, Kind::user)), 2002U);
}

TEST_F(SqliteEngineTest, urls_name_a_file) {
  EXPECT_EQ(sqlite_path("sqlite:/var/lib/cardea.db"), "/var/lib/cardea.db");
  EXPECT_EQ(sqlite_path("sqlite:cardea.db"), "cardea.db");
  EXPECT_EQ(sqlite_path("sqlite:///var/lib/cardea.db"), "/var/lib/cardea.db");
  for (const char* wrong : {"sqlite:", "sqlite::memory:", "sqlite:file:x?mode=memory", "postgresql://x", ""})
    EXPECT_EQ(sqlite_path(wrong).error().code, Errc::invalid) << wrong;
}

TEST_F(SqliteEngineTest, a_file_that_cannot_be_used_is_an_error_with_its_name) {
  const Surroundings surroundings{clock_, random_, log_, keys_, 7};
  const auto missing = open_sqlite(folder_.path() / "no" / "such.db", surroundings);
  const auto folder = open_sqlite(folder_.path(), surroundings);
  std::ofstream(path_) << "this is not a database, whatever its name says" << std::string(5000, '!');
  const auto foreign = try_open();

  EXPECT_EQ(missing.error().code, Errc::unavailable);
  EXPECT_NE(missing.error().reason.find("such.db"), std::string::npos);
  EXPECT_EQ(folder.error().code, Errc::invalid);
  EXPECT_EQ(open_sqlite(":memory:", surroundings).error().code, Errc::invalid);
  EXPECT_EQ(foreign.error().code, Errc::unavailable);
}

TEST_F(SqliteEngineTest, the_file_belongs_to_its_cell) {
  open();

  EXPECT_EQ(try_open({}, 8).error().code, Errc::invalid);
  EXPECT_TRUE(try_open({}, 7));
}

TEST_F(SqliteEngineTest, a_newer_schema_is_refused_unless_its_makers_allow_it) {
  open();
  EXPECT_EQ(sqlite_schema(path_)->version, newest_schema());
  EXPECT_EQ(migrate_sqlite(path_), 0);
  by_hand("UPDATE meta SET schema = 1000");
  EXPECT_TRUE(try_open()) << "it only added";

  by_hand("UPDATE meta SET min_reader = 1000");

  EXPECT_EQ(try_open().error().code, Errc::invalid);
  EXPECT_EQ(migrate_sqlite(path_).error().code, Errc::invalid);
}

TEST_F(SqliteEngineTest, the_tables_have_what_the_kinds_describe) {
  open();
  soci::session session("sqlite3", "dbname=" + path_);

  for (const auto& schema : all_kinds()) {
    std::string columns;
    const std::string table(schema.table);
    const soci::rowset<std::string> names = (session.prepare << "SELECT name FROM pragma_table_info('" + table + "')");
    for (const auto& name : names) columns += name + " ";
    std::string expected = "tenant id ";
    for (const auto& lookup : schema.lookups) expected += "by_" + std::string(lookup.name) + " ";
    EXPECT_EQ(columns, expected + "scope deleted expires_at ver doc ") << table;
    int indexes = 0;
    session << "SELECT count(*) FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = :t",
        soci::use(table), soci::into(indexes);
    EXPECT_EQ(static_cast<std::size_t>(indexes), schema.lookups.size() + (schema.expires ? 1 : 0)) << table;
  }
}

TEST_F(SqliteEngineTest, every_look_up_has_an_index) {
  open();
  soci::session session("sqlite3", "dbname=" + path_);
  const auto plan = [&](const std::string& sql) {
    std::string out;
    const soci::rowset<soci::row> rows = (session.prepare << "EXPLAIN QUERY PLAN " + sql);
    for (const auto& row : rows) out += row.get<std::string>(3) + "\n";
    return out;
  };

  for (const auto& schema : all_kinds()) {
    const std::string table(schema.table);
    for (const auto& lookup : schema.lookups) {
      const std::string column = "by_" + std::string(lookup.name);
      const auto found = plan("SELECT id, ver, doc FROM " + table + " WHERE tenant = 't' AND " + column +
                              " = 'v' AND " + column + " <> '' AND id > '' AND deleted = 0 ORDER BY id LIMIT 5");
      EXPECT_NE(found.find("INDEX " + table + "_" + column), std::string::npos) << found;
      EXPECT_EQ(found.find("B-TREE"), std::string::npos) << "no sorting: " << found;
    }
    if (!schema.expires) continue;
    const auto found =
        plan("SELECT tenant, id FROM " + table + " WHERE expires_at > 0 AND expires_at < 5 ORDER BY expires_at");
    EXPECT_NE(found.find("INDEX " + table + "_expires"), std::string::npos) << found;
  }
}

TEST_F(SqliteEngineTest, two_processes_on_one_file_lose_nothing) {
  const auto one = open();
  const auto two = open();
  ASSERT_TRUE(put(*one, "counter", {{"count", 0}}));
  const auto count_up = [&](Database& database, int times) {
    for (int done = 0; done < times;) {
      const auto result = wait(database.write([&](Transaction& t) -> base::Result<void> {
        auto record = t.get(key("counter"));
        if (!record) return base::pass_on(record);
        auto document = record->document();
        document["count"] = document.at("count").as_int64() + 1;
        record->set_document(document);
        return t.put(std::move(*record));
      }));
      ASSERT_TRUE(result) << result.error().reason;
      ++done;
    }
  };

  std::vector<std::thread> threads;
  for (auto* database : {one.get(), two.get(), one.get(), two.get()})
    threads.emplace_back([&, database] { count_up(*database, 25); });
  for (auto& thread : threads) thread.join();

  EXPECT_EQ(wait(two->get(key("counter")))->document().at("count"), 100);
  const auto entries = wait(one->feed(Lane::bulk, 0, 10));
  ASSERT_EQ(entries->size(), 1U);
  EXPECT_EQ(entries->at(0).lseq, 101U) << "one sequence for both";
}

TEST_F(SqliteEngineTest, two_processes_may_make_the_file_at_once) {
  std::vector<std::future<base::Result<std::unique_ptr<Database>>>> opening;
  std::vector<std::unique_ptr<base::SeededRandom>> randoms;
  for (std::uint64_t i = 0; i < 4; ++i) {
    auto& random = *randoms.emplace_back(std::make_unique<base::SeededRandom>(i));
    opening.push_back(
        std::async(std::launch::async, [&] { return open_sqlite(path_, {clock_, random, log_, keys_, 7}); }));
  }

  std::vector<std::unique_ptr<Database>> databases;
  for (auto& one : opening) {
    auto database = one.get();
    ASSERT_TRUE(database) << database.error().reason;
    databases.push_back(std::move(*database));
  }
  for (const auto& database : databases) EXPECT_EQ(database->incarnation(), databases[0]->incarnation());
}

TEST_F(SqliteEngineTest, a_full_queue_refuses) {
  const auto database = open({.queue = 2});
  std::promise<void> started, release;
  auto released = release.get_future().share();
  std::thread blocker([&] {
    EXPECT_TRUE(wait(database->write([&](Transaction&) -> base::Result<void> {
      started.set_value();
      released.wait();
      return {};
    })));
  });
  started.get_future().wait();

  std::atomic<int> refused = 0;
  std::vector<std::thread> others;
  for (int i = 0; i < 6; ++i)
    others.emplace_back([&, i] {
      const auto done = put(*database, "U" + std::to_string(i), {{"n", i}});
      if (!done && done.error().code == Errc::unavailable && ++refused == 4) release.set_value();
    });
  for (auto& thread : others) thread.join();
  blocker.join();

  EXPECT_EQ(refused, 4);
  EXPECT_EQ(wait(database->count(tenant_, Kind::user)), 2U);
}

TEST_F(SqliteEngineTest, one_commit_serves_many_writers) {
  const auto database = open();
  std::promise<void> started, release;
  auto released = release.get_future().share();
  std::thread blocker([&] {
    EXPECT_TRUE(wait(database->write([&](Transaction& t) -> base::Result<void> {
      started.set_value();
      released.wait();
      return t.put(make(key("first"), {{"n", 0}}));
    })));
  });
  started.get_future().wait();
  std::atomic<int> failed = 0;
  std::vector<std::thread> others;
  for (int i = 0; i < 8; ++i)
    others.emplace_back([&, i] {
      // Every second one fails after it has written; the neighbours must not notice.
      const auto done = wait(database->write([&](Transaction& t) -> base::Result<void> {
        if (auto put = t.put(make(key("U" + std::to_string(i)), {{"n", i}})); !put) return put;
        t.append_event({0, tenant_, "s", {}, {}});
        if (i % 2 == 1) return base::fail(Errc::denied, "odd");
        return {};
      }));
      failed += done ? 0 : 1;
    });

  release.set_value();
  for (auto& thread : others) thread.join();
  blocker.join();

  EXPECT_EQ(failed, 4);
  EXPECT_EQ(wait(database->count(tenant_, Kind::user)), 5U);
  EXPECT_EQ(wait(database->feed_head(Lane::bulk)), 5U) << "the failed ones gave their numbers back";
  EXPECT_EQ(wait(database->all_events_after(0, 100))->back().seq, 4U);
}

TEST_F(SqliteEngineTest, what_is_put_into_the_outbox_by_hand_gets_its_place_in_the_feed) {
  const auto database = open();
  by_hand("INSERT INTO outbox (ulid, lane, tenant, kind, id) VALUES ('01', 0, 'tenant-1', 6, 'U9')");

  ASSERT_TRUE(wait(database->check()));

  const auto entries = wait(database->feed(Lane::hot, 0, 10));
  ASSERT_EQ(entries->size(), 1U);
  EXPECT_EQ(entries->at(0).key, key("U9"));
  ASSERT_TRUE(wait(database->check()));
  EXPECT_EQ(wait(database->feed_head(Lane::hot)), 1U) << "only once";
}

TEST_F(SqliteEngineTest, a_damaged_row_is_an_error_and_not_a_crash) {
  const auto database = open();
  ASSERT_TRUE(put(*database, "U1", {{"name", "A"}}));
  for (const char* damage : {"doc = '{'", "doc = '[]'", "ver = '{\"profile\":7}'", "ver = '{\"profile\":[1,\"x\"]}'"}) {
    by_hand("UPDATE rec_user SET doc = '{}', ver = '{}'");
    by_hand(std::string("UPDATE rec_user SET ") + damage);

    EXPECT_EQ(wait(database->get(key("U1"))).error().code, Errc::unavailable) << damage;
    EXPECT_EQ(put(*database, "U1", {{"name", "B"}}).error().code, Errc::unavailable) << damage;
  }
}

}  // namespace
}  // namespace cardea::store
