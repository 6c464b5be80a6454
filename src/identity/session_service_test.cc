#include "identity/session_service.h"

#include <gtest/gtest.h>

#include "tests/identity/identity_fixture.h"

namespace cardea::identity {
namespace {

class SessionServiceTest : public IdentityTest {
 protected:
  model::Session start(const model::User& user, const std::optional<model::Session>& previous = std::nullopt) {
    const auto made = context();
    model::Session session;
    write([&](store::Transaction& transaction) -> base::Result<void> {
      auto started = session_service.start_in(transaction, made, user, {"pwd"}, previous);
      if (!started) return base::pass_on(started);
      session = *started;
      return {};
    });
    return session;
  }
  std::string cookie(const model::Session& session) { return session_service.cookie(context(), session); }
  bool found(const std::string& cookie) { return run(session_service.find(context(), cookie)).has_value(); }
  void set_lifetimes(double idle_hours, double hours) {
    write([&](store::Transaction& transaction) -> base::Result<void> {
      auto done = tenants.update_settings_in(transaction, tenant_id,
                                             {{"idle_session_lifetime", idle_hours}, {"session_lifetime", hours}});
      if (!done) return base::pass_on(done);
      return {};
    });
  }

  const model::ClientId app{"app"};
  model::User ada = make_user("ada@example.com", "Secret-123");
};

TEST_F(SessionServiceTest, ACookieLeadsToItsSession) {
  const auto session = start(ada);

  const auto again = run(session_service.find(context(), cookie(session)));

  ASSERT_TRUE(again);
  EXPECT_EQ(again->id, session.id);
  EXPECT_EQ(again->user, ada.key);
  EXPECT_EQ(again->auth_time, clock.now());
  EXPECT_EQ(again->amr, std::vector<std::string>{"pwd"});
}

TEST_F(SessionServiceTest, ForgedAndForeignCookiesAreNoSession) {
  const auto session = start(ada);
  auto forged = cookie(session);
  forged[forged.size() / 2] = forged[forged.size() / 2] == 'A' ? 'B' : 'A';
  const auto other = make_tenant("other");
  auto elsewhere = context();
  elsewhere.tenant = must(run(directory.find(other)));
  const auto login_step = artifacts.seal(tenant_id, "login", {{"sid", session.id.value}, {"user", ada.key.value}}, {});

  for (const auto& value :
       {std::string(), std::string("x"), session.id.value, forged, login_step, std::string(50'000, 'A')})
    EXPECT_FALSE(found(value));
  EXPECT_FALSE(run(session_service.find(elsewhere, cookie(session))));
}

TEST_F(SessionServiceTest, EndsWhenIdleForTooLong) {
  const auto session = start(ada);
  clock.advance(std::chrono::hours(72) - std::chrono::seconds(1));
  EXPECT_TRUE(found(cookie(session)));

  clock.advance(std::chrono::seconds(1));

  EXPECT_FALSE(found(cookie(session)));
}

TEST_F(SessionServiceTest, ActivityMovesTheIdleEndButNeverTheAbsoluteOne) {
  const auto session = start(ada);
  for (int day = 1; day < 7; ++day) {
    clock.advance(std::chrono::hours(24));
    check(run(session_service.touch(context(), session, app)));
  }
  EXPECT_TRUE(found(cookie(session)));

  clock.advance(std::chrono::hours(24));

  EXPECT_FALSE(found(cookie(session)));
}

TEST_F(SessionServiceTest, TouchesAreStoredOnceAMinuteUnlessAClientIsNew) {
  const auto session = must(run(session_service.touch(context(), start(ada), app)));
  clock.advance(std::chrono::seconds(59));

  const auto soon = must(run(session_service.touch(context(), session, app)));
  const auto with_other = must(run(session_service.touch(context(), session, model::ClientId{"other-app"})));

  EXPECT_EQ(soon.last_seen_at, session.last_seen_at);
  EXPECT_EQ(with_other.last_seen_at, clock.now());
  EXPECT_EQ(must(run(sessions.find(tenant_id, session.id))).clients.size(), 2u);
  clock.advance(std::chrono::minutes(1));
  EXPECT_EQ(must(run(session_service.touch(context(), session, app))).last_seen_at, clock.now());
}

TEST_F(SessionServiceTest, ShortenedLimitsApplyAtTheNextActivityLengthenedOnesOnlyToNewLogins) {
  const auto session = start(ada);
  set_lifetimes(1, 2);
  clock.advance(std::chrono::minutes(2));
  auto touched = must(run(session_service.touch(context(), session, app)));
  EXPECT_EQ(touched.expires_at, session.auth_time + std::chrono::hours(2));
  EXPECT_EQ(touched.idle_expires_at, clock.now() + std::chrono::hours(1));

  set_lifetimes(10, 100);
  clock.advance(std::chrono::minutes(2));
  touched = must(run(session_service.touch(context(), session, app)));
  EXPECT_EQ(touched.expires_at, session.auth_time + std::chrono::hours(2));

  EXPECT_EQ(start(ada).expires_at, clock.now() + std::chrono::hours(100));
}

TEST_F(SessionServiceTest, SigningInAgainRenewsTheSessionAndChangesTheCookie) {
  const auto first = start(ada);
  const auto old_cookie = cookie(first);
  clock.advance(std::chrono::hours(1));

  const auto second = start(ada, first);

  EXPECT_EQ(second.id, first.id);
  EXPECT_EQ(second.created_at, first.created_at);
  EXPECT_EQ(second.auth_time, clock.now());
  EXPECT_NE(cookie(second), old_cookie);
}

TEST_F(SessionServiceTest, SigningInAsSomebodyElseEndsTheSession) {
  const auto bob = make_user("bob@example.com", "Secret-123");
  const auto first = start(ada);

  const auto second = start(bob, first);

  EXPECT_NE(second.id, first.id);
  EXPECT_FALSE(found(cookie(first)));
  EXPECT_TRUE(found(cookie(second)));
}

TEST_F(SessionServiceTest, ADeadSessionIsNotRenewed) {
  const auto first = start(ada);
  write([&](store::Transaction& transaction) { return sessions.revoke_in(transaction, tenant_id, first); });

  const auto second = start(ada, first);

  EXPECT_NE(second.id, first.id);
  EXPECT_FALSE(run(session_service.touch(context(), first, app)));
}

TEST_F(SessionServiceTest, BlockedAndDeletedUsersHaveNoSessions) {
  const auto session = start(ada);
  write([&](store::Transaction& transaction) -> base::Result<void> {
    auto done = users.update_in(transaction, tenant_id, ada.key, {{"blocked", true}});
    if (!done) return base::pass_on(done);
    return {};
  });
  EXPECT_FALSE(found(cookie(session)));

  const auto bob = make_user("bob@example.com", "Secret-123");
  const auto of_bob = start(bob);
  write([&](store::Transaction& transaction) { return users.erase_in(transaction, tenant_id, bob.key); });
  EXPECT_FALSE(found(cookie(of_bob)));
}

TEST_F(SessionServiceTest, ALostStoreIsUnavailableNotSignedOut) {
  const auto made = context();
  const auto value = cookie(start(ada));
  database->down = true;

  const auto lost = run(session_service.find(made, value));

  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, base::Errc::unavailable);
}

}  // namespace
}  // namespace cardea::identity
