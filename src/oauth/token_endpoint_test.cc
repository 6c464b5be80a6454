#include "oauth/token_endpoint.h"

#include <gtest/gtest.h>

#include "crypto/jwk.h"
#include "tests/oauth/oauth_fixture.h"

namespace cardea::oauth {
namespace {

using TokenEndpointTest = OauthTest;

void expect_refusal(const base::Result<base::json::object, Refusal>& answer, RefusalCode code,
                    std::string_view description = {}) {
  ASSERT_FALSE(answer) << base::json::serialize(*answer);
  EXPECT_EQ(to_string(answer.error().code), to_string(code)) << answer.error().description;
  if (!description.empty()) {
    EXPECT_EQ(answer.error().description, description);
  }
}

TEST_F(TokenEndpointTest, ACodeGivesTokensForItsUserAudienceAndScope) {
  const auto content = code_content();

  const auto answer = tokens(exchange(code(content)));

  ASSERT_TRUE(answer) << answer.error().description;
  EXPECT_EQ(text(*answer, "token_type"), "Bearer");
  EXPECT_EQ(answer->at("expires_in"), 86400);
  EXPECT_EQ(text(*answer, "scope"), "openid email read:orders offline_access");
  EXPECT_TRUE(answer->contains("refresh_token"));
  const auto access = claims_of(text(*answer, "access_token"));
  EXPECT_EQ(text(access, "sub"), ada().user_id.value);
  EXPECT_EQ(access.at("aud"), (base::json::value{kApi, context().address.issuer + "userinfo"}));
  EXPECT_EQ(text(access, "azp"), kWeb);
  EXPECT_FALSE(access.contains("gty"));
  EXPECT_FALSE(access.contains("permissions"));
  const auto id = claims_of(text(*answer, "id_token"));
  EXPECT_EQ(text(id, "nonce"), "n-1");
  EXPECT_EQ(text(id, "sid"), content.session.value);
  EXPECT_EQ(text(id, "email"), "ada@example.com");
  EXPECT_FALSE(id.contains("name"));
  EXPECT_FALSE(id.contains("auth_time"));
  EXPECT_EQ(all_event_types().back(), "seacft");
}

TEST_F(TokenEndpointTest, TokensVerifyWithThePublishedKey) {
  const auto answer = tokens(exchange(code(code_content())));
  ASSERT_TRUE(answer);
  const auto set = crypto::parse_jwks(context().tenant->jwks);
  ASSERT_TRUE(set);

  for (const auto name : {"access_token", "id_token"}) {
    const auto jwt = text(*answer, name);
    const auto jws = crypto::parse_compact(jwt);
    ASSERT_TRUE(jws);
    const auto* key = set->find(jws->header.kid, crypto::SigningAlgorithm::es256);
    ASSERT_TRUE(key) << name;
    EXPECT_TRUE(crypto::verify(*jws, key->key, crypto::SigningAlgorithm::es256)) << name;
  }
}

TEST_F(TokenEndpointTest, TheSecondUseOfACodeRevokesWhatTheFirstGave) {
  const auto request = exchange(code(code_content()));
  const auto first = tokens(request);
  ASSERT_TRUE(first);

  expect_refusal(tokens(request), RefusalCode::invalid_grant, "Invalid authorization code");

  EXPECT_TRUE(has_event("feacft"));
  expect_refusal(tokens(refresh(text(*first, "refresh_token"))), RefusalCode::invalid_grant,
                 "Unknown or invalid refresh token.");
}

TEST_F(TokenEndpointTest, OfManyRacersForOneCodeOneWins) {
  const Parameters request(exchange(code(code_content())));
  std::vector<base::awaitable<base::Result<std::string, Refusal>>> racers;
  for (int i = 0; i < 8; ++i) racers.push_back(endpoint.issue({context(), request, {}, {}}));

  const auto answers = run_all(std::move(racers));

  EXPECT_EQ(std::ranges::count_if(answers, [](const auto& a) { return a.has_value(); }), 1);
}

TEST_F(TokenEndpointTest, ACodeIsBoundToClientRedirectUriVerifierAndTime) {
  const auto good = exchange(code(code_content()));

  expect_refusal(tokens(with(good, {{"code_verifier", std::string(43, 'x')}})), RefusalCode::invalid_grant,
                 "Failed to verify code verifier");
  expect_refusal(tokens(with(good, {{"code_verifier", ""}})), RefusalCode::invalid_grant,
                 "Failed to verify code verifier");
  expect_refusal(tokens(with(good, {{"redirect_uri", "https://app.example.com/other"}})), RefusalCode::invalid_grant);
  expect_refusal(tokens(with(good, {{"redirect_uri", ""}})), RefusalCode::invalid_grant);
  expect_refusal(tokens(with(good, {{"client_id", std::string(kSpa)}, {"client_secret", ""}})),
                 RefusalCode::invalid_grant, "Invalid authorization code");
  expect_refusal(tokens(with(good, {{"code", ""}})), RefusalCode::invalid_request, "Missing required parameter: code");
  for (const auto& nonsense : {std::string("x"), std::string(9000, 'A'), std::string("\xff\xfe")})
    expect_refusal(tokens(with(good, {{"code", nonsense}})), RefusalCode::invalid_grant, "Invalid authorization code");

  // None of these used it up.
  ASSERT_TRUE(tokens(good));
  const auto late = exchange(code(code_content()));
  clock.advance(std::chrono::seconds(60));
  expect_refusal(tokens(late), RefusalCode::invalid_grant, "Invalid authorization code");
}

TEST_F(TokenEndpointTest, AVerifierForACodeWithoutChallengeIsADowngrade) {
  auto content = code_content();
  content.code_challenge.clear();
  const auto request = exchange(code(content));

  expect_refusal(tokens(request), RefusalCode::invalid_grant, "Failed to verify code verifier");
  EXPECT_TRUE(tokens(with(request, {{"code_verifier", ""}})));
}

TEST_F(TokenEndpointTest, WithoutAudienceTheTokenIsForUserinfoAlone) {
  auto content = code_content();
  content.audience.clear();
  content.scopes = {"openid", "email"};

  const auto answer = tokens(exchange(code(content)));

  ASSERT_TRUE(answer);
  const auto token = text(*answer, "access_token");
  EXPECT_EQ(token.find('.'), std::string::npos);
  const auto userinfo = context().address.issuer + "userinfo";
  const auto claims = access_tokens.verify(context(), token, userinfo);
  ASSERT_TRUE(claims);
  EXPECT_EQ(claims->subject, ada().user_id.value);
  EXPECT_EQ(claims->scopes, (Scopes{"openid", "email"}));
  EXPECT_FALSE(access_tokens.verify(context(), token, kApi));
  EXPECT_FALSE(answer->contains("refresh_token"));
}

TEST_F(TokenEndpointTest, TheRfc9068DialectHasItsOwnHeaderAndClaims) {
  change_api({{"token_dialect", "rfc9068_profile"}, {"token_lifetime", 1234}});

  const auto answer = tokens(machine_request());

  ASSERT_TRUE(answer);
  const auto jwt = text(*answer, "access_token");
  const auto jws = crypto::parse_compact(jwt);
  ASSERT_TRUE(jws);
  EXPECT_EQ(jws->header.typ, "at+jwt");
  const auto claims = claims_of(jwt);
  EXPECT_EQ(text(claims, "client_id"), kMachine);
  EXPECT_FALSE(text(claims, "jti").empty());
  EXPECT_FALSE(claims.contains("azp"));
  EXPECT_EQ(claims.at("exp").to_number<int>() - claims.at("iat").to_number<int>(), 1234);
  EXPECT_EQ(answer->at("expires_in"), 1234);
}

TEST_F(TokenEndpointTest, AMachineGetsTheScopesOfItsGrantOrFewer) {
  const auto all = tokens(machine_request());
  const auto some = tokens(with(machine_request(), {{"scope", "write:orders delete:orders"}}));

  ASSERT_TRUE(all && some);
  EXPECT_EQ(text(*all, "scope"), "read:orders write:orders");
  EXPECT_EQ(text(*some, "scope"), "write:orders");
  const auto claims = claims_of(text(*all, "access_token"));
  EXPECT_EQ(text(claims, "sub"), "machine@clients");
  EXPECT_EQ(text(claims, "gty"), "client-credentials");
  EXPECT_EQ(text(claims, "aud"), kApi);
  EXPECT_FALSE(all->contains("id_token"));
  EXPECT_FALSE(all->contains("refresh_token"));
  EXPECT_TRUE(has_event("seccft"));
}

TEST_F(TokenEndpointTest, AMachineIsRefusedWithTheWordsOfTheReference) {
  expect_refusal(tokens(with(machine_request(), {{"audience", "https://nothing/"}})), RefusalCode::access_denied,
                 "Service not found: https://nothing/");
  expect_refusal(tokens(with(machine_request(), {{"audience", ""}})), RefusalCode::access_denied);
  expect_refusal(tokens(with(machine_request(), {{"client_secret", "wrong"}})), RefusalCode::invalid_client,
                 "Unauthorized");
  expect_refusal(tokens(with(machine_request(), {{"client_id", "nobody"}})), RefusalCode::invalid_client,
                 "Unauthorized");
  expect_refusal(tokens(with(machine_request(), {{"client_id", std::string(kWeb)}})), RefusalCode::unauthorized_client,
                 "Grant type 'client_credentials' not allowed for the client.");
  expect_refusal(tokens(with(machine_request(), {{"grant_type", "telepathy"}})), RefusalCode::unsupported_grant_type,
                 "Unsupported grant type: telepathy");
  expect_refusal(tokens(with(machine_request(), {{"grant_type", ""}})), RefusalCode::invalid_request,
                 "Missing required parameter: grant_type");
  auto twice = machine_request();
  twice.emplace_back("scope", "a");
  twice.emplace_back("scope", "b");
  expect_refusal(tokens(twice), RefusalCode::invalid_request);
  remove(store::Kind::client_grant, "cgr_1");
  const auto refused = tokens(machine_request());
  expect_refusal(refused, RefusalCode::access_denied);
  EXPECT_TRUE(
      refused.error().description.starts_with("Client is not authorized to access \"https://api.example.com/\"."));
  EXPECT_TRUE(has_event("feccft"));
}

TEST_F(TokenEndpointTest, APublicClientActsForNobody) {
  change_client(kSpa, {{"grant_types", {"client_credentials"}}});

  expect_refusal(
      tokens({{"grant_type", "client_credentials"}, {"client_id", std::string(kSpa)}, {"audience", std::string(kApi)}}),
      RefusalCode::unauthorized_client);
}

TEST_F(TokenEndpointTest, PermissionsFollowRbac) {
  change_api({{"enforce_policies", true}, {"token_dialect", "access_token_authz"}});
  const auto user = ada();
  write([&](store::Transaction& t) {
    return users.grant_permission_in(t, tenant_id, user.key, std::string(kApi), "write:orders");
  });
  auto content = code_content();

  const auto person = tokens(exchange(code(content)));
  const auto machine = tokens(machine_request());

  ASSERT_TRUE(person && machine);
  EXPECT_EQ(text(*person, "scope"), "openid email offline_access");
  EXPECT_EQ(claims_of(text(*person, "access_token")).at("permissions"), (base::json::value{"write:orders"}));
  EXPECT_EQ(claims_of(text(*machine, "access_token")).at("permissions"),
            (base::json::value{"read:orders", "write:orders"}));

  // Given later, it shows at the next refresh.
  write([&](store::Transaction& t) {
    return users.grant_permission_in(t, tenant_id, user.key, std::string(kApi), "read:orders");
  });
  const auto later = tokens(refresh(text(*person, "refresh_token")));
  ASSERT_TRUE(later) << later.error().description;
  EXPECT_EQ(text(*later, "scope"), "openid email read:orders offline_access");
}

TEST_F(TokenEndpointTest, ClaimsOfTheTenantsCodeAreAddedAndItsNoIsFinal) {
  hook.given.id_token = {{"https://example.com/role", "admin"}, {"sub", "evil"}, {"email", "other@example.com"}};
  hook.given.access_token = {{"department", "sales"}, {"aud", "evil"}};
  const auto answer = tokens(exchange(code(code_content())));
  ASSERT_TRUE(answer);
  const auto id = claims_of(text(*answer, "id_token"));
  EXPECT_EQ(text(id, "https://example.com/role"), "admin");
  EXPECT_EQ(text(id, "sub"), ada().user_id.value);
  EXPECT_EQ(text(id, "email"), "other@example.com");
  EXPECT_EQ(text(claims_of(text(*answer, "access_token")), "department"), "sales");
  EXPECT_EQ(hook.asked, std::vector<std::string>{"authorization_code"});

  hook.denial = "not today";
  const auto request = exchange(code(code_content()));
  expect_refusal(tokens(request), RefusalCode::access_denied, "not today");
  hook.denial.reset();
  EXPECT_TRUE(tokens(request)) << "a refusal by code does not use the code up";
}

TEST_F(TokenEndpointTest, AKeyOfAnotherAlgorithmIsMadeAtItsFirstUse) {
  add_key(tenant_id, crypto::SigningAlgorithm::rs256, model::SigningKeyState::active, "rsa-1");
  change_api({{"signing_alg", "PS256"}});

  const auto first = tokens(machine_request());
  const auto second = tokens(machine_request());

  ASSERT_TRUE(first && second) << first.error().description;
  const auto jws = crypto::parse_compact(text(*first, "access_token"));
  EXPECT_EQ(jws->header.alg, "PS256");
  EXPECT_NE(jws->header.kid, "rsa-1") << "that key is published for RS256";
  EXPECT_EQ(crypto::parse_compact(text(*second, "access_token"))->header.kid, jws->header.kid);
  EXPECT_TRUE(access_tokens.verify(context(), text(*first, "access_token"), kApi));
  EXPECT_EQ(std::ranges::count_if(context().tenant->keys, [](const auto& key) { return key.row.alg == "PS256"; }), 2);
}

TEST_F(TokenEndpointTest, AnApiWithASharedSecretGetsHs256) {
  change_api({{"signing_alg", "HS256"}, {"signing_secret", kSecret}});

  const auto answer = tokens(machine_request());

  ASSERT_TRUE(answer);
  const auto jwt = text(*answer, "access_token");
  const auto key = crypto::HmacKey::from_bytes(kSecret);
  EXPECT_TRUE(crypto::verify(*crypto::parse_compact(jwt), *key));
  EXPECT_TRUE(access_tokens.verify(context(), jwt, kApi));
}

TEST_F(TokenEndpointTest, AStoreThatIsDownIsTemporary) {
  const auto request = exchange(code(code_content()));
  const auto held = context();
  database->down = true;

  const auto answer = run(endpoint.issue({held, Parameters(request), {}, {}}));

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, RefusalCode::temporarily_unavailable);
  database->down = false;
  EXPECT_TRUE(tokens(request));
}

TEST_F(TokenEndpointTest, OnlyTrustedBackEndsSpeakForAnotherAddress) {
  const auto ip_of_last = [&] { return base::get_string_or(events().back().body, "ip"); };
  const auto ask = [&] {
    auto answer = run(endpoint.issue({context(), Parameters(exchange(code(code_content()))), {}, "198.51.100.9"}));
    ASSERT_TRUE(answer);
  };
  ask();
  EXPECT_EQ(ip_of_last(), "203.0.113.7");
  change_client(kWeb, {{"is_token_endpoint_ip_header_trusted", true}});
  ask();
  EXPECT_EQ(ip_of_last(), "198.51.100.9");
}

// --- refresh tokens

class RefreshTest : public OauthTest {
 protected:
  std::string begin(Params more = {}) {
    auto content = code_content();
    const auto answer = tokens(with(exchange(code(content)), more));
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().description);
    return answer ? text(*answer, "refresh_token") : "";
  }
  void rotate(int leeway) { change_client(kWeb, {{"refresh_token", rotating(leeway)}}); }
  std::string next(const std::string& token) {
    const auto answer = tokens(refresh(token));
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().description);
    return answer ? text(*answer, "refresh_token") : "";
  }
  void expect_dead(const std::string& token) {
    expect_refusal(tokens(refresh(token)), RefusalCode::invalid_grant, "Unknown or invalid refresh token.");
  }
};

