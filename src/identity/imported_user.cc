#include "identity/imported_user.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "crypto/password_hash.h"
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

base::Result<std::string> custom_hash(const object& custom) {
  const auto algorithm = base::get_string_or(custom, "algorithm");
  if (algorithm != "bcrypt" && algorithm != "argon2")
    return refuse("custom_password_hash.algorithm: only bcrypt and argon2 are understood");
  const auto* hash = base::get_object(custom, "hash");
  auto stored = hash == nullptr ? std::string() : base::get_string_or(*hash, "value");
  if (!crypto::is_password_hash(stored) || stored.starts_with("$argon2") != (algorithm == "argon2"))
    return refuse("custom_password_hash.hash: not a hash of this algorithm");
  if (base::get_string_or(*hash, "encoding", "utf8") != "utf8")
    return refuse("custom_password_hash.hash.encoding: only utf8 is understood");
  for (const auto* changed : {"salt", "keylen"})
    if (custom.contains(changed)) return refuse("custom_password_hash: a salt is part of the hash here");
  return stored;
}

base::Result<std::optional<std::string>> password_hash(const object& record) {
  const auto* plain = record.if_contains("password_hash");
  const auto* custom = record.if_contains("custom_password_hash");
  if (plain != nullptr && !plain->is_null()) {
    if (custom != nullptr) return refuse("password_hash and custom_password_hash exclude each other");
    auto stored = base::get_string_or(record, "password_hash");
    if (!crypto::is_password_hash(stored)) return refuse("password_hash: not a bcrypt hash");
    return stored;
  }
  if (custom == nullptr || custom->is_null()) return std::nullopt;
  if (!custom->is_object()) return refuse("custom_password_hash: not an object");
  auto stored = custom_hash(custom->get_object());
  if (!stored) return base::pass_on(stored);
  return std::move(*stored);
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
  auto hash = password_hash(record);
  if (!hash) return base::pass_on(hash);
  out.password_hash = std::move(*hash);
  return out;
}

}  // namespace cardea::identity
