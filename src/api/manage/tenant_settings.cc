#include "api/manage/field.h"
#include "api/manage/manage_routes.h"
#include "api/manage/paging.h"

namespace cardea::api {
namespace {

using enum FieldType;
using Answer = base::awaitable<base::Result<http::Response, ManagementError>>;

constexpr std::int64_t kLongestSession = 8760;  // hours

std::vector<Field> flag_fields() {
  std::vector<Field> fields;
  for (const auto* flag : {"enable_client_connections",
                           "enable_apis_section",
                           "enable_pipeline2",
                           "enable_dynamic_client_registration",
                           "enable_custom_domain_in_emails",
                           "enable_sso",
                           "allow_changing_enable_sso",
                           "universal_login",
                           "revoke_refresh_token_grant",
                           "no_disclose_enterprise_connections",
                           "disable_clickjack_protection_headers",
                           "enable_public_signup_user_exists_error",
                           "use_scope_descriptions_for_consent",
                           "mfa_show_factor_list_on_enrollment",
                           "remove_alg_from_jwks",
                           "enforce_client_authentication_on_passwordless_start",
                           "allow_legacy_delegation_grant_types",
                           "allow_legacy_ro_grant_types",
                           "allow_legacy_tokeninfo_endpoint",
                           "disable_impersonation",
                           "enable_legacy_profile",
                           "enable_idtoken_api2",
                           "disable_management_api_sms_obfuscation",
                           "enable_adfs_waad_email_verification",
                           "trust_azure_adfs_email_verified_connection_property",
                           "disable_fields_map_fix",
                           "dashboard_log_streams_next",
                           "dashboard_insights_view",
                           "change_pwd_flow_v1",
                           "improved_signup_bot_detection_in_classic",
                           "genai_trial",
                           "custom_domains_provisioning"})
    fields.push_back({.name = flag, .type = boolean});
  return fields;
}

Field page_field(std::string_view name) {
  return {.name = name,
          .type = FieldType::object,
          .members = {{.name = "enabled", .type = boolean}, {.name = "html", .max = 65536}}};
}

const std::vector<Field>& settings_fields() {
  static const std::vector<Field> fields = {
      {.name = "friendly_name", .max = 255, .format = FieldFormat::name},
      {.name = "picture_url", .max = 2048, .format = FieldFormat::url},
      {.name = "support_email", .max = 254, .format = FieldFormat::email},
      {.name = "support_url", .max = 2048, .format = FieldFormat::url},
      {.name = "default_audience", .max = 600},
      {.name = "default_directory", .max = 128},
      {.name = "default_redirection_uri", .max = 2048, .format = FieldFormat::https_url},
      {.name = "allowed_logout_urls",
       .type = strings,
       .min = 1,
       .max = 2048,
       .max_items = 200,
       .format = FieldFormat::url},
      {.name = "session_lifetime", .type = integer, .min = 1, .max = kLongestSession},
      {.name = "session_lifetime_in_minutes", .type = integer, .min = 1, .max = kLongestSession * 60},
      {.name = "idle_session_lifetime", .type = integer, .min = 1, .max = kLongestSession},
      {.name = "idle_session_lifetime_in_minutes", .type = integer, .min = 1, .max = kLongestSession * 60},
      {.name = "ephemeral_session_lifetime", .type = integer, .min = 1, .max = kLongestSession},
      {.name = "idle_ephemeral_session_lifetime", .type = integer, .min = 1, .max = kLongestSession},
      {.name = "session_cookie",
       .type = FieldType::object,
       .members = {{.name = "mode", .values = {"persistent", "non-persistent"}}}},
      {.name = "sessions",
       .type = FieldType::object,
       .members = {{.name = "oidc_logout_prompt_enabled", .type = boolean}}},
      {.name = "oidc_logout",
       .type = FieldType::object,
       .members = {{.name = "rp_logout_end_session_endpoint_discovery", .type = boolean}}},
      {.name = "enabled_locales", .type = strings, .min = 2, .max = 35, .max_items = 100},
      {.name = "sandbox_version", .max = 8},
      {.name = "flags", .type = FieldType::object, .members = flag_fields()},
      page_field("change_password"),
      page_field("guardian_mfa_page"),
      {.name = "error_page",
       .type = FieldType::object,
       .members = {{.name = "html", .max = 65536},
                   {.name = "show_log_link", .type = boolean},
                   {.name = "url", .max = 2048, .format = FieldFormat::url}}},
      {.name = "device_flow",
       .type = FieldType::object,
       .members = {{.name = "charset", .values = {"base20", "digits"}}, {.name = "mask", .min = 3, .max = 20}}},
      {.name = "customize_mfa_in_postlogin_action", .type = boolean},
      {.name = "allow_organization_name_in_authentication_api", .type = boolean},
      {.name = "pushed_authorization_requests_supported", .type = boolean},
      {.name = "authorization_response_iss_parameter_supported", .type = boolean},
      {.name = "acr_values_supported", .type = strings, .max_items = 20},
      {.name = "resource_parameter_profile", .values = {"audience", "compatibility"}},
      {.name = "mtls", .type = FieldType::object},
  };
  return fields;
}

// The stored settings over the defaults of the reference (§3.8).
Document shown_settings(const model::Tenant& tenant) {
  Document out = base::json::parse(R"({"default_audience":"","default_directory":"","session_lifetime":168,
    "idle_session_lifetime":72,"session_cookie":{"mode":"persistent"},"sessions":{"oidc_logout_prompt_enabled":true},
    "oidc_logout":{"rp_logout_end_session_endpoint_discovery":true},"enabled_locales":["en"],"sandbox_version":"22",
    "flags":{},"device_flow":{"charset":"base20","mask":"****-****"},"customize_mfa_in_postlogin_action":false,
    "allow_organization_name_in_authentication_api":false,"pushed_authorization_requests_supported":false,
    "resource_parameter_profile":"audience"})")
                     .get_object();
  out["authorization_response_iss_parameter_supported"] = tenant.authorization_response_iss;
  for (const auto& field : settings_fields())
    if (const auto* value = tenant.settings.if_contains(field.name)) out[field.name] = *value;
  return out;
}

Answer read(ManageServices services, ManagementCall call) {
  auto selection = FieldSelection::parse(call.query);
  if (!selection) co_return base::pass_on(selection);
  auto settings = shown_settings(call.context.tenant->tenant);
  selection->apply(settings);
  co_return http::Response::json(200, settings);
}

// flags are replaced one by one, everything else whole.
Document with_merged_flags(const Document& stored, Document changes) {
  const auto* given = base::get_object(changes, "flags");
  const auto* before = base::get_object(stored, "flags");
  if (given == nullptr || before == nullptr) return changes;
  Document merged = *before;
  for (const auto& member : *given) merged[member.key()] = member.value();
  changes["flags"] = std::move(merged);
  return changes;
}

Answer update(ManageServices services, ManagementCall call) {
  auto changes = check_update(settings_fields(), call.body);
  if (!changes) co_return std::unexpected(invalid_body(changes.error()));
  const auto audience = base::get_string_or(*changes, "default_audience");
  if (!audience.empty() && call.context.tenant->resource_server(audience) == nullptr)
    co_return std::unexpected(invalid_body("Payload validation error: 'No such API' on property default_audience."));
  const auto directory = base::get_string_or(*changes, "default_directory");
  if (!directory.empty() && call.context.tenant->connection(directory) == nullptr)
    co_return std::unexpected(
        invalid_body("Payload validation error: 'No such connection' on property default_directory."));

  model::Tenant updated;
  const auto written = co_await services.database.write([&](store::Transaction& t) -> base::Result<void> {
    auto result = services.tenants.update_settings_in(
        t, call.tenant(), with_merged_flags(call.context.tenant->tenant.settings, *changes));
    if (!result) return base::pass_on(result);
    updated = std::move(*result);
    t.append_event(call.event("Update tenant settings", t.now()));
    return {};
  });
  if (!written) co_return std::unexpected(from_store(written.error()));
  co_return http::Response::json(200, shown_settings(updated));
}

}  // namespace

void add_tenant_settings_routes(ManagementRouter& router, const ManageServices& services) {
  router.add("GET", "/tenants/settings", {"read:tenant_settings"}, bind(services, read));
  router.add("PATCH", "/tenants/settings", {"update:tenant_settings"}, bind(services, update));
}

}  // namespace cardea::api
