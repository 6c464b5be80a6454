#include "identity/sign_up.h"

#include <algorithm>
#include <array>

#include "base/percent.h"
#include "base/url.h"
#include "identity/audit.h"
#include "identity/guess_limits.h"

namespace cardea::identity {
namespace {

using base::Errc;
using base::Result;
using base::json::object;

constexpr std::size_t kMaxEmail = 254, kMaxLocalPart = 64, kMaxLabel = 63;
constexpr std::size_t kMaxMetadata = 10, kMaxMetadataName = 100, kMaxMetadataText = 500;
constexpr std::size_t kMaxPicture = 2048;
constexpr double kAtOnce = 50;  // sign-ups from one address
constexpr base::Duration kRefill = std::chrono::milliseconds(1200);
constexpr std::size_t kMaxTracked = 100'000;

bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

// RFC 5322 §3.2.3 atext and dots between atoms.
bool is_local_part(std::string_view text) {
  if (text.empty() || text.size() > kMaxLocalPart || text.front() == '.' || text.back() == '.') return false;
  if (text.find("..") != std::string_view::npos) return false;
  return std::ranges::all_of(text, [](char c) {
    return is_alphanumeric(c) || std::string_view("!#$%&'*+-/=?^_`{|}~.").find(c) != std::string_view::npos;
  });
}

bool is_label(std::string_view label) {
  if (label.empty() || label.size() > kMaxLabel || label.front() == '-' || label.back() == '-') return false;
  return std::ranges::all_of(label, [](char c) { return is_alphanumeric(c) || c == '-'; });
}

// Two labels at least: mail to a bare name goes nowhere on the Internet.
bool is_mail_domain(std::string_view domain) {
  std::size_t labels = 0;
  while (true) {
    const auto dot = domain.find('.');
    if (!is_label(domain.substr(0, dot))) return false;
    ++labels;
    if (dot == std::string_view::npos) break;
    domain.remove_prefix(dot + 1);
  }
  return labels >= 2;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  while (!text.empty() && kBlank.find(text.front()) != std::string_view::npos) text.remove_prefix(1);
  while (!text.empty() && kBlank.find(text.back()) != std::string_view::npos) text.remove_suffix(1);
  return text;
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

bool is_plain_text(std::string_view text) {
  return base::is_utf8(text) &&
         std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

// Auth0's username alphabet. With an '@' it could pass for an address.
bool is_username(const model::Connection& connection, std::string_view username) {
  const auto size = static_cast<int>(username.size());
  if (size < connection.username_min || size > connection.username_max) return false;
  return std::ranges::all_of(username, [](char c) {
    return is_alphanumeric(c) || std::string_view("_+-.!#$^`~'").find(c) != std::string_view::npos;
  });
}

// E.164
bool is_phone_number(std::string_view text) {
  if (text.size() < 3 || text.size() > 16 || text.front() != '+' || text[1] == '0') return false;
  return std::ranges::all_of(text.substr(1), [](char c) { return c >= '0' && c <= '9'; });
}

bool takes_phone_numbers(const model::Connection& connection) {
  const auto* options = base::get_object(connection.document, "options");
  const auto* attributes = options ? base::get_object(*options, "attributes") : nullptr;
  const auto* phone = attributes ? base::get_object(*attributes, "phone_number") : nullptr;
  const auto* identifier = phone ? base::get_object(*phone, "identifier") : nullptr;
  return identifier && base::get_bool_or(*identifier, "active", false);
}

bool is_picture(std::string_view text) {
  if (text.size() > kMaxPicture) return false;
  const auto url = base::Url::parse(text);
  return url && url->is_http() && url->user_info.empty();
}

bool is_profile(const object& profile) {
  struct Member {
    std::string_view name;
    std::size_t max;
  };
  constexpr std::array<Member, 4> kMembers{
      {{"given_name", 150}, {"family_name", 150}, {"name", 300}, {"nickname", 300}}};
  for (const auto& member : profile) {
    const auto* text = member.value().if_string();
    if (!text) return false;
    const std::string_view value = *text;
    if (member.key() == "picture") {
      if (!is_picture(value)) return false;
      continue;
    }
    const auto known = std::ranges::find(kMembers, std::string_view(member.key()), &Member::name);
    if (known == kMembers.end() || value.empty() || characters(value) > known->max || !is_plain_text(value))
      return false;
  }
  return true;
}

bool is_metadata(const object& metadata) {
  if (metadata.size() > kMaxMetadata) return false;
  return std::ranges::all_of(metadata, [](const auto& member) {
    const auto* text = member.value().if_string();
    return characters(member.key()) <= kMaxMetadataName && text && characters(*text) <= kMaxMetadataText;
  });
}

// nullopt: nothing is wrong with it. Brings the identifiers into their stored form.
std::optional<SignUpRefusal> check(const model::Client& client, const model::Connection& connection, NewUser& user) {
  if (connection.strategy != "auth0" || connection.disable_signup || !connection.enabled_for(client.client_id))
    return SignUpRefusal::disabled;
  auto email = normalise_email(user.email);
  if (!email) return SignUpRefusal::invalid_email;
  user.email = std::move(*email);
  user.username = lower_case(trimmed(user.username));
  if (connection.requires_username ? !is_username(connection, user.username) : !user.username.empty())
    return SignUpRefusal::invalid_username;
  if (!user.phone_number.empty() && (!takes_phone_numbers(connection) || !is_phone_number(user.phone_number)))
    return SignUpRefusal::invalid_profile;
  if (!is_profile(user.profile) || !is_metadata(user.user_metadata)) return SignUpRefusal::invalid_profile;
  return std::nullopt;
}

PersonalInfo personal_info_of(const NewUser& user) {
  model::User owner;
  owner.email = user.email;
  owner.username = user.username;
  owner.phone_number = user.phone_number;
  owner.name = base::get_string_or(user.profile, "name");
  owner.nickname = base::get_string_or(user.profile, "nickname");
  owner.given_name = base::get_string_or(user.profile, "given_name");
  owner.family_name = base::get_string_or(user.profile, "family_name");
  return PersonalInfo::of(owner);
}

object document_of(const NewUser& user) {
  object document = user.profile;
  document["email"] = user.email;
  document["email_verified"] = false;
  if (!user.username.empty()) document["username"] = user.username;
  if (!user.phone_number.empty()) {
    document["phone_number"] = user.phone_number;
    document["phone_verified"] = false;
  }
  if (!user.user_metadata.empty()) document["user_metadata"] = user.user_metadata;
  return document;
}

const char* describe(SignUpRefusal why) {
  switch (why) {
    case SignUpRefusal::disabled:
      return "Public signup is disabled";
    case SignUpRefusal::invalid_email:
      return "Invalid email";
    case SignUpRefusal::invalid_username:
      return "Invalid username";
    case SignUpRefusal::invalid_profile:
      return "Invalid profile";
    case SignUpRefusal::weak_password:
      return "Password is too weak";
    case SignUpRefusal::user_exists:
      return "The user already exists.";
    case SignUpRefusal::username_exists:
      return "The username already exists.";
    case SignUpRefusal::too_many:
      return "Too many sign-ups from this address";
    case SignUpRefusal::overloaded:
      return "Too many passwords are being hashed";
    case SignUpRefusal::unavailable:
      return "The store is unavailable";
  }
  return "";
}

AuditDetails details_of(const model::Client& client, const model::Connection& connection, const std::string& email) {
  AuditDetails details;
  details.client_id = client.client_id.value;
  details.client_name = client.name;
  details.connection = connection.name;
  details.user_name = email;
  return details;
}

}  // namespace

std::optional<std::string> normalise_email(std::string_view text) {
  text = trimmed(text);
  const auto at = text.rfind('@');
  if (text.size() > kMaxEmail || at == std::string_view::npos) return std::nullopt;
  if (!is_local_part(text.substr(0, at)) || !is_mail_domain(text.substr(at + 1))) return std::nullopt;
  return lower_case(text);
}

SignUp::SignUp(store::Database& database, store::Users& users, crypto::HashPool& hashes, AccountMail& mail,
               const base::Clock& clock, Limits limits)
    : database_(database),
      users_(users),
      hashes_(hashes),
      mail_(mail),
      sources_(clock, limits, "sign up", kAtOnce, kRefill, kMaxTracked) {}

base::awaitable<Result<model::User, SignUp::Refusal>> SignUp::create(RequestContext context,
                                                                     const model::Client& client,
                                                                     const model::Connection& connection,
                                                                     NewUser user) {
  // Without an event: a flood of these would fill the log.
  if (!co_await sources_.allows(GuessLimits::attempt(context.tenant->tenant.id, "", context.ip).any_account))
    co_return std::unexpected(Refusal{SignUpRefusal::too_many, {}});
  auto password = std::move(user.password);
  if (const auto wrong = check(client, connection, user))
    co_return co_await refuse(context, client, connection, user.email, {*wrong, {}});
  if (auto verdict = judge_password(connection, password, personal_info_of(user)); !verdict.accepted)
    co_return co_await refuse(context, client, connection, user.email,
                              {SignUpRefusal::weak_password, std::move(verdict)});
  // Before anybody looks whether the account exists, so that the time does not tell.
  const auto hash = co_await hashes_.hash(std::move(password));
  if (!hash) {
    const auto why = hash.error().code == Errc::invalid ? SignUpRefusal::weak_password : SignUpRefusal::overloaded;
    co_return co_await refuse(context, client, connection, user.email, {why, {}});
  }

  model::User created;
  const auto mark = co_await database_.write([&](store::Transaction& transaction) -> Result<void> {
    auto made =
        users_.create_in(transaction, context.tenant->tenant.id, connection.name, "auth0", document_of(user), *hash);
    if (!made) return base::pass_on(made);
    created = std::move(*made);
    if (auto sent = mail_.send_verification_in(transaction, context, created, client.client_id); !sent) return sent;
    auto details = details_of(client, connection, created.email);
    details.user_id = created.user_id.value;
    transaction.append_event(make_event(context, "ss", std::move(details), transaction.now()));
    return {};
  });
  if (mark) co_return created;

  auto why = SignUpRefusal::unavailable;
  if (mark.error().code == Errc::already_exists)
    why = co_await username_taken(context.tenant->tenant.id, connection, user) ? SignUpRefusal::username_exists
                                                                               : SignUpRefusal::user_exists;
  co_return co_await refuse(context, client, connection, user.email, {why, {}});
}

// The e-mail address comes first where both are taken.
base::awaitable<bool> SignUp::username_taken(model::TenantId tenant, const model::Connection& connection,
                                             const NewUser& user) {
  if (user.username.empty()) co_return false;
  const auto by_email = co_await users_.find_by_identifier(tenant, connection.name, "email", user.email);
  if (by_email) co_return false;
  const auto by_username = co_await users_.find_by_identifier(tenant, connection.name, "username", user.username);
  co_return by_username.has_value();
}

base::awaitable<std::unexpected<SignUp::Refusal>> SignUp::refuse(const RequestContext& context,
                                                                 const model::Client& client,
                                                                 const model::Connection& connection, std::string email,
                                                                 Refusal refusal) {
  auto details = details_of(client, connection, email);
  details.description = describe(refusal.why);
  // The answer is the same whether the event could be stored or not.
  [[maybe_unused]] const auto mark = co_await database_.write([&](store::Transaction& transaction) -> Result<void> {
    transaction.append_event(make_event(context, "fs", details, transaction.now()));
    return {};
  });
  co_return std::unexpected(std::move(refusal));
}

}  // namespace cardea::identity
