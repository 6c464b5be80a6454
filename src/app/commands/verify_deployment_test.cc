#include "app/commands/verify_deployment.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "app/run_now.h"
#include "base/base64.h"
#include "base/fake_clock.h"
#include "base/url.h"
#include "crypto/digest.h"
#include "crypto/jwk.h"
#include "crypto/jws.h"
#include "http/form.h"

namespace cardea::app {
namespace {

using base::json::array;
using base::json::object;

constexpr std::string_view kIssuer = "https://id.example.com/";
constexpr std::string_view kManagementSecret = "management-secret";
constexpr std::string_view kCallback = "https://canary.cardea.invalid/callback";

const crypto::PrivateKey& signing_key() {
  static const auto key = crypto::PrivateKey::generate(crypto::SigningAlgorithm::rs256).value();
  return key;
}

// An identity server as small as it can be: one connection, one browser. It can break in the ways that tests need.
class FakeDeployment final : public http::Client {
 public:
  explicit FakeDeployment(const base::Clock& clock) : clock_(&clock) {}

  std::string broken;  // "POST /oauth/token": answers 500
  std::string lost;    // done, but the answer never arrives
  object claims;       // put over those of the ID token
  std::string issuer{kIssuer};
  bool with_refresh = true, forgets_sessions = true, takes_clients_out = true;

  std::vector<std::string> asked;
  array enabled{"somebody-else"};
  std::optional<object> client, user;

  base::awaitable<base::Result<http::OutgoingResponse>> send(http::OutgoingRequest request) override {
    const auto url = base::Url::parse(request.url).value();
    const auto key = request.method + " " + url.path;
    asked.push_back(key);
    if (key == broken) co_return json(500, {{"error", "server_error"}, {"error_description", request.body}});
    auto response = answer(key, request, http::Form::parse(url.query.value_or("")).value());
    if (key == lost) co_return base::fail(base::Errc::unavailable, "Timeout was reached");
    co_return response;
  }

 private:
  static http::OutgoingResponse json(int status, const base::json::value& body) {
    return {status, {{"Content-Type", "application/json"}}, base::json::serialize(body)};
  }
  static http::OutgoingResponse redirect(const std::string& location) { return {302, {{"Location", location}}, ""}; }

  http::OutgoingResponse answer(const std::string& key, const http::OutgoingRequest& request, const http::Form& query) {
    if (key.find("/.well-known/jwks.json") != std::string::npos) return keys();
    if (key.find("/.well-known/") != std::string::npos) return metadata();
    if (key == "POST /oauth/token") return token(request);
    if (key == "GET /userinfo") return json(200, {{"sub", "auth0|canary"}, {"email", user->at("email")}});
    if (key == "GET /authorize") return authorize(query);
    if (key == "GET /u/login")
      return {200,
              {},
              "<form><input type=hidden name=state value=t>"
              "<input name=username><input name=password type=password></form>"};
    if (key == "POST /u/login") return login(http::Form::parse(request.body).value());
    if (key == "GET /v2/logout") return logout(query);
    return management(key, request);
  }

  http::OutgoingResponse metadata() const {
    return json(200, {{"issuer", issuer},
                      {"authorization_endpoint", std::string(kIssuer) + "authorize"},
                      {"token_endpoint", std::string(kIssuer) + "oauth/token"},
                      {"userinfo_endpoint", std::string(kIssuer) + "userinfo"},
                      {"jwks_uri", std::string(kIssuer) + ".well-known/jwks.json"},
                      {"scopes_supported", array{"openid", "offline_access"}}});
  }

  static http::OutgoingResponse keys() {
    auto key = crypto::to_jwk(signing_key().public_key());
    key["kid"] = "key-1";
    key["alg"] = "RS256";
    key["use"] = "sig";
    return json(200, {{"keys", array{key}}});
  }

  http::OutgoingResponse authorize(const http::Form& query) {
    const auto back = std::string(kCallback) + "?iss=" + base::percent_encode(issuer) +
                      "&state=" + std::string(query.get_or_empty("state"));
    if (query.get("prompt")) return redirect(back + (session_ ? "&code=silent" : "&error=login_required"));
    nonce_ = query.get_or_empty("nonce");
    challenge_ = query.get_or_empty("code_challenge");
    back_ = back;
    return redirect("/u/login?state=t");
  }

  http::OutgoingResponse login(const http::Form& form) {
    const bool good = form.get_or_empty("state") == "t" && user &&
                      form.get_or_empty("username") == base::get_string_or(*user, "email") &&
                      form.get_or_empty("password") == base::get_string_or(*user, "password");
    if (!good) return {400, {}, "<title>Wrong e-mail or password</title><form><input name=username></form>"};
    session_ = true;
    return redirect(back_ + "&code=once");
  }

