#include "store/redis/redis_session_cache.h"

#include <gtest/gtest.h>

#include "tests/store_contract/redis_server.h"
#include "tests/store_contract/wait.h"

namespace cardea::store {
namespace {

// What a SessionCache promises, on a Redis of its own.
class RedisSessionCacheTest : public testing::Test {
 protected:
  model::Session make_session(const std::string& id) {
    model::Session session;
    session.id = model::SessionId{id};
    session.user = model::UserKey{"01USER"};
    session.user_id = model::UserId{"auth0|1"};
    session.connection = "people";
    session.created_at = session.auth_time = session.last_seen_at = now_;
    session.idle_expires_at = now_ + std::chrono::hours(1);
    session.expires_at = now_ + std::chrono::hours(5);
    session.amr = {"pwd"};
    session.clients = {model::ClientId{"app"}};
    return session;
  }
  base::Result<void> put(const model::Session& session) { return wait(cache_.put(tenant_, session)); }
  base::Result<model::Session> find(const std::string& id) { return wait(cache_.find(tenant_, model::SessionId{id})); }
  std::vector<model::Session> of_user(const std::string& user = "01USER", std::size_t limit = 10) {
    auto sessions = wait(cache_.of_user(tenant_, model::UserKey{user}, limit));
    EXPECT_TRUE(sessions);
    return sessions ? std::move(*sessions) : std::vector<model::Session>{};
  }

  RedisServer server_;
  base::SystemClock clock_;
  base::NullLog log_;
  base::Time now_ = std::chrono::floor<std::chrono::milliseconds>(clock_.now());
  model::TenantId tenant_{"01TENANT"};
  RedisClient client_{*RedisUrl::parse("redis://" + server_.address()), {}, clock_, log_};
  RedisSessionCache cache_{client_, clock_};
};

TEST_F(RedisSessionCacheTest, KeepsTheWholeSession) {
  auto session = make_session("s1");
  session.connection = "\xF0\x9F\x98\x80 \"quoted\" \r\n people";
  ASSERT_TRUE(put(session));

  const auto kept = find("s1");

  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->user, session.user);
  EXPECT_EQ(kept->connection, session.connection);
  EXPECT_EQ(kept->auth_time, session.auth_time);
  EXPECT_EQ(kept->idle_expires_at, session.idle_expires_at);
  EXPECT_EQ(kept->expires_at, session.expires_at);
  EXPECT_EQ(kept->amr, session.amr);
  EXPECT_EQ(kept->clients, session.clients);
  EXPECT_EQ(find("other").error().code, base::Errc::not_found);
  EXPECT_FALSE(wait(cache_.find(model::TenantId{"02TENANT"}, session.id)));
}

TEST_F(RedisSessionCacheTest, TwoVisitsAtOnceForgetNoClient) {
  auto one = make_session("s1"), other = one;
  one.clients = {model::ClientId{"first"}};
  other.clients = {model::ClientId{"second"}};
  ASSERT_TRUE(put(one));
  ASSERT_TRUE(put(other));

  EXPECT_EQ(find("s1")->clients.size(), 2U);
}

TEST_F(RedisSessionCacheTest, GoesByItselfAtTheEarlierOfItsTwoEnds) {
  auto session = make_session("s1");
  session.idle_expires_at = clock_.now() + std::chrono::milliseconds(300);
  ASSERT_TRUE(put(session));
  ASSERT_TRUE(find("s1"));
  ::usleep(400'000);

  EXPECT_FALSE(find("s1"));
  EXPECT_TRUE(of_user().empty());
  EXPECT_EQ(server_.by_hand("DBSIZE"), "0\n") << "nothing is left behind";
}

TEST_F(RedisSessionCacheTest, ListsTheSessionsOfAUser) {
  auto stranger = make_session("stranger");
  stranger.user = model::UserKey{"02USER"};
  for (const auto& session : {make_session("s1"), make_session("s2"), stranger}) ASSERT_TRUE(put(session));

  EXPECT_EQ(of_user().size(), 2U);
  EXPECT_EQ(of_user("02USER").front().id, stranger.id);
  EXPECT_TRUE(of_user("03USER").empty());
  EXPECT_EQ(of_user("01USER", 1).size(), 1U);
}

TEST_F(RedisSessionCacheTest, SomebodyElsesValueUnderOurKeyIsNoSession) {
  server_.by_hand("HSET cardea:session:01TENANT:s1 session '[1,2'");
  EXPECT_EQ(find("s1").error().code, base::Errc::not_found);
  server_.by_hand("HSET cardea:session:01TENANT:s1 session '[1,2]'");
  EXPECT_EQ(find("s1").error().code, base::Errc::not_found);
  server_.by_hand("SET cardea:session:01TENANT:s2 x");
  EXPECT_FALSE(find("s2"));
}

TEST_F(RedisSessionCacheTest, SaysThatItCannotBeReached) {
  ASSERT_TRUE(wait(cache_.check()));
  server_.kill();

  EXPECT_EQ(put(make_session("s1")).error().code, base::Errc::unavailable);
  EXPECT_EQ(find("s1").error().code, base::Errc::unavailable);
  EXPECT_FALSE(wait(cache_.check()));
}

}  // namespace
}  // namespace cardea::store
