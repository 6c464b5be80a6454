#include "app/commands/commands.h"
#include "app/commands/with_tenant.h"

namespace cardea::app {
namespace {

using base::json::object;

object shown(const Foundation& f, const model::Tenant& tenant) {
  object out{{"name", tenant.name}, {"id", tenant.id.value}, {"friendly_name", tenant.friendly_name}};
  const auto snapshot = run_now(f.directory->find(tenant.id));
  if (snapshot) out["issuer"] = f.directory->address(**snapshot, "").issuer;
  return out;
}

}  // namespace

int tenant_list(Config config, const Output& output) {
  auto foundation = Foundation::open(std::move(config));
  if (!foundation) return output.failure(foundation.error());
  auto& f = **foundation;
  constexpr std::size_t kMost = 10'000;
  auto tenants = run_now(f.tenants->all(kMost));
  if (!tenants) return output.failure(tenants.error());
  std::vector<object> rows;
  for (const auto& tenant : *tenants) rows.push_back(shown(f, tenant));
  output.table({"name", "issuer", "friendly_name", "id"}, rows);
  return 0;
}

int tenant_create(Config config, const std::string& name, const std::string& friendly_name, const Output& output) {
  auto foundation = Foundation::open(std::move(config));
  if (!foundation) return output.failure(foundation.error());
  auto& f = **foundation;
  object settings;
  settings["friendly_name"] = friendly_name.empty() ? name : friendly_name;
  auto tenant = run_now(f.tenants->create(name, settings));
  if (!tenant && tenant.error().code == base::Errc::already_exists)
    return output.failure({base::Errc::already_exists, "a tenant is already named " + name});
  if (!tenant) return output.failure(tenant.error());
  output.object(shown(f, *tenant));
  return 0;
}

int tenant_show(Config config, const std::string& name, const Output& output) {
  return with_tenant(std::move(config), name, output,
                     [](Foundation& f, model::Tenant tenant) -> base::awaitable<base::Result<object>> {
                       auto out = shown(f, tenant);
                       out["settings"] = tenant.settings;
                       out["settings"].get_object().erase("bootstrap_admin_password");
                       co_return out;
                     });
}

}  // namespace cardea::app
