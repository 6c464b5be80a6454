#pragma once

#include <map>

#include "base/base64.h"
#include "crypto/digest.h"
#include "crypto/jws.h"
#include "identity/login_transaction.h"
#include "identity/password_login.h"
#include "oauth/access_token_verification.h"
#include "oauth/authorization_code_grant.h"
#include "oauth/authorize_flow.h"
#include "oauth/client_credentials_grant.h"
#include "oauth/introspection.h"
#include "oauth/logout.h"
#include "oauth/password_grant.h"
#include "oauth/refresh_token_grant.h"
#include "oauth/revocation.h"
#include "oauth/token_endpoint.h"
#include "tests/identity/identity_fixture.h"

namespace cardea::oauth {

using Params = std::vector<base::QueryPair>;

// The claims hook of a test: gives what it was told to.
class FixedClaims final : public ClaimsHook {
 public:
  base::awaitable<base::Result<CustomClaims, Refusal>> claims(const ClaimsQuestion& question) override {
    asked.emplace_back(question.grant);
    if (denial) co_return refuse(RefusalCode::access_denied, *denial);
    co_return given;
  }

  CustomClaims given;
  std::optional<std::string> denial;
  std::vector<std::string> asked;
};

// The tenant "acme" with a confidential web client, a public one, a machine, and an API; tokens are signed with ES256,
// as RSA keys take long to make. The server's own objects on the memory store.
class OauthTest : public identity::IdentityTest {
 protected:
  static constexpr std::string_view kWeb = "web";
  static constexpr std::string_view kSpa = "spa";
  static constexpr std::string_view kMachine = "machine";
  static constexpr std::string_view kSecret = "a-secret-of-more-than-thirty-two-characters";
  static constexpr std::string_view kApi = "https://api.example.com/";
  static constexpr std::string_view kCallback = "https://app.example.com/callback";
  static constexpr std::string_view kPassword = "Correct-horse-1";

  OauthTest() {
    add(store::Kind::client, web_client());
    add(store::Kind::client, {{"client_id", kSpa},
                              {"name", "Single Page"},
                              {"app_type", "spa"},
                              {"token_endpoint_auth_method", "none"},
                              {"callbacks", {kCallback}},
                              {"web_origins", {"https://app.example.com"}},
                              {"grant_types", {"authorization_code", "refresh_token", "implicit"}},
                              {"jwt_configuration", {{"alg", "ES256"}}},
                              {"refresh_token", rotating(0)}});
    add(store::Kind::client, {{"client_id", kMachine},
                              {"name", "Machine"},
                              {"app_type", "non_interactive"},
                              {"client_secret", kSecret},
                              {"token_endpoint_auth_method", "client_secret_post"},
                              {"grant_types", {"client_credentials"}}});
    add(store::Kind::resource_server, {{"id", "5f0000000000000000000001"},
                                       {"identifier", kApi},
                                       {"name", "Orders"},
                                       {"signing_alg", "ES256"},
                                       {"allow_offline_access", true},
                                       {"skip_consent_for_verifiable_first_party_clients", true},
                                       {"scopes", {{{"value", "read:orders"}}, {{"value", "write:orders"}}}}});
    add(store::Kind::client_grant, {{"id", "cgr_1"},
                                    {"client_id", kMachine},
                                    {"audience", kApi},
                                    {"subject_type", "client"},
                                    {"scope", {"read:orders", "write:orders"}}});
    change(store::Kind::connection, "con_1", {{"enabled_clients", {kClient, kWeb, kSpa}}});
  }

  static base::json::object rotating(int leeway) {
    return {{"rotation_type", "rotating"},
            {"expiration_type", "expiring"},
            {"leeway", leeway},
            {"token_lifetime", 86400},
            {"idle_token_lifetime", 3600}};
  }
  static base::json::object web_client() {
    return {{"client_id", kWeb},
            {"name", "Web"},
            {"app_type", "regular_web"},
            {"client_secret", kSecret},
            {"token_endpoint_auth_method", "client_secret_post"},
            {"callbacks", {kCallback}},
            {"web_origins", {"https://app.example.com"}},
            {"allowed_logout_urls", {"https://app.example.com/bye"}},
            {"grant_types",
             {"authorization_code", "refresh_token", "implicit", "password",
              "http://auth0.com/oauth/grant-type/password-realm"}},
            {"jwt_configuration", {{"alg", "ES256"}}}};
  }

  void add(store::Kind kind, const base::json::object& document) {
    write([&](store::Transaction& transaction) -> base::Result<void> {
      auto made = configuration.create_in(transaction, tenant_id, kind, document);
      if (!made) return base::pass_on(made);
      return {};
    });
  }
  void change(store::Kind kind, const std::string& id, const base::json::object& changes) {
    write([&](store::Transaction& transaction) -> base::Result<void> {
      auto done = configuration.update_in(transaction, tenant_id, kind, id, changes);
      if (!done) return base::pass_on(done);
      return {};
    });
  }
  void remove(store::Kind kind, const std::string& id) {
    write([&](store::Transaction& transaction) { return configuration.erase_in(transaction, tenant_id, kind, id); });
  }
  void change_client(std::string_view id, const base::json::object& changes) {
    change(store::Kind::client, std::string(id), changes);
  }
  void change_api(const base::json::object& changes) {
    change(store::Kind::resource_server, "5f0000000000000000000001", changes);
  }
  void change_tenant(const base::json::object& changes) {
    write([&](store::Transaction& transaction) -> base::Result<void> {
      auto done = tenants.update_settings_in(transaction, tenant_id, changes);
      if (!done) return base::pass_on(done);
      return {};
    });
  }

