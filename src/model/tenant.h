#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "model/ids.h"

namespace cardea::model {

// A tenant: isolated users, clients, connections, keys and branding. `settings` is the whole object that
// GET /api/v2/tenants/settings shows; the typed members are what the protocol code reads of it, with defaults applied.
struct Tenant {
  TenantId id;
  std::string name;                  // [a-z0-9-]{1,63}; first label of its host
  std::vector<std::string> domains;  // custom domains, host[:port]
  std::string friendly_name;
  std::string default_audience;
  std::string default_directory;
  std::string default_redirection_uri;
  std::vector<std::string> allowed_logout_urls;
  std::vector<std::string> enabled_locales{"en"};  // first = default
  std::string support_email;
  std::string support_url;
  std::string picture_url;
  base::Duration session_lifetime{std::chrono::hours{168}};
  base::Duration idle_session_lifetime{std::chrono::hours{72}};
  bool persistent_session_cookie = true;
  bool rp_logout_discovery = true;  // end_session_endpoint in discovery
  bool oidc_logout_prompt_enabled = true;
  bool authorization_response_iss = true;  // RFC 9207
  bool revoke_refresh_token_grant = false;
  bool enable_public_signup_user_exists_error = false;
  base::json::object settings;
};

// From the document of a tenant row ({"id","name","domains","settings":{…}}).
Tenant tenant_from_document(const base::json::object& document);

}  // namespace cardea::model
