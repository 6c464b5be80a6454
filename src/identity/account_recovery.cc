#include "identity/account_recovery.h"

#include <optional>

#include "identity/audit.h"
#include "identity/rate_limit.h"
#include "identity/sign_up.h"

namespace cardea::identity {
namespace {

using base::Errc;
using base::Result;

constexpr std::string_view kResetPassword = "reset_password";
constexpr std::string_view kVerifyEmail = "verify_email";
constexpr std::size_t kMaxSecret = 256;

// Reference §19: 10, then one per minute, of one address.
constexpr double kMailsAtOnce = 10;
constexpr auto kMailInterval = std::chrono::minutes(1);
constexpr std::size_t kMaxTracked = 100'000;

using Refusal = AccountRecovery::Refusal;
using Refused = AccountRecovery::Refused;

Refusal refusal_of(const base::Error& error) {
  switch (error.code) {
    case Errc::conflict:
      return Refusal::used;
    case Errc::not_found:
      return Refusal::expired;
    case Errc::denied:
      return Refusal::mismatch;
    case Errc::already_exists:
    case Errc::invalid:
    case Errc::read_only:
    case Errc::unconfirmed:
    case Errc::unavailable:
      return Refusal::unavailable;
  }
  return Refusal::unavailable;
}

std::unexpected<Refused> refused(Refusal why) { return std::unexpected(Refused{why, {}}); }
std::unexpected<Refused> refused(const base::Error& error) { return refused(refusal_of(error)); }

AuditDetails details_of(const model::User& user, const model::ClientId& client, std::string description) {
  AuditDetails details;
  details.client_id = client.value;
  details.connection = user.connection;
  details.user_id = user.user_id.value;
  details.user_name = user.email.empty() ? user.username : user.email;
  details.description = std::move(description);
  return details;
}

// A ticket is void when the address that it was sent to is no longer the user's.
bool still_fits(const model::Ticket& ticket, const model::User& user) {
  return ticket.email.empty() || ticket.email == user.email;
}

}  // namespace

struct AccountRecovery::Impl {
  // A ticket with its user, both read before the unit of work.
  struct Found {
    model::Ticket ticket;
    model::User user;
  };

  base::awaitable<Result<model::User>> find_user(const model::TenantId& tenant, const model::Connection& connection,
                                                 const std::string& identifier);
  base::awaitable<Result<Found, Refused>> find(const RequestContext& context, const std::string& secret);
  // Burns the ticket and every other of its kind that the user has.
  Result<void> use_in(store::Transaction& transaction, const model::TenantId& tenant, const model::Ticket& ticket);
  Result<void> set_password_in(store::Transaction& transaction, const RequestContext& context, const Found& found,
                               const std::string& hash, const std::vector<model::Session>& elsewhere);
  base::awaitable<void> record(const RequestContext& context, std::string_view type, AuditDetails details);

