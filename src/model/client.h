#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "model/ids.h"

namespace cardea::model {

enum class ClientAuthentication {
  none,             // public client
  secret,           // client_secret_basic, client_secret_post, client_secret_jwt: interchangeable
  private_key_jwt,  // a secret is refused. Also for methods that are not known here: nobody passes then
};

enum class RotationType { non_rotating, rotating };

// clients.refresh_token. Not `expiring` means that both lifetimes are infinite; rotating is always expiring.
struct RefreshPolicy {
  RotationType rotation = RotationType::non_rotating;
  bool expiring = false;
  std::chrono::seconds leeway{0};
  std::chrono::seconds lifetime{2'592'000};  // absolute
  std::chrono::seconds idle_lifetime{1'296'000};
  bool infinite_lifetime = true;
  bool infinite_idle_lifetime = true;
};

// An application. `document` is the whole object of the Management API without `client_secret`.
struct Client {
  std::string row_id;  // internal ULID
  ClientId client_id;
  std::string name;
  std::string app_type;  // "native", "spa", "regular_web", "non_interactive" …
  std::string logo_uri;
  std::string client_secret;  // opened; empty for a public client. Never logged
  ClientAuthentication authentication = ClientAuthentication::none;
  // private_key_jwt: one for each credential, with the credential's "kid", "alg" and "expires_at" (ISO 8601; refuse
  // the key past it). A credential that was given as PEM has "pem" in place of the members of a JWK.
  std::vector<base::json::object> public_jwks;
  std::vector<std::string> callbacks;
  std::vector<std::string> allowed_logout_urls;
  std::vector<std::string> allowed_origins;
  std::vector<std::string> web_origins;
  std::vector<std::string> grant_types;
  std::string initiate_login_uri;
  bool is_first_party = true;
  bool is_global = false;
  bool oidc_conformant = false;
  bool sso_disabled = false;
  bool is_token_endpoint_ip_header_trusted = false;
  std::chrono::seconds id_token_lifetime{36'000};
  std::string id_token_alg = "RS256";  // RS256, RS512, PS256, ES256 or HS256 (keyed with client_secret)
  RefreshPolicy refresh;
  std::vector<std::string> backchannel_logout_urls;
  std::vector<std::string> backchannel_logout_initiators;  // always has rp-logout and idp-logout
  base::json::object document;

  bool allows_grant(std::string_view grant_type) const;
};

// `document` as stored (see docs/design/records.md), with `client_secret` already opened or absent.
Client client_from_document(std::string row_id, const base::json::object& document);

}  // namespace cardea::model
