#include "identity/tenant_loader.h"

#include <algorithm>
#include <array>

#include "identity/key_set.h"

namespace cardea::identity {
namespace {

using base::Errc;
using base::Result;
using crypto::SigningAlgorithm;

constexpr std::array kRsaAlgorithms{SigningAlgorithm::rs256, SigningAlgorithm::rs384, SigningAlgorithm::rs512,
                                    SigningAlgorithm::ps256};

bool flag(const model::Tenant& tenant, std::string_view name) {
  const auto* flags = base::get_object(tenant.settings, "flags");
  return flags && base::get_bool_or(*flags, name, false);
}

int order_of(model::SigningKeyState state) {
  switch (state) {
    case model::SigningKeyState::active:
      return 0;
    case model::SigningKeyState::pending:
      return 1;
    case model::SigningKeyState::retiring:
      return 2;
    case model::SigningKeyState::revoked:
      return 3;
  }
  return 3;
}

// Current first, then next, then previous ones, each RS256 first: clients that take the first key expect that one. Of
// two active keys of one algorithm the newer signs.
bool comes_before(const TenantKey& a, const TenantKey& b) {
  const auto rank = [](const TenantKey& key) {
    const bool other = key.algorithm != crypto::SigningAlgorithm::rs256;
    return std::tuple(order_of(key.row.state), other, -base::to_millis(key.row.current_since), key.row.kid.view());
  };
  return rank(a) < rank(b);
}

void index_grants(TenantSnapshot& snapshot) {
  for (std::size_t i = 0; i < snapshot.client_grants.size(); ++i)
    snapshot.grants_of_client[snapshot.client_grants[i].client_id.value].push_back(i);
}

}  // namespace

std::string signing_key_seal_context(const model::KeyId& kid) { return "signing_key:" + kid.value; }

TenantLoader::TenantLoader(store::Database& database, store::Tenants& tenants, store::Configuration& configuration,
                           store::TenantKeys& keys)
    : tenants_(tenants), configuration_(configuration), keys_(keys), signing_keys_(database) {}

base::awaitable<Result<TenantPtr>> TenantLoader::load(model::TenantId id) {
  auto tenant = co_await tenants_.find(id);
  if (!tenant) co_return base::pass_on(tenant);
  auto snapshot = std::make_shared<TenantSnapshot>();
  snapshot->tenant = std::move(*tenant);

  if (auto loaded = co_await load_configuration(*snapshot); !loaded) co_return base::pass_on(loaded);
  if (auto loaded = co_await load_keys(*snapshot); !loaded) co_return base::pass_on(loaded);
  snapshot->jwks = key_set_json(snapshot->keys, flag(snapshot->tenant, "remove_alg_from_jwks"));
  co_return TenantPtr(std::move(snapshot));
}

base::awaitable<Result<void>> TenantLoader::load_configuration(TenantSnapshot& snapshot) {
  const auto& id = snapshot.tenant.id;
  const auto clients = co_await configuration_.all(id, store::Kind::client);
  if (!clients) co_return base::pass_on(clients);
  for (const auto& entry : *clients) {
    auto client = model::client_from_document(entry.row_id, entry.document);
    auto name = client.client_id.value;
    snapshot.clients.emplace(std::move(name), std::move(client));
  }
  const auto connections = co_await configuration_.all(id, store::Kind::connection);
  if (!connections) co_return base::pass_on(connections);
  for (const auto& entry : *connections) {
    auto connection = model::connection_from_document(entry.row_id, entry.document);
    auto name = connection.name;
    snapshot.connections.emplace(std::move(name), std::move(connection));
  }
  const auto servers = co_await configuration_.all(id, store::Kind::resource_server);
  if (!servers) co_return base::pass_on(servers);
  for (const auto& entry : *servers) {
    auto server = model::resource_server_from_document(entry.row_id, entry.document);
    auto name = server.identifier;
    snapshot.resource_servers.emplace(std::move(name), std::move(server));
  }
  const auto grants = co_await configuration_.all(id, store::Kind::client_grant);
  if (!grants) co_return base::pass_on(grants);
  for (const auto& entry : *grants)
    snapshot.client_grants.push_back(model::client_grant_from_document(entry.row_id, entry.document));
  index_grants(snapshot);
  co_return Result<void>{};
}

base::awaitable<Result<void>> TenantLoader::load_keys(TenantSnapshot& snapshot) {
  const auto rows = co_await signing_keys_.all(snapshot.tenant.id);
  if (!rows) co_return base::pass_on(rows);
  for (const auto& row : *rows) {
    if (row.state == model::SigningKeyState::revoked) continue;
    const auto algorithm = crypto::parse_signing_algorithm(row.alg);
    if (!algorithm) co_return base::fail(Errc::invalid, "signing key " + row.kid.value + " has an unknown algorithm");
    auto key = crypto::PublicKey::from_pem(row.public_pem.empty() ? row.certificate_pem : row.public_pem);
    if (!key) co_return base::fail(Errc::invalid, "signing key " + row.kid.value + ": " + key.error().reason);
    snapshot.keys.push_back({row, *algorithm, std::move(*key)});
  }
  std::ranges::sort(snapshot.keys, comes_before);
  for (const auto& key : snapshot.keys)
    if (auto added = add_signer(snapshot, key); !added) co_return added;
  co_return Result<void>{};
}

Result<void> TenantLoader::add_signer(TenantSnapshot& snapshot, const TenantKey& key) const {
  if (key.row.state != model::SigningKeyState::active) return {};
  const auto pem =
      keys_.open_secret(snapshot.tenant.id, signing_key_seal_context(key.row.kid), key.row.sealed_private_pem);
  if (!pem)
    return base::fail(Errc::invalid, "signing key " + key.row.kid.value + " does not open: " + pem.error().reason);
  const auto secret = crypto::PrivateKey::from_pem(*pem);
  if (!secret) return base::fail(Errc::invalid, "signing key " + key.row.kid.value + ": " + secret.error().reason);

  const auto add = [&](SigningAlgorithm algorithm) {
    snapshot.signers.try_emplace(algorithm, *secret, algorithm, key.row.kid.view(), "JWT");
  };
  add(key.algorithm);
  if (secret->type() != crypto::KeyType::rsa) return {};
  for (const auto algorithm : kRsaAlgorithms) {
    // A key that is made for the algorithm goes before one that merely could.
    const bool has_own = std::ranges::any_of(snapshot.keys, [&](const TenantKey& other) {
      return other.row.state == model::SigningKeyState::active && other.algorithm == algorithm;
    });
    if (!has_own) add(algorithm);
  }
  return {};
}

}  // namespace cardea::identity
