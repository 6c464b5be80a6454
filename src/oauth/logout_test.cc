#include "oauth/logout.h"

#include <gtest/gtest.h>

#include "oauth/logout_token.h"
#include "tests/oauth/oauth_fixture.h"

namespace cardea::oauth {
namespace {

constexpr std::string_view kBye = "https://app.example.com/bye";

class LogoutTest : public OauthTest {
 protected:
  LogoutTest() { change_tenant({{"allowed_logout_urls", {"https://www.example.com/left"}}}); }

  Logout::Outcome v2(Params parameters, const std::string& value = {}) {
    return run(logout.v2(context(), Parameters(std::move(parameters)), value));
  }
  Logout::Outcome rp(Params parameters, const std::string& value = {}) {
    return run(logout.rp_initiated(context(), Parameters(std::move(parameters)), value));
  }
  bool alive(const model::Session& session) {
    return run(session_service.find(context(), cookie(session))).has_value();
  }
  std::string id_token(const model::Session& of) {
    auto content = code_content();
    content.session = of.id;
    return text(tokens(exchange(code(content))).value_or(base::json::object()), "id_token");
  }
  static std::string redirect(const Logout::Outcome& outcome) {
    if (const auto* done = std::get_if<Logout::Done>(&outcome)) return done->redirect;
    return outcome.index() == 1 ? "(question)" : std::string(to_string(std::get<Refusal>(outcome).code));
  }
  static Params web(const Params& more = {}) { return with({{"client_id", std::string(kWeb)}}, more); }
};

TEST_F(LogoutTest, V2EndsTheSessionAndReturnsToAListedAddress) {
  const auto session = sign_in(ada());

  EXPECT_EQ(redirect(v2(web({{"returnTo", std::string(kBye)}}), cookie(session))), kBye);

  EXPECT_FALSE(alive(session));
  EXPECT_TRUE(has_event("slo"));
}

TEST_F(LogoutTest, V2TakesTheFirstAddressOfTheClientTheListOfTheTenantOrNone) {
  EXPECT_EQ(redirect(v2(web())), kBye);
  EXPECT_EQ(redirect(v2({{"returnTo", "https://www.example.com/left"}})), "https://www.example.com/left");
  EXPECT_EQ(redirect(v2({})), "");
  EXPECT_EQ(redirect(v2(web({{"returnTo", std::string(kBye) + "?x=1"}}))), std::string(kBye) + "?x=1");
}

TEST_F(LogoutTest, V2RefusesOtherAddressesAndThenEndsNothing) {
  const auto session = sign_in(ada());
  for (const auto* address :
       {"https://evil.example.com/", "https://app.example.com/bye/more", "javascript:alert(1)", "//evil.example.com",
        "https://www.example.com/left", "https://app.example.com/bye\r\nX: y"})
    EXPECT_EQ(redirect(v2(web({{"returnTo", address}}), cookie(session))), "invalid_request") << address;
  EXPECT_EQ(redirect(v2({{"client_id", "nobody"}}, cookie(session))), "invalid_request");
  EXPECT_TRUE(alive(session));
}

TEST_F(LogoutTest, AnIdTokenOfTheSessionEndsItWithoutAQuestion) {
  const auto session = sign_in(ada());

  const auto outcome =
      rp({{"id_token_hint", id_token(session)}, {"post_logout_redirect_uri", std::string(kBye)}, {"state", "a b&c"}},
         cookie(session));

  EXPECT_EQ(redirect(outcome), std::string(kBye) + "?state=a+b%26c");
  EXPECT_FALSE(alive(session));
}

TEST_F(LogoutTest, LogoutHintIsTheSessionId) {
  const auto session = sign_in(ada());

  EXPECT_EQ(redirect(rp(web({{"logout_hint", session.id.value}, {"post_logout_redirect_uri", std::string(kBye)}}),
                        cookie(session))),
            kBye);
  EXPECT_FALSE(alive(session));
}

TEST_F(LogoutTest, WithoutAHintOrWithThatOfAnotherSessionThePersonIsAsked) {
  const auto session = sign_in(ada());
  const auto other = sign_in(make_user("grace@example.com", "Correct-horse-2"));
  const auto request = web({{"post_logout_redirect_uri", std::string(kBye)}});
  ASSERT_EQ(redirect(rp(with(request, {{"id_token_hint", id_token(session)}}), cookie(other))), "(question)");

  const auto outcome = rp(request, cookie(session));

  ASSERT_EQ(redirect(outcome), "(question)");
  EXPECT_TRUE(alive(session));
  const auto question = artifacts.open(tenant_id, "logout", std::get<Logout::Confirm>(outcome).state);
  ASSERT_TRUE(question);
  EXPECT_EQ(question->body, (base::json::object{{"session", session.id.value}, {"redirect", kBye}}));
}

TEST_F(LogoutTest, TheQuestionCanBeSwitchedOff) {
  change_tenant({{"sessions", {{"oidc_logout_prompt_enabled", false}}}});
  const auto session = sign_in(ada());

  EXPECT_EQ(redirect(rp(web({{"post_logout_redirect_uri", std::string(kBye)}}), cookie(session))), kBye);
  EXPECT_FALSE(alive(session));
}

TEST_F(LogoutTest, ForgedHintsAndUnlistedAddressesAreRefused) {
  const auto session = sign_in(ada());
  const auto token = id_token(session);
  auto forged = token;
  forged[token.size() / 2] = forged[token.size() / 2] == 'A' ? 'B' : 'A';

  EXPECT_EQ(redirect(rp({{"id_token_hint", forged}}, cookie(session))), "invalid_request");
  EXPECT_EQ(redirect(rp({{"id_token_hint", token}, {"post_logout_redirect_uri", "https://evil.example.com/"}},
                        cookie(session))),
            "invalid_request");
  EXPECT_EQ(redirect(rp({{"id_token_hint", token}, {"client_id", std::string(kSpa)}}, cookie(session))),
            "invalid_request");
  EXPECT_EQ(redirect(rp({{"state", "a"}, {"state", "b"}}, cookie(session))), "invalid_request");
  EXPECT_TRUE(alive(session));
}

TEST_F(LogoutTest, LeavingWithoutBeingSignedInIsNoError) {
  EXPECT_EQ(redirect(rp(web({{"post_logout_redirect_uri", std::string(kBye)}}))), kBye);
  EXPECT_EQ(redirect(rp({}, "nonsense")), "");
}

TEST_F(LogoutTest, TheTokenOfABackChannelLogoutNamesTheSessionAndHasNoNonce) {
  add_key(tenant_id, crypto::SigningAlgorithm::rs256, model::SigningKeyState::active, "rsa-1");
  const auto held = context();

  const auto token = make_logout_token(
      *held.tenant, {{"client_id", kWeb}, {"sub", "auth0|1"}, {"sid", "s-1"}, {"issuer", held.address.issuer}},
      clock.now(), random);

  ASSERT_TRUE(token) << token.error().reason;
  EXPECT_EQ(crypto::parse_compact(*token)->header.alg, "RS256");
  const auto claims = claims_of(*token);
  EXPECT_EQ(text(claims, "aud"), kWeb);
  EXPECT_EQ(text(claims, "sid"), "s-1");
  EXPECT_EQ(claims.at("exp"), base::to_seconds(clock.now()) + 120);
  EXPECT_EQ(claims.at("events"),
            (base::json::value{{"http://schemas.openid.net/event/backchannel-logout", base::json::object()}}));
  EXPECT_FALSE(claims.contains("nonce"));
  EXPECT_FALSE(text(claims, "jti").empty());
  EXPECT_FALSE(make_logout_token(*held.tenant, {{"client_id", kWeb}}, clock.now(), random));
}

}  // namespace
}  // namespace cardea::oauth
