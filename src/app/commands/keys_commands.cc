#include "app/commands/commands.h"
#include "app/commands/with_tenant.h"
#include "crypto/key_algorithm.h"
#include "oauth/key_rotation.h"

namespace cardea::app {
namespace {

using base::json::object;
using Answer = base::awaitable<base::Result<object>>;

object shown(const model::SigningKeyRow& key) {
  return {{"kid", key.kid.value},
          {"alg", key.alg},
          {"state", model::to_string(key.state)},
          {"created_at", base::to_iso8601(key.created_at)}};
}

Answer rotate(Foundation& f, model::Tenant tenant) {
  oauth::KeyRotation keys(*f.database, *f.signing_keys, f.keys, f.random, f.clock);
  auto next = co_await keys.rotate(tenant.id, tenant.name);
  if (!next) co_return base::pass_on(next);
  co_return shown(*next);
}

Answer revoke(Foundation& f, model::Tenant tenant, model::KeyId kid) {
  oauth::KeyRotation keys(*f.database, *f.signing_keys, f.keys, f.random, f.clock);
  auto revoked = co_await keys.revoke(tenant.id, kid);
  if (!revoked && revoked.error().code == base::Errc::denied)
    co_return base::fail(base::Errc::denied, "this key is the current or the next one; run first: cardea keys rotate");
  if (!revoked) co_return base::pass_on(revoked);
  co_return shown(*revoked);
}

}  // namespace

int keys_list(Config config, const std::string& name, const Output& output) {
  auto foundation = Foundation::open(std::move(config));
  if (!foundation) return output.failure(foundation.error());
  auto& f = **foundation;
  auto tenant = run_now(find_tenant(f, name));
  if (!tenant) return output.failure(tenant.error());
  auto keys = run_now(f.signing_keys->all(tenant->id));
  if (!keys) return output.failure(keys.error());
  std::vector<object> rows;
  for (const auto& key : *keys) rows.push_back(shown(key));
  output.table({"kid", "alg", "state", "created_at"}, rows);
  return 0;
}

int keys_rotate(Config config, const std::string& tenant, const Output& output) {
  return with_tenant(std::move(config), tenant, output, rotate);
}

int keys_revoke(Config config, const std::string& tenant, const std::string& kid, const Output& output) {
  return with_tenant(std::move(config), tenant, output,
                     [&kid](Foundation& f, model::Tenant t) { return revoke(f, std::move(t), model::KeyId(kid)); });
}

}  // namespace cardea::app
