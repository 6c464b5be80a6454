#include "api/auth/authorization_answer.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace cardea::api {
namespace {

using oauth::ResponseMode;

constexpr std::string_view kNasty = "\"'><script>alert(1)</script>&\xE2\x80\xA8 +ü";

http::Response answer(ResponseMode mode, std::string redirect_uri, std::string state = "s") {
  auto tenant = std::make_shared<identity::TenantSnapshot>();
  identity::RequestContext context;
  context.tenant = tenant;
  context.address.issuer = "https://id.example.com/";
  base::SeededRandom random(1);
  return answer_client(context, {{std::move(redirect_uri), mode, std::move(state)}, {{"code", "c-1"}}}, random);
}

std::string location(const http::Response& response) {
  return std::string(response.headers.get("location").value_or(""));
}

TEST(AuthorizationAnswer, AQueryKeepsWhatTheCallbackHas) {
  EXPECT_EQ(location(answer(ResponseMode::query, "https://a/cb")),
            "https://a/cb?code=c-1&state=s&iss=https%3A%2F%2Fid.example.com%2F");
  EXPECT_TRUE(location(answer(ResponseMode::query, "https://a/cb?x=1")).starts_with("https://a/cb?x=1&code=c-1&"));
  EXPECT_TRUE(location(answer(ResponseMode::query, "com.example:/cb")).starts_with("com.example:/cb?code=c-1&"));
}

TEST(AuthorizationAnswer, AFragmentIsPercentEncoded) {
  EXPECT_EQ(location(answer(ResponseMode::fragment, "https://a/cb", "a b")),
            "https://a/cb#code=c-1&state=a%20b&iss=https%3A%2F%2Fid.example.com%2F");
}

TEST(AuthorizationAnswer, AFormPostsItselfAndEscapesEverything) {
  const auto response = answer(ResponseMode::form_post, "https://a/cb?x=1&y=2", std::string(kNasty));

  EXPECT_EQ(response.status, 200);
  EXPECT_NE(response.body.find("<form method=\"post\" action=\"https://a/cb?x=1&amp;y=2\">"), std::string::npos);
  EXPECT_NE(response.body.find("<input type=\"hidden\" name=\"code\" value=\"c-1\">"), std::string::npos);
  EXPECT_NE(response.body.find("<button type=\"submit\">"), std::string::npos);
  EXPECT_EQ(response.body.find("<script>alert"), std::string::npos);
  EXPECT_FALSE(response.allow_framing);
}

TEST(AuthorizationAnswer, AMessageGoesToTheOriginOfTheCallbackOnly) {
  const auto response = answer(ResponseMode::web_message, "https://a.example.com/cb", std::string(kNasty));

  EXPECT_NE(response.body.find("var origin = \"https://a.example.com\";"), std::string::npos);
  EXPECT_NE(response.body.find("\"type\":\"authorization_response\""), std::string::npos);
  EXPECT_EQ(response.body.find("<script>alert"), std::string::npos);
  EXPECT_EQ(response.body.find("\xE2\x80\xA8"), std::string::npos);
  EXPECT_TRUE(response.allow_framing);
}

TEST(AuthorizationAnswer, ScriptsRunByTheNonceOfThisAnswer) {
  for (const auto mode : {ResponseMode::form_post, ResponseMode::web_message}) {
    const auto response = answer(mode, "https://a/cb");
    ASSERT_TRUE(response.content_security_policy);
    const auto at = response.content_security_policy->find("'nonce-");
    ASSERT_NE(at, std::string::npos);
    const auto nonce = response.content_security_policy->substr(at + 7, 22);
    EXPECT_NE(response.body.find("<script nonce=\"" + nonce + "\">"), std::string::npos);
    EXPECT_EQ(response.content_security_policy->find("unsafe"), std::string::npos);
  }
}

TEST(AuthorizationAnswer, JsonForScriptsReadsBackTheSame) {
  const base::json::value value{{"a", std::string(kNasty)}};

  const auto text = json_for_script(value);

  EXPECT_EQ(text.find('<'), std::string::npos);
  EXPECT_EQ(*base::parse_json(text), value);
}

}  // namespace
}  // namespace cardea::api
