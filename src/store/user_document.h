#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"

namespace cardea::store {

// The rules of user documents, without any storage. Private to store/.

// A name that a user is found by, unique among those of its connection.
struct Identifier {
  std::string attribute;  // "<connection>:email", "…:username", "…:phone_number"
  std::string value;      // normalised
  bool verified = false;

  bool same_name(const Identifier& other) const { return attribute == other.attribute && value == other.value; }
};

// How claims name an identifier of a connection, and the value that it is compared by.
std::string identifier_attribute(std::string_view connection, std::string_view attribute);
std::string identifier_value(std::string_view attribute, std::string_view value);

// Only where the identifier is what one signs in with: our own directories ("auth0") and passwordless ("email", "sms").
// Elsewhere the upstream's user id names the account, and two of them may share an e-mail address.
std::vector<Identifier> identifiers_of(const base::json::object& document);

struct NewUser {
  std::string connection;
  std::string provider;
  std::string fallback_id;  // when the document names none
  base::Time created_at, updated_at;
};

// The API's document as it is stored: user_id prefixed, address in lower case, defaults, no password in it.
base::json::object make_user_document(base::json::object document, const NewUser& about);

// Overwrites what `changes` names; null removes; metadata merges at its first level, and an empty object clears it.
// Members that no change may touch (ids, times, counters) are left alone.
void change_user_document(base::json::object& document, const base::json::object& changes, base::Time now);

// "auth0|5f7c…" → "5f7c…"
std::string without_provider(std::string_view user_id);

bool is_social(std::string_view provider);

}  // namespace cardea::store
