#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "model/ids.h"

namespace cardea::model {

enum class TokenDialect { access_token, access_token_authz, rfc9068_profile, rfc9068_profile_authz };

struct ApiScope {
  std::string value;
  std::string description;
};

// An API (OAuth resource server). `document` is the whole object of the Management API without `signing_secret`.
struct ResourceServer {
  std::string row_id;
  std::string id;          // 24 hex
  std::string identifier;  // the audience
  std::string name;
  std::vector<ApiScope> scopes;
  std::string signing_alg = "RS256";
  std::string signing_secret;  // opened; HS256 only. Never logged
  std::chrono::seconds token_lifetime{86'400};
  bool allow_offline_access = false;
  bool skip_consent_for_verifiable_first_party_clients = false;
  bool enforce_policies = false;  // RBAC
  TokenDialect dialect = TokenDialect::access_token;
  bool is_system = false;
  bool user_access_denied = false;       // subject_type_authorization.user.policy = deny_all
  bool user_access_needs_grant = false;  // … = require_client_grant
  bool client_access_denied = false;     // subject_type_authorization.client.policy = deny_all
  base::json::object document;

  bool has_scope(std::string_view value) const;
};

ResourceServer resource_server_from_document(std::string row_id, const base::json::object& document);

// What a client may ask of an API on its own behalf (subject_type "client") or a user's ("user").
struct ClientGrant {
  std::string row_id;
  std::string id;  // "cgr_…"
  ClientId client_id;
  std::string audience;
  std::vector<std::string> scope;
  std::string subject_type = "client";
  bool allow_all_scopes = false;
  base::json::object document;
};

ClientGrant client_grant_from_document(std::string row_id, const base::json::object& document);

}  // namespace cardea::model