TEST_F(RefreshTest, WithoutRotationTheTokenStaysGood) {
  const auto token = begin();

  for (int i = 0; i < 3; ++i) {
    const auto answer = tokens(refresh(token));
    ASSERT_TRUE(answer) << answer.error().description;
    EXPECT_FALSE(answer->contains("refresh_token"));
    EXPECT_EQ(text(claims_of(text(*answer, "access_token")), "gty"), "refresh_token");
    const auto id = claims_of(text(*answer, "id_token"));
    EXPECT_FALSE(id.contains("nonce"));
    EXPECT_TRUE(id.contains("sid"));
  }
  EXPECT_TRUE(has_event("sertft"));
}

TEST_F(RefreshTest, WithRotationEachUseGivesTheNext) {
  rotate(0);
  const auto first = begin();
  const auto second = next(first);
  const auto third = next(second);

  EXPECT_NE(first, second);
  EXPECT_NE(second, third);
  EXPECT_FALSE(next(third).empty());
}

TEST_F(RefreshTest, ReuseRevokesTheWholeFamilyAndNoOther) {
  rotate(0);
  const auto first = begin();
  const auto other = begin();
  const auto second = next(first);

  expect_dead(first);

  expect_dead(second);
  EXPECT_TRUE(has_event("ferrt"));
  EXPECT_FALSE(next(other).empty());
}

