#include "identity/password_policy.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "base/percent.h"
#include "crypto/password_hash.h"
#include "identity/common_passwords.h"

namespace cardea::identity {
namespace {

using base::json::array;
using base::json::object;
using model::PasswordPolicy;

constexpr std::size_t kMaxIdentical = 2;
constexpr std::size_t kShortestPersonalWord = 3;

// What a password is made of.
struct Makeup {
  std::size_t length = 0;  // in characters
  bool lower = false, upper = false, digit = false, special = false;
  std::size_t longest_run = 0;
};

bool starts_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

Makeup makeup_of(std::string_view password) {
  Makeup made;
  std::string_view before;
  std::size_t run = 0;
  for (std::size_t at = 0; at < password.size();) {
    std::size_t end = at + 1;
    while (end < password.size() && !starts_character(password[end])) ++end;
    const auto character = password.substr(at, end - at);
    at = end;

    ++made.length;
    run = character == before ? run + 1 : 1;
    made.longest_run = std::max(made.longest_run, run);
    before = character;
    const char c = character.front();
    if (c >= 'a' && c <= 'z')
      made.lower = true;
    else if (c >= 'A' && c <= 'Z')
      made.upper = true;
    else if (c >= '0' && c <= '9')
      made.digit = true;
    else
      made.special = true;  // as every letter beyond ASCII
  }
  return made;
}

std::size_t min_length_of(const model::Connection& connection) {
  if (connection.password_min_length > 0) return static_cast<std::size_t>(connection.password_min_length);
  switch (connection.password_policy) {
    case PasswordPolicy::none:
      return 1;
    case PasswordPolicy::low:
      return 6;
    case PasswordPolicy::fair:
    case PasswordPolicy::good:
      return 8;
    case PasswordPolicy::excellent:
      return 10;
  }
  return 8;
}

// Collects the rules in both forms, JSON for SDKs and lines for people.
class Rules {
 public:
  void add(std::string_view code, std::string_view message, array format, std::string line, bool verified) {
    object rule{{"message", message}, {"code", code}, {"verified", verified}};
    if (!format.empty()) rule["format"] = std::move(format);
    append(std::move(rule), std::move(line), verified);
  }

  void add_kinds(const Makeup& made, bool with_special, std::int64_t needed) {
    struct KindOf {
      std::string_view code, message;
      bool present;
    };
    const std::array<KindOf, 4> kinds{{{"lowerCase", "lower case letters (a-z)", made.lower},
                                       {"upperCase", "upper case letters (A-Z)", made.upper},
                                       {"numbers", "numbers (i.e. 0-9)", made.digit},
                                       {"specialCharacters", "special characters (e.g. !@#$%^&*)", made.special}}};
    const std::size_t count = with_special ? 4 : 3;
    array items;
    std::string lines;
    std::int64_t present = 0;
    for (std::size_t i = 0; i < count; ++i) {
      items.push_back(object{{"message", kinds[i].message}, {"code", kinds[i].code}, {"verified", kinds[i].present}});
      lines.append("\n  * ").append(kinds[i].message);
      present += kinds[i].present ? 1 : 0;
    }
    const bool all = needed == static_cast<std::int64_t>(count);
    object rule{{"message", all ? "Should contain:" : "Contain at least %d of the following %d types of characters:"},
                {"code", all ? "shouldContain" : "containsAtLeast"},
                {"items", std::move(items)},
                {"verified", present >= needed}};
    if (!all) rule["format"] = array{needed, static_cast<std::int64_t>(count)};
    const std::string head = all ? "Should contain:"
                                 : "Contain at least " + std::to_string(needed) + " of the following " +
                                       std::to_string(count) + " types of characters:";
    append(std::move(rule), head + lines, present >= needed);
  }

  bool verified() const { return verified_; }
  object take_json() { return {{"rules", std::move(rules_)}, {"verified", verified_}}; }
  std::string take_text() { return std::move(text_); }

 private:
  void append(object rule, std::string line, bool verified) {
    rules_.push_back(std::move(rule));
    if (!text_.empty()) text_.push_back('\n');
    text_.append("* ").append(line);
    verified_ = verified_ && verified;
  }

