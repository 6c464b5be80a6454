#include "api/manage/user_query.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace cardea::api {
namespace {

const base::json::object& jane() {
  static const auto user = base::json::parse(R"({
    "user_id":"auth0|64f0", "email":"jane@x.com", "email_verified":true, "name":"Jane Smith", "nickname":"Janie",
    "username":"JSmith", "blocked":true, "logins_count":120, "created_at":"2025-01-15T10:00:00.000Z",
    "updated_at":"2025-03-01T08:30:00.000Z", "last_login":"2025-12-15T23:59:59.000Z", "picture":null,
    "identities":[{"connection":"google-oauth2","provider":"google-oauth2"},
                  {"connection":"Username-Password-Authentication","provider":"auth0","isSocial":false}],
    "app_metadata":{"roles":["admin","editor"],"plan":"gold","score":7.5},
    "user_metadata":{"address":{"city":"Paris"},"tags":[{"name":"vip"}],"colour":"blue"}})")
                               .get_object();
  return user;
}

bool finds(std::string_view text) {
  const auto query = UserQuery::parse(text);
  EXPECT_TRUE(query) << text << ": " << (query ? "" : query.error());
  return query && query->matches(jane());
}

TEST(UserQuery, TheExamplesOfTheReferenceMatch) {
  for (const auto* text :
       {R"(email:"jane@x.com")", R"(email.domain:"x.com" AND NOT email_verified:false)",
        R"(app_metadata.roles:"admin")", R"(identities.provider:"auth0" AND blocked:true)",
        R"(user_metadata.address.city:"Paris")", R"(updated_at:{2025-01-01 TO *})",
        R"((NOT _exists_:last_login OR logins_count:120))", R"(name:"jane smith")", R"(name:jane*)", R"(name:*mith)",
        R"(logins_count:[100 TO *])", R"(last_login:[2025-12-01 TO 2025-12-31])", R"(created_at:[* TO 2025-12-31])",
        R"(_exists_:app_metadata.plan)", R"(NOT _exists_:phone_number)", R"(name:("a" OR "jane smith"))",
        R"(identities.connection:"google-oauth2")", R"(email.raw:"jane@x.com")", R"(name.raw:"jane smith")"})
    EXPECT_TRUE(finds(text)) << text;
}

TEST(UserQuery, TheirOppositesDoNot) {
  for (const auto* text :
       {R"(email:"john@x.com")", R"(email.domain:"x.com" AND NOT email_verified:true)", R"(app_metadata.roles:"adm")",
        R"(identities.provider:"auth0" AND blocked:false)", R"(user_metadata.address.city:"paris")",
        R"(updated_at:{2025-04-01 TO *})", R"((NOT _exists_:last_login OR logins_count:0))", R"(name:"jane")",
        R"(name:smith*)", R"(name:*jane)", R"(logins_count:[121 TO *])", R"(last_login:[2025-12-01 TO 2025-12-14])",
        R"(created_at:[* TO 2024-12-31])", R"(_exists_:app_metadata.none)", R"(_exists_:phone_number)",
        R"(name:("a" OR "b"))", R"(identities.connection:"github")"})
    EXPECT_FALSE(finds(text)) << text;
}

TEST(UserQuery, CaseCountsButInTheNamesOfPeople) {
  EXPECT_TRUE(finds("email:JANE@X.COM"));
  EXPECT_TRUE(finds("nickname:JANIE"));
  EXPECT_TRUE(finds("email.domain:X.com"));
  EXPECT_TRUE(finds("username:JSmith"));
  EXPECT_FALSE(finds("username:jsmith"));
  EXPECT_FALSE(finds("app_metadata.plan:GOLD"));
}

TEST(UserQuery, OperatorsBindAsInLucene) {
  EXPECT_TRUE(finds("email:nobody AND blocked:true OR blocked:true"));
  EXPECT_TRUE(finds("blocked:true OR blocked:true AND email:nobody"));
  EXPECT_FALSE(finds("(blocked:true OR blocked:true) AND email:nobody"));
  EXPECT_FALSE(finds("blocked:true email:nobody"));
  EXPECT_TRUE(finds("+blocked:true -email:nobody"));
  EXPECT_FALSE(finds("+blocked:true -email_verified:true"));
  EXPECT_TRUE(finds("NOT NOT blocked:true"));
  EXPECT_TRUE(finds("!email:nobody"));
  EXPECT_TRUE(finds("NOT (email:nobody OR blocked:false)"));
}

TEST(UserQuery, ABareTermLooksAtTheDefaultFields) {
  EXPECT_TRUE(finds("jane@x.com"));
  EXPECT_TRUE(finds("\"Jane Smith\""));
  EXPECT_TRUE(finds("JSmith"));
  EXPECT_TRUE(finds("auth0|64f0"));
  EXPECT_TRUE(finds("jane*"));
  EXPECT_FALSE(finds("Paris"));
  EXPECT_FALSE(finds("Janie"));
}

