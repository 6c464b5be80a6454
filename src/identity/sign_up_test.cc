#include "identity/sign_up.h"

#include <gtest/gtest.h>

#include "crypto/password_hash.h"
#include "jobs/mail_job.h"
#include "tests/identity/identity_fixture.h"

namespace cardea::identity {
namespace {

class SignUpTest : public IdentityTest {
 protected:
  static NewUser ada() {
    NewUser user;
    user.email = "Ada@Example.com";
    user.password = "Secret-123";
    return user;
  }
  base::Result<model::User, SignUp::Refusal> create(NewUser user) {
    const auto made = context();
    return run(sign_up.create(made, client(made), connection(made), std::move(user)));
  }
  SignUpRefusal refusal_of(NewUser user) {
    const auto made = create(std::move(user));
    EXPECT_FALSE(made);
    return made ? SignUpRefusal::unavailable : made.error().why;
  }

  SignUp sign_up{*database, users, hashes, mail, clock, {}};
};

TEST_F(SignUpTest, MakesAUserWithPasswordMailAndEventInOneStep) {
  auto wanted = ada();
  wanted.profile = {{"given_name", "Ada"}};
  wanted.user_metadata = {{"plan", "gold"}};

  const auto user = create(wanted);

  ASSERT_TRUE(user);
  EXPECT_EQ(user->email, "ada@example.com");
  EXPECT_FALSE(user->email_verified);
  EXPECT_EQ(user->given_name, "Ada");
  EXPECT_TRUE(user->user_id.value.starts_with("auth0|"));
  const auto stored =
      must(run(users.find_by_identifier(tenant_id, std::string(kConnection), "email", "ada@example.com")));
  EXPECT_EQ(stored.key, user->key);
  EXPECT_TRUE(crypto::verify_password(must(run(users.password(tenant_id, user->key))).hash, "Secret-123"));
  EXPECT_EQ(event_types(), std::vector<std::string>{"ss"});
  const auto mails = jobs("mail");
  ASSERT_EQ(mails.size(), 1u);
  EXPECT_EQ(base::get_string_or(mails.front().body, "template"), "verify_email");
  EXPECT_EQ(base::get_string_or(mails.front().body, "to"), "ada@example.com");
}

TEST_F(SignUpTest, OfManyWhoSignUpWithOneAddressAtOnceExactlyOneWins) {
  const auto made = context();
  std::vector<base::awaitable<base::Result<model::User, SignUp::Refusal>>> racers;
  for (int i = 0; i < 8; ++i) racers.push_back(sign_up.create(made, client(made), connection(made), ada()));

  const auto results = run_all(std::move(racers));

  EXPECT_EQ(std::ranges::count_if(results, [](const auto& result) { return result.has_value(); }), 1);
  for (const auto& result : results)
    if (!result) EXPECT_EQ(result.error().why, SignUpRefusal::user_exists);
  const auto types = event_types();
  EXPECT_EQ(std::ranges::count(types, "ss"), 1);
  EXPECT_EQ(std::ranges::count(types, "fs"), 7);
  EXPECT_EQ(jobs("mail").size(), 1u);
}

TEST_F(SignUpTest, ATakenAddressCostsTheSameAsAFreeOne) {
  ASSERT_TRUE(create(ada()));
  const auto hashed = hashes.completed();

  EXPECT_EQ(refusal_of(ada()), SignUpRefusal::user_exists);

  EXPECT_EQ(hashes.completed(), hashed + 1);
}

TEST_F(SignUpTest, TellsATakenUsernameFromATakenAddress) {
  set_options({{"requires_username", true}});
  auto first = ada();
  first.username = "ada";
  ASSERT_TRUE(create(first));

  auto same_username = ada();
  same_username.email = "other@example.com";
  same_username.username = "ADA";
  auto same_both = ada();
  same_both.username = "ada";

  EXPECT_EQ(refusal_of(same_username), SignUpRefusal::username_exists);
  EXPECT_EQ(refusal_of(same_both), SignUpRefusal::user_exists);
  auto free_again = ada();  // a lost race leaves nothing claimed
  free_again.email = "other@example.com";
  free_again.username = "grace";
  EXPECT_TRUE(create(free_again));
}

TEST_F(SignUpTest, RefusesWhatBreaksARule) {
  const auto with = [](auto change) {
    auto user = ada();
    change(user);
    return user;
  };
  EXPECT_EQ(refusal_of(with([](auto& u) { u.email = "not an address"; })), SignUpRefusal::invalid_email);
  EXPECT_EQ(refusal_of(with([](auto& u) { u.email = ""; })), SignUpRefusal::invalid_email);
  EXPECT_EQ(refusal_of(with([](auto& u) { u.username = "unwanted"; })), SignUpRefusal::invalid_username);
  EXPECT_EQ(refusal_of(with([](auto& u) { u.phone_number = "+4670123"; })), SignUpRefusal::invalid_profile);
  EXPECT_EQ(refusal_of(with([](auto& u) { u.profile = {{"name", std::string(301, 'x')}}; })),
            SignUpRefusal::invalid_profile);
  EXPECT_EQ(refusal_of(with([](auto& u) { u.profile = {{"name", 7}}; })), SignUpRefusal::invalid_profile);
  EXPECT_EQ(refusal_of(with([](auto& u) { u.profile = {{"picture", "javascript:alert(1)"}}; })),
            SignUpRefusal::invalid_profile);
  EXPECT_EQ(refusal_of(with([](auto& u) { u.profile = {{"app_metadata", "admin"}}; })), SignUpRefusal::invalid_profile);
  EXPECT_EQ(refusal_of(with([](auto& u) { u.user_metadata = {{"a", base::json::object{}}}; })),
            SignUpRefusal::invalid_profile);
  EXPECT_EQ(refusal_of(with([](auto& u) { u.user_metadata = {{"a", std::string(501, 'x')}}; })),
            SignUpRefusal::invalid_profile);
  EXPECT_EQ(refusal_of(with([](auto& u) {
              for (int i = 0; i < 11; ++i) u.user_metadata[std::to_string(i)] = "x";
            })),
            SignUpRefusal::invalid_profile);
  EXPECT_TRUE(jobs("mail").empty());
  EXPECT_EQ(event_types().size(), 11u);
}

TEST_F(SignUpTest, AWeakPasswordComesBackWithItsVerdict) {
  auto user = ada();
  user.password = "short";

  const auto refused = create(user);

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().why, SignUpRefusal::weak_password);
  EXPECT_FALSE(refused.error().verdict.policy.empty());
  EXPECT_FALSE(refused.error().verdict.rules.empty());
}

TEST_F(SignUpTest, TheOwnAddressIsNoPasswordWhereTheConnectionSaysSo) {
  set_options({{"password_no_personal_info", {{"enable", true}}}});
  auto user = ada();
  user.password = "Ada@example.com";

  const auto refused = create(user);

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().verdict.fault, PasswordFault::personal_info);
}