  array rules_;
  std::string text_;
  bool verified_ = true;
};

void add_length(Rules& rules, const model::Connection& connection, const Makeup& made) {
  const auto least = min_length_of(connection);
  if (least <= 1) {
    rules.add("nonEmpty", "Non-empty password required", {}, "Non-empty password required", made.length > 0);
    return;
  }
  rules.add("lengthAtLeast", "At least %d characters in length", {static_cast<std::int64_t>(least)},
            "At least " + std::to_string(least) + " characters in length", made.length >= least);
}

Rules rules_for(const model::Connection& connection, const Makeup& made) {
  Rules rules;
  add_length(rules, connection, made);
  switch (connection.password_policy) {
    case PasswordPolicy::none:
    case PasswordPolicy::low:
      break;
    case PasswordPolicy::fair:
      rules.add_kinds(made, false, 3);
      break;
    case PasswordPolicy::good:
      rules.add_kinds(made, true, 3);
      break;
    case PasswordPolicy::excellent:
      rules.add_kinds(made, true, 3);
      rules.add("identicalChars", "No more than %d identical characters in a row (e.g., \"%s\" not allowed)",
                {static_cast<std::int64_t>(kMaxIdentical), "aaa"},
                "No more than 2 identical characters in a row (e.g., \"aaa\" not allowed)",
                made.length > 0 && made.longest_run <= kMaxIdentical);
      break;
  }
  return rules;
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

const object* enabled_option(const model::Connection& connection, std::string_view name) {
  const auto* options = base::get_object(connection.document, "options");
  const auto* option = options ? base::get_object(*options, name) : nullptr;
  return option && base::get_bool_or(*option, "enable", false) ? option : nullptr;
}

bool in_dictionary(const object& option, std::string_view lowered) {
  for (const auto& word : base::get_strings(option, "dictionary"))
    if (lower_case(word) == lowered) return true;
  return is_common_password(lowered);
}

bool holds_personal_info(const PersonalInfo& owner, std::string_view lowered) {
  return std::ranges::any_of(owner.words, [&](const std::string& word) {
    return word.size() >= kShortestPersonalWord && lowered.find(lower_case(word)) != std::string_view::npos;
  });
}

void refuse(PasswordVerdict& verdict, PasswordFault fault) {
  verdict.accepted = false;
  verdict.fault = fault;
}

}  // namespace

PersonalInfo PersonalInfo::of(const model::User& user) {
  PersonalInfo info;
  const std::string local_part = user.email.substr(0, user.email.find('@'));
  for (const auto* word : {&user.email, &local_part, &user.username, &user.name, &user.nickname, &user.given_name,
                           &user.family_name, &user.phone_number})
    if (!word->empty()) info.words.push_back(*word);
  return info;
}

PasswordVerdict judge_password(const model::Connection& connection, std::string_view password,
                               const PersonalInfo& owner) {
  auto rules = rules_for(connection, makeup_of(password));
  PasswordVerdict verdict;
  verdict.too_long = password.size() > crypto::kBcryptMaxPassword;
  if (verdict.too_long)
    rules.add("lengthAtMost", "At most %d bytes in length", {static_cast<std::int64_t>(crypto::kBcryptMaxPassword)},
              "At most " + std::to_string(crypto::kBcryptMaxPassword) + " bytes in length", false);
  const bool storable = !password.empty() && base::is_utf8(password) && password.find('\0') == std::string_view::npos;
  if (!rules.verified() || !storable) refuse(verdict, PasswordFault::strength);
  verdict.rules = rules.take_json();
  verdict.policy = rules.take_text();
  if (!verdict.accepted) return verdict;

  const auto lowered = lower_case(password);
  if (const auto* option = enabled_option(connection, "password_dictionary"); option && in_dictionary(*option, lowered))
    refuse(verdict, PasswordFault::dictionary);
  else if (enabled_option(connection, "password_no_personal_info") && holds_personal_info(owner, lowered))
    refuse(verdict, PasswordFault::personal_info);
  return verdict;
}

PasswordVerdict describe_policy(const model::Connection& connection) {
  auto rules = rules_for(connection, Makeup{});
  PasswordVerdict verdict;
  verdict.rules = rules.take_json();
  verdict.policy = rules.take_text();
  return verdict;
}

}  // namespace cardea::identity