  model::User ada() {
    if (!ada_)
      ada_ = make_user("ada@example.com", std::string(kPassword), {{"name", "Ada Lovelace"}, {"email_verified", true}});
    return *ada_;
  }

  // A session of the user, as the login pages start it.
  model::Session sign_in(const model::User& user) {
    const auto made = context();
    model::Session session;
    write([&](store::Transaction& transaction) -> base::Result<void> {
      auto started = session_service.start_in(transaction, made, user, {"pwd"}, std::nullopt);
      if (!started) return base::pass_on(started);
      session = *started;
      return {};
    });
    return session;
  }
  std::string cookie(const model::Session& session) { return session_service.cookie(context(), session); }

  // --- the token endpoint
  base::Result<base::json::object, Refusal> tokens(Params parameters, std::string authorization = {}) {
    auto answer = run(endpoint.issue({context(), Parameters(std::move(parameters)), std::move(authorization), {}}));
    if (!answer) return base::pass_on(answer);
    return base::parse_json(*answer)->get_object();
  }
  static Params with(Params parameters, const Params& more) {
    for (const auto& [name, value] : more) {
      const auto found = std::ranges::find(parameters, name, &base::QueryPair::first);
      if (found != parameters.end())
        found->second = value;
      else
        parameters.emplace_back(name, value);
    }
    return parameters;
  }
  static Params web_credentials() {
    return {{"client_id", std::string(kWeb)}, {"client_secret", std::string(kSecret)}};
  }
  static Params machine_request() {
    return {{"grant_type", "client_credentials"},
            {"client_id", std::string(kMachine)},
            {"client_secret", std::string(kSecret)},
            {"audience", std::string(kApi)}};
  }

  static std::string challenge_of(std::string_view verifier) {
    return base::base64url_encode(crypto::sha256(verifier));
  }
  inline static const std::string kVerifier = std::string(50, 'v');

  // A code as /authorize gives it to the web client.
  std::string code(AuthorizationCode content) { return codes.issue(tenant_id, content); }
  AuthorizationCode code_content() {
    const auto session = sign_in(ada());
    AuthorizationCode content;
    content.client = model::ClientId{std::string(kWeb)};
    content.redirect_uri = kCallback;
    content.redirect_uri_given = true;
    content.code_challenge = challenge_of(kVerifier);
    content.session = session.id;
    content.user = ada().key;
    content.audience = kApi;
    content.scopes = {"openid", "email", "read:orders", "offline_access"};
    content.nonce = "n-1";
    content.auth_time = session.auth_time;
    return content;
  }
  Params exchange(const std::string& text) {
    return with(web_credentials(), {{"grant_type", "authorization_code"},
                                    {"code", text},
                                    {"redirect_uri", std::string(kCallback)},
                                    {"code_verifier", kVerifier}});
  }
  Params refresh(const std::string& text) {
    return with(web_credentials(), {{"grant_type", "refresh_token"}, {"refresh_token", text}});
  }

  static base::json::object claims_of(std::string_view jwt) {
    const auto jws = crypto::parse_compact(jwt);
    EXPECT_TRUE(jws) << jwt;
    return jws ? base::parse_json(jws->payload)->get_object() : base::json::object();
  }
  static std::string text(const base::json::object& object, std::string_view name) {
    return base::get_string_or(object, name);
  }

  // Types of the events, those in the background included.
  std::vector<std::string> all_event_types() {
    background.restart();
    background.poll();
    return event_types();
  }
  bool has_event(std::string_view type) {
    const auto types = all_event_types();
    return std::ranges::find(types, type) != types.end();
  }

  static base::awaitable<void> no_sleep(base::Duration) { co_return; }

  boost::asio::io_context background{1};
  store::Consumptions consumptions{*database};
  store::Consents consents{*database, random};
  ClientAuthentication clients{*database, consumptions, clock};
  AuthorizationCodes codes{artifacts, clock};
  RefreshTokens refresh_tokens{artifacts, random, clock};
  TokenMinting minting{artifacts, random, clock};
  FixedClaims hook;
  KeyRotation rotation{*database, signing_keys, keys, random, clock, &directory};
  TokenIssuing issuing{users, hook, rotation, minting};
  EventWriter event_writer{*database, background.get_executor(), no_sleep, log};
  identity::PasswordLogin logins{*database, users, hashes, clock};
  identity::LoginTransactions transactions{artifacts, clock};
  Grants grants = make_grants();
  TokenEndpoint endpoint{{*database, users, families, clients, grants, issuing, refresh_tokens, event_writer, clock}};
  AuthorizeFlow authorize{{session_service, users, consents, transactions, codes, issuing, event_writer, clock}};
  AccessTokenVerification access_tokens{artifacts, clock};
  Revocation revocation{*database, families, refresh_tokens};
  Introspection introspection{access_tokens, refresh_tokens, families, clock};
  Logout logout{session_service, session_ending, artifacts, clock};

 private:
  Grants make_grants() {
    Grants made;
    made.add(std::make_unique<AuthorizationCodeGrant>(codes, consumptions, families))
        .add(std::make_unique<RefreshTokenGrant>(refresh_tokens, families))
        .add(std::make_unique<ClientCredentialsGrant>())
        .add(std::make_unique<PasswordGrant>(PasswordGrant::kPassword, logins, users, clock))
        .add(std::make_unique<PasswordGrant>(PasswordGrant::kPasswordRealm, logins, users, clock));
    return made;
  }

  std::optional<model::User> ada_;
};

}  // namespace cardea::oauth
