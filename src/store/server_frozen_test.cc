// A server that neither answers nor breaks its connections, and statements that take long.

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>

#include "store/sql/open_sqlite.h"
#include "store/sql/statement_watch.h"
#include "tests/store_contract/mariadb_server.h"
#include "tests/store_contract/postgres_server.h"
#include "tests/store_contract/relay.h"
#include "tests/store_contract/server_fixture.h"

namespace cardea::store {
namespace {

using base::Errc;
using base::json::object;

const base::SystemClock kStopwatch;

class FrozenServerTest : public testing::TestWithParam<ServerKind> {
 protected:
  base::Result<CommitMark> put(Database& database, const std::string& id) {
    return wait(database.write([&](Transaction& t) {
      Record record;
      record.key = {model::TenantId("tenant-1"), Kind::user, id};
      record.set_document({{"n", 1}});
      return t.put(std::move(record));
    }));
  }

  base::SystemClock clock_;
  crypto::SystemRandom random_;
  KeptLog log_;
  TenantKeys keys_{crypto::SealKey::generate(random_), random_};
};

TEST_P(FrozenServerTest, callers_come_back_and_the_pool_recovers_by_itself) {
  const auto server = GetParam().make();
  const auto database = open_server(server->url("cell"), {clock_, random_, log_, keys_, 7}, {.connections = 4});
  ASSERT_TRUE(database) << database.error().reason;
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(put(**database, "before-" + std::to_string(i)));
  std::atomic<std::int64_t> slowest = 0;
  std::atomic<int> unavailable = 0;

  server->freeze();
  {
    std::vector<std::jthread> callers;
    for (int i = 0; i < 12; ++i)
      callers.emplace_back([&, i] {
        const auto began = kStopwatch.steady();
        const auto code = i % 2 == 0 ? put(**database, "frozen-" + std::to_string(i)).error().code
                                     : wait((*database)->count(model::TenantId("tenant-1"), Kind::user)).error().code;
        unavailable += code == Errc::unavailable ? 1 : 0;
        slowest = std::max<std::int64_t>(slowest, (kStopwatch.steady() - began) / std::chrono::milliseconds{1});
      });
  }
  const auto began = kStopwatch.steady();
  const auto at_once = put(**database, "later");
  const auto later = (kStopwatch.steady() - began) / std::chrono::milliseconds{1};
  server->thaw();

  EXPECT_EQ(unavailable, 12);
  EXPECT_LE(slowest, 15'000) << "ms";
  EXPECT_EQ(at_once.error().code, Errc::unavailable);
  EXPECT_LE(later, 3'000) << "ms; it is known by now";
  bool recovered = false;
  for (int look = 0; look < 100 && !recovered; ++look) {
    ::usleep(50'000);
    recovered = put(**database, "after").has_value();
  }
  EXPECT_TRUE(recovered);
}

TEST_P(FrozenServerTest, a_slow_statement_is_logged_without_its_values) {
  const auto url = GetParam().shared().url("slow");
  const auto database = open_server(url, {clock_, random_, log_, keys_, 7}, {.slow = std::chrono::milliseconds{50}});
  ASSERT_TRUE(database);
  ASSERT_TRUE(put(**database, "U0"));
  GetParam().shared().by_hand(url, GetParam().name == "mariadb"
                                       ? "CREATE TRIGGER act BEFORE INSERT ON rec_user FOR EACH ROW DO sleep(0.1)"
                                       : "CREATE FUNCTION act() RETURNS trigger AS $$ BEGIN PERFORM pg_sleep(0.1); "
                                         "RETURN NEW; END $$ LANGUAGE plpgsql; CREATE TRIGGER act BEFORE INSERT ON "
                                         "rec_user FOR EACH ROW EXECUTE FUNCTION act()");

  ASSERT_TRUE(put(**database, "a-secret-id"));
  ASSERT_TRUE(put(**database, "another-secret-id"));

  const auto text = log_.text();
  const auto first = text.find("a slow statement");
  EXPECT_NE(text.find("INSERT INTO rec_user"), std::string::npos) << text;
  EXPECT_NE(text.find("duration_ms"), std::string::npos);
  EXPECT_EQ(text.find("a slow statement", first + 1), std::string::npos) << "once: " << text;
  EXPECT_EQ(text.find("secret"), std::string::npos) << text;
}

INSTANTIATE_TEST_SUITE_P(Servers, FrozenServerTest, testing::Values(PostgresServer::kind(), MariadbServer::kind()),
                         server_name);

// What a client says while it connects: the server is frozen when it would hear it for the `nth` time.
struct Moment {
  std::string name;
  ServerKind server;
  std::string words;
  int nth = 1;
};

void PrintTo(const Moment& moment, std::ostream* out) { *out << moment.name; }

class FrozenAtConnectTest : public testing::TestWithParam<Moment> {
 protected:
  Relay::Then hear(std::string_view bytes) {
    if (bytes.find(GetParam().words) != std::string_view::npos && ++heard_ == GetParam().nth) {
      server_->freeze();
      frozen_ = true;
    }
    return Relay::Then::pass_on;
  }
  std::string url_by_relay() {
    auto url = server_->url("cell");
    const auto direct = ":" + std::to_string(server_->port()) + "/";
    url.replace(url.find(direct), direct.size(), ":" + std::to_string(relay_.port()) + "/");
    const bool mysql = url.starts_with("mysql");
    return url + (url.find('?') == std::string::npos ? "?" : "&") + (mysql ? "ssl-mode=disabled" : "sslmode=disable");
  }
  // Until the server is frozen.
  void wait_for_it() {
    for (int look = 0; look < 500 && !frozen_; ++look) ::usleep(10'000);
    ASSERT_TRUE(frozen_);
  }

  base::SystemClock clock_;
  crypto::SystemRandom random_;
  KeptLog log_;
  TenantKeys keys_{crypto::SealKey::generate(random_), random_};
  const std::unique_ptr<TestServer> server_ = GetParam().server.make();
  std::atomic<int> heard_ = 0;
  std::atomic<bool> frozen_ = false;
  Relay relay_{server_->port(), [this](std::string_view bytes) { return hear(bytes); }};
};

// The thread that hears the news is the second to connect: the first one has migrated.
TEST_P(FrozenAtConnectTest, the_end_of_the_database_does_not_wait_for_the_server) {
  auto database = open_server(url_by_relay(), {clock_, random_, log_, keys_, 7});
  ASSERT_TRUE(database) << database.error().reason;
  wait_for_it();

  const auto began = kStopwatch.steady();
  database->reset();
  const auto took = (kStopwatch.steady() - began) / std::chrono::milliseconds{1};
  server_->thaw();

  const bool mysql = GetParam().server.name == "mariadb";
  EXPECT_LE(took, mysql ? 16'000 : 6'000) << "ms";
}

INSTANTIATE_TEST_SUITE_P(Moments, FrozenAtConnectTest,
                         testing::Values(Moment{"postgres_login", PostgresServer::kind(), "application_name", 2},
                                         Moment{"postgres_set", PostgresServer::kind(), "SET statement_timeout", 2},
                                         Moment{"postgres_listen", PostgresServer::kind(), "LISTEN cardea", 1},
                                         Moment{"mariadb_login", MariadbServer::kind(), "mysql_native_password", 2},
                                         Moment{"mariadb_set", MariadbServer::kind(), "SET SESSION sql_mode", 2}),
                         [](const auto& tested) { return tested.param.name; });

TEST(SlowStatementsTest, each_is_counted_and_logged_at_most_once_a_minute) {
  base::FakeClock clock;
  KeptLog log;
  SlowStatements slow(clock, log, std::chrono::milliseconds{500});
  StatementWatch watch(clock, slow);
  const auto run = [&](const char* sql, std::chrono::milliseconds takes) {
    watch.begin();
    EXPECT_EQ(watch.running(clock.steady() + takes), takes);
    clock.advance(takes);
    watch.end(sql);
  };

  run("SELECT 1", std::chrono::milliseconds{499});
  EXPECT_EQ(log.text(), "");
  for (int i = 0; i < 3; ++i) run("SELECT 1", std::chrono::milliseconds{500});
  run("SELECT 2", std::chrono::milliseconds{700});

  EXPECT_EQ(slow.count("SELECT 1"), 3U);
  EXPECT_EQ(std::ranges::count(log.text(), '\n'), 2);
  clock.advance(std::chrono::minutes{1});
  run("SELECT 1", std::chrono::milliseconds{500});
  EXPECT_EQ(std::ranges::count(log.text(), '\n'), 3);
  EXPECT_NE(log.text().find("\"count\":4"), std::string::npos) << log.text();
  EXPECT_EQ(watch.running(clock.steady()), std::chrono::nanoseconds{}) << "nothing runs";
}

TEST(SlowStatementsTest, none_is_slow_when_the_limit_is_zero) {
  base::FakeClock clock;
  KeptLog log;
  const SlowStatements slow(clock, log, {});

  EXPECT_FALSE(slow.is_slow(std::chrono::hours{1}));
}

}  // namespace
}  // namespace cardea::store
