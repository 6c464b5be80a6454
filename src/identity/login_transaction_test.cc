#include "identity/login_transaction.h"

#include <gtest/gtest.h>

#include "tests/identity/identity_fixture.h"

namespace cardea::identity {
namespace {

class LoginTransactionTest : public IdentityTest {
 protected:
  LoginTransaction example() {
    LoginTransaction t;
    t.browser = LoginTransactions::browser_hash("browser-1");
    t.client = model::ClientId{std::string(kClient)};
    t.request = {{"scope", "openid"}, {"state", "s"}};
    t.connection = kConnection;
    t.login_hint = "ada@example.com";
    t.locale = "de";
    t.signup_first = true;
    t.session = model::SessionId{"session-1"};
    t.authenticated = true;
    t.consented = true;
    return t;
  }
  base::Errc error_of(std::string_view state, std::string_view browser) {
    const auto opened = transactions.open(context(), state, browser);
    EXPECT_FALSE(opened);
    return opened ? base::Errc::unavailable : opened.error().code;
  }

  LoginTransactions transactions{artifacts, clock};
};

TEST_F(LoginTransactionTest, ComesBackAsItWasSealed) {
  const auto before = example();

  const auto after = transactions.open(context(), transactions.seal(context(), before), "browser-1");

  ASSERT_TRUE(after);
  EXPECT_FALSE(after->id.empty());
  EXPECT_EQ(after->browser, before.browser);
  EXPECT_EQ(after->client, before.client);
  EXPECT_EQ(after->request, before.request);
  EXPECT_EQ(after->connection, before.connection);
  EXPECT_EQ(after->login_hint, before.login_hint);
  EXPECT_EQ(after->locale, before.locale);
  EXPECT_EQ(after->signup_first, before.signup_first);
  EXPECT_EQ(after->session, before.session);
  EXPECT_EQ(after->authenticated, before.authenticated);
  EXPECT_EQ(after->account_chosen, before.account_chosen);
  EXPECT_EQ(after->consented, before.consented);
}

TEST_F(LoginTransactionTest, BelongsToOneBrowser) {
  const auto state = transactions.seal(context(), example());

  EXPECT_EQ(error_of(state, "browser-2"), base::Errc::denied);
  EXPECT_EQ(error_of(state, ""), base::Errc::denied);

  auto unbound = example();
  unbound.browser.clear();
  EXPECT_EQ(error_of(transactions.seal(context(), unbound), ""), base::Errc::denied);
}

TEST_F(LoginTransactionTest, LivesForAnHour) {
  const auto state = transactions.seal(context(), example());
  clock.advance(std::chrono::hours(1) - std::chrono::seconds(1));
  EXPECT_TRUE(transactions.open(context(), state, "browser-1"));

  clock.advance(std::chrono::seconds(1));

  EXPECT_EQ(error_of(state, "browser-1"), base::Errc::not_found);
}

TEST_F(LoginTransactionTest, IsWorthNothingChangedOrElsewhere) {
  const auto state = transactions.seal(context(), example());
  auto changed = state;
  changed.back() = changed.back() == 'A' ? 'Q' : 'A';
  auto elsewhere = context();
  elsewhere.tenant = must(run(directory.find(make_tenant("other"))));

  EXPECT_EQ(error_of(changed, "browser-1"), base::Errc::invalid);
  EXPECT_EQ(error_of("", "browser-1"), base::Errc::invalid);
  EXPECT_EQ(error_of("hello", "browser-1"), base::Errc::invalid);
  const auto opened = transactions.open(elsewhere, state, "browser-1");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, base::Errc::invalid);
  EXPECT_EQ(error_of(session_service.cookie(context(), {}), "browser-1"), base::Errc::invalid);
}

}  // namespace
}  // namespace cardea::identity
