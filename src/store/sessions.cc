#include "store/sessions.h"

#include <algorithm>

#include "store/document_fields.h"
#include "store/session_document.h"

namespace cardea::store {
namespace {

using base::Errc;
using base::Result;
using base::json::object;

Key key_of(const model::TenantId& tenant, const model::SessionId& id) { return {tenant, Kind::session, id.value}; }

model::Session session_of(const Record& record) {
  return session_from_document(model::SessionId{record.key.id}, record.document());
}

// Revocation and clients only ever grow, whatever the caller had read before.
void lay_out(const model::Session& session, object& document) {
  for (auto& [name, value] : document_of(session)) {
    auto* before = document.if_contains(name);
    if (name != "clients" || before == nullptr || !before->is_object())
      document[name] = std::move(value);
    else
      for (const auto& client : value.get_object()) before->get_object()[client.key()] = true;
  }
}

Result<void> revoke(Transaction& transaction, Record record) {
  auto document = record.document();
  if (base::get_bool_or(document, "revoked", false)) return {};
  document["revoked"] = true;
  record.set_document(document);
  return transaction.put(std::move(record));
}

Result<void> note_on_user(Transaction& transaction, Key user) {
  auto record = transaction.get(user);
  if (!record) return record.error().code == Errc::not_found ? Result<void>{} : base::pass_on(record);
  auto document = record->document();
  document["sessions_revoked_at"] = base::to_millis(transaction.now());
  record->set_document(document);
  return transaction.put(std::move(*record));
}

}  // namespace

Sessions::Sessions(Database& database) : database_(database) {}

base::awaitable<Result<model::Session>> Sessions::find(model::TenantId tenant, model::SessionId id) {
  auto record = co_await database_.get(key_of(tenant, id));
  if (!record) co_return base::pass_on(record);
  co_return session_of(*record);
}

base::awaitable<Result<std::vector<model::Session>>> Sessions::of_user(model::TenantId tenant, model::UserKey user) {
  auto records = co_await database_.find(tenant, Kind::session, "user", user.value, kMostRows);
  if (!records) co_return base::pass_on(records);
  std::vector<model::Session> sessions;
  for (const auto& record : *records) sessions.push_back(session_of(record));
  co_return sessions;
}

Result<void> Sessions::put_in(Transaction& transaction, const model::TenantId& tenant, const model::Session& session) {
  auto record = get_or_new(transaction, key_of(tenant, session.id));
  if (!record) return base::pass_on(record);
  auto document = record->document();
  lay_out(session, document);
  record->set_document(document);
  record->expires_at = earlier_end(session.idle_expires_at, session.expires_at);
  return transaction.put(std::move(*record));
}

Result<model::Session> Sessions::get_in(Transaction& transaction, const model::TenantId& tenant,
                                        const model::SessionId& id) {
  auto record = transaction.get(key_of(tenant, id));
  if (!record) return base::pass_on(record);
  return session_of(*record);
}

Result<void> Sessions::revoke_in(Transaction& transaction, const model::TenantId& tenant,
                                 const model::Session& session) {
  auto record = transaction.get(key_of(tenant, session.id));
  if (record) return revoke(transaction, std::move(*record));
  if (record.error().code != Errc::not_found) return base::pass_on(record);
  Record ended;
  ended.key = key_of(tenant, session.id);
  ended.set_document({{"user", session.user.value}, {"user_id", session.user_id.value}, {"revoked", true}});
  ended.expires_at = session.expires_at;
  return transaction.put(std::move(ended));
}

Result<std::vector<model::Session>> Sessions::revoke_of_user_in(Transaction& transaction, const model::TenantId& tenant,
                                                                const model::UserKey& user) {
  std::vector<model::Session> ended;
  auto done = empty_lookup(transaction, tenant, Kind::session, "user", user.value, [&](Record record) {
    ended.push_back(session_of(record));
    return revoke(transaction, std::move(record));
  });
  if (!done) return base::pass_on(done);
  if (auto noted = note_on_user(transaction, {tenant, Kind::user, user.value}); !noted) return base::pass_on(noted);
  std::erase_if(ended, [now = transaction.now()](const auto& session) { return !session.alive(now); });
  return ended;
}

}  // namespace cardea::store