  http::OutgoingResponse token(const http::OutgoingRequest& request) {
    if (request.headers.get("Content-Type") == "application/json") {
      const auto body = base::json::parse(request.body).get_object();
      if (base::get_string_or(body, "client_secret") != kManagementSecret)
        return json(401, {{"error", "access_denied"}, {"error_description", "Unauthorized"}});
      return json(200, {{"access_token", "management-token"}});
    }
    const auto form = http::Form::parse(request.body).value();
    object out{{"access_token", "access-token"}};
    if (with_refresh) out["refresh_token"] = "refresh-token";
    if (form.get_or_empty("grant_type") == "authorization_code") {
      const auto challenge = base::base64url_encode(crypto::sha256(form.get_or_empty("code_verifier")));
      if (form.get_or_empty("code") != "once" || challenge != challenge_)
        return json(403, {{"error", "invalid_grant"}});
      out["id_token"] = id_token(nonce_);
    }
    return json(200, out);
  }

  std::string id_token(const std::string& nonce) const {
    object all{
        {"iss", issuer},  {"aud", client->at("client_id")},         {"sub", "auth0|canary"},
        {"nonce", nonce}, {"iat", base::to_seconds(clock_->now())}, {"exp", base::to_seconds(clock_->now()) + 3600}};
    for (const auto& claim : claims) all[claim.key()] = claim.value();
    return crypto::sign_compact({{"kid", "key-1"}}, base::json::serialize(all), signing_key(),
                                crypto::SigningAlgorithm::rs256)
        .value();
  }

  http::OutgoingResponse logout(const http::Form& query) {
    if (forgets_sessions) session_ = false;
    return redirect(std::string(query.get_or_empty("returnTo")));
  }

  http::OutgoingResponse management(const std::string& key, const http::OutgoingRequest& request) {
    if (request.headers.get("Authorization") != "Bearer management-token")
      return json(401, {{"message", "Invalid token"}});
    if (key == "GET /api/v2/tenants/settings") return json(200, {{"default_directory", "people"}});
    if (key == "GET /api/v2/connections") return json(200, array{{{"id", "con_1"}, {"name", "people"}}});
    if (key == "GET /api/v2/connections/con_1") return json(200, {{"id", "con_1"}, {"enabled_clients", enabled}});
    if (key == "PATCH /api/v2/connections/con_1/clients")
      return change_clients(base::json::parse(request.body).get_array());
    if (key == "POST /api/v2/clients") {
      client = base::json::parse(request.body).get_object();
      (*client)["client_id"] = "canary-client";
      (*client)["client_secret"] = "canary-secret";
      return json(201, *client);
    }
    if (key == "GET /api/v2/clients") return json(200, client ? array{*client} : array{});
    if (key == "DELETE /api/v2/clients/canary-client") {
      client.reset();
      if (takes_clients_out) enabled = {"somebody-else"};
      return {204, {}, ""};
    }
    if (key == "POST /api/v2/users") {
      user = base::json::parse(request.body).get_object();
      return json(201, {{"user_id", "auth0|canary"}});
    }
    if (key == "GET /api/v2/users-by-email") return json(200, user ? array{{{"user_id", "auth0|canary"}}} : array{});
    if (key == "DELETE /api/v2/users/auth0%7Ccanary") {
      user.reset();
      return {204, {}, ""};
    }
    return json(404, {{"message", "Not Found"}});
  }

  http::OutgoingResponse change_clients(const array& switches) {
    for (const auto& change : switches) {
      const auto& name = change.at("client_id");
      if (change.at("status").get_bool())
        enabled.push_back(name);
      else
        enabled.erase(std::ranges::find(enabled, name));
    }
    return {204, {}, ""};
  }

  const base::Clock* clock_;
  bool session_ = false;
  std::string nonce_, challenge_, back_;
};

class VerifyDeploymentTest : public testing::Test {
 protected:
  object verify() {
    VerifyOptions options;
    options.url = "https://id.example.com";
    options.client_id = "management";
    options.client_secret = secret_;
    options.timeout_seconds = 0;  // no second try
    VerifyProgress progress(clock_, [this](const std::string& text) { printed_ += text; }, false);
    return run_now(verify_deployment(deployment_, clock_, random_, options, std::string(kIssuer), progress));
  }

  // What the summary says failed; "" when nothing did.
  static std::string failure(const object& summary) {
    const auto* failed = summary.if_contains("failed");
    return failed == nullptr ? "" : std::string(std::string_view(failed->get_array().front().get_string()));
  }

  bool is_clean() const {
    return !deployment_.user && !deployment_.client && deployment_.enabled == array{"somebody-else"};
  }

