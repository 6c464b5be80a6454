#include "app/bootstrap.h"

#include <fmt/format.h>

#include "api/manage/management_scopes.h"
#include "base/url.h"
#include "crypto/password_hash.h"
#include "oauth/key_rotation.h"

namespace cardea::app {
namespace {

using base::json::object;
using Entry = store::Configuration::Entry;

constexpr std::string_view kFirstTenant = "main";
constexpr std::string_view kDirectory = "Username-Password-Authentication";
constexpr std::string_view kManagementClient = "Cardea Management";
constexpr std::size_t kPasswordLength = 20;

template <class T>
using Step = base::awaitable<base::Result<T>>;

// The configured one, else the first that exists, else a new one.
Step<std::string> default_tenant_name(Foundation& f) {
  if (!f.config.default_tenant.empty()) co_return f.config.default_tenant;
  auto tenants = co_await f.tenants->all(1);
  if (!tenants) co_return base::pass_on(tenants);
  co_return tenants->empty() ? std::string(kFirstTenant) : tenants->front().name;
}

object tenant_settings(const std::string& name) {
  return {{"friendly_name", name},
          {"default_directory", kDirectory},
          {"enabled_locales", base::json::array{"en", "de", "fr", "es", "sv"}},
          {"oidc_logout", {{"rp_logout_end_session_endpoint_discovery", true}}}};
}

Step<model::Tenant> find_or_create_tenant(Foundation& f, std::string name) {
  auto found = co_await f.tenants->find_by_name(name);
  if (found || found.error().code != base::Errc::not_found) co_return found;
  auto created = co_await f.tenants->create(name, tenant_settings(name));
  // Another bootstrap was faster.
  if (!created && created.error().code == base::Errc::already_exists) co_return co_await f.tenants->find_by_name(name);
  co_return created;
}

// By its unique name; made when it is missing.
Step<Entry> find_or_create(Foundation& f, model::TenantId tenant, store::Kind kind, std::string name, object document) {
  auto found = co_await f.configuration->find_by_name(tenant, kind, name);
  if (found || found.error().code != base::Errc::not_found) co_return found;
  Entry entry;
  const auto written = co_await f.database->write([&](store::Transaction& t) -> base::Result<void> {
    auto created = f.configuration->create_in(t, tenant, kind, document);
    if (!created) return base::pass_on(created);
    entry = std::move(*created);
    return {};
  });
  if (!written && written.error().code == base::Errc::already_exists)
    co_return co_await f.configuration->find_by_name(tenant, kind, name);
  if (!written) co_return base::pass_on(written);
  co_return entry;
}

object management_api(const std::string& identifier) {
  base::json::array scopes;
  for (const auto& scope : api::management_scopes()) scopes.push_back({{"value", scope}, {"description", scope}});
  return {{"identifier", identifier},
          {"name", "Auth0 Management API"},
          {"is_system", true},
          {"signing_alg", "RS256"},
          {"token_lifetime", 86400},
          {"token_lifetime_for_web", 7200},
          {"allow_offline_access", false},
          {"skip_consent_for_verifiable_first_party_clients", false},
          {"subject_type_authorization",
           {{"user", {{"policy", "deny_all"}}}, {"client", {{"policy", "require_client_grant"}}}}},
          {"scopes", std::move(scopes)}};
}

// Clients have no unique name, so ours carries a mark.
Step<Entry> find_or_create_client(Foundation& f, model::TenantId tenant, std::string_view mark, object document) {
  auto all = co_await f.configuration->all(tenant, store::Kind::client);
  if (!all) co_return base::pass_on(all);
  for (auto& entry : *all)
    if (base::get_string_or(entry.document, "bootstrap") == mark) co_return std::move(entry);
  document["bootstrap"] = mark;
  Entry entry;
  const auto written = co_await f.database->write([&](store::Transaction& t) -> base::Result<void> {
    auto created = f.configuration->create_in(t, tenant, store::Kind::client, document);
    if (!created) return base::pass_on(created);
    entry = std::move(*created);
    return {};
  });
  if (!written) co_return base::pass_on(written);
  co_return entry;
}

Step<Entry> management_client(Foundation& f, model::TenantId tenant) {
  const object document{{"name", kManagementClient},
                        {"app_type", "non_interactive"},
                        {"token_endpoint_auth_method", "client_secret_post"},
                        {"grant_types", base::json::array{"client_credentials"}},
                        {"is_first_party", true},
                        {"oidc_conformant", true}};
  co_return co_await find_or_create_client(f, tenant, "management", document);
}

Step<Entry> global_client(Foundation& f, model::TenantId tenant) {
  const object document{{"name", "All Applications"},
                        {"is_global", true},
                        {"token_endpoint_auth_method", "none"},
                        {"grant_types", base::json::array{}},
                        {"is_first_party", true}};
  co_return co_await find_or_create_client(f, tenant, "global", document);
}

object directory_connection() {
  return {{"name", kDirectory},
          {"strategy", "auth0"},
          {"realms", base::json::array{kDirectory}},
          {"enabled_clients", base::json::array{}},
          {"options",
           {{"passwordPolicy", "good"},
            {"brute_force_protection", true},
            {"mfa", {{"active", true}, {"return_enroll_settings", true}}},
            {"strategy_version", 2}}}};
}

// An address that certainly is nobody's, unless the deployment has a domain of its own.
std::string admin_email_of(const std::string& base_url, const std::string& tenant) {
  const auto url = base::Url::parse(base_url);
  const bool real = url && url->host.find('.') != std::string::npos &&
                    url->host.find_first_not_of("0123456789.:[]") != std::string::npos;
  return "admin@" + (real ? url->host : tenant + ".test");
}

struct Administrator {
  std::string email;
  std::optional<std::string> password;
};

constexpr std::string_view kPasswordContext = "bootstrap:admin_password";

// The first password is kept, sealed, until it is changed, so that a second run can repeat it.
Step<Administrator> administrator(Foundation& f, const model::Tenant& tenant) {
  Administrator admin{admin_email_of(f.config.base_url, tenant.name), std::nullopt};
  const auto sealed = base::get_string_or(tenant.settings, "bootstrap_admin_password");
  auto user = co_await f.users->find_by_identifier(tenant.id, std::string(kDirectory), "email", admin.email);
  if (user) {
    const auto first = f.keys.open_secret(tenant.id, kPasswordContext, sealed);
    const auto credential = co_await f.users->password(tenant.id, user->key);
    if (!sealed.empty() && first && credential && crypto::verify_password(credential->hash, *first))
      admin.password = *first;
    co_return admin;
  }
  if (user.error().code != base::Errc::not_found) co_return base::pass_on(user);
  // The administrator was deleted or renamed: not made again.
  if (!sealed.empty()) co_return admin;

  admin.password = base::random_alphanumeric(f.random, kPasswordLength - 3) + "-a1";
  const auto hash = crypto::hash_password(f.password_hashing(), *admin.password, f.random);
  if (!hash) co_return base::pass_on(hash);
  const auto kept = f.keys.seal_secret(tenant.id, kPasswordContext, *admin.password);
  if (!kept) co_return base::pass_on(kept);
  const auto written = co_await f.database->write([&](store::Transaction& t) -> base::Result<void> {
    auto created =
        f.users->create_in(t, tenant.id, std::string(kDirectory), "auth0",
                           {{"email", admin.email}, {"email_verified", true}, {"name", "Administrator"}}, *hash);
    if (!created) return base::pass_on(created);
    auto updated = f.tenants->update_settings_in(t, tenant.id, {{"bootstrap_admin_password", *kept}});
    if (!updated) return base::pass_on(updated);
    return {};
  });
  if (!written && written.error().code == base::Errc::already_exists) {
    auto now = co_await f.tenants->find(tenant.id);
    if (!now) co_return base::pass_on(now);
    co_return co_await administrator(f, *now);
  }
  if (!written) co_return base::pass_on(written);
  co_return admin;
}

}  // namespace

object BootstrapSummary::to_json() const {
  object out{{"issuer", issuer}, {"domain", domain}, {"tenant", tenant}, {"admin_email", admin_email}};
  if (admin_password)
    out["admin_password"] = *admin_password;
  else
    out["admin_password"] = nullptr;
  out["mgmt_client_id"] = mgmt_client_id;
  out["mgmt_client_secret"] = mgmt_client_secret;
  return out;
}

base::awaitable<base::Result<BootstrapSummary>> bootstrap(Foundation& f, std::string name) {
  if (auto ready = co_await f.tenants->prepare(); !ready) co_return base::pass_on(ready);
  if (name.empty()) {
    auto chosen = co_await default_tenant_name(f);
    if (!chosen) co_return base::pass_on(chosen);
    name = std::move(*chosen);
  }
  auto tenant = co_await find_or_create_tenant(f, name);
  if (!tenant) co_return base::pass_on(tenant);

  oauth::KeyRotation keys(*f.database, *f.signing_keys, f.keys, f.random, f.clock);
  for (const auto algorithm : {crypto::SigningAlgorithm::rs256, crypto::SigningAlgorithm::es256})
    if (auto made = co_await keys.ensure(tenant->id, tenant->name, algorithm); !made) co_return base::pass_on(made);

  const auto snapshot = co_await f.directory->find(tenant->id);
  if (!snapshot) co_return base::pass_on(snapshot);
  const auto address = f.directory->address(**snapshot, "");
  const auto identifier = address.issuer + "api/v2/";
  if (auto made =
          co_await find_or_create(f, tenant->id, store::Kind::resource_server, identifier, management_api(identifier));
      !made)
    co_return base::pass_on(made);
  auto client = co_await management_client(f, tenant->id);
  if (!client) co_return base::pass_on(client);
  if (auto made = co_await global_client(f, tenant->id); !made) co_return base::pass_on(made);

  const auto client_id = base::get_string_or(client->document, "client_id");
  const object grant{{"client_id", client_id},
                     {"audience", identifier},
                     {"subject_type", "client"},
                     {"scope", base::to_json_array(api::management_scopes())}};
  if (auto made = co_await find_or_create(f, tenant->id, store::Kind::client_grant,
                                          fmt::format("{} {} client", client_id, identifier), grant);
      !made)
    co_return base::pass_on(made);
  if (auto made = co_await find_or_create(f, tenant->id, store::Kind::connection, std::string(kDirectory),
                                          directory_connection());
      !made)
    co_return base::pass_on(made);
  auto admin = co_await administrator(f, *tenant);
  if (!admin) co_return base::pass_on(admin);

  BootstrapSummary summary;
  summary.issuer = address.issuer;
  summary.domain = address.host;
  summary.tenant = tenant->name;
  summary.admin_email = admin->email;
  summary.admin_password = admin->password;
  summary.mgmt_client_id = client_id;
  summary.mgmt_client_secret = base::get_string_or(client->document, "client_secret");
  co_return summary;
}

}  // namespace cardea::app
