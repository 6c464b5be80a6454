#include "identity/password_login.h"

#include "crypto/foreign_hash.h"
#include "crypto/password_hash.h"
#include "identity/audit.h"
#include "identity/guess_limits.h"
#include "identity/sign_up.h"

namespace cardea::identity {

using base::Errc;
using base::Result;

struct PasswordLogin::Impl {
  Impl(store::Database& d, store::Users& u, crypto::HashPool& h, const base::Clock& c, const Options& options)
      : database(d),
        users(u),
        hashes(h),
        clock(c),
        limits(options.limits),
        guesses(c, {.max_tracked = options.max_tracked}) {}

  // What one attempt is about. `client` and `connection` belong to the caller, who awaits.
  struct Attempt {
    RequestContext context;
    const model::Client& client;
    const model::Connection& connection;
    std::string identifier;  // normalised
    bool limited = false;    // protected against guessing
    GuessLimits::Attempt guess;
  };

  base::awaitable<Result<model::User, LoginRefusal>> check(const Attempt& attempt, std::string password);
  base::awaitable<Result<model::User, LoginRefusal>> accept(const Attempt& attempt, model::User user,
                                                            model::Credential credential, std::string password);
  base::awaitable<LoginRefusal> refuse_guess(const Attempt& attempt, const model::User* user);
  base::awaitable<LoginRefusal> refuse_blocked(const Attempt& attempt, GuessLimits::Block block);
  base::awaitable<GuessLimits::Block> block_of(const Attempt& attempt);
  base::awaitable<bool> count_failure(const Attempt& attempt);

  base::awaitable<Result<model::User>> find_user(const model::TenantId& tenant, const model::Connection& connection,
                                                 const std::string& identifier);
  base::awaitable<void> renew_hash(const model::TenantId& tenant, const model::Credential& old, std::string password);
  base::awaitable<void> record(const Attempt& attempt, std::vector<std::string_view> types, const model::User* user,
                               std::string description);

