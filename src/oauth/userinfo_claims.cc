#include "oauth/userinfo_claims.h"

#include <array>
#include <utility>

#include "base/clock.h"

namespace cardea::oauth {
namespace {

// Scope "profile"; members of the user's document under the same names.
constexpr std::array<std::string_view, 13> kProfileTexts{
    "name",    "family_name", "given_name", "middle_name", "nickname", "preferred_username", "profile", "picture",
    "website", "gender",      "birthdate",  "zoneinfo",    "locale"};

bool asked(const Scopes& scopes, bool by_group, std::string_view claim) { return by_group || has_scope(scopes, claim); }

void write_profile(ClaimsWriter& writer, const model::User& user, const Scopes& scopes) {
  const bool whole = has_scope(scopes, "profile");
  for (const auto claim : kProfileTexts) {
    if (!asked(scopes, whole, claim)) continue;
    const auto value = base::get_string(user.document, claim);
    if (value && !value->empty()) writer.text(claim, *value);
  }
  if (whole && user.updated_at != base::Time{}) writer.text("updated_at", base::to_iso8601(user.updated_at));
  if (has_scope(scopes, "created_at") && user.created_at != base::Time{})
    writer.text("created_at", base::to_iso8601(user.created_at));
}

void write_email(ClaimsWriter& writer, const model::User& user, const Scopes& scopes) {
  if (user.email.empty()) return;
  const bool whole = has_scope(scopes, "email");
  if (whole) writer.text("email", user.email);
  if (asked(scopes, whole, "email_verified")) writer.flag("email_verified", user.email_verified);
}

void write_phone(ClaimsWriter& writer, const model::User& user, const Scopes& scopes) {
  if (user.phone_number.empty() || !has_scope(scopes, "phone")) return;
  writer.text("phone_number", user.phone_number);
  writer.flag("phone_number_verified", user.phone_verified);
}

}  // namespace

void write_user_claims(ClaimsWriter& writer, const model::User& user, const Scopes& scopes) {
  write_profile(writer, user, scopes);
  write_email(writer, user, scopes);
  write_phone(writer, user, scopes);
  if (has_scope(scopes, "address"))
    if (const auto* address = base::get_object(user.document, "address")) writer.value("address", *address);
}

std::string userinfo_document(const model::User& user, const Scopes& scopes) {
  ClaimsWriter writer;
  writer.text("sub", user.user_id.view());
  write_user_claims(writer, user, scopes);
  return std::move(writer).finish();
}

}  // namespace cardea::oauth