  base::FakeClock clock_;
  base::SeededRandom random_{5};
  FakeDeployment deployment_{clock_};
  std::string secret_{kManagementSecret};
  std::string printed_;
};

TEST_F(VerifyDeploymentTest, ACanarySignsInAndLeavesNothingBehind) {
  const auto summary = verify();

  EXPECT_EQ(failure(summary), "");
  EXPECT_TRUE(base::get_bool_or(summary, "ok", false));
  EXPECT_EQ(summary.at("steps").get_object().size(), 18U);
  EXPECT_EQ(base::get_string_or(summary, "issuer"), kIssuer);
  EXPECT_TRUE(is_clean());
}

TEST_F(VerifyDeploymentTest, EachStepIsToldAsItGoes) {
  verify();

  EXPECT_TRUE(printed_.starts_with("ok           0 ms  discovery           issuer https://id.example.com/\n"))
      << printed_;
  EXPECT_EQ(std::ranges::count(printed_, '\n'), 18);
}

TEST_F(VerifyDeploymentTest, WhereverItBreaksNothingIsLeftBehind) {
  for (const std::string step :
       {"GET /.well-known/openid-configuration", "GET /.well-known/oauth-authorization-server",
        "GET /.well-known/jwks.json", "POST /oauth/token", "POST /api/v2/clients", "GET /api/v2/tenants/settings",
        "GET /api/v2/connections", "PATCH /api/v2/connections/con_1/clients", "POST /api/v2/users", "GET /authorize",
        "GET /u/login", "POST /u/login", "GET /userinfo", "GET /v2/logout"}) {
    deployment_ = FakeDeployment(clock_);
    deployment_.broken = step;

    const auto summary = verify();

    EXPECT_FALSE(base::get_bool_or(summary, "ok", true)) << step;
    EXPECT_NE(failure(summary).find("500"), std::string::npos) << step << ": " << failure(summary);
    EXPECT_TRUE(is_clean()) << step;
  }
}

TEST_F(VerifyDeploymentTest, WhatWasMadeWithoutAnAnswerIsRemovedToo) {
  for (const std::string step : {"POST /api/v2/clients", "POST /api/v2/users"}) {
    deployment_ = FakeDeployment(clock_);
    deployment_.lost = step;

    EXPECT_TRUE(failure(verify()).ends_with(": " + step + ": Timeout was reached")) << step;
    EXPECT_TRUE(is_clean()) << step;
  }
}

TEST_F(VerifyDeploymentTest, AConnectionThatKeepsDeletedClientsIsPutBack) {
  deployment_.takes_clients_out = false;

  EXPECT_EQ(failure(verify()), "");
  EXPECT_TRUE(is_clean());
}

TEST_F(VerifyDeploymentTest, ACleanUpThatFailsIsAFailure) {
  deployment_.broken = "DELETE /api/v2/users/auth0%7Ccanary";

  EXPECT_EQ(failure(verify()), "remove user: DELETE /api/v2/users/auth0%7Ccanary answered 500 server_error");
  EXPECT_FALSE(deployment_.client);
}

TEST_F(VerifyDeploymentTest, AWrongSecretIsSaidPreciselyAndNotShown) {
  secret_ = "a-wrong-secret";

  const auto summary = verify();

  EXPECT_EQ(failure(summary), "management token: POST /oauth/token answered 401 access_denied: Unauthorized");
  EXPECT_EQ(printed_.find(secret_), std::string::npos);
}

TEST_F(VerifyDeploymentTest, SecretsThatAServerEchoesAreNotShown) {
  deployment_.broken = "POST /oauth/token";  // its error repeats the request

  const auto text = base::json::serialize(verify()) + printed_;

  EXPECT_NE(text.find("***"), std::string::npos);
  EXPECT_EQ(text.find(kManagementSecret), std::string::npos);
}

TEST_F(VerifyDeploymentTest, AnotherIssuerIsRefused) {
  deployment_.issuer = "https://evil.example/";

  EXPECT_EQ(failure(verify()), "discovery: the issuer is https://evil.example/, not https://id.example.com/");
}

TEST_F(VerifyDeploymentTest, ClaimsThatAreWrongAreFound) {
  const auto now = base::to_seconds(clock_.now());
  for (const auto& wrong : std::vector<object>{{{"iss", "https://evil.example/"}},
                                               {{"aud", "somebody-else"}},
                                               {{"nonce", "another"}},
                                               {{"sub", "auth0|somebody"}},
                                               {{"exp", now - 3600}}}) {
    deployment_ = FakeDeployment(clock_);
    deployment_.claims = wrong;

    EXPECT_TRUE(failure(verify()).starts_with("ID token: ")) << base::json::serialize(wrong);
    EXPECT_TRUE(is_clean());
  }
}

TEST_F(VerifyDeploymentTest, AMissingRefreshTokenIsFound) {
  deployment_.with_refresh = false;

  EXPECT_EQ(failure(verify()), "exchange code: the answer has no refresh_token");
}

TEST_F(VerifyDeploymentTest, ASessionThatOutlivesTheLogoutIsFound) {
  deployment_.forgets_sessions = false;

  EXPECT_EQ(failure(verify()), "signed out: the session still answers");
}

TEST(VerifyAddress, IsTheIssuerWithASlashAtItsEnd) {
  for (const auto& [text, issuer] :
       std::vector<std::pair<std::string, std::string>>{{"https://id.example.com", "https://id.example.com/"},
                                                        {"https://ID.example.com:443/", "https://id.example.com/"},
                                                        {"http://localhost:8080", "http://localhost:8080/"}})
    EXPECT_EQ(issuer_from(text).value_or(""), issuer) << text;
  for (const std::string text : {"", "id.example.com", "ftp://id.example.com", "https://user:secret@id.example.com",
                                 "https://id.example.com/?x", "https://id.example.com/#x"})
    EXPECT_FALSE(issuer_from(text)) << text;
}

}  // namespace
}  // namespace cardea::app
