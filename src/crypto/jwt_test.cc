#include "crypto/jwt.h"

#include <gtest/gtest.h>

#include <vector>

namespace cardea::crypto {
namespace {

constexpr std::int64_t kNow = 1'800'000'000;

JwtExpectations expectations() {
  JwtExpectations expected;
  expected.issuer = "https://issuer/";
  expected.audience = "api";
  expected.now = base::from_seconds(kNow);
  return expected;
}

base::json::object claims(std::string_view text) { return base::parse_json(text).value().get_object(); }

constexpr std::string_view kGood =
    R"({"iss":"https://issuer/","aud":"api","exp":1800000060,"iat":1800000000,"nbf":1800000000})";

base::json::object good_with(std::string_view name, base::json::value value) {
  auto all = claims(kGood);
  all[name] = std::move(value);
  return all;
}

base::json::object good_without(std::string_view name) {
  auto all = claims(kGood);
  all.erase(name);
  return all;
}

TEST(JwtClaims, good_ones_come_back) {
  const auto checked = check_claims(claims(kGood), expectations());

  ASSERT_TRUE(checked);
  EXPECT_EQ(base::get_string_or(*checked, "aud"), "api");
}

TEST(JwtClaims, the_table_of_refusals) {
  using base::Errc;
  struct Case {
    std::string what;
    base::json::object claims;
    Errc code;
    std::string reason;
  };
  const std::vector<Case> cases = {
      {"no iss", good_without("iss"), Errc::denied, "no iss"},
      {"another iss", good_with("iss", "https://issuer"), Errc::denied, "iss is another"},
      {"iss a number", good_with("iss", 1), Errc::invalid, "iss is no string"},
      {"no aud", good_without("aud"), Errc::denied, "no aud"},
      {"another aud", good_with("aud", "API"), Errc::denied, "aud is another"},
      {"aud of others", good_with("aud", {"x", "y"}), Errc::denied, "aud names others"},
      {"aud empty", good_with("aud", base::json::array{}), Errc::denied, "aud names others"},
      {"aud empty string", good_with("aud", ""), Errc::denied, "aud is another"},
      {"aud an object", good_with("aud", base::json::object{{"api", true}}), Errc::invalid,
       "aud is neither a string nor an array"},
      {"aud with a number", good_with("aud", {"api", 1}), Errc::invalid, "aud holds something other than strings"},
      {"no exp", good_without("exp"), Errc::denied, "no exp"},
      {"exp a string", good_with("exp", "1800000060"), Errc::invalid, "exp is no number"},
      {"exp null", good_with("exp", nullptr), Errc::invalid, "exp is no number"},
      {"exp negative", good_with("exp", -1), Errc::invalid, "exp is no date"},
      {"exp in milliseconds", good_with("exp", 1'800'000'060'000), Errc::invalid, "exp is no date"},
      {"exp beyond all", good_with("exp", 1e300), Errc::invalid, "exp is no date"},
      {"exp beyond 64 bits", good_with("exp", UINT64_MAX), Errc::invalid, "exp is no date"},
      {"expired just now", good_with("exp", kNow), Errc::denied, "expired"},
      {"expired long ago", good_with("exp", 0), Errc::denied, "expired"},
      {"nbf ahead", good_with("nbf", kNow + 1), Errc::denied, "nbf lies ahead"},
      {"iat ahead", good_with("iat", kNow + 1), Errc::denied, "iat lies ahead"},
      {"iat a bool", good_with("iat", true), Errc::invalid, "iat is no number"}};
  for (const auto& each : cases) {
    const auto checked = check_claims(each.claims, expectations());
    ASSERT_FALSE(checked) << each.what;
    EXPECT_EQ(checked.error().code, each.code) << each.what;
    EXPECT_EQ(checked.error().reason, each.reason) << each.what;
  }
}

TEST(JwtClaims, the_table_of_acceptances) {
  const std::vector<std::pair<std::string, base::json::object>> cases = {
      {"aud an array", good_with("aud", {"other", "api"})},
      {"exp with a fraction", good_with("exp", kNow + 0.5)},
      {"no nbf", good_without("nbf")},
      {"no iat", good_without("iat")},
      {"unknown claims", good_with("anything", {1, 2, 3})}};
  for (const auto& [what, all] : cases) EXPECT_TRUE(check_claims(all, expectations())) << what;
}

TEST(JwtClaims, leeway_stretches_all_three_times) {
  auto expected = expectations();
  expected.leeway = std::chrono::seconds(5);

  EXPECT_TRUE(check_claims(good_with("exp", kNow - 4), expected));
  EXPECT_FALSE(check_claims(good_with("exp", kNow - 5), expected));
  EXPECT_TRUE(check_claims(good_with("nbf", kNow + 5), expected));
  EXPECT_FALSE(check_claims(good_with("nbf", kNow + 6), expected));
  EXPECT_TRUE(check_claims(good_with("iat", kNow + 5), expected));
  EXPECT_FALSE(check_claims(good_with("iat", kNow + 6), expected));
}

TEST(JwtClaims, further_audiences_will_do) {
  auto expected = expectations();
  expected.other_audiences = {"https://issuer/oauth/token"};

  EXPECT_TRUE(check_claims(good_with("aud", "https://issuer/oauth/token"), expected));
  EXPECT_TRUE(check_claims(claims(kGood), expected));
  expected.audience.clear();
  EXPECT_FALSE(check_claims(claims(kGood), expected));
}

TEST(JwtClaims, what_is_not_expected_is_not_looked_at) {
  JwtExpectations nothing;
  nothing.now = base::from_seconds(kNow);
  nothing.require_expiry = false;

  EXPECT_TRUE(check_claims(base::json::object{}, nothing));
  EXPECT_FALSE(check_claims(base::json::object{{"exp", 1}}, nothing)) << "an exp that is there counts";
}

TEST(JwtClaims, a_life_can_be_bounded) {
  auto expected = expectations();
  expected.max_lifetime = std::chrono::seconds(60);

  EXPECT_TRUE(check_claims(good_with("exp", kNow + 60), expected));
  EXPECT_EQ(check_claims(good_with("exp", kNow + 61), expected).error().reason, "exp lies too far ahead");
}

ParsedJws token(std::string typ, std::string payload) {
  return {{"RS256", "", std::move(typ), {}}, std::move(payload), "", ""};
}

TEST(JwtClaims, typ_is_compared_as_a_media_type) {
  auto expected = expectations();
  expected.typ = "at+jwt";

  for (const auto* typ : {"at+jwt", "AT+JWT", "application/at+jwt", "Application/AT+jwt"})
    EXPECT_TRUE(check_claims(token(typ, std::string(kGood)), expected)) << typ;
  for (const auto* typ : {"", "JWT", "application/", "xapplication/at+jwt", "at+jwt "})
    EXPECT_EQ(check_claims(token(typ, std::string(kGood)), expected).error().reason, "typ is another") << typ;
}

TEST(JwtClaims, a_payload_that_is_no_object_is_refused) {
  for (const auto* payload : {"", "x", "[]", "1", "null", "\"a\"", "{} {}", "{\"a\":}"})
    EXPECT_EQ(check_claims(token("JWT", payload), expectations()).error().code, base::Errc::invalid) << payload;
}

}  // namespace
}  // namespace cardea::crypto
