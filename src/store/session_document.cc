#include "store/session_document.h"

#include "store/document_fields.h"

namespace cardea::store {

base::json::object document_of(const model::Session& session) {
  base::json::object document;
  document["user"] = session.user.value;
  document["user_id"] = session.user_id.value;
  document["connection"] = session.connection;
  put_time(document, "created_at", session.created_at);
  put_time(document, "auth_time", session.auth_time);
  put_time(document, "last_seen_at", session.last_seen_at);
  put_time(document, "idle_expires_at", session.idle_expires_at);
  put_time(document, "expires_at", session.expires_at);
  document["amr"] = base::to_json_array(session.amr);
  base::json::object clients;
  for (const auto& client : session.clients) clients[client.value] = true;
  if (!clients.empty()) document["clients"] = std::move(clients);
  if (session.revoked) document["revoked"] = true;
  return document;
}

model::Session session_from_document(model::SessionId id, const base::json::object& document) {
  model::Session session;
  session.id = std::move(id);
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

}  // namespace cardea::store
