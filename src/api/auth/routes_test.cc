#include "api/auth/routes.h"

#include <gtest/gtest.h>

#include "api/browser_cookies.h"
#include "tests/api/auth_fixture.h"

namespace cardea::api {
namespace {

using AuthRoutesTest = AuthTest;

TEST_F(AuthRoutesTest, TokensAreGivenForFormsAndForJsonAndNeverCached) {
  base::json::object body;
  for (const auto& [name, value] : machine_request()) body[name] = value;

  for (const auto& response : {post_form("/oauth/token", machine_request()), post_json("/oauth/token", body)}) {
    EXPECT_EQ(response.status, 200) << response.body;
    EXPECT_EQ(header(response, "cache-control"), "no-store");
    EXPECT_EQ(header(response, "pragma"), "no-cache");
    EXPECT_EQ(base::get_string_or(json(response), "token_type"), "Bearer");
  }
}

TEST_F(AuthRoutesTest, BrokenTokenRequestsAreAnsweredInTheShapeOfTheReference) {
  struct Case {
    const char* name;
    std::string type, body;
    int status;
  };
  const Case cases[] = {
      {"nothing", "", "", 400},
      {"no body", kForm, "", 400},
      {"another type", "text/plain", "grant_type=password", 415},
      {"no type", "", "grant_type=password", 415},
      {"broken JSON", kJson, "{\"grant_type\":", 400},
      {"text behind JSON", kJson, "{} x", 400},
      {"an array", kJson, "[]", 400},
      {"null", kJson, "null", 400},
      {"deep JSON", kJson, std::string(20'000, '[') + std::string(20'000, ']'), 400},
      {"a number", kJson, "{\"grant_type\":5}", 400},
      {"an object", kJson, "{\"grant_type\":{\"a\":1}}", 400},
      {"bad UTF-8 in JSON", kJson, "{\"a\":\"\xff\"}", 400},
      {"NUL in JSON", kJson, "{\"grant_type\":\"a\\u0000\"}", 400},
      {"lone surrogate", kJson, "{\"grant_type\":\"\\ud800\"}", 400},
      {"bad percent-encoding", kForm, "grant_type=%zz", 400},
      {"bad UTF-8 in a form", kForm, "grant_type=%ff%fe", 400},
      {"NUL in a form", kForm, "grant_type=a%00", 400},
      {"twice", kForm, "grant_type=password&grant_type=client_credentials", 400},
      {"only separators", kForm, "&&==&=", 400},
      {"unknown grant", kForm, "grant_type=telepathy", 400},
      {"no client", kForm, "grant_type=client_credentials", 401},
      {"wrong secret", kForm, "grant_type=client_credentials&client_id=machine&client_secret=x", 401},
  };
  for (const auto& c : cases) {
    const auto response = post("/oauth/token", c.type, c.body);
    EXPECT_EQ(response.status, c.status) << c.name << ": " << response.body;
    EXPECT_FALSE(error(response).empty()) << c.name;
    EXPECT_TRUE(json(response).contains("error_description")) << c.name;
    EXPECT_EQ(header(response, "cache-control"), "no-store") << c.name;
  }
}

TEST_F(AuthRoutesTest, AWrongBasicHeaderIsChallenged) {
  auto made = request("POST", "/oauth/token");
  made.headers.set("Content-Type", kForm);
  made.headers.set("Authorization", "Basic !!!");
  made.body = "grant_type=client_credentials";

  const auto response = send(std::move(made));

  EXPECT_EQ(response.status, 401);
  EXPECT_TRUE(header(response, "www-authenticate").starts_with("Basic"));
}

TEST_F(AuthRoutesTest, UnknownHostsAre404AndALostStoreIs503) {
  for (const auto* target : {"/authorize", "/userinfo", "/.well-known/jwks.json", "/v2/logout"}) {
    auto made = request("GET", target);
    made.host = "nobody.id.example.com:8443";
    EXPECT_EQ(send(std::move(made)).status, 404) << target;
  }
  context();  // the tenant is in memory; what must be read is not
  const auto session = sign_in(ada());
  const auto access = text(json(post_form("/oauth/token", exchange(code(code_content())))), "access_token");
  database->down = true;
  auto made = request("GET", "/userinfo");
  made.headers.set("Authorization", "Bearer " + access);
  const auto response = send(std::move(made));
  EXPECT_EQ(response.status, 503);
  EXPECT_FALSE(header(response, "retry-after").empty());
}

TEST_F(AuthRoutesTest, AuthorizeSendsAPersonToTheLoginPageAndBindsTheBrowser) {
  const auto response = get(authorize_target());

  EXPECT_EQ(response.status, 302);
  EXPECT_TRUE(header(response, "location").starts_with("/u/login?state="));
  const auto cookie = header(response, "set-cookie");
  EXPECT_TRUE(cookie.starts_with(kBrowserCookie)) << cookie;
  EXPECT_NE(cookie.find("HttpOnly"), std::string::npos);
  EXPECT_NE(cookie.find("Secure"), std::string::npos);
  const auto value = cookie.substr(cookie.find('=') + 1, 32);
  EXPECT_TRUE(transactions.open(context(), answered(response, "state"), value));

  const auto again = get(authorize_target(), std::string(kBrowserCookie) + "=" + value);
  EXPECT_FALSE(again.headers.has("set-cookie"));
  EXPECT_TRUE(transactions.open(context(), answered(again, "state"), value));
}

TEST_F(AuthRoutesTest, AuthorizeMayBePostedAsAForm) {
  const auto target = authorize_target();

  const auto response = post("/authorize", kForm, target.substr(target.find('?') + 1));

  EXPECT_TRUE(header(response, "location").starts_with("/u/login?state="));
}

TEST_F(AuthRoutesTest, ASessionAnswersTheClientWithCodeStateAndIss) {
  const auto session = sign_in(ada());

  const auto response = get(authorize_target({{"prompt", "none"}}), "auth0=" + cookie(session));

  EXPECT_EQ(response.status, 302);
  EXPECT_TRUE(header(response, "location").starts_with(std::string(kCallback) + "?code="));
  EXPECT_EQ(answered(response, "state"), "s-1");
  EXPECT_EQ(answered(response, "iss"), context().address.issuer);
  EXPECT_FALSE(response.headers.has("set-cookie"));
  const auto given = post_form("/oauth/token", with(exchange(answered(response, "code")), {{"code_verifier", ""}}));
  EXPECT_EQ(given.status, 200) << given.body;
}

TEST_F(AuthRoutesTest, ResumeFinishesWhatThePagesDid) {
  const auto session = sign_in(ada());
  const auto begun = get(authorize_target(), std::string(kBrowserCookie) + "=b");
  auto transaction = must(transactions.open(context(), answered(begun, "state"), "b"));
  transaction.session = session.id;
  transaction.authenticated = true;
  const auto target = "/authorize/resume?state=" + transactions.seal(context(), transaction);

  EXPECT_NE(answered(get(target, std::string(kBrowserCookie) + "=b; auth0=" + cookie(session)), "code"), "");

  EXPECT_EQ(get(target).status, 400);
  EXPECT_EQ(get("/authorize/resume?state=x&state=y").status, 400);
  change_tenant({{"default_redirection_uri", "https://www.example.com/start"}});
  EXPECT_EQ(header(get(target), "location"), "https://www.example.com/start");
}

TEST_F(AuthRoutesTest, WhatMayNotBeRedirectedStaysOnAPage) {
  for (const auto& target :
       {std::string("/authorize"), std::string("/authorize?%zz"), authorize_target({{"client_id", "nobody"}}),
        authorize_target({{"redirect_uri", "https://evil.example.com/"}}),
        std::string("/v2/logout?client_id=web&returnTo=https://evil.example.com/"),
        std::string("/oidc/logout?id_token_hint=x")}) {
    const auto response = get(target);
    EXPECT_EQ(response.status, 400) << target;
    EXPECT_TRUE(response.body.starts_with("error page: invalid_request")) << target << response.body;
    EXPECT_FALSE(response.headers.has("location")) << target;
  }
}

TEST_F(AuthRoutesTest, TheErrorPageOfTheTenantGetsTheError) {
  change_tenant({{"error_page", {{"url", "https://www.example.com/error?x=1"}}}});

  const auto response = get(authorize_target({{"redirect_uri", "https://evil.example.com/"}}));

  EXPECT_EQ(response.status, 302);
  EXPECT_TRUE(header(response, "location").starts_with("https://www.example.com/error?x=1&client_id=web&"));
  EXPECT_EQ(answered(response, "error"), "invalid_request");
}

TEST_F(AuthRoutesTest, LogoutClearsTheCookieAndReturns) {
  const auto session = sign_in(ada());

  const auto response = get("/v2/logout?client_id=web", "auth0=" + cookie(session));

  EXPECT_EQ(header(response, "location"), "https://app.example.com/bye");
  EXPECT_NE(header(response, "set-cookie").find("Max-Age=0"), std::string::npos);
  EXPECT_FALSE(run(session_service.find(context(), cookie(session))));
  EXPECT_EQ(get("/v2/logout").body, "OK");
  EXPECT_EQ(header(get("/oidc/logout"), "location"), "/u/logout");
}

TEST_F(AuthRoutesTest, ALogoutWithoutHintAsks) {
  const auto session = sign_in(ada());

  const auto response = get("/oidc/logout?client_id=web", "auth0=" + cookie(session));

  EXPECT_TRUE(header(response, "location").starts_with("/u/logout?state="));
  EXPECT_FALSE(response.headers.has("set-cookie"));
  EXPECT_TRUE(run(session_service.find(context(), cookie(session))));
}

TEST_F(AuthRoutesTest, UserinfoTakesTheTokenFromHeaderOrForm) {
  const auto access = text(json(post_form("/oauth/token", exchange(code(code_content())))), "access_token");
  const auto ask = [&](std::string method, std::string_view scheme) {
    auto made = request(std::move(method), "/userinfo");
    made.headers.set("Authorization", std::string(scheme) + " " + access);
    return send(std::move(made));
  };
  const base::json::object expected{
      {"sub", ada().user_id.value}, {"email", "ada@example.com"}, {"email_verified", true}};

  for (const auto& response :
       {ask("GET", "Bearer"), ask("POST", "bearer"), post_form("/userinfo", {{"access_token", access}})}) {
    EXPECT_EQ(response.status, 200) << response.body;
    EXPECT_EQ(json(response), expected);
    EXPECT_EQ(header(response, "cache-control"), "no-store");
  }
}

TEST_F(AuthRoutesTest, UserinfoWithoutAGoodTokenIs401) {
  const auto answer = json(post_form("/oauth/token", exchange(code(code_content()))));
  for (const auto& value :
       {std::string(), std::string("Bearer"), std::string("Bearer "), std::string("Bearer x"),
        "Bearer " + text(answer, "id_token"), std::string("Basic eDp5"), "Bearer " + std::string(30'000, 'a')}) {
    auto made = request("GET", "/userinfo");
    if (!value.empty()) made.headers.set("Authorization", value);
    const auto response = send(std::move(made));
    EXPECT_EQ(response.status, 401) << value.substr(0, 40);
    EXPECT_EQ(response.body, "Unauthorized");
    EXPECT_TRUE(header(response, "www-authenticate").starts_with("Bearer realm=\"Users\""));
  }
  EXPECT_EQ(get("/userinfo?access_token=" + text(answer, "access_token")).status, 401) << "never from the query";
  const auto gone = ada();
  write([&](store::Transaction& t) { return users.erase_in(t, tenant_id, gone.key); });
  EXPECT_EQ(post_form("/userinfo", {{"access_token", text(answer, "access_token")}}).status, 401) << "the user is gone";
}

TEST_F(AuthRoutesTest, RevocationAndIntrospectionKnowTheirClients) {
  const auto answer = json(post_form("/oauth/token", exchange(code(code_content()))));
  const auto token = text(answer, "refresh_token");
  const auto ask = [&](const char* target, oauth::Params more) {
    return post_form(target, with(web_credentials(), more));
  };

  EXPECT_EQ(json(ask("/oauth/introspect", {{"token", token}})).at("active"), true);
  EXPECT_EQ(post_form("/oauth/introspect", {{"token", token}}).status, 401);
  EXPECT_EQ(post_form("/oauth/introspect", {{"token", token}, {"client_id", std::string(kSpa)}}).status, 401);
  EXPECT_EQ(ask("/oauth/introspect", {}).status, 400);
  EXPECT_EQ(ask("/oauth/revoke", {}).status, 400);
  EXPECT_EQ(ask("/oauth/revoke", {{"client_secret", "wrong"}, {"token", token}}).status, 401);
  const auto revoked = ask("/oauth/revoke", {{"token", token}});
  EXPECT_EQ(revoked.status, 200);
  EXPECT_EQ(revoked.body, "");
  EXPECT_EQ(json(ask("/oauth/introspect", {{"token", token}})), (base::json::object{{"active", false}}));
}

TEST_F(AuthRoutesTest, DocumentsAreForEverybodyAndMayBeCached) {
  for (const auto* target :
       {"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/.well-known/jwks.json"}) {
    auto made = request("GET", target);
    made.headers.set("Origin", "https://anywhere.example.com");
    const auto response = send(std::move(made));
    EXPECT_EQ(response.status, 200) << target;
    EXPECT_TRUE(response.cacheable_etag) << target;
    EXPECT_TRUE(header(response, "cache-control").starts_with("public, max-age=")) << target;
    EXPECT_EQ(header(response, "access-control-allow-origin"), "*") << target;
  }
  EXPECT_EQ(text(json(get("/.well-known/openid-configuration")), "issuer"), context().address.issuer);
}

TEST_F(AuthRoutesTest, ScriptsOfTheClientsOriginsMayCall) {
  const auto allowed = [&](const char* origin) {
    auto made = request("OPTIONS", "/oauth/token");
    made.headers.set("Origin", origin);
    made.headers.set("Access-Control-Request-Method", "POST");
    return header(send(std::move(made)), "access-control-allow-origin");
  };

  EXPECT_EQ(allowed("https://app.example.com"), "https://app.example.com");
  EXPECT_EQ(allowed("https://evil.example.com"), "");
  EXPECT_EQ(allowed("null"), "");
  change_client(kSpa, {{"allowed_origins", {"https://*.example.net"}}});
  EXPECT_EQ(allowed("https://a.example.net"), "https://a.example.net");
}

TEST_F(AuthRoutesTest, TheSigningCertificateCanBeDownloaded) {
  EXPECT_EQ(get("/pem").status, 404);
  add_key(tenant_id, crypto::SigningAlgorithm::rs256, model::SigningKeyState::active, "rsa-1");

  EXPECT_TRUE(get("/pem").body.starts_with("-----BEGIN CERTIFICATE-----"));
  EXPECT_EQ(get("/cer").body, *crypto::certificate_der(get("/pem").body));
}

TEST_F(AuthRoutesTest, PasswordManagersFindThePageForANewPassword) {
  EXPECT_EQ(header(get("/.well-known/change-password"), "location"),
            "/u/reset-password/request/Username-Password-Authentication");
}

class DatabaseRoutesTest : public AuthTest {
 protected:
  http::Response sign(const base::json::object& more = {}) {
    base::json::object body{
        {"client_id", kWeb}, {"connection", kConnection}, {"email", "grace@example.com"}, {"password", kPassword}};
    for (const auto& member : more) {
      if (member.value().is_null())
        body.erase(member.key());
      else
        body[member.key()] = member.value();
    }
    return post_json("/dbconnections/signup", body);
  }
};

TEST_F(DatabaseRoutesTest, ASignUpAnswersWithAnIdWithoutPrefix) {
  const auto response = sign({{"given_name", "Grace"}, {"user_metadata", {{"plan", "gold"}}}});

  ASSERT_EQ(response.status, 200) << response.body;
  const auto body = json(response);
  EXPECT_EQ(text(body, "_id").find('|'), std::string::npos);
  EXPECT_EQ(text(body, "email"), "grace@example.com");
  EXPECT_EQ(body.at("email_verified"), false);
  EXPECT_EQ(text(body, "given_name"), "Grace");
  EXPECT_FALSE(body.contains("password"));
}

TEST_F(DatabaseRoutesTest, RefusalsHaveTheirOwnShape) {
  ASSERT_EQ(sign().status, 200);
  const auto again = sign();
  EXPECT_EQ(again.status, 400);
  EXPECT_EQ(json(again), (base::json::object{{"name", "BadRequestError"},
                                             {"code", "invalid_signup"},
                                             {"description", "Invalid sign up"},
                                             {"statusCode", 400}}));
  change_tenant({{"flags", {{"enable_public_signup_user_exists_error", true}}}});
  EXPECT_EQ(text(json(sign()), "code"), "user_exists");
  const auto weak = sign({{"email", "other@example.com"}, {"password", "short"}});
  EXPECT_EQ(weak.status, 400);
  EXPECT_EQ(text(json(weak), "name"), "PasswordStrengthError");
  EXPECT_EQ(text(json(weak), "code"), "invalid_password");
  EXPECT_TRUE(json(weak).at("description").is_object());
}

TEST_F(DatabaseRoutesTest, BrokenSignUpsAre400) {
  for (const auto& more :
       {base::json::object{{"client_id", nullptr}}, base::json::object{{"client_id", "nobody"}},
        base::json::object{{"connection", nullptr}}, base::json::object{{"connection", "no-such"}},
        base::json::object{{"password", nullptr}}, base::json::object{{"email", nullptr}},
        base::json::object{{"email", 5}}, base::json::object{{"email", "no address"}},
        base::json::object{{"email", std::string(60'000, 'a')}}, base::json::object{{"client_id", kMachine}}})
    EXPECT_EQ(sign(more).status, 400) << base::json::serialize(more).substr(0, 60);
  for (const auto* body : {"", "{", "[]", "null", "{\"connection\":\"\\u0000\"}"}) {
    EXPECT_EQ(post("/dbconnections/signup", kJson, body).status, 400) << body;
    EXPECT_EQ(post("/dbconnections/change_password", kJson, body).status, 400) << body;
  }
}

TEST_F(DatabaseRoutesTest, AForgottenPasswordIsAnsweredTheSameForKnownAndUnknownPeople) {
  ada();
  for (const auto* email : {"ada@example.com", "nobody@example.com"}) {
    const auto response = post_json("/dbconnections/change_password",
                                    {{"client_id", kWeb}, {"connection", kConnection}, {"email", email}});
    EXPECT_EQ(response.status, 200) << response.body;
    EXPECT_EQ(response.body, "We've just sent you an email to reset your password.");
  }
  EXPECT_EQ(jobs("mail").size(), 1u);
}

}  // namespace
}  // namespace cardea::api
