// What is particular to engines on a server; what they share with others is in engine_contract_test.cc.

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <latch>

#include "store/hybrid_clock.h"
#include "tests/store_contract/mariadb_server.h"
#include "tests/store_contract/postgres_server.h"
#include "tests/store_contract/server_fixture.h"

namespace cardea::store {
namespace {

using base::Errc;
using base::json::object;

enum class Mishap { lost_race, broken_connection, failure };

std::string on_postgres(Mishap mishap) {
  switch (mishap) {
    case Mishap::lost_race:
      return "RAISE EXCEPTION 'x' USING ERRCODE = '40001';";
    case Mishap::broken_connection:
      return "PERFORM pg_terminate_backend(pg_backend_pid());";
    case Mishap::failure:
      return "RAISE EXCEPTION 'x';";
  }
  return {};
}

std::string on_mariadb(Mishap mishap) {
  switch (mishap) {
    case Mishap::lost_race:
      return "SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213;";
    case Mishap::broken_connection:
      return "KILL CONNECTION_ID();";
    case Mishap::failure:
      return "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'x';";
  }
  return {};
}

class ServerEngineTest : public ServerTest {
 protected:
  // From now on the server meets each new user row, or the first `times` of them, with a mishap. What it counts with
  // stays as it is when the transaction is undone.
  void on_each_user(Mishap mishap, int times = 1000) {
    const auto most = std::to_string(times);
    by_hand("CREATE SEQUENCE s");
    if (on_mariadb_server()) {
      by_hand("CREATE TRIGGER act BEFORE INSERT ON rec_user FOR EACH ROW BEGIN IF nextval(s) <= " + most + " THEN " +
              on_mariadb(mishap) + " END IF; END");
      return;
    }
    by_hand("CREATE FUNCTION act() RETURNS trigger AS $$ BEGIN IF nextval('s') <= " + most + " THEN " +
            on_postgres(mishap) + " END IF; RETURN NEW; END $$ LANGUAGE plpgsql");
    by_hand("CREATE TRIGGER act BEFORE INSERT ON rec_user FOR EACH ROW EXECUTE FUNCTION act()");
  }
  // Of a database that has one.
  void break_the_connection() {
    if (on_mariadb_server()) {
      const auto id =
          by_hand("SELECT id FROM information_schema.processlist WHERE db = database() AND id <> connection_id()");
      by_hand("KILL " + id);
      return;
    }
    by_hand(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'cardea' "
        "AND pid <> pg_backend_pid()");
  }
  // Puts a row and counts how often the body ran.
  base::Result<CommitMark> put_counted(Database& database, int& runs) {
    return wait(database.write([&](Transaction& t) {
      ++runs;
      return t.put(make(key("U1"), {{"n", 1}}));
    }));
  }
};

TEST_P(ServerEngineTest, everything_is_there_after_a_restart) {
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
  }

  const auto database = open();