TEST_F(RefreshTest, InsideTheLeewayThePrecedingTokenWorksAndOlderOnesDoNot) {
  rotate(10);
  const auto first = begin();
  const auto second = next(first);
  EXPECT_FALSE(next(first).empty());
  EXPECT_FALSE(next(second).empty());
  expect_dead(first);  // two generations back: a breach, leeway or not

  const auto again = begin();
  const auto newer = next(again);
  clock.advance(std::chrono::seconds(10));
  expect_dead(again);
  expect_dead(newer);
}

TEST_F(RefreshTest, OfManyRacersForOneGenerationOneWins) {
  rotate(0);
  const Parameters request(refresh(begin()));
  std::vector<base::awaitable<base::Result<std::string, Refusal>>> racers;
  for (int i = 0; i < 8; ++i) racers.push_back(endpoint.issue({context(), request, {}, {}}));

  const auto answers = run_all(std::move(racers));

  EXPECT_EQ(std::ranges::count_if(answers, [](const auto& a) { return a.has_value(); }), 1);
}

TEST_F(RefreshTest, ATokenIsWorthNothingToAnotherClient) {
  const auto token = begin();

  expect_refusal(tokens({{"grant_type", "refresh_token"}, {"client_id", std::string(kSpa)}, {"refresh_token", token}}),
                 RefusalCode::invalid_grant, "Unknown or invalid refresh token.");
  EXPECT_TRUE(tokens(refresh(token)));
}

