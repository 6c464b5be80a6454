#include "store/sessions.h"

#include <algorithm>

#include "store/document_fields.h"

namespace cardea::store {
namespace {

using base::Errc;
using base::Result;
using base::json::object;

Key key_of(const model::TenantId& tenant, const model::SessionId& id) { return {tenant, Kind::session, id.value}; }

model::Session session_of(const Record& record) {
  const auto document = record.document();
  model::Session session;
  session.id = model::SessionId{record.key.id};
  session.user = model::UserKey{base::get_string_or(document, "user")};
  session.user_id = model::UserId{base::get_string_or(document, "user_id")};
  session.connection = base::get_string_or(document, "connection");
  session.created_at = get_time(document, "created_at");
  session.auth_time = get_time(document, "auth_time");
  session.last_seen_at = get_time(document, "last_seen_at");
  session.idle_expires_at = get_time(document, "idle_expires_at");
  session.expires_at = get_time(document, "expires_at");
  session.amr = base::get_strings(document, "amr");
  for (auto& client : from_name_set(document, "clients")) session.clients.emplace_back(std::move(client));
  session.revoked = base::get_bool_or(document, "revoked", false);
  return session;
}

void lay_out(const model::Session& session, object& document) {
  document["user"] = session.user.value;
  document["user_id"] = session.user_id.value;
  document["connection"] = session.connection;
  put_time(document, "created_at", session.created_at);
  put_time(document, "auth_time", session.auth_time);
  put_time(document, "last_seen_at", session.last_seen_at);
  put_time(document, "idle_expires_at", session.idle_expires_at);
  put_time(document, "expires_at", session.expires_at);
  document["amr"] = base::to_json_array(session.amr);

  // Both only ever grow, whatever the caller had read before.
  for (const auto& client : session.clients) {
    auto& clients = document["clients"];
    if (!clients.is_object()) clients = object{};
    clients.get_object()[client.value] = true;
  }
  if (session.revoked) document["revoked"] = true;
}

Result<void> revoke(Transaction& transaction, Record record) {
  auto document = record.document();
  if (base::get_bool_or(document, "revoked", false)) return {};
  document["revoked"] = true;
  record.set_document(document);
  return transaction.put(std::move(record));
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

Result<void> Sessions::revoke_in(Transaction& transaction, const model::TenantId& tenant, const model::SessionId& id) {
  auto record = transaction.get(key_of(tenant, id));
  if (!record) return record.error().code == Errc::not_found ? Result<void>{} : base::pass_on(record);
  return revoke(transaction, std::move(*record));
}

Result<std::vector<model::Session>> Sessions::revoke_of_user_in(Transaction& transaction, const model::TenantId& tenant,
                                                                const model::UserKey& user) {
  std::vector<model::Session> ended;
  auto done = empty_lookup(transaction, tenant, Kind::session, "user", user.value, [&](Record record) {
    ended.push_back(session_of(record));
    return revoke(transaction, std::move(record));
  });
  if (!done) return base::pass_on(done);
  std::erase_if(ended, [now = transaction.now()](const auto& session) { return !session.alive(now); });
  return ended;
}

}  // namespace cardea::store