  store::Database& database;
  store::Users& users;
  store::Tickets& tickets;
  crypto::HashPool& hashes;
  AccountMail& mail;
  PasswordLogin& logins;
  SessionEnding& sessions;
  RateLimit mails;
};

AccountRecovery::AccountRecovery(store::Database& database, store::Users& users, store::Tickets& tickets,
                                 crypto::HashPool& hashes, AccountMail& mail, PasswordLogin& logins,
                                 SessionEnding& sessions, const base::Clock& clock, Limits limits)
    : impl_(new Impl{database, users, tickets, hashes, mail, logins, sessions,
                     RateLimit(clock, limits, "reset mail", kMailsAtOnce, kMailInterval, kMaxTracked)}) {}

AccountRecovery::~AccountRecovery() = default;

base::awaitable<Result<void>> AccountRecovery::request_reset(RequestContext context,
                                                             const model::Connection& connection,
                                                             model::ClientId client, std::string identifier) {
  const auto tenant = context.tenant->tenant.id;
  const auto normalised = normalise_email(identifier).value_or(identifier);
  const auto user = co_await impl_->find_user(tenant, connection, normalised);
  if (!user && user.error().code != Errc::not_found) co_return base::pass_on(user);

  const bool known = user && !user->email.empty();
  const bool sends = known && co_await impl_->mails.allows(tenant.value + '\0' + user->user_id.value);
  // Known or not, one unit of work is written: the time tells nothing.
  const auto mark = co_await impl_->database.write([&](store::Transaction& transaction) -> Result<void> {
    AuditDetails details;
    if (known)
      details = details_of(*user, client, sends ? "Change password request" : "Too many requests; no mail sent");
    if (!known) {
      details.client_id = client.value;
      details.connection = connection.name;
      details.user_name = normalised;
      details.description = "No such user, or the user has no address";
    }
    if (sends)
      if (auto sent = impl_->mail.send_reset_in(transaction, context, *user, client); !sent) return sent;
    transaction.append_event(make_event(context, sends ? "scpr" : "fcpr", std::move(details), transaction.now()));
    return {};
  });
  if (!mark) co_return base::pass_on(mark);
  co_return Result<void>{};
}

base::awaitable<Result<model::Ticket, Refused>> AccountRecovery::look_at(RequestContext context, std::string secret) {
  auto found = co_await impl_->find(context, secret);
  if (!found) co_return base::pass_on(found);
  co_return std::move(found->ticket);
}

base::awaitable<Result<model::Ticket, Refused>> AccountRecovery::change_password(RequestContext context,
                                                                                 std::string secret,
                                                                                 std::string password) {
  const auto found = co_await impl_->find(context, secret);
  if (!found) co_return base::pass_on(found);
  const auto& user = found->user;
  const auto* connection = context.tenant->connection(user.connection);
  if (found->ticket.type != kResetPassword || !connection) co_return refused(Refusal::mismatch);

  auto verdict = judge_password(*connection, password, PersonalInfo::of(user));
  if (!verdict.accepted) co_return std::unexpected(Refused{Refusal::weak_password, std::move(verdict)});
  const auto hash = co_await impl_->hashes.hash(std::move(password));
  if (!hash) co_return refused(hash.error().code == Errc::invalid ? Refusal::weak_password : Refusal::overloaded);

  const auto elsewhere = co_await impl_->sessions.elsewhere(context.tenant->tenant.id, user.key);
  const auto mark = co_await impl_->database.write([&](store::Transaction& transaction) -> Result<void> {
    return impl_->set_password_in(transaction, context, *found, *hash, elsewhere);
  });
  if (!mark) {
    co_await impl_->record(context, "fcp", details_of(user, found->ticket.client, mark.error().reason));
    co_return refused(mark.error());
  }
  for (const auto* identifier : {&user.email, &user.username})
    if (!identifier->empty()) co_await impl_->logins.unblock(context.tenant->tenant.id, *identifier);
  co_return found->ticket;
}

base::awaitable<Result<model::Ticket, Refused>> AccountRecovery::verify_email(RequestContext context,
                                                                              std::string secret) {
  const auto found = co_await impl_->find(context, secret);
  if (!found) co_return base::pass_on(found);
  if (found->ticket.type != kVerifyEmail) co_return refused(Refusal::mismatch);

  const auto& tenant = context.tenant->tenant.id;
  const auto mark = co_await impl_->database.write([&](store::Transaction& transaction) -> Result<void> {
    if (auto used = impl_->use_in(transaction, tenant, found->ticket); !used) return used;
    auto verified = impl_->users.update_in(transaction, tenant, found->user.key, {{"email_verified", true}});
    if (!verified) return base::pass_on(verified);
    if (!still_fits(found->ticket, *verified)) return base::fail(Errc::denied, "the address has changed");
    auto details =
        details_of(*verified, found->ticket.client, "Your email was verified. You can continue using the application.");
    transaction.append_event(make_event(context, "sv", std::move(details), transaction.now()));
    return {};
  });
  if (!mark) {
    co_await impl_->record(context, "fv", details_of(found->user, found->ticket.client, mark.error().reason));
    co_return refused(mark.error());
  }
  co_return found->ticket;
}

base::awaitable<Result<model::User>> AccountRecovery::Impl::find_user(const model::TenantId& tenant,
                                                                      const model::Connection& connection,
                                                                      const std::string& identifier) {
  const bool is_email = identifier.find('@') != std::string::npos;
  if (!is_email && !connection.requires_username) co_return base::fail(Errc::not_found, "no such user");
  co_return co_await users.find_by_identifier(tenant, connection.name, is_email ? "email" : "username", identifier);
}

base::awaitable<Result<AccountRecovery::Impl::Found, Refused>> AccountRecovery::Impl::find(
    const RequestContext& context, const std::string& secret) {
  if (secret.empty() || secret.size() > kMaxSecret) co_return refused(Refusal::expired);
  const auto& tenant = context.tenant->tenant.id;
  auto ticket = co_await tickets.find(tenant, AccountMail::token_hash(secret));
  if (!ticket) co_return refused(ticket.error());
  if (ticket->used) co_return refused(Refusal::used);
  auto user = co_await users.find(tenant, ticket->user);
  if (!user) co_return refused(user.error().code == Errc::not_found ? Refusal::mismatch : Refusal::unavailable);
  if (!still_fits(*ticket, *user)) co_return refused(Refusal::mismatch);
  co_return Found{std::move(*ticket), std::move(*user)};
}

Result<void> AccountRecovery::Impl::use_in(store::Transaction& transaction, const model::TenantId& tenant,
                                           const model::Ticket& ticket) {
  if (auto used = tickets.use_in(transaction, tenant, ticket.token_hash); !used) return base::pass_on(used);
  constexpr std::size_t kMaxTickets = 1000;
  const auto others = transaction.find(tenant, store::Kind::ticket, "user", ticket.user.value, kMaxTickets);
  if (!others) return base::pass_on(others);
  for (const auto& other : *others) {
    if (other.key.id == ticket.token_hash || base::get_string_or(other.document(), "type") != ticket.type) continue;
    auto used = tickets.use_in(transaction, tenant, other.key.id);
    if (!used && used.error().code != Errc::conflict && used.error().code != Errc::not_found)
      return base::pass_on(used);
  }
  return {};
}

Result<void> AccountRecovery::Impl::set_password_in(store::Transaction& transaction, const RequestContext& context,
                                                    const Found& found, const std::string& hash,
                                                    const std::vector<model::Session>& elsewhere) {
  const auto& tenant = context.tenant->tenant.id;
  const auto& [ticket, user] = found;
  if (auto used = use_in(transaction, tenant, ticket); !used) return used;
  base::json::object changes;
  // True of every ticket that was mailed: who has it reads the mailbox.
  if (ticket.mark_email_as_verified && !user.email.empty()) changes["email_verified"] = true;
  auto updated = users.update_in(transaction, tenant, user.key, changes);
  if (!updated) return base::pass_on(updated);
  if (!still_fits(ticket, *updated)) return base::fail(Errc::denied, "the address has changed");
  if (auto set = users.set_password_in(transaction, tenant, user.key, hash); !set) return set;
  if (auto ended = sessions.end_all_in(transaction, context, user.key, elsewhere, "password-changed"); !ended)
    return ended;
  transaction.append_event(make_event(
      context, "scp", details_of(user, ticket.client, "You can now login to the application with the new password."),
      transaction.now()));
  return {};
}

base::awaitable<void> AccountRecovery::Impl::record(const RequestContext& context, std::string_view type,
                                                    AuditDetails details) {
  [[maybe_unused]] const auto mark = co_await database.write([&](store::Transaction& transaction) -> Result<void> {
    transaction.append_event(make_event(context, type, details, transaction.now()));
    return {};
  });
}

}  // namespace cardea::identity