TEST_F(RefreshTest, ANarrowerScopeIsForOneTimeOnly) {
  const auto token = begin();

  const auto narrow = tokens(with(refresh(token), {{"scope", "openid read:orders write:orders"}}));
  const auto whole = tokens(refresh(token));

  ASSERT_TRUE(narrow && whole);
  EXPECT_EQ(text(*narrow, "scope"), "openid read:orders");
  EXPECT_EQ(text(*whole, "scope"), "openid email read:orders offline_access");
}

TEST_F(RefreshTest, LifetimesEndAFamily) {
  rotate(0);
  auto token = begin();
  for (int i = 0; i < 24; ++i) {
    clock.advance(std::chrono::seconds(3599));
    token = next(token);
  }
  clock.advance(std::chrono::seconds(60));
  expect_dead(token);  // the absolute end, however often it was used

  const auto idle = begin();
  clock.advance(std::chrono::seconds(3600));
  expect_dead(idle);
}

TEST_F(RefreshTest, BlockedAndDeletedUsersGetNothing) {
  const auto token = begin();
  write([&](store::Transaction& t) -> base::Result<void> {
    auto done = users.update_in(t, tenant_id, ada().key, {{"blocked", true}});
    if (!done) return base::pass_on(done);
    return {};
  });
  expect_refusal(tokens(refresh(token)), RefusalCode::unauthorized, "user is blocked");
  write([&](store::Transaction& t) { return users.erase_in(t, tenant_id, ada().key); });
  expect_dead(token);
}

