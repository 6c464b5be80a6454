#include "identity/password_policy.h"

#include <gtest/gtest.h>

namespace cardea::identity {
namespace {

using model::PasswordPolicy;

model::Connection with_policy(PasswordPolicy policy, base::json::object options = {}) {
  model::Connection connection;
  connection.password_policy = policy;
  connection.document = {{"options", std::move(options)}};
  return connection;
}

struct Case {
  PasswordPolicy policy;
  std::string password;
  bool accepted;
};

TEST(PasswordPolicy, AcceptsWhatTheReferenceAcceptsAndNothingElse) {
  const std::vector<Case> cases{
      {PasswordPolicy::none, "x", true},
      {PasswordPolicy::none, "", false},
      {PasswordPolicy::low, "abcdef", true},
      {PasswordPolicy::low, "abcde", false},
      {PasswordPolicy::fair, "Abcdefg1", true},
      {PasswordPolicy::fair, "Abcdef1", false},   // 7
      {PasswordPolicy::fair, "abcdefg1", false},  // no upper case
      {PasswordPolicy::fair, "Abcdefg!", false},  // a sign is no digit
      {PasswordPolicy::good, "Abcdefg1", true},
      {PasswordPolicy::good, "abcdef1!", true},
      {PasswordPolicy::good, "abcdefg1", false},  // two kinds
      {PasswordPolicy::good, "Abc1!", false},     // short
      {PasswordPolicy::good, "åbcdefg1", true},   // a letter beyond ASCII counts as a sign
      {PasswordPolicy::excellent, "Abcdefgh1!", true},
      {PasswordPolicy::excellent, "Abcdefg1!", false},    // 9
      {PasswordPolicy::excellent, "Abcccdefg1!", false},  // ccc
      {PasswordPolicy::excellent, "Abccdefgg1!", true},
      {PasswordPolicy::excellent, "Abéééefgh1!", false},  // the same character, not the same byte
  };
  for (const auto& c : cases)
    EXPECT_EQ(judge_password(with_policy(c.policy), c.password).accepted, c.accepted) << c.password;
}

TEST(PasswordPolicy, CountsCharactersNotBytes) {
  EXPECT_FALSE(judge_password(with_policy(PasswordPolicy::low), "ééé").accepted);
  EXPECT_TRUE(judge_password(with_policy(PasswordPolicy::low), "éééééé").accepted);
}

TEST(PasswordPolicy, ALengthOfTheConnectionGoesBeforeThePolicys) {
  auto connection = with_policy(PasswordPolicy::good);
  connection.password_min_length = 12;

  const auto verdict = judge_password(connection, "Abcdefgh1!");

  EXPECT_FALSE(verdict.accepted);
  EXPECT_TRUE(verdict.policy.starts_with("* At least 12 characters in length\n"));
}

TEST(PasswordPolicy, SaysWhichRulesHoldAsSdksReadThem) {
  const auto verdict = judge_password(with_policy(PasswordPolicy::good), "abc");

  EXPECT_EQ(verdict.fault, PasswordFault::strength);
  EXPECT_EQ(
      base::json::serialize(verdict.rules),
      R"j({"rules":[{"message":"At least %d characters in length","code":"lengthAtLeast","verified":false,"format":[8]},)j"
      R"j({"message":"Contain at least %d of the following %d types of characters:","code":"containsAtLeast",)j"
      R"j("items":[{"message":"lower case letters (a-z)","code":"lowerCase","verified":true},)j"
      R"j({"message":"upper case letters (A-Z)","code":"upperCase","verified":false},)j"
      R"j({"message":"numbers (i.e. 0-9)","code":"numbers","verified":false},)j"
      R"j({"message":"special characters (e.g. !@#$%^&*)","code":"specialCharacters","verified":false}],)j"
      R"j("verified":false,"format":[3,4]}],"verified":false})j");
  EXPECT_EQ(verdict.policy,
            "* At least 8 characters in length\n"
            "* Contain at least 3 of the following 4 types of characters:\n"
            "  * lower case letters (a-z)\n"
            "  * upper case letters (A-Z)\n"
            "  * numbers (i.e. 0-9)\n"
            "  * special characters (e.g. !@#$%^&*)");
}

TEST(PasswordPolicy, RefusesWhatBcryptWouldCutOff) {
  const auto longest = judge_password(with_policy(PasswordPolicy::low), std::string(72, 'a'));
  const auto longer = judge_password(with_policy(PasswordPolicy::low), std::string(73, 'a'));

  EXPECT_TRUE(longest.accepted);
  EXPECT_FALSE(longer.accepted);
  EXPECT_TRUE(longer.too_long);
  EXPECT_NE(longer.policy.find("At most 72 bytes"), std::string::npos);
}

TEST(PasswordPolicy, RefusesBytesThatNoKeyboardSends) {
  EXPECT_FALSE(judge_password(with_policy(PasswordPolicy::none),
                              "abc\xFF"
                              "def")
                   .accepted);
  EXPECT_FALSE(judge_password(with_policy(PasswordPolicy::none), std::string("abc\0def", 7)).accepted);
}

TEST(PasswordPolicy, TheDictionaryIsUsedOnlyWhereTheConnectionAsksForIt) {
  const auto off = with_policy(PasswordPolicy::low);
  const auto on =
      with_policy(PasswordPolicy::low, {{"password_dictionary", {{"enable", true}, {"dictionary", {"AcmeRocks"}}}}});

  EXPECT_TRUE(judge_password(off, "Password1").accepted);
  EXPECT_EQ(judge_password(on, "Password1").fault, PasswordFault::dictionary);
  EXPECT_EQ(judge_password(on, "QWERTY!!").fault, PasswordFault::dictionary);
  EXPECT_EQ(judge_password(on, "123456789").fault, PasswordFault::dictionary);
  EXPECT_EQ(judge_password(on, "acmerocks").fault, PasswordFault::dictionary);
  EXPECT_TRUE(judge_password(on, "correct horse battery").accepted);
}

TEST(PasswordPolicy, ThePersonsOwnNameIsRefusedOnlyWhereTheConnectionAsksForIt) {
  model::User user;
  user.email = "ada.lovelace@example.com";
  user.given_name = "Ada";
  user.nickname = "al";  // too short to tell anything
  const auto owner = PersonalInfo::of(user);
  const auto off = with_policy(PasswordPolicy::low);
  const auto on = with_policy(PasswordPolicy::low, {{"password_no_personal_info", {{"enable", true}}}});

  EXPECT_TRUE(judge_password(off, "ADA-is-here", owner).accepted);
  EXPECT_EQ(judge_password(on, "ADA-is-here", owner).fault, PasswordFault::personal_info);
  EXPECT_EQ(judge_password(on, "my-Ada.Lovelace!", owner).fault, PasswordFault::personal_info);
  EXPECT_TRUE(judge_password(on, "al-of-this-is-fine", owner).accepted);
}

TEST(PasswordPolicy, APolicyIsDescribedWithNothingVerified) {
  const auto described = describe_policy(with_policy(PasswordPolicy::excellent));

  EXPECT_EQ(base::json::serialize(described.rules).find("\"verified\":true"), std::string::npos);
  EXPECT_NE(described.policy.find("No more than 2 identical characters in a row"), std::string::npos);
}

}  // namespace
}  // namespace cardea::identity