  EXPECT_EQ(database->incarnation(), incarnation);
  EXPECT_EQ(wait(database->get(key("U1")))->document(), (object{{"name", "A"}}));
  EXPECT_EQ(wait(database->holder(tenant_, "email", "a")), "U1");
  EXPECT_EQ(wait(database->events_after(tenant_, 0, 9))->size(), 1U);
  EXPECT_EQ(wait(database->take_jobs("mail", std::chrono::seconds{1}, 9))->size(), 1U);
  EXPECT_EQ(wait(database->feed_head(Lane::bulk)), 1U);
}

TEST_P(ServerEngineTest, stamps_go_on_above_the_ceiling_when_the_clock_has_gone_back) {
  const auto before = put(*open(), "U1", {{"name", "A"}})->written.at(0).stamp;
  clock_.advance(std::chrono::hours{-24});

  const auto after = put(*open(), "U2", {{"name", "B"}})->written.at(0).stamp;

  EXPECT_GT(after, before);
  EXPECT_LE(time_of(after.hlc) - time_of(before.hlc), std::chrono::seconds{3}) << "but not far ahead";
}

TEST_P(ServerEngineTest, a_database_of_another_cell_or_of_a_newer_program_is_refused) {
  ASSERT_TRUE(try_open());

  const auto other = try_open({}, 8);
  by_hand("UPDATE meta SET \"schema\" = 99, min_reader = 99");
  const auto newer = try_open();

  EXPECT_EQ(other.error().code, Errc::invalid);
  EXPECT_NE(other.error().reason.find("cell 7"), std::string::npos) << other.error().reason;
  EXPECT_EQ(newer.error().code, Errc::invalid);
  EXPECT_EQ(server_schema(url_)->version, 99);
}

TEST_P(ServerEngineTest, nodes_that_start_at_once_migrate_once) {
  std::atomic<int> opened = 0, steps = 0;

  race(6, [&](int i) {
    if (i % 2 == 0) opened += try_open().has_value() ? 1 : 0;
    if (i % 2 == 1) steps += migrate_server(url_).value_or(100);
  });

  EXPECT_EQ(opened, 3);
  EXPECT_LE(steps, server_schema(url_)->newest);
  EXPECT_EQ(migrate_server(url_), 0);
  EXPECT_EQ(server_schema(url_)->version, server_schema(url_)->newest);
}

TEST_P(ServerEngineTest, ids_are_in_the_order_of_their_bytes) {
  const auto database = open();
  for (const char* id : {"b", "A", "a", "B", "ä", "_", "0"}) ASSERT_TRUE(put(*database, id, {{"name", id}}));

  std::string order;
  for (const auto& row : wait(database->page(tenant_, Kind::user, "", 9))->rows) order += row.key.id;

  EXPECT_EQ(order, "0AB_abä");
}

TEST_P(ServerEngineTest, a_transaction_that_the_server_gives_up_runs_again) {
  const auto database = open();
  on_each_user(Mishap::lost_race, 3);
  int runs = 0;

  EXPECT_TRUE(put_counted(*database, runs));
  EXPECT_EQ(runs, 4);
}

TEST_P(ServerEngineTest, but_not_for_ever) {
  const auto database = open();
  on_each_user(Mishap::lost_race);
  int runs = 0;

  EXPECT_EQ(put_counted(*database, runs).error().code, Errc::unavailable);
  EXPECT_EQ(runs, 10);
}

TEST_P(ServerEngineTest, a_connection_that_breaks_before_the_commit_costs_a_second_run) {
  const auto database = open();
  on_each_user(Mishap::broken_connection, 1);
  int runs = 0;

  EXPECT_TRUE(put_counted(*database, runs));
  EXPECT_EQ(runs, 2);
}

TEST_P(ServerEngineTest, a_read_is_tried_once_more_on_a_new_connection) {
  const auto database = open({.connections = 1});
  ASSERT_TRUE(put(*database, "U1", {{"n", 1}}));
  break_the_connection();

  EXPECT_EQ(number(*database, "U1"), 1);
}

TEST_P(ServerEngineTest, a_unit_that_hides_a_failure_of_the_server_is_not_committed) {
  const auto database = open();
  on_each_user(Mishap::failure);

  const auto done = wait(database->write([&](Transaction& t) -> base::Result<void> {
    try {
      (void)t.put(make(key("U1"), {{"n", 1}}));
    } catch (...) {
    }
    return {};
  }));

  EXPECT_EQ(done.error().code, Errc::unavailable);
}

TEST_P(ServerEngineTest, more_calls_than_may_wait_are_refused_at_once) {
  const auto database = open({.connections = 1, .queue = 2});
  std::latch running(1), go_on(1);
  const auto first = std::async(std::launch::async, [&] {
    return wait(database->write([&](Transaction&) -> base::Result<void> {
      running.count_down();
      go_on.wait();
      return {};
    }));
  });
  running.wait();
  std::atomic<int> refused = 0;

  std::vector<std::future<void>> others;
  for (int i = 0; i < 5; ++i)
    others.push_back(std::async(std::launch::async, [&] {
      const auto row = wait(database->get(key("U1")));
      if (row.error().code == Errc::unavailable && ++refused == 3) go_on.count_down();
    }));
  others.clear();

  EXPECT_EQ(refused, 3);
}

INSTANTIATE_TEST_SUITE_P(Servers, ServerEngineTest, testing::Values(PostgresServer::kind(), MariadbServer::kind()),
                         server_name);

}  // namespace
}  // namespace cardea::store
