#include "identity/imported_user.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "identity/imported_password.h"
#include "identity/sign_up.h"

namespace cardea::identity {
namespace {

using base::json::object;
using base::json::value;

enum class Type { text, word, flag, map };

struct Member {
  std::string_view name;
  Type type;
  std::size_t longest = 0;  // bytes of a text
};

// As the Management API takes them. A word has no blanks and no control characters.
constexpr std::array kMembers{
    Member{"user_id", Type::word, 255},     Member{"email", Type::text, 254},
    Member{"email_verified", Type::flag},   Member{"username", Type::word, 128},
    Member{"phone_number", Type::word, 16}, Member{"phone_verified", Type::flag},
    Member{"name", Type::text, 300},        Member{"nickname", Type::text, 300},
    Member{"given_name", Type::text, 150},  Member{"family_name", Type::text, 150},
    Member{"picture", Type::text, 2048},    Member{"blocked", Type::flag},
    Member{"user_metadata", Type::map},     Member{"app_metadata", Type::map},
};

std::unexpected<base::Error> refuse(std::string reason) { return base::fail(base::Errc::invalid, std::move(reason)); }

bool is_word(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7f; });
}

bool fits(const Member& member, const value& given) {
  switch (member.type) {
    case Type::flag:
      return given.is_bool();
    case Type::map:
      return given.is_object();
    case Type::text:
    case Type::word:
      if (!given.is_string() || given.get_string().empty() || given.get_string().size() > member.longest) return false;
      return member.type == Type::text || is_word(std::string_view(given.get_string()));
  }
  return false;
}

base::Result<void> normalise(object& document) {
  if (auto* email = document.if_contains("email")) {
    auto normal = normalise_email(std::string_view(email->get_string()));
    if (!normal) return refuse("email: not an address");
    *email = *normal;
  }
  if (!document.contains("email") && !document.contains("username") && !document.contains("phone_number"))
    return refuse("email, username or phone_number is needed");
  return {};
}

// As an export writes it; Time{}: there is none.
base::Result<base::Time> time_of(const object& record, std::string_view name) {
  const auto* given = record.if_contains(name);
  if (given == nullptr || given->is_null()) return base::Time{};
  const auto time = base::from_iso8601(base::get_string_or(record, name));
  if (!time) return refuse(fmt::format("{}: not of the form 2026-01-31T10:00:00.000Z", name));
  return *time;
}

}  // namespace

base::Result<ImportedUser> read_imported_user(const object& record) {
  ImportedUser out;
  for (const auto& member : kMembers) {
    const auto* given = record.if_contains(member.name);
    if (given == nullptr || given->is_null()) continue;
    if (!fits(member, *given)) return refuse(fmt::format("{}: of another type, or too long", member.name));
    out.document[member.name] = *given;
  }
  if (auto normal = normalise(out.document); !normal) return base::pass_on(normal);
  const auto created = time_of(record, "created_at");
  if (!created) return base::pass_on(created);
  const auto updated = time_of(record, "updated_at");
  if (!updated) return base::pass_on(updated);
  out.times = {*created, *updated};
  auto hash = read_imported_password(record);
  if (!hash) return base::pass_on(hash);
  out.password_hash = std::move(*hash);
  return out;
}

}  // namespace cardea::identity
