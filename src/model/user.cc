#include "model/user.h"

#include <algorithm>

namespace cardea::model {
namespace {

using base::json::object;

base::Time time_of(const object& document, std::string_view name) {
  return base::from_iso8601(base::get_string_or(document, name)).value_or(base::Time{});
}

// logins: {"<cell>.<incarnation>": n}, one slot per writer; the sum is what people see.
std::int64_t logins_of(const object& document) {
  std::int64_t sum = 0;
  if (const auto* slots = base::get_object(document, "logins"))
    for (const auto& slot : *slots) sum += std::max<std::int64_t>(0, base::get_int_or(*slots, slot.key(), 0));
  return sum;
}

}  // namespace

User user_from_document(UserKey key, object source) {
  User user{.key = std::move(key), .document = std::move(source)};
  auto& document = user.document;
  user.user_id = UserId{base::get_string_or(document, "user_id")};
  user.connection = base::get_string_or(document, "connection");
  user.email = base::get_string_or(document, "email");
  user.email_verified = base::get_bool_or(document, "email_verified", false);
  user.username = base::get_string_or(document, "username");
  user.phone_number = base::get_string_or(document, "phone_number");
  user.phone_verified = base::get_bool_or(document, "phone_verified", false);
  user.blocked = base::get_bool_or(document, "blocked", false);
  user.name = base::get_string_or(document, "name");
  user.nickname = base::get_string_or(document, "nickname");
  user.given_name = base::get_string_or(document, "given_name");
  user.family_name = base::get_string_or(document, "family_name");
  user.picture = base::get_string_or(document, "picture");
  user.created_at = time_of(document, "created_at");
  user.updated_at = time_of(document, "updated_at");
  user.sessions_revoked_at = base::from_millis(base::get_int_or(document, "sessions_revoked_at", 0));

  if (document.contains("logins")) document["logins_count"] = logins_of(document);
  for (const auto* internal : {"connection", "provider", "logins", "sessions_revoked_at"}) document.erase(internal);
  if (!user.blocked) document.erase("blocked");
  return user;
}

}  // namespace cardea::model
