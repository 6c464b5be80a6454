#include "identity/cookie_sessions.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/identity/identity_fixture.h"

namespace cardea::identity {
namespace {

// `sessions.store = "jwt"`.
class CookieSessionsTest : public IdentityTest {
 protected:
  std::string sign_in(const model::User& user, const std::optional<model::Session>& previous = std::nullopt) {
    const auto made = context();
    model::Session session;
    write([&](store::Transaction& transaction) -> base::Result<void> {
      auto started = service.start_in(transaction, made, user, {"pwd"}, previous);
      if (!started) return base::pass_on(started);
      session = *started;
      return {};
    });
    check(run(service.started(made, session)));
    return service.cookie(made, session);
  }
  base::Result<model::Session> find(const std::string& cookie) { return run(service.find(context(), cookie)); }

  CookieSessions keeper{sessions};
  SessionService service{keeper, sessions, users, artifacts, random, clock};
  SessionEnding ending{keeper, *database, sessions, families};
  model::User ada = make_user("ada@example.com", "Secret-123");
};

TEST_F(CookieSessionsTest, TheCookieIsTheSessionAndNoRowIsWritten) {
  const auto session = find(sign_in(ada));

  ASSERT_TRUE(session);
  EXPECT_EQ(session->user, ada.key);
  EXPECT_EQ(session->auth_time, clock.now());
  EXPECT_FALSE(run(sessions.find(tenant_id, session->id)));
}

TEST_F(CookieSessionsTest, ActivityIsInTheNextCookie) {
  const auto cookie = sign_in(ada);
  clock.advance(std::chrono::hours(71));
  const auto before = must(find(cookie));
  const auto after = must(run(service.touch(context(), before, model::ClientId{"app"})));
  const auto renewed = service.renewed_cookie(context(), before, after);
  clock.advance(std::chrono::hours(2));

  EXPECT_FALSE(find(cookie)) << "idle for 73 hours";
  ASSERT_TRUE(find(renewed));
  EXPECT_EQ(find(renewed)->clients, std::vector{model::ClientId{"app"}});
  EXPECT_EQ(service.renewed_cookie(context(), after, after), "");
}

TEST_F(CookieSessionsTest, ALogoutEndsEveryCookieOfTheSession) {
  const auto cookie = sign_in(ada);
  const auto session = must(find(cookie));
  clock.advance(std::chrono::minutes(2));
  const auto touched = must(run(service.touch(context(), session, model::ClientId{"app"})));
  const auto renewed = service.renewed_cookie(context(), session, touched);

  check(run(ending.end(context(), session, "rp-logout")));

  EXPECT_FALSE(find(cookie));
  EXPECT_FALSE(find(renewed));
  EXPECT_EQ(event_types().back(), "slo");
}

TEST_F(CookieSessionsTest, ALogoutByIdAloneEndsItToo) {
  const auto cookie = sign_in(ada);

  check(run(ending.end_named(context(), must(find(cookie)).id, "rp-logout")));

  EXPECT_FALSE(find(cookie));
}

TEST_F(CookieSessionsTest, APasswordChangeEndsSessionsThatNobodyCanList) {
  const auto cookie = sign_in(ada);
  clock.advance(std::chrono::seconds(1));
  write([&](store::Transaction& transaction) {
    return ending.end_all_in(transaction, context(), ada.key, {}, "password-changed");
  });

  EXPECT_FALSE(find(cookie));
  EXPECT_TRUE(find(sign_in(ada))) << "who signs in again is in";
}

TEST_F(CookieSessionsTest, SomebodyElseAtTheSameBrowserEndsTheSession) {
  const auto bob = make_user("bob@example.com", "Secret-123");
  const auto cookie = sign_in(ada);

  const auto next = sign_in(bob, must(find(cookie)));

  EXPECT_FALSE(find(cookie));
  EXPECT_EQ(find(next)->user, bob.key);
}

TEST_F(CookieSessionsTest, AnEndedSessionIsNotRenewed) {
  const auto first = must(find(sign_in(ada)));
  check(run(ending.end(context(), first, "rp-logout")));

  const auto second = find(sign_in(ada, first));

  ASSERT_TRUE(second);
  EXPECT_NE(second->id, first.id);
}

TEST_F(CookieSessionsTest, ManyClientsStillFitACookie) {
  auto session = must(find(sign_in(ada)));
  for (int i = 0; i < 100; ++i)
    session = must(run(service.touch(context(), session, model::ClientId{std::string(30, 'c') + std::to_string(i)})));

  const auto cookie = service.cookie(context(), session);

  EXPECT_LT(cookie.size(), 3600U) << "whatever a keeper knows of clients";
  const auto kept = must(find(cookie)).clients;
  EXPECT_EQ(kept.size(), 32U);
  EXPECT_NE(std::ranges::find(kept, model::ClientId{std::string(30, 'c') + "99"}), kept.end());
}

TEST_F(CookieSessionsTest, ALostStoreIsUnavailableNotSignedIn) {
  const auto made = context();
  const auto cookie = sign_in(ada);
  database->down = true;

  const auto lost = run(service.find(made, cookie));

  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, base::Errc::unavailable);
}

}  // namespace
}  // namespace cardea::identity
