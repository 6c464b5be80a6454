#include "model/tenant.h"

#include <algorithm>
#include <cmath>

namespace cardea::model {
namespace {

using base::json::object;

// 0 when absent, of another type or not positive.
double positive_number(const object& from, std::string_view name) {
  const auto* value = from.if_contains(name);
  if (!value || !value->is_number()) return 0;
  boost::system::error_code error;
  const auto number = value->to_number<double>(error);
  return error || !std::isfinite(number) || number <= 0 ? 0 : number;
}

// `name` is in hours and may have a fraction; `name`_in_minutes wins over it.
base::Duration lifetime_of(const object& settings, const std::string& name, base::Duration fallback) {
  static constexpr double kMinuteMillis = 60'000, kHourMillis = 3'600'000, kLongest = 10.0 * 366 * 24 * kHourMillis;
  double millis = positive_number(settings, name + "_in_minutes") * kMinuteMillis;
  if (millis == 0) millis = positive_number(settings, name) * kHourMillis;
  if (millis == 0) return fallback;
  return base::Duration{static_cast<std::int64_t>(std::min(millis, kLongest))};
}

bool nested_bool(const object& settings, std::string_view outer, std::string_view inner, bool fallback) {
  const auto* object = base::get_object(settings, outer);
  return object ? base::get_bool_or(*object, inner, fallback) : fallback;
}

void read_settings(const object& settings, Tenant& tenant) {
  tenant.friendly_name = base::get_string_or(settings, "friendly_name");
  tenant.default_audience = base::get_string_or(settings, "default_audience");
  tenant.default_directory = base::get_string_or(settings, "default_directory");
  tenant.default_redirection_uri = base::get_string_or(settings, "default_redirection_uri");
  tenant.allowed_logout_urls = base::get_strings(settings, "allowed_logout_urls");
  if (auto locales = base::get_strings(settings, "enabled_locales"); !locales.empty())
    tenant.enabled_locales = std::move(locales);
  tenant.support_email = base::get_string_or(settings, "support_email");
  tenant.support_url = base::get_string_or(settings, "support_url");
  tenant.picture_url = base::get_string_or(settings, "picture_url");
  tenant.session_lifetime = lifetime_of(settings, "session_lifetime", tenant.session_lifetime);
  tenant.idle_session_lifetime = lifetime_of(settings, "idle_session_lifetime", tenant.idle_session_lifetime);
  const auto* cookie = base::get_object(settings, "session_cookie");
  tenant.persistent_session_cookie = !cookie || base::get_string_or(*cookie, "mode") != "non-persistent";
  tenant.rp_logout_discovery =
      nested_bool(settings, "oidc_logout", "rp_logout_end_session_endpoint_discovery", tenant.rp_logout_discovery);
  tenant.oidc_logout_prompt_enabled =
      nested_bool(settings, "sessions", "oidc_logout_prompt_enabled", tenant.oidc_logout_prompt_enabled);
  tenant.authorization_response_iss =
      base::get_bool_or(settings, "authorization_response_iss_parameter_supported", tenant.authorization_response_iss);
  tenant.revoke_refresh_token_grant = nested_bool(settings, "flags", "revoke_refresh_token_grant", false);
  tenant.enable_public_signup_user_exists_error =
      nested_bool(settings, "flags", "enable_public_signup_user_exists_error", false);
}

}  // namespace

Tenant tenant_from_document(const object& document) {
  Tenant tenant;
  tenant.id = TenantId{base::get_string_or(document, "id")};
  tenant.name = base::get_string_or(document, "name");
  tenant.domains = base::get_strings(document, "domains");
  if (const auto* settings = base::get_object(document, "settings")) {
    tenant.settings = *settings;
    read_settings(*settings, tenant);
  }
  return tenant;
}

}  // namespace cardea::model
