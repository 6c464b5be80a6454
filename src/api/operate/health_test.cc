#include "api/operate/health.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "base/fake_clock.h"

namespace cardea::api {
namespace {

class HealthTest : public testing::Test {
 protected:
  http::Response get(Health& health, std::string target) {
    http::Router router;
    health.add_routes(router);
    http::Request request;
    request.method = "GET";
    request.target = request.path = std::move(target);
    boost::asio::io_context context;
    http::Response out;
    boost::asio::co_spawn(context, router.dispatch(std::move(request)),
                          [&](std::exception_ptr error, http::Response response) {
                            EXPECT_FALSE(error);
                            out = std::move(response);
                          });
    context.run();
    return out;
  }
  static base::json::object body(const http::Response& response) {
    return base::json::parse(response.body).get_object();
  }

  HealthCheck check(std::string name, bool critical, const bool& good) {
    return {std::move(name), critical, [this, &good] { return probe(good); }};
  }
  base::awaitable<base::Result<void>> probe(const bool& good) {
    clock_.advance(std::chrono::milliseconds(3));
    if (!good) co_return base::fail(base::Errc::unavailable, "the address of the database");
    co_return base::Result<void>{};
  }

  base::FakeClock clock_;
  bool database_ = true, mail_ = true, read_only_ = false;
  Health health_{{"cell-1", "eu-north", "local", "a", [this] { return read_only_; }, "0.1.0"},
                 {check("database", true, database_), check("mail", false, mail_)},
                 clock_};
};

TEST_F(HealthTest, AReadOnlyCellSaysSoAndIsReady) {
  EXPECT_EQ(base::get_string_or(body(get(health_, "/health")), "mode"), "read_write");
  read_only_ = true;

  EXPECT_EQ(base::get_string_or(body(get(health_, "/health")), "mode"), "read_only");
  EXPECT_EQ(get(health_, "/health/ready").status, 200);
}

TEST_F(HealthTest, AllGoodIsOkAndNamesTheCell) {
  const auto response = get(health_, "/health");
  const auto said = body(response);

  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(base::get_string_or(said, "status"), "ok");
  EXPECT_EQ(base::get_string_or(said, "cell"), "cell-1");
  EXPECT_EQ(base::get_string_or(said, "region"), "eu-north");
  EXPECT_EQ(base::get_string_or(said, "provider"), "local");
  EXPECT_EQ(base::get_string_or(said, "mode"), "read_write");
  EXPECT_EQ(said.at("checks"), base::json::parse(R"({"database":{"status":"ok","duration_ms":3.0},
                                                     "mail":{"status":"ok","duration_ms":3.0}})"));
}

TEST_F(HealthTest, APartThatIsNotCriticalDegrades) {
  mail_ = false;

  const auto response = get(health_, "/health");

  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(base::get_string_or(body(response), "status"), "degraded");
}

TEST_F(HealthTest, ACriticalPartIsAnErrorEvenWhenOthersAreGood) {
  database_ = false;

  const auto response = get(health_, "/health");
  const auto checks = body(response).at("checks").get_object();

  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(base::get_string_or(body(response), "status"), "error");
  EXPECT_EQ(base::get_string_or(checks.at("database").get_object(), "status"), "error");
  EXPECT_EQ(base::get_string_or(checks.at("mail").get_object(), "status"), "ok");
}

TEST_F(HealthTest, TheReasonForTheLogIsNotShown) {
  database_ = false;

  const auto response = get(health_, "/health");

  EXPECT_EQ(response.body.find("address"), std::string::npos);
  EXPECT_NE(response.body.find("\"reason\":\"unavailable\""), std::string::npos);
}

TEST_F(HealthTest, WhoIsNotReadyStillLives) {
  database_ = false;

  EXPECT_EQ(get(health_, "/health/ready").status, 503);
  EXPECT_EQ(get(health_, "/health/live").status, 200);
  EXPECT_EQ(get(health_, "/health/live").body, R"({"status":"ok"})");
}

TEST_F(HealthTest, ADrainingNodeIsNotReadyButWell) {
  health_.drain();

  EXPECT_EQ(get(health_, "/health/ready").status, 503);
  EXPECT_EQ(base::get_string_or(body(get(health_, "/health/ready")), "status"), "draining");
  EXPECT_EQ(get(health_, "/health").status, 200);
}

}  // namespace
}  // namespace cardea::api