TEST_F(SignUpTest, IsOnlyForOpenConnectionsAndEnabledClients) {
  const auto made = context();
  model::Client stranger = client(made);
  stranger.client_id = model::ClientId{"stranger"};
  const auto by_stranger = run(sign_up.create(made, stranger, connection(made), ada()));
  EXPECT_EQ(by_stranger.error().why, SignUpRefusal::disabled);

  set_options({{"disable_signup", true}});
  EXPECT_EQ(refusal_of(ada()), SignUpRefusal::disabled);
}

TEST_F(SignUpTest, AFullPoolAndALostStoreLeaveNothingBehind) {
  crypto::HashPool full(0, 0, cheap(), random, clock);
  SignUp overloaded(*database, users, full, mail, clock, {});
  const auto made = context();
  EXPECT_EQ(run(overloaded.create(made, client(made), connection(made), ada())).error().why, SignUpRefusal::overloaded);

  database->down = true;
  EXPECT_EQ(run(sign_up.create(made, client(made), connection(made), ada())).error().why, SignUpRefusal::unavailable);
  database->down = false;
  EXPECT_TRUE(create(ada()));
}

TEST_F(SignUpTest, OneAddressMayTryFiftyTimesAndThenSlowly) {
  auto wrong = ada();
  wrong.email = "nobody";
  for (int i = 0; i < 50; ++i) ASSERT_EQ(refusal_of(wrong), SignUpRefusal::invalid_email) << i;
  EXPECT_EQ(refusal_of(ada()), SignUpRefusal::too_many);
  EXPECT_EQ(event_types().size(), 50u);

  auto elsewhere = context();
  elsewhere.ip = "203.0.113.77";
  EXPECT_TRUE(run(sign_up.create(elsewhere, client(elsewhere), connection(elsewhere), ada())));

  clock.advance(std::chrono::milliseconds(1200));
  EXPECT_EQ(refusal_of(wrong), SignUpRefusal::invalid_email);
  EXPECT_EQ(refusal_of(wrong), SignUpRefusal::too_many);
}

TEST(NormaliseEmail, TakesWhatCanReceiveMail) {
  const std::vector<std::pair<std::string, std::string>> good{
      {"Ada@Example.COM", "ada@example.com"},
      {"  a.b+c@x-y.example \n", "a.b+c@x-y.example"},
      {"o'brien@example.com", "o'brien@example.com"},
      {std::string(64, 'a') + "@example.com", std::string(64, 'a') + "@example.com"}};
  for (const auto& [text, expected] : good) EXPECT_EQ(normalise_email(text), expected) << text;

  const std::vector<std::string> bad{"",
                                     "a",
                                     "@",
                                     "a@",
                                     "@b.c",
                                     "a@b",
                                     "a@b..c",
                                     "a@-b.c",
                                     "a@b-.c",
                                     ".a@b.c",
                                     "a.@b.c",
                                     "a..b@c.d",
                                     "a b@c.d",
                                     "\"a\"@b.c",
                                     "a@[127.0.0.1]",
                                     "a@b.c\r\nBcc: x@y.z",
                                     "a,b@c.d",
                                     "a@b@c.d",
                                     "a@b.c>",
                                     std::string(65, 'a') + "@example.com",
                                     "a@" + std::string(250, 'b') + ".c",
                                     "å@example.com",
                                     std::string("a\0@b.c", 6)};
  for (const auto& text : bad) EXPECT_FALSE(normalise_email(text)) << text;
}

}  // namespace
}  // namespace cardea::identity
