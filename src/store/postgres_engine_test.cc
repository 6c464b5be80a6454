// What is particular to PostgreSQL; what it shares with other servers is in server_engine_test.cc.

#include <gtest/gtest.h>
#include <unistd.h>

#include "store/sql/postgres_backend.h"
#include "tests/store_contract/postgres_server.h"
#include "tests/store_contract/server_fixture.h"

namespace cardea::store {
namespace {

using base::Errc;

TEST(PostgresTextTest, parameters_become_numbers_and_quoted_texts_stay) {
  EXPECT_EQ(postgres_text("SELECT a FROM \"cursor\" WHERE b = :b AND c=:c_1 OR d = :b"),
            "SELECT a FROM \"cursor\" WHERE b = $1 AND c=$2 OR d = $3");
  EXPECT_EQ(postgres_text("SELECT ':b', 'it''s :b', \":b\" FROM t"), "SELECT ':b', 'it''s :b', \":b\" FROM t");
  EXPECT_EQ(postgres_text("SELECT a::text, :a::int"), "SELECT a::text, $1::int");
  EXPECT_EQ(postgres_text("SELECT ' :a"), "SELECT ' :a") << "what is not closed goes to the end";
  EXPECT_EQ(postgres_text("a : b:"), "a : b:");
}

class PostgresEngineTest : public ServerTest {
 protected:
  // From now on each new user row calls `body` on the server at the commit; `s` counts, also when it is undone.
  void at_each_commit(const std::string& body) {
    by_hand("CREATE SEQUENCE s");
    by_hand("CREATE FUNCTION act() RETURNS trigger AS $$ BEGIN " + body + " RETURN NEW; END $$ LANGUAGE plpgsql");
    by_hand(
        "CREATE CONSTRAINT TRIGGER act AFTER INSERT ON rec_user DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION act()");
  }
  // Puts a row and counts how often the body ran.
  base::Result<CommitMark> put_counted(Database& database, int& runs) {
    return wait(database.write([&](Transaction& t) {
      ++runs;
      return t.put(make(key("U1"), {{"n", 1}}));
    }));
  }
};

TEST_P(PostgresEngineTest, a_text_that_it_cannot_keep_is_invalid) {
  const auto database = open();
  const std::string nul("U\0x", 3);

  EXPECT_EQ(put(*database, nul, {{"name", "A"}}).error().code, Errc::invalid);
  EXPECT_EQ(put(*database, "U1", {{"email", nul}}).error().code, Errc::invalid) << "a look-up";
  EXPECT_EQ(wait(database->get(key(nul))).error().code, Errc::invalid);
  EXPECT_EQ(wait(database->get(key("\xFF\xFE"))).error().code, Errc::invalid);
  EXPECT_EQ(wait(database->find(tenant_, Kind::user, "email", nul, 9)).error().code, Errc::invalid);
  EXPECT_EQ(put(*database, "U1", {{"email", base::random_hex(random_, 4000)}}).error().code, Errc::invalid)
      << "too long for an index";
  EXPECT_TRUE(put(*database, "U1", {{"name", nul}})) << "a document can hold it";
  EXPECT_EQ(wait(database->get(key("U"))).error().code, Errc::not_found) << "nothing was cut off";
}

TEST_P(PostgresEngineTest, a_transaction_that_the_server_gives_up_at_the_commit_runs_again) {
  const auto database = open();
  at_each_commit("IF nextval('s') < 3 THEN RAISE EXCEPTION 'x' USING ERRCODE = '40001'; END IF;");
  int runs = 0;

  EXPECT_TRUE(put_counted(*database, runs));
  EXPECT_EQ(runs, 3);
}

TEST_P(PostgresEngineTest, a_connection_that_breaks_during_the_commit_never_does) {
  const auto database = open();
  at_each_commit("PERFORM pg_terminate_backend(pg_backend_pid());");
  int runs = 0;

  EXPECT_EQ(put_counted(*database, runs).error().code, Errc::unavailable);
  EXPECT_EQ(runs, 1) << "nobody knows whether it is done";

  by_hand("DROP TRIGGER act ON rec_user");
  EXPECT_TRUE(put(*database, "U2", {{"n", 2}})) << "the next one gets a new connection";
}

// As after a switchover, where the old leader keeps its connections.
TEST_P(PostgresEngineTest, who_has_become_read_only_is_left_for_the_one_that_takes_writes) {
  PostgresServer before, after;
  const auto old_url = before.url("cell"), new_url = after.url("cell");
  ASSERT_TRUE(migrate_server(new_url));
  auto url = old_url + "&target_session_attrs=read-write";
  const auto port = std::to_string(before.port());
  url.replace(url.find(port), port.size(), port + ",127.0.0.1:" + std::to_string(after.port()));
  const auto database = open_server(url, {clock_, random_, log_, keys_, 7});
  ASSERT_TRUE(database) << database.error().reason;
  ASSERT_TRUE(put(**database, "U1", {{"n", 1}}));

  before.by_hand(old_url, "ALTER SYSTEM SET default_transaction_read_only = on");
  before.by_hand(old_url, "SELECT pg_reload_conf()");
  for (int look = 0; look < 100 && before.by_hand(old_url, "SHOW default_transaction_read_only") != "on"; ++look)
    ::usleep(20'000);

  EXPECT_TRUE(put(**database, "U2", {{"n", 2}})) << "the caller notices nothing";
  EXPECT_EQ(before.by_hand(old_url, "SELECT count(*) FROM rec_user"), "1");
  EXPECT_EQ(after.by_hand(new_url, "SELECT count(*) FROM rec_user"), "1");
}

TEST_P(PostgresEngineTest, one_that_takes_no_writes_and_has_no_other_is_unavailable) {
  PostgresServer server;
  const auto url = server.url("cell");
  const auto database = open_server(url, {clock_, random_, log_, keys_, 7});
  ASSERT_TRUE(database) << database.error().reason;
  ASSERT_TRUE(put(**database, "U1", {{"n", 1}}));

  server.by_hand(url, "ALTER DATABASE postgres SET default_transaction_read_only = on");
  server.by_hand(url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()");
  EXPECT_EQ(put(**database, "U2", {{"n", 2}}).error().code, Errc::unavailable);
  EXPECT_EQ(number(**database, "U1"), 1);

  server.by_hand(url, "SET transaction_read_only = off; ALTER DATABASE postgres RESET ALL");
  EXPECT_TRUE(put(**database, "U2", {{"n", 2}}));
}

INSTANTIATE_TEST_SUITE_P(Servers, PostgresEngineTest, testing::Values(PostgresServer::kind()), server_name);

}  // namespace
}  // namespace cardea::store
