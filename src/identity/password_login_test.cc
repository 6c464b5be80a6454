#include "identity/password_login.h"

#include <gtest/gtest.h>

#include "tests/identity/identity_fixture.h"

namespace cardea::identity {
namespace {

class PasswordLoginTest : public IdentityTest {
 protected:
  base::Result<model::User, LoginRefusal> sign_in(const std::string& identifier, const std::string& password,
                                                  const std::string& ip = "203.0.113.7") {
    return sign_in_at(login, identifier, password, ip);
  }
  base::Result<model::User, LoginRefusal> sign_in_at(PasswordLogin& at, const std::string& identifier,
                                                     const std::string& password, const std::string& ip) {
    auto made = context();
    made.ip = ip;
    return run(at.check(made, client(made), connection(made), identifier, password));
  }
  void unblock(const std::string& identifier) {
    run([](PasswordLogin& at, model::TenantId tenant, std::string name) -> base::awaitable<bool> {
      co_await at.unblock(tenant, name);
      co_return true;
    }(login, tenant_id, identifier));
  }

  PasswordLogin login{*database, users, hashes, clock};
};

TEST_F(PasswordLoginTest, TheRightPasswordGivesTheUser) {
  const auto user = make_user("ada@example.com", "Secret-123");

  const auto signed_in = sign_in(" Ada@Example.COM ", "Secret-123");

  ASSERT_TRUE(signed_in);
  EXPECT_EQ(signed_in->key, user.key);
  EXPECT_TRUE(events().empty());  // success is recorded with its session
}

TEST_F(PasswordLoginTest, UnknownUsersAndWrongPasswordsLookAlikeAndCostTheSame) {
  make_user("ada@example.com", "Secret-123");
  const auto hashed_before = hashes.completed();

  const auto wrong = sign_in("ada@example.com", "Wrong-123");
  const auto hashed_for_wrong = hashes.completed() - hashed_before;
  const auto unknown = sign_in("nobody@example.com", "Wrong-123");
  const auto hashed_for_unknown = hashes.completed() - hashed_before - hashed_for_wrong;

  ASSERT_FALSE(wrong);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(wrong.error(), LoginRefusal::wrong_credentials);
  EXPECT_EQ(unknown.error(), LoginRefusal::wrong_credentials);
  EXPECT_EQ(hashed_for_wrong, 1u);
  EXPECT_EQ(hashed_for_unknown, 1u);
  EXPECT_EQ(event_types(), (std::vector<std::string>{"fp", "fu"}));
}

TEST_F(PasswordLoginTest, AUserWithoutAPasswordIsAsUnknown) {
  write([&](store::Transaction& transaction) -> base::Result<void> {
    auto made = users.create_in(transaction, tenant_id, std::string(kConnection), "auth0",
                                {{"email", "bob@example.com"}}, std::nullopt);
    if (!made) return base::pass_on(made);
    return {};
  });
  const auto before = hashes.completed();

  const auto refused = sign_in("bob@example.com", "");

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), LoginRefusal::wrong_credentials);
  EXPECT_EQ(hashes.completed(), before + 1);
}

TEST_F(PasswordLoginTest, EventsSayWhoTriedWhereAndNeverThePassword) {
  make_user("ada@example.com", "Secret-123");

  ASSERT_FALSE(sign_in("ada@example.com", "Wrong-987"));

  const auto recorded = events();
  ASSERT_EQ(recorded.size(), 1u);
  const auto& body = recorded.front().body;
  EXPECT_EQ(base::get_string_or(body, "user_name"), "ada@example.com");
  EXPECT_EQ(base::get_string_or(body, "client_id"), kClient);
  EXPECT_EQ(base::get_string_or(body, "connection"), kConnection);
  EXPECT_EQ(base::get_string_or(body, "ip"), "203.0.113.7");
  EXPECT_EQ(base::json::serialize(body).find("Wrong-987"), std::string::npos);
}

TEST_F(PasswordLoginTest, UsernamesWorkWhereTheConnectionHasThem) {
  set_options({{"requires_username", true}});
  const auto user = make_user("ada@example.com", "Secret-123", {{"username", "ada"}});

  const auto by_username = sign_in("ADA", "Secret-123");
  const auto by_email = sign_in("ada@example.com", "Secret-123");

  ASSERT_TRUE(by_username);
  EXPECT_EQ(by_username->key, user.key);
  EXPECT_TRUE(by_email);
}

TEST_F(PasswordLoginTest, UsernamesDoNotWorkWhereItHasNone) {
  make_user("ada@example.com", "Secret-123", {{"username", "ada"}});

  EXPECT_FALSE(sign_in("ada", "Secret-123"));
}

TEST_F(PasswordLoginTest, BlockedUsersLearnItOnlyWithTheRightPassword) {
  make_user("ada@example.com", "Secret-123", {{"blocked", true}});

  const auto wrong = sign_in("ada@example.com", "Wrong-123");
  const auto right = sign_in("ada@example.com", "Secret-123");

  EXPECT_EQ(wrong.error(), LoginRefusal::wrong_credentials);
  EXPECT_EQ(right.error(), LoginRefusal::blocked);
  EXPECT_EQ(event_types(), (std::vector<std::string>{"fp", "f"}));
}

TEST_F(PasswordLoginTest, TenFailuresBlockTheAddressEvenForTheRightPassword) {
  make_user("ada@example.com", "Secret-123");
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(sign_in("ada@example.com", "Wrong-123").error(), LoginRefusal::wrong_credentials);
  const auto hashed = hashes.completed();

  const auto blocked = sign_in("ada@example.com", "Secret-123");

  EXPECT_EQ(blocked.error(), LoginRefusal::too_many_attempts);
  EXPECT_EQ(hashes.completed(), hashed);  // nor does it cost anything
  EXPECT_TRUE(sign_in("ada@example.com", "Secret-123", "198.51.100.1"));
  const auto types = event_types();
  EXPECT_EQ(std::ranges::count(types, "fp"), 10);
  EXPECT_EQ(std::ranges::count(types, "limit_wc"), 1);
}