TEST_F(RefreshTest, NoTokenWhereClientOrApiDoNotAllowIt) {
  change_api({{"allow_offline_access", false}});
  EXPECT_EQ(begin(), "");
  change_api({{"allow_offline_access", true}});
  change_client(kWeb, {{"grant_types", {"authorization_code"}}});
  EXPECT_EQ(begin(), "");
}

TEST_F(RefreshTest, NonsenseIsRefusedAndAMissingTokenIsNamed) {
  for (const auto& token : {std::string("x"), std::string("v1.AAAA"), std::string(9000, 'A'), std::string("\xc3\xbc"),
                            code(code_content())})
    expect_dead(token);
  expect_refusal(tokens(refresh("")), RefusalCode::invalid_request, "Missing required parameter: refresh_token");
  expect_refusal(tokens(with(refresh(begin()), {{"scope", "a\"b"}})), RefusalCode::invalid_scope);
}

// --- passwords

class PasswordGrantTest : public OauthTest {
 protected:
  Params ask(Params more = {}) {
    ada();
    return with(with(web_credentials(), {{"grant_type", "http://auth0.com/oauth/grant-type/password-realm"},
                                         {"realm", std::string(kConnection)},
                                         {"username", "ada@example.com"},
                                         {"password", std::string(kPassword)},
                                         {"audience", std::string(kApi)},
                                         {"scope", "openid email"}}),
                more);
  }
};

