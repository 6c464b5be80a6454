#include "jobs/backchannel_logout.h"

#include <gtest/gtest.h>

#include "base/fake_clock.h"
#include "store/open.h"
#include "tests/store_contract/wait.h"

namespace cardea::jobs {
namespace {

using base::Errc;
using base::Result;
using store::wait;

class ScriptedClient final : public http::Client {
 public:
  base::awaitable<Result<http::OutgoingResponse>> send(http::OutgoingRequest request) override {
    requests.push_back(std::move(request));
    if (failure) co_return base::fail(*failure, "as the test wants it");
    co_return http::OutgoingResponse{.status = status};
  }
  std::vector<http::OutgoingRequest> requests;
  int status = 200;
  std::optional<Errc> failure;
};

class BackchannelLogoutTest : public testing::Test {
 protected:
  BackchannelLogoutTest() {
    EXPECT_TRUE(keys.learn(tenant, keys.make_wrapped()));
    job.tenant = tenant;
    job.queue = kBackchannelLogoutQueue;
    job.body = {{"client_id", "app"}, {"sub", "auth0|1"}, {"sid", "s1"}, {"url", "https://app.example.net/logout"}};
  }
  static base::awaitable<Result<std::string>> mint(model::Job job) {
    co_return "token+for/" + base::get_string_or(job.body, "client_id") + "==";
  }
  static base::awaitable<Result<std::string>> mint_nothing(model::Job) {
    co_return base::fail(Errc::not_found, "the client is gone");
  }
  std::vector<std::string> event_types() {
    std::vector<std::string> types;
    for (const auto& event : *wait(database->events_after(tenant, 0, 10))) types.push_back(event.type);
    return types;
  }
  Errc error_at(int status) {
    client.status = status;
    const auto done = wait(logout.run(job));
    EXPECT_FALSE(done) << status;
    return done ? Errc::conflict : done.error().code;
  }

  base::FakeClock clock;
  base::SeededRandom random{1};
  base::NullLog log;
  store::TenantKeys keys{crypto::SealKey::from_bytes(std::string(32, 'k')), random};
  std::unique_ptr<store::Database> database = store::open_memory({clock, random, log, keys, 7});
  const model::TenantId tenant{"t1"};
  model::Job job;
  ScriptedClient client;
  BackchannelLogout logout{client, *database, &BackchannelLogoutTest::mint};
};

TEST_F(BackchannelLogoutTest, PostsTheTokenAsAFormAndRecordsIt) {
  ASSERT_TRUE(wait(logout.run(job)));

  ASSERT_EQ(client.requests.size(), 1u);
  const auto& request = client.requests.front();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "https://app.example.net/logout");
  EXPECT_EQ(request.headers.get("content-type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(request.body, "logout_token=token%2Bfor%2Fapp%3D%3D");
  EXPECT_EQ(request.follow_redirects, 0);
  EXPECT_EQ(event_types(), std::vector<std::string>{"oidc_backchannel_logout_succeeded"});
}

TEST_F(BackchannelLogoutTest, NoContentIsSuccessToo) {
  client.status = 204;
  EXPECT_TRUE(wait(logout.run(job)));
}

TEST_F(BackchannelLogoutTest, ARefusalIsFinalAndATroubleIsNot) {
  EXPECT_EQ(error_at(400), Errc::denied);
  EXPECT_EQ(error_at(302), Errc::unavailable);
  EXPECT_EQ(error_at(404), Errc::unavailable);
  EXPECT_EQ(error_at(500), Errc::unavailable);
  client.failure = Errc::unavailable;
  EXPECT_EQ(error_at(0), Errc::unavailable);
  EXPECT_TRUE(event_types().empty());
}

TEST_F(BackchannelLogoutTest, AnAddressThatTheGuardRefusesIsFinal) {
  client.failure = Errc::denied;
  EXPECT_EQ(error_at(0), Errc::denied);
}

TEST_F(BackchannelLogoutTest, WithoutATokenNothingIsSent) {
  BackchannelLogout without(client, *database, &BackchannelLogoutTest::mint_nothing);

  EXPECT_FALSE(wait(without.run(job)));

  EXPECT_TRUE(client.requests.empty());
}

TEST_F(BackchannelLogoutTest, GivingUpIsRecorded) {
  const auto event = BackchannelLogout::worker_options().obituary(job, {Errc::unavailable, "500"}, clock.now());

  ASSERT_TRUE(event);
  EXPECT_EQ(event->type, "oidc_backchannel_logout_failed");
  EXPECT_EQ(base::get_string_or(event->body, "client_id"), "app");
}

}  // namespace
}  // namespace cardea::jobs
