#include "store/one_time.h"

#include <algorithm>

#include "base/base64.h"
#include "base/ulid.h"
#include "crypto/digest.h"
#include "store/document_fields.h"

namespace cardea::store {
namespace {

using base::Errc;
using base::Result;
using base::json::object;

Key consumption_key(const model::TenantId& tenant, std::string_view purpose, std::string_view id) {
  return {tenant, Kind::consumption, std::string(purpose) + ":" + base::base64url_encode(crypto::sha256(id))};
}

Key ticket_key(const model::TenantId& tenant, std::string_view token_hash) {
  return {tenant, Kind::ticket, std::string(token_hash)};
}

model::Ticket ticket_of(const Record& record) {
  const auto document = record.document();
  model::Ticket ticket;
  ticket.token_hash = record.key.id;
  ticket.type = base::get_string_or(document, "type");
  ticket.user = model::UserKey{base::get_string_or(document, "user")};
  ticket.client = model::ClientId{base::get_string_or(document, "client")};
  ticket.result_url = base::get_string_or(document, "result_url");
  ticket.email = base::get_string_or(document, "email");
  ticket.include_email_in_redirect = base::get_bool_or(document, "include_email_in_redirect", false);
  ticket.mark_email_as_verified = base::get_bool_or(document, "mark_email_as_verified", false);
  ticket.expires_at = get_time(document, "expires_at");
  ticket.used = base::get_bool_or(document, "used", false);
  return ticket;
}

object document_of(const model::Ticket& ticket) {
  object document{{"type", ticket.type},
                  {"user", ticket.user.value},
                  {"client", ticket.client.value},
                  {"result_url", ticket.result_url},
                  {"email", ticket.email},
                  {"include_email_in_redirect", ticket.include_email_in_redirect},
                  {"mark_email_as_verified", ticket.mark_email_as_verified},
                  {"used", ticket.used}};
  put_time(document, "expires_at", ticket.expires_at);
  return document;
}

constexpr std::string_view kConsentClaim = "consent";

// Neither of the first two has a space, so that the three stay apart.
std::string consent_name(const model::UserKey& user, const model::ClientId& client, std::string_view audience) {
  return user.value + " " + client.value + " " + std::string(audience);
}

model::Consent consent_of(const Record& record) {
  const auto document = record.document();
  model::Consent consent;
  consent.row_id = record.key.id;
  consent.user = model::UserKey{base::get_string_or(document, "user")};
  consent.user_id = model::UserId{base::get_string_or(document, "user_id")};
  consent.client = model::ClientId{base::get_string_or(document, "client")};
  consent.audience = base::get_string_or(document, "audience");
  consent.scope = base::get_strings(document, "scope");
  return consent;
}

Result<void> erase_consent(Transaction& transaction, const Record& record) {
  const auto consent = consent_of(record);
  auto released = transaction.release(record.key.tenant, kConsentClaim,
                                      consent_name(consent.user, consent.client, consent.audience), record.key.id);
  if (!released) return released;
  return transaction.erase(record.key);
}

}  // namespace

Consumptions::Consumptions(Database& database) : database_(database) {}

Result<void> Consumptions::consume_in(Transaction& transaction, const model::TenantId& tenant, std::string_view purpose,
                                      std::string_view id, base::Time expires_at, const object& note, object* earlier) {
  auto key = consumption_key(tenant, purpose, id);
  auto stored = transaction.get(key);
  if (stored) {
    if (earlier) {
      const auto document = stored->document();
      const auto* kept = base::get_object(document, "note");
      *earlier = kept ? *kept : object{};
    }
    return base::fail(Errc::conflict, std::string(purpose) + " consumed before");
  }
  if (stored.error().code != Errc::not_found) return base::pass_on(stored);

  Record record;
  record.key = std::move(key);
  record.expires_at = expires_at;
  record.set_document({{"purpose", purpose}, {"at", base::to_millis(transaction.now())}, {"note", note}});
  return transaction.put(std::move(record));
}

base::awaitable<Result<bool>> Consumptions::consumed(model::TenantId tenant, std::string purpose, std::string id) {
  auto record = co_await database_.get(consumption_key(tenant, purpose, id));
  if (!record && record.error().code != Errc::not_found) co_return base::pass_on(record);
  co_return record.has_value();
}

Tickets::Tickets(Database& database) : database_(database) {}

base::awaitable<Result<model::Ticket>> Tickets::find(model::TenantId tenant, std::string token_hash) {
  auto record = co_await database_.get(ticket_key(tenant, token_hash));
  if (!record) co_return base::pass_on(record);
  co_return ticket_of(*record);
}

Result<void> Tickets::create_in(Transaction& transaction, const model::TenantId& tenant, const model::Ticket& ticket) {
  Record record;
  record.key = ticket_key(tenant, ticket.token_hash);
  record.expires_at = ticket.expires_at;
  record.set_document(document_of(ticket));
  return transaction.put(std::move(record));
}

Result<model::Ticket> Tickets::use_in(Transaction& transaction, const model::TenantId& tenant,
                                      std::string_view token_hash) {
  auto record = transaction.get(ticket_key(tenant, token_hash));
  if (!record) return base::pass_on(record);
  auto ticket = ticket_of(*record);
  if (ticket.used) return base::fail(Errc::conflict, "ticket used before");
  ticket.used = true;
  auto document = record->document();
  document["used"] = true;
  record->set_document(document);
  if (auto done = transaction.put(std::move(*record)); !done) return base::pass_on(done);
  return ticket;
}

Consents::Consents(Database& database, base::Random& random) : database_(database), random_(random) {}

base::awaitable<Result<model::Consent>> Consents::find(model::TenantId tenant, model::UserKey user,
                                                       model::ClientId client, std::string audience) {
  auto row = co_await database_.holder(tenant, std::string(kConsentClaim), consent_name(user, client, audience));
  if (!row) co_return base::pass_on(row);
  auto record = co_await database_.get(Key{tenant, Kind::consent, *row});
  if (!record) co_return base::pass_on(record);
  co_return consent_of(*record);
}

base::awaitable<Result<std::vector<model::Consent>>> Consents::of_user(model::TenantId tenant, model::UserKey user) {
  auto records = co_await database_.find(tenant, Kind::consent, "user", user.value, kMostRows);
  if (!records) co_return base::pass_on(records);
  std::vector<model::Consent> consents;
  for (const auto& record : *records) consents.push_back(consent_of(record));
  co_return consents;
}

Result<void> Consents::add_in(Transaction& transaction, const model::TenantId& tenant, const model::Consent& consent) {
  const auto name = consent_name(consent.user, consent.client, consent.audience);
  auto row = transaction.holder(tenant, kConsentClaim, name);
  if (!row && row.error().code != Errc::not_found) return base::pass_on(row);
  auto record =
      get_or_new(transaction, {tenant, Kind::consent, row.value_or(base::new_ulid(transaction.now(), random_))});
  if (!record) return base::pass_on(record);
  if (!row)
    if (auto claimed = transaction.claim(tenant, kConsentClaim, name, record->key.id, true); !claimed) return claimed;

  auto document = record->document();
  auto scope = base::get_strings(document, "scope");
  for (const auto& value : consent.scope)
    if (std::ranges::find(scope, value) == scope.end()) scope.push_back(value);
  document["user"] = consent.user.value;
  document["user_id"] = consent.user_id.value;
  document["client"] = consent.client.value;
  document["audience"] = consent.audience;
  document["scope"] = base::to_json_array(scope);
  record->set_document(document);
  return transaction.put(std::move(*record));
}

Result<void> Consents::erase_in(Transaction& transaction, const model::TenantId& tenant, std::string_view row_id) {
  auto record = transaction.get({tenant, Kind::consent, std::string(row_id)});
  if (!record) return base::pass_on(record);
  return erase_consent(transaction, *record);
}

Result<void> Consents::erase_of_user_in(Transaction& transaction, const model::TenantId& tenant,
                                        const model::UserKey& user) {
  return empty_lookup(transaction, tenant, Kind::consent, "user", user.value,
                      [&](Record record) { return erase_consent(transaction, record); });
}

}  // namespace cardea::store