TEST(UserQuery, RangesCompareNumbersAsNumbersAndDatesAsText) {
  EXPECT_TRUE(finds("logins_count:[9 TO 1000]"));
  EXPECT_TRUE(finds("logins_count:{119 TO 121}"));
  EXPECT_FALSE(finds("logins_count:{120 TO *}"));
  EXPECT_TRUE(finds("logins_count:[120 TO 120]"));
  EXPECT_FALSE(finds("logins_count:[120 TO 120}"));
  EXPECT_TRUE(finds("app_metadata.score:[7 TO 8]"));
  EXPECT_TRUE(finds("app_metadata.score:7.5"));
  EXPECT_TRUE(finds("last_login:[2025-12-15 TO 2025-12-15]"));
  EXPECT_TRUE(finds("last_login:[\"2025-12-15T00:00:00.000Z\" TO *]"));
  EXPECT_TRUE(finds("created_at:[2025-01-15T10:00:00.000Z TO *]"));
}

TEST(UserQuery, NullAndAbsentDoNotExist) {
  EXPECT_FALSE(finds("_exists_:picture"));
  EXPECT_FALSE(finds("_exists_:user_metadata.address.street"));
  EXPECT_TRUE(finds("_exists_:user_metadata.tags.name"));
  EXPECT_TRUE(finds("user_metadata.tags.name:vip"));
}

TEST(UserQuery, BackslashesTakeTheMeaningOfSpecialCharacters) {
  EXPECT_TRUE(finds(R"(name:Jane\ Smith)"));
  EXPECT_TRUE(finds(R"(user_id:auth0\|64f0)"));
  EXPECT_TRUE(finds(R"(email:"jane\@x.com")"));
  EXPECT_FALSE(finds(R"(name:jane\*)"));
  EXPECT_TRUE(UserQuery::parse(R"(name:a\*b\?\/)"));
}

TEST(UserQuery, WhatItCannotReadIsRefusedWithThePlace) {
  for (const auto* text : {"(",
                           ")",
                           "(a",
                           "a)",
                           "a AND",
                           "OR a",
                           "AND",
                           "NOT",
                           "-",
                           "\"abc",
                           "name:",
                           "name:\"abc",
                           "name:(",
                           "name:()",
                           "name:[a TO",
                           "name:[a b]",
                           "name:[TO b]",
                           "name:[a TO b",
                           "a OR OR b",
                           "name:*ab",
                           "name:a*b",
                           "name:ab?",
                           "name:roam~",
                           "name:/joh?n/",
                           "name:jane^2",
                           "_exists_:",
                           ":x",
                           "()",
                           "name:]",
                           "name:AND",
                           "name:(OR a)",
                           "a name:(a OR)",
                           "user_metadata.colour:bl*",
                           "user_metadata.n:[1 TO 2]"}) {
    const auto query = UserQuery::parse(text);
    ASSERT_FALSE(query) << text;
    EXPECT_NE(query.error().find(" at position "), std::string::npos) << text << ": " << query.error();
  }
}

TEST(UserQuery, SlashesAndWildcardsBelongToPhrases) {
  EXPECT_FALSE(finds(R"(name:"https://x/y*")"));
  EXPECT_FALSE(finds(R"(name:"roam~")"));
}

TEST(UserQuery, KnowsWhatItAsksAbout) {
  const auto query = UserQuery::parse("blocked:true AND NOT (identities.provider:auth0 OR _exists_:app_metadata.plan)");

  ASSERT_TRUE(query);
  EXPECT_TRUE(query->mentions("identities"));
  EXPECT_TRUE(query->mentions("app_metadata"));
  EXPECT_TRUE(query->mentions("blocked"));
  EXPECT_FALSE(query->mentions("identi"));
  EXPECT_FALSE(query->mentions("email"));
}

TEST(UserQuery, HasBounds) {
  std::string terms = "a";
  for (int i = 1; i < 50; ++i) terms += " OR a";
  EXPECT_TRUE(UserQuery::parse(terms));
  EXPECT_FALSE(UserQuery::parse(terms + " OR a"));
  EXPECT_TRUE(UserQuery::parse("name:(" + terms + ")"));
  EXPECT_FALSE(UserQuery::parse("name:(" + terms + " OR a)"));

  EXPECT_TRUE(UserQuery::parse(std::string(2048, 'a')));
  EXPECT_FALSE(UserQuery::parse(std::string(2049, 'a')));
  EXPECT_FALSE(UserQuery::parse(std::string(10'000, 'a')));
}

TEST(UserQuery, HostileNestingIsRefusedAndNotFollowed) {
  for (const std::string piece : {"(", "NOT ", "-", "!", "+(", "name:(", "name:((", "NOT ("}) {
    std::string text;
    while (text.size() + piece.size() < 2000) text += piece;
    EXPECT_FALSE(UserQuery::parse(text)) << piece;
    EXPECT_FALSE(UserQuery::parse(text + "a")) << piece;
  }
}

TEST(UserQuery, NestingWithinTheBoundWorks) { EXPECT_TRUE(finds("((((((((((blocked:true))))))))))")); }

// Nothing that a stranger can type may crash or hang it; the seed makes a failure repeatable.
TEST(UserQuery, AnyTextIsParsedOrRefused) {
  constexpr std::string_view kAlphabet = "ab:*\"()[]{}+-!\\~^/? ANDORTO._exists_\xC3\xA4\x00\xFF";
  base::SeededRandom random(7);
  for (int round = 0; round < 20'000; ++round) {
    const auto bytes = base::random_bytes(random, 1 + static_cast<std::size_t>(round % 40));
    std::string text;
    for (const char byte : bytes) text += kAlphabet[static_cast<unsigned char>(byte) % kAlphabet.size()];
    if (const auto query = UserQuery::parse(text)) query->matches(jane());
  }
  SUCCEED();
}

}  // namespace
}  // namespace cardea::api
