#include "store/user_document.h"

#include <algorithm>
#include <array>

#include "crypto/digest.h"
#include "store/document_fields.h"

namespace cardea::store {
namespace {

using base::json::object;

constexpr std::array<std::string_view, 3> kDirectories{"auth0", "email", "sms"};

// Strategies that are not social; everything else is.
constexpr std::array<std::string_view, 17> kNotSocial{
    "auth0", "email",     "sms",  "ad",           "adfs",  "auth0-adldap", "custom", "google-apps", "ip",
    "oidc",  "office365", "okta", "pingfederate", "samlp", "sharepoint",   "waad",   "auth0-oidc"};

// What only the server says about a user, and what only creation or a password change carries.
constexpr std::array<std::string_view, 19> kNotChangeable{"user_id",
                                                          "connection",
                                                          "provider",
                                                          "identities",
                                                          "created_at",
                                                          "updated_at",
                                                          "last_login",
                                                          "last_ip",
                                                          "logins",
                                                          "logins_count",
                                                          "sessions_revoked_at",
                                                          "last_password_reset",
                                                          "password",
                                                          "client_id",
                                                          "verify_email",
                                                          "verify_phone_number",
                                                          "multifactor",
                                                          "password_hash",
                                                          "custom_password_hash"};

bool is_read_only(std::string_view member) { return std::ranges::find(kNotChangeable, member) != kNotChangeable.end(); }

bool is_metadata(std::string_view member) { return member == "user_metadata" || member == "app_metadata"; }

void drop_nulls(object& document) {
  std::vector<std::string> empty;
  for (const auto& [name, value] : document)
    if (value.is_null() || (is_metadata(name) && value.is_object() && value.get_object().empty()))
      empty.emplace_back(name);
  for (const auto& name : empty) document.erase(name);
}

void normalise(object& document) {
  if (const auto email = base::get_string(document, "email")) document["email"] = lower_case(*email);
  for (const auto* name : {"user_metadata", "app_metadata"})
    if (auto* metadata = document.if_contains(name); metadata && metadata->is_object())
      drop_nulls(metadata->get_object());
  drop_nulls(document);
}

std::string local_part(std::string_view email) { return std::string(email.substr(0, email.find('@'))); }

// The two letters of the picture that Gravatar shows for an address that it does not know.
std::string initials(std::string_view nickname) {
  std::string letters;
  for (const char c : lower_case(nickname)) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) letters.push_back(c);
    if (letters.size() == 2) break;
  }
  return letters.empty() ? "xx" : letters;
}

std::string gravatar(std::string_view hashed, std::string_view nickname) {
  return "https://s.gravatar.com/avatar/" + crypto::md5_hex(hashed) +
         "?s=480&r=pg&d=https%3A%2F%2Fcdn.auth0.com%2Favatars%2F" + initials(nickname) + ".png";
}

void set_default(object& document, std::string_view name, std::string value) {
  if (!value.empty() && base::get_string_or(document, name).empty()) document[name] = std::move(value);
}

void fill_defaults(object& document) {
  const auto email = base::get_string_or(document, "email");
  const auto username = base::get_string_or(document, "username");
  const auto phone = base::get_string_or(document, "phone_number");
  const auto other = username.empty() ? phone : username;
  if (!email.empty() && !document.contains("email_verified")) document["email_verified"] = false;
  if (!phone.empty() && !document.contains("phone_verified")) document["phone_verified"] = false;
  set_default(document, "name", email.empty() ? other : email);
  set_default(document, "nickname", email.empty() ? other : local_part(email));
  set_default(document, "picture",
              gravatar(email.empty() ? base::get_string_or(document, "user_id") : email,
                       base::get_string_or(document, "nickname")));
}

void merge_metadata(object& document, std::string_view name, const object& changes) {
  if (changes.empty()) {
    document.erase(name);
    return;
  }
  auto& value = document[name];
  if (!value.is_object()) value = object{};
  apply_changes(value.get_object(), changes);
  if (value.get_object().empty()) document.erase(name);
}

}  // namespace

std::string identifier_attribute(std::string_view connection, std::string_view attribute) {
  return std::string(connection) + ":" + std::string(attribute);
}

std::string identifier_value(std::string_view attribute, std::string_view value) {
  return attribute == "phone_number" ? std::string(value) : lower_case(value);
}

std::vector<Identifier> identifiers_of(const object& document) {
  std::vector<Identifier> out;
  const auto provider = base::get_string_or(document, "provider");
  if (std::ranges::find(kDirectories, provider) == kDirectories.end()) return out;
  const auto connection = base::get_string_or(document, "connection");
  const auto add = [&](std::string_view attribute, bool verified) {
    const auto value = base::get_string_or(document, attribute);
    if (!value.empty())
      out.push_back({identifier_attribute(connection, attribute), identifier_value(attribute, value), verified});
  };
  add("email", base::get_bool_or(document, "email_verified", false));
  add("username", false);
  add("phone_number", base::get_bool_or(document, "phone_verified", false));
  return out;
}

object make_user_document(object document, const NewUser& about) {
  const auto prefix = about.provider + "|";
  auto id = base::get_string_or(document, "user_id", about.fallback_id);
  if (!id.starts_with(prefix)) id = prefix + id;

  std::vector<std::string> refused;
  for (const auto& [name, value] : document)
    if (is_read_only(name)) refused.emplace_back(name);
  for (const auto& name : refused) document.erase(name);

  normalise(document);
  document["user_id"] = id;
  document["connection"] = about.connection;
  document["provider"] = about.provider;
  document["created_at"] = base::to_iso8601(about.created_at);
  document["updated_at"] = base::to_iso8601(about.updated_at);
  fill_defaults(document);
  return document;
}

void change_user_document(object& document, const object& changes, base::Time now) {
  for (const auto& [name, value] : changes) {
    if (is_read_only(name)) continue;
    if (is_metadata(name) && value.is_object())
      merge_metadata(document, name, value.get_object());
    else if (value.is_null())
      document.erase(name);
    else
      document[name] = value;
  }
  normalise(document);
  document["updated_at"] = base::to_iso8601(now);
}

std::string without_provider(std::string_view user_id) {
  const auto bar = user_id.find('|');
  return std::string(bar == std::string_view::npos ? user_id : user_id.substr(bar + 1));
}

bool is_social(std::string_view provider) { return std::ranges::find(kNotSocial, provider) == kNotSocial.end(); }

}  // namespace cardea::store
