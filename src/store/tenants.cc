#include "store/tenants.h"

#include <algorithm>

#include "base/ulid.h"
#include "store/document_fields.h"

namespace cardea::store {
namespace {

using base::Errc;
using base::Result;
using base::json::object;

constexpr std::size_t kPage = 1000;
constexpr std::string_view kNameClaim = "tenant_name";
constexpr std::string_view kDomainClaim = "tenant_domain";

Key key_of(const model::TenantId& id) { return {model::kSystemTenant, Kind::tenant, id.value}; }

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= 63 &&
         std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

object new_document(const model::TenantId& id, std::string_view name, std::string wrapped_keys, object settings,
                    base::Time now) {
  object clean;
  apply_changes(clean, settings);  // drops nulls
  return {{"id", id.value},
          {"name", name},
          {"domains", base::json::array{}},
          {"created_at", base::to_millis(now)},
          {"wrapped_keys", std::move(wrapped_keys)},
          {"settings", std::move(clean)}};
}

// Two that insert the same row at once see one of these, depending on the engine.
bool lost_a_race(const base::Error& error) {
  return error.code == Errc::conflict || error.code == Errc::already_exists;
}

}  // namespace

Tenants::Tenants(Database& database, TenantKeys& keys, base::Random& random)
    : database_(database), keys_(keys), random_(random) {}

base::awaitable<Result<void>> Tenants::prepare() {
  auto known = co_await find(model::kSystemTenant);
  if (known) co_return Result<void>{};
  if (known.error().code != Errc::not_found) co_return base::pass_on(known);

  const auto wrapped = keys_.make_wrapped();
  auto written = co_await database_.write([&](Transaction& transaction) -> Result<void> {
    auto stored = transaction.get(key_of(model::kSystemTenant));
    if (stored) return {};
    if (stored.error().code != Errc::not_found) return base::pass_on(stored);
    Record record;
    record.key = key_of(model::kSystemTenant);
    record.set_document(new_document(model::kSystemTenant, model::kSystemTenant.value, wrapped, {}, transaction.now()));
    return transaction.put(std::move(record));
  });
  if (!written && !lost_a_race(written.error())) co_return base::pass_on(written);
  // Whoever was first: that one's key is the tenant's key.
  known = co_await find(model::kSystemTenant);
  if (!known) co_return base::pass_on(known);
  co_return Result<void>{};
}

base::awaitable<Result<model::Tenant>> Tenants::find(model::TenantId id) {
  auto record = co_await database_.get(key_of(id));
  if (!record) co_return base::pass_on(record);
  const auto document = record->document();
  if (auto learnt = keys_.learn(id, base::get_string_or(document, "wrapped_keys")); !learnt)
    co_return base::pass_on(learnt);
  co_return model::tenant_from_document(document);
}

// In a mesh the key that names are kept under may have come from another cell since the start; it stays what it is.
base::awaitable<Result<void>> Tenants::learn_system_key() {
  if (keys_.knows(model::kSystemTenant)) co_return Result<void>{};
  const auto own = co_await find(model::kSystemTenant);
  if (!own) co_return base::pass_on(own);
  co_return Result<void>{};
}

base::awaitable<Result<model::Tenant>> Tenants::find_by_claim(std::string_view attribute, std::string value) {
  if (auto own = co_await learn_system_key(); !own) co_return base::pass_on(own);
  auto row = co_await database_.holder(model::kSystemTenant, std::string(attribute), std::move(value));
  if (!row) co_return base::pass_on(row);
  co_return co_await find(model::TenantId{*row});
}

base::awaitable<Result<model::Tenant>> Tenants::find_by_name(std::string name) {
  if (name == model::kSystemTenant.value) co_return co_await find(model::kSystemTenant);
  co_return co_await find_by_claim(kNameClaim, std::move(name));
}

base::awaitable<Result<model::Tenant>> Tenants::find_by_domain(std::string host) {
  co_return co_await find_by_claim(kDomainClaim, lower_case(host));
}

base::awaitable<Result<std::vector<model::Tenant>>> Tenants::all(std::size_t limit) {
  std::vector<model::Tenant> tenants;
  std::string after;
  do {
    auto page = co_await database_.page(model::kSystemTenant, Kind::tenant, after, kPage);
    if (!page) co_return base::pass_on(page);
    for (const auto& record : page->rows) {
      if (record.key.id == model::kSystemTenant.value) continue;
      if (tenants.size() == limit) co_return tenants;
      const auto document = record.document();
      const model::TenantId id{record.key.id};
      if (auto learnt = keys_.learn(id, base::get_string_or(document, "wrapped_keys")); !learnt)
        co_return base::pass_on(learnt);
      tenants.push_back(model::tenant_from_document(document));
    }
    after = page->next;
  } while (!after.empty());
  co_return tenants;
}

base::awaitable<Result<model::Tenant>> Tenants::create(std::string name, object settings) {
  if (!is_name(name)) co_return base::fail(Errc::invalid, "a tenant's name is [a-z0-9-]{1,63}");
  if (name == model::kSystemTenant.value) co_return base::fail(Errc::already_exists, "the name is the system's own");
  if (auto own = co_await learn_system_key(); !own) co_return base::pass_on(own);
  const auto wrapped = keys_.make_wrapped();
  model::TenantId id;
  auto written = co_await database_.write([&](Transaction& transaction) -> Result<void> {
    id = model::TenantId{base::new_ulid(transaction.now(), random_)};
    if (auto claimed = transaction.claim(model::kSystemTenant, kNameClaim, name, id.value, true); !claimed)
      return claimed;
    Record record;
    record.key = key_of(id);
    record.set_document(new_document(id, name, wrapped, settings, transaction.now()));
    return transaction.put(std::move(record));
  });
  if (!written) co_return base::pass_on(written);
  co_return co_await find(id);
}

Result<model::Tenant> Tenants::update_settings_in(Transaction& transaction, const model::TenantId& id,
                                                  const object& changes) {
  auto record = transaction.get(key_of(id));
  if (!record) return base::pass_on(record);
  auto document = record->document();
  auto& settings = document["settings"];
  if (!settings.is_object()) settings = object{};
  apply_changes(settings.get_object(), changes);
  record->set_document(document);
  if (auto done = transaction.put(std::move(*record)); !done) return base::pass_on(done);
  return model::tenant_from_document(document);
}

Result<model::Tenant> Tenants::set_domains_in(Transaction& transaction, const model::TenantId& id,
                                              const std::vector<std::string>& domains) {
  auto record = transaction.get(key_of(id));
  if (!record) return base::pass_on(record);
  auto document = record->document();
  std::vector<std::string> wanted;
  for (const auto& domain : domains)
    if (auto host = lower_case(domain); std::ranges::find(wanted, host) == wanted.end())
      wanted.push_back(std::move(host));
  for (const auto& domain : base::get_strings(document, "domains"))
    if (std::ranges::find(wanted, domain) == wanted.end())
      if (auto done = transaction.release(model::kSystemTenant, kDomainClaim, domain, id.value); !done)
        return base::pass_on(done);
  for (const auto& domain : wanted)
    if (auto done = transaction.claim(model::kSystemTenant, kDomainClaim, domain, id.value, true); !done)
      return base::pass_on(done);
  document["domains"] = base::to_json_array(wanted);
  record->set_document(document);
  if (auto done = transaction.put(std::move(*record)); !done) return base::pass_on(done);
  return model::tenant_from_document(document);
}

}  // namespace cardea::store
