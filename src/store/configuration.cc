#include "store/configuration.h"

#include "base/ulid.h"
#include "model/connection.h"
#include "store/configuration_kind.h"
#include "store/document_fields.h"

namespace cardea::store {
namespace {

using base::Errc;
using base::Result;
using base::json::object;
using Entry = Configuration::Entry;

constexpr std::size_t kPage = 1000;

// Binds a sealed secret to its object, so that it opens nowhere else.
std::string secret_context(const ConfigurationKind& kind, const object& document) {
  return std::string(kind.word) + ":" + base::get_string_or(document, kind.id_member);
}

Result<Entry> entry_of(const Record& record, const TenantKeys& keys) {
  const auto& kind = configuration_kind(record.key.kind);
  auto document = record.document();
  if (record.key.kind == Kind::connection) document = model::with_enabled_clients_as_array(std::move(document));
  if (const auto sealed = base::get_string(document, kind.secret_member)) {
    auto secret = keys.open_secret(record.key.tenant, secret_context(kind, document), *sealed);
    if (!secret) return base::pass_on(secret);
    document[kind.secret_member] = *secret;
  }
  return Entry{record.key.id, std::move(document)};
}

// Seals the secret that `given` names, or a new one when the object needs one and has none.
Result<void> settle_secret(object& document, const object& given, Kind which, const model::TenantId& tenant,
                           TenantKeys& keys, base::Random& random) {
  const auto& kind = configuration_kind(which);
  if (kind.secret_member.empty()) return {};
  auto secret = base::get_string_or(given, kind.secret_member);
  if (secret.empty() && needs_secret(which, document) && base::get_string_or(document, kind.secret_member).empty())
    secret = new_secret(random);
  if (secret.empty()) return {};
  auto sealed = keys.seal_secret(tenant, secret_context(kind, document), secret);
  if (!sealed) return base::pass_on(sealed);
  document[kind.secret_member] = *sealed;
  return {};
}

Result<Record> held_by(Transaction& transaction, const model::TenantId& tenant, Kind which,
                       const std::string& public_id) {
  auto row = transaction.holder(tenant, id_claim(configuration_kind(which)), public_id);
  if (!row) return base::pass_on(row);
  return transaction.get({tenant, which, *row});
}

Result<void> refuse_renaming(const ConfigurationKind& kind, const object& document, const object& changes) {
  auto fixed = kind.name_members;
  fixed.push_back(kind.id_member);
  for (const auto member : fixed) {
    const auto* value = changes.if_contains(member);
    const auto* stored = document.if_contains(member);
    if (value && (!stored || *stored != *value))
      return base::fail(Errc::invalid, std::string(member) + " cannot be changed");
  }
  return {};
}

Result<void> erase_row(Transaction& transaction, const Record& record) {
  const auto& kind = configuration_kind(record.key.kind);
  const auto document = record.document();
  const auto& [tenant, which, row] = record.key;
  const auto public_id = base::get_string_or(document, kind.id_member);
  if (auto done = transaction.release(tenant, id_claim(kind), public_id, row); !done) return done;
  if (!kind.name_members.empty())
    if (const auto name = unique_name(kind, document))
      if (auto done = transaction.release(tenant, name_claim(kind), *name, row); !done) return done;
  return transaction.erase(record.key);
}

Result<void> erase_grants_by(Transaction& transaction, const model::TenantId& tenant, std::string_view lookup,
                             const std::string& value) {
  return empty_lookup(transaction, tenant, Kind::client_grant, lookup, value,
                      [&](Record grant) { return erase_row(transaction, grant); });
}

Result<void> take_out_of_connection(Transaction& transaction, Record connection, const std::string& client_id) {
  auto document = connection.document();
  auto* clients = document.if_contains("enabled_clients");
  if (!clients || !clients->is_object() || clients->get_object().erase(client_id) == 0) return {};
  connection.set_document(document);
  return transaction.put(std::move(connection));
}

Result<void> take_out_of_connections(Transaction& transaction, const model::TenantId& tenant,
                                     const std::string& client_id) {
  std::string after;
  do {
    auto page = transaction.page(tenant, Kind::connection, after, kPage);
    if (!page) return base::pass_on(page);
    for (auto& connection : page->rows)
      if (auto done = take_out_of_connection(transaction, std::move(connection), client_id); !done) return done;
    after = page->next;
  } while (!after.empty());
  return {};
}

}  // namespace

Configuration::Configuration(Database& database, TenantKeys& keys, base::Random& random)
    : database_(database), keys_(keys), random_(random) {}

base::awaitable<Result<Entry>> Configuration::find_by_claim(model::TenantId tenant, Kind kind, std::string attribute,
                                                            std::string value) {
  auto row = co_await database_.holder(tenant, std::move(attribute), std::move(value));
  if (!row) co_return base::pass_on(row);
  auto record = co_await database_.get(Key{std::move(tenant), kind, *row});
  if (!record) co_return base::pass_on(record);
  co_return entry_of(*record, keys_);
}

base::awaitable<Result<Entry>> Configuration::find(model::TenantId tenant, Kind kind, std::string public_id) {
  co_return co_await find_by_claim(std::move(tenant), kind, id_claim(configuration_kind(kind)), std::move(public_id));
}

base::awaitable<Result<Entry>> Configuration::find_by_name(model::TenantId tenant, Kind kind, std::string name) {
  co_return co_await find_by_claim(std::move(tenant), kind, name_claim(configuration_kind(kind)), std::move(name));
}

base::awaitable<Result<std::vector<Entry>>> Configuration::all(model::TenantId tenant, Kind kind) {
  std::vector<Entry> entries;
  std::string after;
  do {
    auto page = co_await database_.page(tenant, kind, after, kPage);
    if (!page) co_return base::pass_on(page);
    for (const auto& record : page->rows) {
      auto entry = entry_of(record, keys_);
      if (!entry) co_return base::pass_on(entry);
      entries.push_back(std::move(*entry));
    }
    after = page->next;
  } while (!after.empty());
  co_return entries;
}

Result<Entry> Configuration::create_in(Transaction& transaction, const model::TenantId& tenant, Kind kind,
                                       object document) {
  const auto& rules = configuration_kind(kind);
  if (base::get_string_or(document, rules.id_member).empty()) document[rules.id_member] = new_public_id(kind, random_);
  if (kind == Kind::client_grant && !document.contains("subject_type")) document["subject_type"] = "client";
  if (kind == Kind::connection) document = model::with_enabled_clients_as_set(std::move(document));

