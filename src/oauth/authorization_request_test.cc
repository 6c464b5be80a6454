#include "oauth/authorization_request.h"

#include <gtest/gtest.h>

namespace cardea::oauth {
namespace {

constexpr std::string_view kCallback = "https://app.example.com/cb";
const std::string kChallenge(43, 'A');

identity::TenantSnapshot snapshot() {
  identity::TenantSnapshot tenant;
  model::Client client;
  client.client_id = model::ClientId{"app"};
  client.callbacks = {std::string(kCallback), "https://*.shop.example.com/cb"};
  client.web_origins = {"https://app.example.com"};
  client.grant_types = {"authorization_code", "implicit"};
  tenant.clients["app"] = client;
  client.client_id = model::ClientId{"code-only"};
  client.grant_types = {"authorization_code"};
  client.web_origins = {};
  tenant.clients["code-only"] = client;
  client.client_id = model::ClientId{"no-callbacks"};
  client.callbacks = {};
  tenant.clients["no-callbacks"] = client;
  return tenant;
}

std::vector<base::QueryPair> good(std::vector<base::QueryPair> more = {}) {
  std::vector<base::QueryPair> parameters{{"client_id", "app"},
                                          {"response_type", "code"},
                                          {"redirect_uri", std::string(kCallback)},
                                          {"scope", "openid email"},
                                          {"state", "s-1"}};
  for (auto& [name, value] : more) {
    const auto same = [&](const auto& pair) { return pair.first == name; };
    std::erase_if(parameters, same);
    parameters.emplace_back(name, value);
  }
  return parameters;
}

base::Result<AuthorizationRequest, AuthorizationFault> parse(std::vector<base::QueryPair> parameters) {
  static const auto tenant = snapshot();
  return parse_authorization_request(Parameters(std::move(parameters)), tenant);
}

TEST(AuthorizationRequest, AGoodOneIsRead) {
  const auto request = parse(good({{"audience", "https://api/"},
                                   {"nonce", "n"},
                                   {"code_challenge", kChallenge},
                                   {"code_challenge_method", "S256"},
                                   {"prompt", "login consent"},
                                   {"max_age", "60"},
                                   {"login_hint", "ada@example.com"},
                                   {"ui_locales", "de en"},
                                   {"screen_hint", "signup"},
                                   {"connection", "db"},
                                   {"auth0Client", "ignored"}}));

  ASSERT_TRUE(request);
  EXPECT_EQ(request->target.redirect_uri, kCallback);
  EXPECT_EQ(request->target.mode, ResponseMode::query);
  EXPECT_EQ(request->target.state, "s-1");
  EXPECT_TRUE(request->redirect_uri_given);
  EXPECT_EQ(request->scopes, (Scopes{"openid", "email"}));
  EXPECT_FALSE(request->plain_challenge);
  EXPECT_TRUE(request->prompt.login && request->prompt.consent && !request->prompt.none);
  EXPECT_EQ(request->max_age, 60);
  EXPECT_EQ(request->screen_hint, "signup");
}

TEST(AuthorizationRequest, SurvivesTheJourneyThroughThePages) {
  const auto before = parse(good({{"response_type", "code id_token"},
                                  {"response_mode", "form_post"},
                                  {"nonce", "n"},
                                  {"state", "\x01 \"\xc3\xa9"},
                                  {"code_challenge", std::string(43, 'p')},
                                  {"code_challenge_method", "plain"},
                                  {"prompt", "select_account"},
                                  {"max_age", "0"},
                                  {"acr_values", "a"}}));
  ASSERT_TRUE(before);

  const auto after = AuthorizationRequest::from_json(before->to_json());

  EXPECT_EQ(after.to_json(), before->to_json());
  EXPECT_EQ(after.target.mode, ResponseMode::form_post);
  EXPECT_EQ(after.target.state, before->target.state);
  EXPECT_TRUE(after.response_type.code && after.response_type.id_token && !after.response_type.token);
  EXPECT_TRUE(after.plain_challenge && after.redirect_uri_given && after.prompt.select_account);
  EXPECT_EQ(after.max_age, 0);
}

TEST(AuthorizationRequest, WhatIsWrongWithClientOrCallbackStaysOnAPage) {
  const std::vector<std::vector<base::QueryPair>> cases{
      {},
      {{"client_id", "nobody"}},
      good({{"client_id", "nobody"}}),
      good({{"redirect_uri", "https://evil.example.com/cb"}}),
      good({{"redirect_uri", "https://a.b.shop.example.com/cb"}}),
      good({{"redirect_uri", std::string(3000, 'a')}}),
      {{"client_id", "no-callbacks"}, {"response_type", "code"}},
      {{"client_id", "app"}, {"client_id", "app"}, {"redirect_uri", std::string(kCallback)}},
      {{"client_id", "app"}, {"redirect_uri", std::string(kCallback)}, {"redirect_uri", "https://evil.example.com/"}},
      {{"client_id", "code-only"}, {"response_type", "code"}, {"response_mode", "web_message"}},
  };
  for (const auto& parameters : cases) {
    const auto request = parse(parameters);
    ASSERT_FALSE(request);
    EXPECT_FALSE(request.error().target) << request.error().refusal.description;
    EXPECT_EQ(request.error().refusal.code, RefusalCode::invalid_request);
  }
}

TEST(AuthorizationRequest, OtherFaultsGoToTheClientWithItsState) {
  struct Case {
    std::vector<base::QueryPair> more;
    RefusalCode code;
  };
  const Case cases[] = {
      {{{"response_type", ""}}, RefusalCode::invalid_request},
      {{{"response_type", "coffee"}}, RefusalCode::unsupported_response_type},
      {{{"response_type", "code code"}}, RefusalCode::unsupported_response_type},
      {{{"response_type", "none"}}, RefusalCode::unsupported_response_type},
      {{{"response_type", "id_token"}}, RefusalCode::invalid_request},  // no nonce
      {{{"response_type", "token"}, {"response_mode", "query"}}, RefusalCode::invalid_request},
      {{{"response_mode", "pigeon"}}, RefusalCode::invalid_request},
      {{{"prompt", "dance"}}, RefusalCode::invalid_request},
      {{{"prompt", "none login"}}, RefusalCode::invalid_request},
      {{{"prompt", "login login"}}, RefusalCode::invalid_request},
      {{{"max_age", "soon"}}, RefusalCode::invalid_request},
      {{{"max_age", "-1"}}, RefusalCode::invalid_request},
      {{{"max_age", "1.5"}}, RefusalCode::invalid_request},
      {{{"max_age", "99999999999999999999"}}, RefusalCode::invalid_request},
      {{{"scope", "a\"b"}}, RefusalCode::invalid_scope},
      {{{"code_challenge", "short"}, {"code_challenge_method", "S256"}}, RefusalCode::invalid_request},
      {{{"code_challenge", kChallenge}, {"code_challenge_method", "S1"}}, RefusalCode::invalid_request},
      {{{"code_challenge_method", "S256"}}, RefusalCode::invalid_request},
      {{{"request", "a.b.c"}}, RefusalCode::invalid_request},
      {{{"request_uri", "https://a/"}}, RefusalCode::invalid_request},
      {{{"nonce", std::string(5000, 'n')}}, RefusalCode::invalid_request},
      {{{"login_hint", std::string(400, 'n')}}, RefusalCode::invalid_request},
  };
  for (const auto& c : cases) {
    const auto request = parse(good(c.more));
    ASSERT_FALSE(request) << c.more.front().first << "=" << c.more.front().second;
    ASSERT_TRUE(request.error().target) << c.more.front().second;
    EXPECT_EQ(request.error().refusal.code, c.code) << c.more.front().second;
    EXPECT_EQ(request.error().target->state, "s-1");
    EXPECT_EQ(request.error().target->redirect_uri, kCallback);
  }
}

TEST(AuthorizationRequest, ARepeatedParameterIsRefused) {
  auto parameters = good();
  parameters.emplace_back("scope", "profile");

  const auto request = parse(parameters);

  ASSERT_FALSE(request);
  EXPECT_TRUE(request.error().target);
  EXPECT_EQ(request.error().refusal.code, RefusalCode::invalid_request);
}

TEST(AuthorizationRequest, TokensNeverTravelInAQuery) {
  for (const auto* type : {"token", "id_token", "code token", "code id_token token"}) {
    const auto request = parse(good({{"response_type", type}, {"nonce", "n"}}));
    ASSERT_TRUE(request) << type;
    EXPECT_EQ(request->target.mode, ResponseMode::fragment) << type;
  }
  const auto refused = parse(good({{"response_type", "token"}, {"response_mode", "query"}, {"nonce", "n"}}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().target->mode, ResponseMode::fragment);
}

TEST(AuthorizationRequest, AccessTokensNeedTheImplicitGrant) {
  const auto refused = parse(good({{"client_id", "code-only"}, {"response_type", "token"}}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().refusal.code, RefusalCode::unauthorized_client);
  EXPECT_TRUE(parse(good({{"client_id", "code-only"}, {"response_type", "id_token"}, {"nonce", "n"}})));
}

TEST(AuthorizationRequest, WithoutRedirectUriTheFirstCallbackIsTaken) {
  const auto request = parse({{"client_id", "app"}, {"response_type", "code"}});

  ASSERT_TRUE(request);
  EXPECT_EQ(request->target.redirect_uri, kCallback);
  EXPECT_FALSE(request->redirect_uri_given);
}

TEST(AuthorizationRequest, AChallengeWithoutMethodIsPlain) {
  const auto request = parse(good({{"code_challenge", kChallenge}}));

  ASSERT_TRUE(request);
  EXPECT_TRUE(request->plain_challenge);
}

}  // namespace
}  // namespace cardea::oauth