TEST_F(PasswordGrantTest, ThePasswordGivesTokensWithoutASession) {
  const auto answer = tokens(ask());

  ASSERT_TRUE(answer) << answer.error().description;
  const auto id = claims_of(text(*answer, "id_token"));
  EXPECT_EQ(text(id, "sub"), ada().user_id.value);
  EXPECT_FALSE(id.contains("sid"));
  EXPECT_EQ(text(claims_of(text(*answer, "access_token")), "gty"), "password");
  EXPECT_EQ(text(*answer, "scope"), "openid email read:orders write:orders") << "naming none of the API's asks for all";
  EXPECT_TRUE(has_event("sepft"));
}

TEST_F(PasswordGrantTest, TheDefaultDirectoryAnswersWithoutRealm) {
  expect_refusal(tokens(ask({{"grant_type", "password"}})), RefusalCode::access_denied);
  change_tenant({{"default_directory", kConnection}});

  EXPECT_TRUE(tokens(ask({{"grant_type", "password"}})));
}

TEST_F(PasswordGrantTest, WhatIsWrongIsToldApart) {
  expect_refusal(tokens(ask({{"password", "wrong"}})), RefusalCode::invalid_grant, "Wrong email or password.");
  expect_refusal(tokens(ask({{"username", "nobody@example.com"}})), RefusalCode::invalid_grant,
                 "Wrong email or password.");
  expect_refusal(tokens(ask({{"username", ""}})), RefusalCode::invalid_request, "Missing required parameter: username");
  expect_refusal(tokens(ask({{"password", ""}})), RefusalCode::invalid_request, "Missing required parameter: password");
  expect_refusal(tokens(ask({{"realm", ""}})), RefusalCode::invalid_request, "Missing required parameter: realm");
  expect_refusal(tokens(ask({{"realm", "no-such"}})), RefusalCode::invalid_request);
  expect_refusal(tokens(ask({{"password", std::string(5000, 'p')}})), RefusalCode::invalid_grant);
  EXPECT_TRUE(has_event("fepft"));
}

TEST_F(PasswordGrantTest, AConnectionThatIsOffForTheClientIsNone) {
  change(store::Kind::connection, "con_1", {{"enabled_clients", {kSpa}}});

  expect_refusal(tokens(ask()), RefusalCode::invalid_request);
}

}  // namespace
}  // namespace cardea::oauth