  Record record;
  record.key = transaction.new_key(tenant, kind);
  const auto public_id = base::get_string_or(document, rules.id_member);
  if (auto claimed = transaction.claim(tenant, id_claim(rules), public_id, record.key.id, true); !claimed)
    return base::pass_on(claimed);
  if (!rules.name_members.empty()) {
    const auto name = unique_name(rules, document);
    if (!name) return base::pass_on(name);
    if (auto claimed = transaction.claim(tenant, name_claim(rules), *name, record.key.id, true); !claimed)
      return base::pass_on(claimed);
  }
  object given;
  if (auto* secret = document.if_contains(rules.secret_member)) {
    given[rules.secret_member] = std::move(*secret);
    document.erase(rules.secret_member);
  }
  if (auto done = settle_secret(document, given, kind, tenant, keys_, random_); !done) return base::pass_on(done);
  apply_changes(document, object(document));  // drops nulls
  record.set_document(document);
  auto entry = entry_of(record, keys_);
  if (!entry) return entry;
  if (auto done = transaction.put(std::move(record)); !done) return base::pass_on(done);
  return entry;
}

Result<Entry> Configuration::update_in(Transaction& transaction, const model::TenantId& tenant, Kind kind,
                                       const std::string& public_id, const object& changes) {
  auto record = held_by(transaction, tenant, kind, public_id);
  if (!record) return base::pass_on(record);
  const auto& rules = configuration_kind(kind);
  auto document = record->document();
  if (auto fine = refuse_renaming(rules, document, changes); !fine) return base::pass_on(fine);

  auto sealed_form = kind == Kind::connection ? model::with_enabled_clients_as_set(changes) : changes;
  // A new secret must not be written in the clear, not even for a moment; an emptied one is as if it was removed.
  if (auto* secret = sealed_form.if_contains(rules.secret_member)) {
    if (secret->is_string() && !secret->get_string().empty())
      sealed_form.erase(rules.secret_member);
    else
      *secret = nullptr;
  }
  apply_changes(document, sealed_form);
  if (auto done = settle_secret(document, changes, kind, tenant, keys_, random_); !done) return base::pass_on(done);
  record->set_document(document);
  auto entry = entry_of(*record, keys_);
  if (!entry) return entry;
  if (auto done = transaction.put(std::move(*record)); !done) return base::pass_on(done);
  return entry;
}

Result<void> Configuration::erase_in(Transaction& transaction, const model::TenantId& tenant, Kind kind,
                                     const std::string& public_id) {
  auto record = held_by(transaction, tenant, kind, public_id);
  if (!record) return base::pass_on(record);
  if (kind == Kind::client) {
    if (auto done = take_out_of_connections(transaction, tenant, public_id); !done) return done;
    if (auto done = erase_grants_by(transaction, tenant, "client_id", public_id); !done) return done;
  }
  if (kind == Kind::resource_server) {
    const auto audience = base::get_string_or(record->document(), "identifier");
    if (auto done = erase_grants_by(transaction, tenant, "audience", audience); !done) return done;
  }
  return erase_row(transaction, *record);
}

}  // namespace cardea::store