  store::Database& database;
  store::Users& users;
  crypto::HashPool& hashes;
  const base::Clock& clock;
  const Limits limits;
  GuessLimits guesses;
};

namespace {

constexpr std::size_t kMaxIdentifier = 254;

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

// One spelling per account; what is no address may still be a username.
std::string normalise_identifier(std::string_view text) {
  if (text.size() > kMaxIdentifier) text = text.substr(0, kMaxIdentifier);
  if (auto email = normalise_email(text)) return std::move(*email);
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return lower_case(text);
}

}  // namespace

PasswordLogin::PasswordLogin(store::Database& database, store::Users& users, crypto::HashPool& hashes,
                             const base::Clock& clock, Options options)
    : impl_(std::make_unique<Impl>(database, users, hashes, clock, options)) {}

PasswordLogin::~PasswordLogin() = default;

base::awaitable<Result<model::User, LoginRefusal>> PasswordLogin::check(RequestContext context,
                                                                        const model::Client& client,
                                                                        const model::Connection& connection,
                                                                        std::string identifier, std::string password) {
  const auto tenant = context.tenant->tenant.id;
  auto normalised = normalise_identifier(identifier);
  auto guess = GuessLimits::attempt(tenant, normalised, context.ip);
  const Impl::Attempt attempt{std::move(context),
                              client,
                              connection,
                              std::move(normalised),
                              impl_->limits.on && connection.brute_force_protection,
                              std::move(guess)};
  co_return co_await impl_->check(attempt, std::move(password));
}

base::awaitable<void> PasswordLogin::unblock(model::TenantId tenant, std::string identifier) {
  const auto normalised = normalise_identifier(identifier);
  impl_->guesses.unblock(tenant, normalised);
  if (impl_->limits.shared == nullptr) co_return;
  // What cannot be forgotten now ends by itself.
  [[maybe_unused]] const auto done =
      co_await impl_->limits.shared->forget(GuessLimits::attempt(tenant, normalised, "").account);
}

// The counters of all nodes decide as long as they can be reached; those of this node are kept up meanwhile.
base::awaitable<GuessLimits::Block> PasswordLogin::Impl::block_of(const Attempt& attempt) {
  if (!attempt.limited) co_return GuessLimits::Block::none;
  if (limits.shared != nullptr)
    if (const auto block = co_await limits.shared->block_of(attempt.guess, guesses.rules())) co_return *block;
  co_return guesses.block_of(attempt.guess);
}

base::awaitable<bool> PasswordLogin::Impl::count_failure(const Attempt& attempt) {
  if (!attempt.limited) co_return false;
  const bool begins_here = guesses.failed(attempt.guess);
  if (limits.shared == nullptr) co_return begins_here;
  const auto begins = co_await limits.shared->failed(attempt.guess, guesses.rules());
  co_return begins ? *begins : begins_here;
}

base::awaitable<Result<model::User, LoginRefusal>> PasswordLogin::Impl::check(const Attempt& attempt,
                                                                              std::string password) {
  if (const auto block = co_await block_of(attempt); block != GuessLimits::Block::none)
    co_return std::unexpected(co_await refuse_blocked(attempt, block));

  const auto& tenant = attempt.context.tenant->tenant.id;
  auto user = co_await find_user(tenant, attempt.connection, attempt.identifier);
  if (!user && user.error().code != Errc::not_found) co_return std::unexpected(LoginRefusal::unavailable);
  auto credential = Result<model::Credential>(base::fail(Errc::not_found, "no user"));
  if (user) credential = co_await users.password(tenant, user->key);
  if (!credential && credential.error().code != Errc::not_found) co_return std::unexpected(LoginRefusal::unavailable);

  // Also without an account the time of a verification passes, so that it tells nothing.
  auto right = Result<bool>(false);
  if (credential)
    right = co_await hashes.verify(credential->hash, password);
  else
    right = co_await hashes.verify_absent(password);
  // One that another system has hashed may take next to none.
  if (credential && right && !*right && crypto::is_foreign_hash(credential->hash))
    right = co_await hashes.verify_absent(password);
  if (!right) co_return std::unexpected(LoginRefusal::overloaded);

  if (!*right) co_return std::unexpected(co_await refuse_guess(attempt, user ? &*user : nullptr));
  // Guesses that were sent all at once do not get more tries than those sent one by one.
  if (const auto block = co_await block_of(attempt); block != GuessLimits::Block::none)
    co_return std::unexpected(co_await refuse_blocked(attempt, block));
  co_return co_await accept(attempt, std::move(*user), std::move(*credential), std::move(password));
}

base::awaitable<Result<model::User, LoginRefusal>> PasswordLogin::Impl::accept(const Attempt& attempt, model::User user,
                                                                               model::Credential credential,
                                                                               std::string password) {
  if (attempt.limited) guesses.succeeded(attempt.guess);
  if (attempt.limited && limits.shared != nullptr) [[maybe_unused]]
    const auto done = co_await limits.shared->succeeded(attempt.guess, guesses.rules());
  if (user.blocked) {
    co_await record(attempt, {"f"}, &user, "user is blocked");
    co_return std::unexpected(LoginRefusal::blocked);
  }
  if (crypto::needs_rehash(credential.hash, hashes.policy()))
    co_await renew_hash(attempt.context.tenant->tenant.id, credential, std::move(password));
  co_return user;
}

base::awaitable<LoginRefusal> PasswordLogin::Impl::refuse_guess(const Attempt& attempt, const model::User* user) {
  const bool was_blocked = co_await block_of(attempt) != GuessLimits::Block::none;
  const bool begins_block = co_await count_failure(attempt);
  if (was_blocked) co_return LoginRefusal::too_many_attempts;
  std::vector<std::string_view> types{user ? "fp" : "fu"};
  if (begins_block) types.push_back("limit_wc");
  co_await record(attempt, std::move(types), user, "Wrong email or password.");
  co_return LoginRefusal::wrong_credentials;
}

base::awaitable<LoginRefusal> PasswordLogin::Impl::refuse_blocked(const Attempt& attempt, GuessLimits::Block block) {
  const bool whole_address = block == GuessLimits::Block::source;
  // Of a whole address once a minute, not once for every name that it makes up.
  auto about = attempt.guess;
  if (whole_address) about.account = about.any_account;
  if (guesses.worth_reporting(about))
    co_await record(attempt, {whole_address ? "limit_mu" : "limit_wc"}, nullptr,
                    "Too many failed attempts; refused whatever the password.");
  co_return LoginRefusal::too_many_attempts;
}

base::awaitable<Result<model::User>> PasswordLogin::Impl::find_user(const model::TenantId& tenant,
                                                                    const model::Connection& connection,
                                                                    const std::string& identifier) {
  if (identifier.find('@') != std::string::npos) {
    auto user = co_await users.find_by_identifier(tenant, connection.name, "email", identifier);
    if (user || user.error().code != Errc::not_found) co_return user;
  }
  if (!connection.requires_username || identifier.empty()) co_return base::fail(Errc::not_found, "no such user");
  co_return co_await users.find_by_identifier(tenant, connection.name, "username", identifier);
}

// Failing leaves the old hash, which is as good as it was before.
base::awaitable<void> PasswordLogin::Impl::renew_hash(const model::TenantId& tenant, const model::Credential& old,
                                                      std::string password) {
  const auto renewed = co_await hashes.hash(std::move(password));
  if (!renewed) co_return;
  const store::Key key{tenant, store::Kind::credential, old.row_id};
  [[maybe_unused]] const auto mark = co_await database.write([&](store::Transaction& transaction) -> Result<void> {
    auto row = transaction.get(key);
    if (!row) return base::pass_on(row);
    auto document = row->document();
    // The password may have been changed since it was read.
    if (base::get_string_or(document, "hash") != old.hash) return base::fail(Errc::conflict, "password changed");
    document["hash"] = *renewed;
    row->set_document(document);
    return transaction.put(std::move(*row));
  });
}

// The answer is the same whether the event could be stored or not.
base::awaitable<void> PasswordLogin::Impl::record(const Attempt& attempt, std::vector<std::string_view> types,
                                                  const model::User* user, std::string description) {
  AuditDetails details;
  details.client_id = attempt.client.client_id.value;
  details.client_name = attempt.client.name;
  details.connection = attempt.connection.name;
  details.user_name = attempt.identifier;
  if (user) details.user_id = user->user_id.value;
  details.description = std::move(description);
  [[maybe_unused]] const auto mark = co_await database.write([&](store::Transaction& transaction) -> Result<void> {
    for (const auto type : types)
      transaction.append_event(make_event(attempt.context, type, details, transaction.now()));
    return {};
  });
}

}  // namespace cardea::identity
