// A server that is not there, dies and comes back.

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <map>

#include "store/sql/mysql_session.h"
#include "store/sql/postgres_session.h"
#include "tests/store_contract/mariadb_server.h"
#include "tests/store_contract/postgres_server.h"
#include "tests/store_contract/server_fixture.h"

namespace cardea::store {
namespace {

using base::Errc;
using base::json::object;

const base::SystemClock kStopwatch;

// Gives what was wrong, also when it is found out only by connecting.
base::Error wrong_with(const base::Result<std::unique_ptr<ServerEngine>>& engine) {
  if (!engine) return engine.error();
  const auto session = (*engine)->connect();
  EXPECT_FALSE(session);
  return session ? base::Error{} : session.error();
}

TEST(ServerUrlTest, what_is_no_url_is_invalid_and_not_repeated) {
  for (const char* wrong : {"postgresql://u:s3cret@host:notaport/db", "postgresql://u:s3cret@host:99999999/db?x=y",
                            "mysql://u:s3cret@host/db", "postgresql://u:s3cret@host/db?nonsense=s3cret",
                            "postgresql://u:s3cret@[::1/db", "s3cret"})
    EXPECT_EQ(wrong_with(PostgresEngine::parse(wrong, {})).reason.find("s3cret"), std::string::npos) << wrong;
  for (const char* wrong :
       {"mysql://u:s3cret@host:notaport/db", "mysql://u:s3cret@host:99999999/db", "mysql://u:s3cret@host:0/db",
        "postgresql://u:s3cret@host/db", "mysql://u:s3cret@host/db?nonsense=s3cret", "mysql://u:s3cret@[::1/db",
        "mysql://u:s3cret@host", "mysql://u:s3cret@host/", "mysql://s3cret/db", "mysql://u:s3%zzcret@host/db",
        "mysql://u:s3%00cret@host/db", "mysql://:s3cret@host/db", "mysql://u:s3cret@a,,b/db",
        "mysql://u:s3cret@host/db?ssl-mode=s3cret", "mysql://u:s3cret@host/db?ssl-mode=verify_ca",
        "mysql://u:s3cret@host/db?connect_timeout=s3cret", "mysql://u:s3cret@host/db?connect_timeout=0", "mysql://",
        "s3cret"}) {
    const auto engine = MysqlEngine::parse(wrong, {});
    ASSERT_FALSE(engine) << wrong;
    EXPECT_EQ(engine.error().code, Errc::invalid) << wrong;
    EXPECT_EQ(engine.error().reason.find("s3cret"), std::string::npos) << engine.error().reason;
  }
}

TEST(ServerUrlTest, its_place_is_shown_without_user_and_password) {
  const auto place = [](const auto& engine) { return (*engine)->place(); };

  EXPECT_EQ(place(PostgresEngine::parse("postgresql://u:s3cret@db.example.com/cardea?sslmode=require", {})),
            "db.example.com:5432/cardea");
  EXPECT_EQ(place(PostgresEngine::parse("postgres://u:s3cret@a,b:5433/x", {})).find("s3cret"), std::string::npos);
  EXPECT_EQ(place(MysqlEngine::parse("mysql://u:s3cret@a,b:3307,[::1]:3308/x?ssl-mode=required", {})),
            "a:3306,b:3307,::1:3308/x");
  EXPECT_EQ(place(MysqlEngine::parse("mysql://u:s3cret@/x?socket=/run/m.sock", {})), "/run/m.sock/x");
}

TEST(ServerUrlTest, all_of_a_mysql_url_is_decoded) {
  const auto target = parse_mysql_url("mysql://a%40b:p%3A%2F%40@h/d%2fb?ssl-mode=verify_ca&ssl-ca=%2Fca.pem");

  ASSERT_TRUE(target);
  EXPECT_EQ(target->user, "a@b");
  EXPECT_EQ(target->password, "p:/@");
  EXPECT_EQ(target->database, "d/b");
  EXPECT_EQ(target->ca, "/ca.pem");
  EXPECT_EQ(target->tls, MysqlTls::verify_ca);
}

// With a server of its own, which it may kill.
class ServerOutageTest : public testing::TestWithParam<ServerKind> {
 protected:
  base::Result<std::unique_ptr<Database>> open(const std::string& url) {
    return open_server(url, {clock_, random_, log_, keys_, 7});
  }
  static Record row(std::string id, int n) {
    Record record;
    record.key = {model::TenantId("tenant-1"), Kind::user, std::move(id)};
    record.set_document({{"n", n}});
    return record;
  }

