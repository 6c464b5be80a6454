#include <algorithm>

#include "api/manage/resource.h"

namespace cardea::api {
namespace {

using enum FieldType;
using enum FieldAccess;
using enum FieldFormat;

constexpr std::string_view kDefaultGrants = R"(["authorization_code","implicit","refresh_token","client_credentials"])";
constexpr std::string_view kPublicGrants = R"(["authorization_code","implicit","refresh_token"])";

std::vector<Field> credential_fields() {
  return {{.name = "id", .access = read_only},
          {.name = "credential_type", .required = true, .values = {"public_key", "cert_subject_dn", "x509_cert"}},
          {.name = "name", .max = 128},
          {.name = "pem", .max = 16384},
          {.name = "alg", .values = {"RS256", "RS384", "PS256"}, .fallback = "\"RS256\""},
          {.name = "kid", .max = 255},
          {.name = "expires_at", .max = 40},
          {.name = "parse_expiry_from_cert", .type = boolean}};
}

std::vector<Field> refresh_token_fields() {
  return {{.name = "rotation_type", .required = true, .values = {"rotating", "non-rotating"}},
          {.name = "expiration_type", .required = true, .values = {"expiring", "non-expiring"}},
          {.name = "leeway", .type = integer, .max = 600, .fallback = "0"},
          {.name = "token_lifetime", .type = integer, .min = 1, .max = 157'788'000, .fallback = "2592000"},
          {.name = "idle_token_lifetime", .type = integer, .min = 1, .max = 157'788'000, .fallback = "1296000"},
          {.name = "infinite_token_lifetime", .type = boolean},
          {.name = "infinite_idle_token_lifetime", .type = boolean},
          {.name = "policies", .type = objects}};
}

std::vector<Field> oidc_logout_fields() {
  return {{.name = "backchannel_logout_urls", .type = strings, .max = 2048, .max_items = 1, .format = url},
          {.name = "backchannel_logout_initiators",
           .type = object,
           .members = {{.name = "mode", .values = {"custom", "all"}},
                       {.name = "selected_initiators", .type = strings, .max_items = 20}}},
          {.name = "backchannel_logout_session_metadata",
           .type = object,
           .members = {{.name = "include", .type = boolean}}}};
}

std::vector<Field> client_fields() {
  return {
      {.name = "client_id", .access = read_only},
      {.name = "client_secret", .min = 16, .max = 1024, .read_scope = "read:client_keys"},
      {.name = "tenant", .access = read_only},
      {.name = "global", .type = boolean, .access = read_only},
      {.name = "is_global", .type = boolean, .access = read_only},
      {.name = "signing_keys", .type = objects, .access = read_only, .read_scope = "read:client_keys"},
      {.name = "name", .required = true, .min = 1, .max = 255, .format = name},
      {.name = "description", .max = 140},
      {.name = "app_type",
       .values = {"native", "spa", "regular_web", "non_interactive", "resource_server", "express_configuration",
                  "b2b_integration", "sso_integration"}},
      {.name = "logo_uri", .max = 2048, .format = url},
      {.name = "callbacks", .type = strings, .min = 1, .max = 2048, .max_items = 200, .format = url},
      {.name = "allowed_logout_urls", .type = strings, .min = 1, .max = 2048, .max_items = 200, .format = url},
      {.name = "allowed_origins", .type = strings, .min = 1, .max = 2048, .max_items = 200, .format = url},
      {.name = "web_origins", .type = strings, .min = 1, .max = 2048, .max_items = 200, .format = url},
      {.name = "client_aliases", .type = strings, .max_items = 50},
      {.name = "allowed_clients", .type = strings, .max_items = 100},
      {.name = "grant_types", .type = strings, .min = 1, .max = 200, .max_items = 50},
      {.name = "token_endpoint_auth_method", .values = {"none", "client_secret_post", "client_secret_basic"}},
      {.name = "client_authentication_methods",
       .type = object,
       .members = {{.name = "private_key_jwt",
                    .type = object,
                    .members = {{.name = "credentials",
                                 .type = objects,
                                 .required = true,
                                 .max_items = 2,
                                 .members = credential_fields()}}}}},
      {.name = "is_first_party", .type = boolean, .fallback = "true"},
      {.name = "oidc_conformant", .type = boolean, .fallback = "false"},
      {.name = "jwt_configuration",
       .type = object,
       .members = {{.name = "lifetime_in_seconds", .type = integer, .min = 1, .max = 2'592'000, .fallback = "36000"},
                   {.name = "secret_encoded", .type = boolean, .fallback = "false"},
                   {.name = "alg", .values = {"HS256", "RS256", "RS512", "PS256", "ES256"}, .fallback = "\"RS256\""},
                   {.name = "scopes", .type = object}},
       .fallback = R"({"lifetime_in_seconds":36000,"secret_encoded":false,"alg":"RS256"})"},
      {.name = "refresh_token",
       .type = object,
       .members = refresh_token_fields(),
       .fallback =
           R"({"rotation_type":"non-rotating","expiration_type":"non-expiring","leeway":0,"token_lifetime":2592000,)"
           R"("idle_token_lifetime":1296000,"infinite_token_lifetime":true,"infinite_idle_token_lifetime":true})"},
      {.name = "sso_disabled", .type = boolean, .fallback = "false"},
      {.name = "cross_origin_authentication", .type = boolean, .fallback = "false"},
      {.name = "cross_origin_auth", .type = boolean},
      {.name = "cross_origin_loc", .max = 2048, .format = url},
      {.name = "custom_login_page_on", .type = boolean, .fallback = "true"},
      {.name = "custom_login_page", .max = 65536},
      {.name = "custom_login_page_preview", .max = 65536},
      {.name = "form_template", .max = 65536},
      {.name = "is_token_endpoint_ip_header_trusted", .type = boolean, .fallback = "false"},
      {.name = "addons", .type = object},
      {.name = "client_metadata", .type = object},
      {.name = "mobile", .type = object},
      {.name = "initiate_login_uri", .max = 2048, .format = https_url},
      {.name = "native_social_login", .type = object},
      {.name = "organization_usage", .values = {"deny", "allow", "require"}},
      {.name = "organization_require_behavior", .values = {"no_prompt", "pre_login_prompt", "post_login_prompt"}},
      {.name = "organization_discovery_methods", .type = strings, .values = {"email", "organization_name"}},
      {.name = "default_organization", .type = object},
      {.name = "oidc_logout", .type = object, .members = oidc_logout_fields()},
      {.name = "require_pushed_authorization_requests", .type = boolean, .fallback = "false"},
      {.name = "require_proof_of_possession", .type = boolean, .fallback = "false"},
      {.name = "token_exchange", .type = object},
      {.name = "session_transfer", .type = object},
      {.name = "token_quota", .type = object},
      {.name = "resource_server_identifier", .max = 600},
  };
}

// client_metadata: at most ten pairs of short strings.
std::string check_metadata(const Document& document) {
  const auto* metadata = base::get_object(document, "client_metadata");
  if (metadata == nullptr) return {};
  if (metadata->size() > 10)
    return "Payload validation error: 'Too many properties, maximum 10' on property client_metadata.";
  for (const auto& member : *metadata) {
    const bool good =
        member.value().is_null() ||
        (member.value().is_string() && member.value().get_string().size() <= 255 && member.key().size() <= 255);
    if (!good) return "Payload validation error: 'Expected short string values' on property client_metadata.";
  }
  return {};
}

std::string check_refresh(const Document& document) {
  const auto* refresh = base::get_object(document, "refresh_token");
  if (refresh == nullptr) return {};
  const bool rotating = base::get_string_or(*refresh, "rotation_type") == "rotating";
  if (rotating && base::get_string_or(*refresh, "expiration_type") == "non-expiring")
    return "Payload validation error: 'A rotating refresh token must be expiring' on property "
           "refresh_token.expiration_type.";
  return {};
}

std::string check_authentication(const Document& document) {
  const auto* methods = document.if_contains("client_authentication_methods");
  const auto* method = document.if_contains("token_endpoint_auth_method");
  if (methods != nullptr && !methods->is_null() && method != nullptr && !method->is_null())
    return "Payload validation error: 'token_endpoint_auth_method and client_authentication_methods exclude each "
           "other'.";
  return {};
}

std::string check(const Document& document) {
  for (const auto problem : {check_metadata, check_refresh, check_authentication})
    if (auto wrong = problem(document); !wrong.empty()) return wrong;
  return {};
}

// A rotating refresh token expires unless somebody says otherwise (reference §8.4).
void settle_lifetimes(Document& document) {
  auto* value = document.if_contains("refresh_token");
  if (value == nullptr || !value->is_object()) return;
  auto& refresh = value->get_object();
  const bool endless = base::get_string_or(refresh, "expiration_type") == "non-expiring";
  for (const auto* name : {"infinite_token_lifetime", "infinite_idle_token_lifetime"})
    if (!refresh.contains(name)) refresh[name] = endless;
}

std::string on_create(const Resource::Snapshot&, Document& document) {
  if (auto wrong = check(document); !wrong.empty()) return wrong;
  const auto app_type = base::get_string_or(document, "app_type");
  const bool is_public_kind = app_type == "spa" || app_type == "native";
  if (!document.contains("token_endpoint_auth_method") && !document.contains("client_authentication_methods"))
    document["token_endpoint_auth_method"] = is_public_kind ? "none" : "client_secret_post";
  const bool is_public = base::get_string_or(document, "token_endpoint_auth_method") == "none";
  if (!document.contains("grant_types"))
    document["grant_types"] = base::json::parse(is_public ? kPublicGrants : kDefaultGrants);
  settle_lifetimes(document);
  return {};
}

// client_metadata merges at its first level; null removes an entry.
void merge_metadata(const Document& current, Document& changes) {
  const auto* given = base::get_object(changes, "client_metadata");
  if (given == nullptr) return;
  const auto* before = base::get_object(current, "client_metadata");
  Document merged = before == nullptr ? Document{} : *before;
  for (const auto& entry : *given) {
    if (entry.value().is_null())
      merged.erase(entry.key());
    else
      merged[entry.key()] = entry.value();
  }
  changes["client_metadata"] = std::move(merged);
}

std::string on_update(const Resource::Snapshot&, const Document& current, Document& changes) {
  if (auto wrong = check_metadata(changes); !wrong.empty()) return wrong;
  merge_metadata(current, changes);
  if (auto wrong = check(changes); !wrong.empty()) return wrong;
  settle_lifetimes(changes);
  // Choosing one way to authenticate ends the other.
  if (const auto* methods = changes.if_contains("client_authentication_methods");
      methods != nullptr && !methods->is_null())
    changes["token_endpoint_auth_method"] = nullptr;
  if (const auto* method = changes.if_contains("token_endpoint_auth_method"); method != nullptr && !method->is_null())
    if (!changes.contains("client_authentication_methods")) changes["client_authentication_methods"] = nullptr;
  return {};
}

void on_show(const Resource::Snapshot& tenant, Document& document) {
  document["tenant"] = tenant.tenant.name;
  document["global"] = base::get_bool_or(document, "is_global", false);
}

std::optional<ManagementError> on_delete(const Document& current) {
  if (!base::get_bool_or(current, "is_global", false)) return std::nullopt;
  return ManagementError{403, "The global client cannot be deleted.", "operation_not_supported"};
}

}  // namespace

Resource clients_resource() {
  Resource r;
  r.kind = store::Kind::client;
  r.path = "/clients";
  r.noun = "client";
  r.list_key = "clients";
  r.public_id = "client_id";
  r.missing = {404, "The client does not exist", "inexistent_client"};
  r.taken = {409, "A client with this id already exists", "conflict"};
  r.read_scopes = {"read:clients", "read:client_keys", "read:client_credentials", "read:client_summary"};
  r.create_scopes = {"create:clients"};
  r.update_scopes = {"update:clients", "update:client_keys", "update:client_credentials"};
  r.delete_scopes = {"delete:clients"};
  r.member_scopes = {{"client_secret", "update:client_keys"},
                     {"client_authentication_methods", "update:client_credentials"}};
  r.fields = client_fields();
  r.filters = {{.parameter = "app_type", .member = "app_type"},
               {.parameter = "is_global", .member = "is_global", .is_bool = true},
               {.parameter = "is_first_party", .member = "is_first_party", .is_bool = true}};
  r.paging.checkpoint = true;
  r.on_create = on_create;
  r.on_update = on_update;
  r.on_show = on_show;
  r.on_delete = on_delete;
  return r;
}

}  // namespace cardea::api