TEST_F(PasswordLoginTest, UnknownUsersAreBlockedInTheSameWay) {
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(sign_in("nobody@example.com", "Wrong-123"));

  EXPECT_EQ(sign_in("nobody@example.com", "Wrong-123").error(), LoginRefusal::too_many_attempts);
}

TEST_F(PasswordLoginTest, GuessesSentAllAtOnceGetNoMoreTriesThanOneByOne) {
  make_user("ada@example.com", "Secret-123");
  const auto made = context();
  std::vector<base::awaitable<base::Result<model::User, LoginRefusal>>> guesses;
  for (int i = 0; i < 30; ++i)
    guesses.push_back(login.check(made, client(made), connection(made), "ada@example.com",
                                  i == 29 ? "Secret-123" : "Wrong-" + std::to_string(i)));

  const auto answers = run_all(std::move(guesses));

  const auto told = std::ranges::count_if(
      answers, [](const auto& answer) { return !answer && answer.error() == LoginRefusal::wrong_credentials; });
  EXPECT_EQ(told, 10);
  EXPECT_EQ(answers.back().error(), LoginRefusal::too_many_attempts);
}

TEST_F(PasswordLoginTest, AnAddressThatTriesManyAccountsIsRefusedForStrangers) {
  make_user("ada@example.com", "Secret-123");
  for (int i = 0; i < 100; ++i) ASSERT_FALSE(sign_in("user" + std::to_string(i) + "@example.com", "Spring-2026"));

  EXPECT_EQ(sign_in("ada@example.com", "Secret-123").error(), LoginRefusal::too_many_attempts);

  for (int i = 0; i < 20; ++i) ASSERT_FALSE(sign_in("made-up" + std::to_string(i) + "@example.com", "Spring-2026"));
  EXPECT_EQ(std::ranges::count(event_types(), "limit_mu"), 1);
  EXPECT_TRUE(sign_in("ada@example.com", "Secret-123", "198.51.100.1"));
}

TEST_F(PasswordLoginTest, UnblockingLetsTheOwnerInAgain) {
  make_user("ada@example.com", "Secret-123");
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(sign_in("ada@example.com", "Wrong-123"));

  unblock("ADA@example.com");

  EXPECT_TRUE(sign_in("ada@example.com", "Secret-123"));
}

TEST_F(PasswordLoginTest, LimitsCanBeSwitchedOffByTheServerAndByTheConnection) {
  make_user("ada@example.com", "Secret-123");
  PasswordLogin unlimited(*database, users, hashes, clock, {.limits = {.on = false}});
  for (int i = 0; i < 15; ++i)
    EXPECT_EQ(sign_in_at(unlimited, "ada@example.com", "Wrong-123", "203.0.113.7").error(),
              LoginRefusal::wrong_credentials);

  set_options({{"brute_force_protection", false}});
  for (int i = 0; i < 15; ++i)
    EXPECT_EQ(sign_in("ada@example.com", "Wrong-123").error(), LoginRefusal::wrong_credentials);
}

TEST_F(PasswordLoginTest, AnOldHashIsRenewedOnTheWay) {
  const auto user = make_user("ada@example.com", "Secret-123");
  auto stronger = cheap();
  stronger.bcrypt_cost = 5;
  const auto old = must(run(users.password(tenant_id, user.key)));
  clock.advance(std::chrono::hours(1));

  crypto::HashPool pool(1, 10, stronger, random, clock);
  PasswordLogin newer(*database, users, pool, clock);
  ASSERT_TRUE(sign_in_at(newer, "ada@example.com", "Secret-123", "203.0.113.7"));

  const auto renewed = must(run(users.password(tenant_id, user.key)));
  EXPECT_NE(renewed.hash, old.hash);
  EXPECT_TRUE(crypto::verify_password(renewed.hash, "Secret-123"));
  EXPECT_FALSE(crypto::needs_rehash(renewed.hash, stronger));
  EXPECT_EQ(renewed.changed_at, old.changed_at);  // the password is the same
  EXPECT_FALSE(must(run(users.find(tenant_id, user.key))).document.contains("last_password_reset"));
}

TEST_F(PasswordLoginTest, AFullPoolAndALostStoreAreNotAWrongPassword) {
  make_user("ada@example.com", "Secret-123");
  crypto::HashPool full(0, 0, cheap(), random, clock);
  PasswordLogin overloaded(*database, users, full, clock);
  EXPECT_EQ(sign_in_at(overloaded, "ada@example.com", "Secret-123", "203.0.113.7").error(), LoginRefusal::overloaded);
  EXPECT_EQ(sign_in_at(overloaded, "nobody@example.com", "Secret-123", "203.0.113.7").error(),
            LoginRefusal::overloaded);

  const auto made = context();
  database->down = true;
  const auto lost = run(login.check(made, client(made), connection(made), "ada@example.com", "Secret-123"));
  EXPECT_EQ(lost.error(), LoginRefusal::unavailable);
}

TEST_F(PasswordLoginTest, HostileIdentifiersAreJustUnknown) {
  for (const std::string& identifier : {std::string(), std::string(100'000, 'a'), std::string("a\0b@example.com", 15),
                                        std::string("' OR 1=1 --"), std::string("\xFF\xFE@example.com")})
    EXPECT_EQ(sign_in(identifier, "x").error(), LoginRefusal::wrong_credentials);
}

}  // namespace
}  // namespace cardea::identity