  base::SystemClock clock_;
  crypto::SystemRandom random_;
  KeptLog log_;
  TenantKeys keys_{crypto::SealKey::generate(random_), random_};
};

TEST_P(ServerOutageTest, a_server_that_is_not_there_is_unavailable_at_once) {
  const auto began = kStopwatch.steady();

  const std::string scheme = GetParam().name == "mariadb" ? "mysql" : "postgresql";
  const auto database = open(scheme + "://cardea:s3cret%20word@127.0.0.1:1/cardea");

  ASSERT_FALSE(database);
  EXPECT_EQ(database.error().code, Errc::unavailable);
  EXPECT_LT(kStopwatch.steady() - began, std::chrono::seconds{2});
  EXPECT_NE(database.error().reason.find("127.0.0.1:1/cardea"), std::string::npos) << database.error().reason;
  EXPECT_EQ(database.error().reason.find("s3cret"), std::string::npos) << database.error().reason;
}

TEST_P(ServerOutageTest, what_was_acknowledged_survives_a_killed_server_and_the_pool_recovers) {
  const auto server = GetParam().make();
  const auto database = open(server->url("cell"));
  ASSERT_TRUE(database) << database.error().reason;
  constexpr int kWriters = 4;
  std::array<std::vector<int>, kWriters> acknowledged;
  std::atomic<int> refused = 0, total = 0;
  std::atomic<bool> stop = false;
  std::atomic<std::int64_t> slowest = 0;
  std::vector<std::jthread> writers;
  for (int w = 0; w < kWriters; ++w)
    writers.emplace_back([&, w] {
      for (int n = 0; !stop; ++n) {
        const auto began = kStopwatch.steady();
        const auto done = wait((*database)->write([&](Transaction& t) -> base::Result<void> {
          t.append_event({0, model::TenantId("tenant-1"), "s", {}, {{"w", w}, {"n", n}}});
          return t.put(row(std::to_string(w) + "-" + std::to_string(n), n));
        }));
        slowest = std::max<std::int64_t>(slowest, (kStopwatch.steady() - began) / std::chrono::milliseconds{1});
        if (done) {
          acknowledged[static_cast<std::size_t>(w)].push_back(n);
          ++total;
        } else {
          EXPECT_EQ(done.error().code, Errc::unavailable) << done.error().reason;
          ++refused;
          ::usleep(1000);
        }
      }
    });
  const auto until = [](const auto& reached) {
    for (int look = 0; look < 1000 && !reached(); ++look) ::usleep(10'000);
    EXPECT_TRUE(reached());
  };

  for (int round = 0; round < 2; ++round) {
    until([&, goal = total + 100] { return total >= goal; });
    server->kill();
    until([&, goal = refused + 20] { return refused >= goal; });
    server->start();
  }
  until([&, goal = total + 100] { return total >= goal; });
  stop = true;
  writers.clear();

  for (int w = 0; w < kWriters; ++w)
    for (const int n : acknowledged[static_cast<std::size_t>(w)])
      EXPECT_TRUE(wait((*database)->get(row(std::to_string(w) + "-" + std::to_string(n), n).key))) << w << "-" << n;
  std::map<std::pair<std::int64_t, std::int64_t>, int> events;
  for (std::uint64_t after = 0;;) {
    const auto portion = wait((*database)->all_events_after(after, 1000));
    ASSERT_TRUE(portion);
    if (portion->empty()) break;
    for (const auto& event : *portion) ++events[{event.body.at("w").as_int64(), event.body.at("n").as_int64()}];
    after = portion->back().seq;
  }
  for (int w = 0; w < kWriters; ++w)
    for (const int n : acknowledged[static_cast<std::size_t>(w)]) EXPECT_EQ((events[{w, n}]), 1) << w << "-" << n;
  for (const auto& [event, times] : events) EXPECT_EQ(times, 1) << "none was written twice";
  EXPECT_LT(slowest, 3000) << "ms that a caller waited";
  EXPECT_EQ(log_.text().find("pa55"), std::string::npos) << "the password is in the log";
  EXPECT_NE(log_.text().find("connection"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Servers, ServerOutageTest, testing::Values(PostgresServer::kind(), MariadbServer::kind()),
                         server_name);

}  // namespace
}  // namespace cardea::store
