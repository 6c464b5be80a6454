#include <iostream>

#include "app/commands/command_context.h"
#include "app/commands/commands.h"
#include "app/commands/with_tenant.h"
#include "crypto/password_hash.h"
#include "identity/password_policy.h"
#include "identity/session_ending.h"
#include "identity/sign_up.h"

namespace cardea::app {
namespace {

using base::json::object;
using Answer = base::awaitable<base::Result<object>>;

object shown(const model::User& user) {
  object out{{"user_id", user.user_id.value},         {"email", user.email},
             {"email_verified", user.email_verified}, {"name", user.name},
             {"connection", user.connection},         {"blocked", user.blocked}};
  if (!user.username.empty()) out["username"] = user.username;
  for (const auto* member : {"created_at", "last_login", "logins_count"})
    if (const auto* value = user.document.if_contains(member)) out[member] = *value;
  return out;
}

base::awaitable<base::Result<model::User>> find(Foundation& f, model::TenantId tenant, UserSelection selection) {
  auto user = selection.user.find('|') != std::string::npos
                  ? co_await f.users->find_by_user_id(tenant, model::UserId(selection.user))
                  : co_await f.users->find_by_identifier(tenant, selection.connection, "email",
                                                         identity::normalise_email(selection.user).value_or(""));
  if (!user && user.error().code == base::Errc::not_found)
    co_return base::fail(base::Errc::not_found, "no such user: " + selection.user);
  co_return user;
}

base::Result<std::string> hash_of(Foundation& f, const identity::TenantSnapshot& tenant, const UserSelection& selection,
                                  const std::string& password) {
  const auto* connection = tenant.connection(selection.connection);
  if (connection == nullptr) return base::fail(base::Errc::not_found, "no such connection: " + selection.connection);
  const auto verdict = identity::judge_password(*connection, password);
  if (!verdict.accepted) return base::fail(base::Errc::invalid, "the password is too weak:\n" + verdict.policy);
  return crypto::hash_password(f.password_hashing(), password, f.random);
}

Answer create(Foundation& f, model::Tenant tenant, UserSelection selection, std::string password, bool verified) {
  const auto email = identity::normalise_email(selection.user);
  if (!email) co_return base::fail(base::Errc::invalid, "not an e-mail address: " + selection.user);
  auto context = co_await command_context(f, tenant.id);
  if (!context) co_return base::pass_on(context);
  const auto hash = hash_of(f, *context->tenant, selection, password);
  if (!hash) co_return base::pass_on(hash);
  model::User user;
  const auto written = co_await f.database->write([&](store::Transaction& t) -> base::Result<void> {
    auto created = f.users->create_in(t, tenant.id, selection.connection, "auth0",
                                      {{"email", *email}, {"email_verified", verified}}, *hash);
    if (!created) return base::pass_on(created);
    user = std::move(*created);
    return {};
  });
  if (!written && written.error().code == base::Errc::already_exists)
    co_return base::fail(base::Errc::already_exists, "the user already exists");
  if (!written) co_return base::pass_on(written);
  co_return shown(user);
}

Answer set_password(Foundation& f, model::Tenant tenant, UserSelection selection, std::string password) {
  auto user = co_await find(f, tenant.id, selection);
  if (!user) co_return base::pass_on(user);
  auto context = co_await command_context(f, tenant.id);
  if (!context) co_return base::pass_on(context);
  selection.connection = user->connection;
  const auto hash = hash_of(f, *context->tenant, selection, password);
  if (!hash) co_return base::pass_on(hash);
  identity::SessionEnding ending(*f.session_store.keeper, *f.database, *f.sessions, *f.families);
  const auto elsewhere = co_await ending.elsewhere(tenant.id, user->key);
  const auto written = co_await f.database->write([&](store::Transaction& t) -> base::Result<void> {
    if (auto set = f.users->set_password_in(t, tenant.id, user->key, *hash); !set) return set;
    return ending.end_all_in(t, *context, user->key, elsewhere, "password-changed");
  });
  if (!written) co_return base::pass_on(written);
  co_return shown(*user);
}

Answer block(Foundation& f, model::Tenant tenant, UserSelection selection, bool blocked) {
  auto user = co_await find(f, tenant.id, selection);
  if (!user) co_return base::pass_on(user);
  auto context = co_await command_context(f, tenant.id);
  if (!context) co_return base::pass_on(context);
  identity::SessionEnding ending(*f.session_store.keeper, *f.database, *f.sessions, *f.families);
  const auto elsewhere = co_await ending.elsewhere(tenant.id, user->key);
  model::User updated;
  const auto written = co_await f.database->write([&](store::Transaction& t) -> base::Result<void> {
    auto result = f.users->update_in(t, tenant.id, user->key, {{"blocked", blocked}});
    if (!result) return base::pass_on(result);
    updated = std::move(*result);
    if (!blocked) return {};
    return ending.end_all_in(t, *context, user->key, elsewhere, "account-deactivated");
  });
  if (!written) co_return base::pass_on(written);
  co_return shown(updated);
}

Answer erase(Foundation& f, model::Tenant tenant, UserSelection selection) {
  auto user = co_await find(f, tenant.id, selection);
  if (!user) co_return base::pass_on(user);
  auto context = co_await command_context(f, tenant.id);
  if (!context) co_return base::pass_on(context);
  identity::SessionEnding ending(*f.session_store.keeper, *f.database, *f.sessions, *f.families);
  const auto elsewhere = co_await ending.elsewhere(tenant.id, user->key);
  const auto written = co_await f.database->write([&](store::Transaction& t) -> base::Result<void> {
    if (auto ended = ending.end_all_in(t, *context, user->key, elsewhere, "account-deleted"); !ended) return ended;
    return f.users->erase_in(t, tenant.id, user->key);
  });
  if (!written) co_return base::pass_on(written);
  co_return object{{"deleted", user->user_id.value}};
}

std::string password_or_input(std::string password) {
  if (password.empty()) std::getline(std::cin, password);
  return password;
}

}  // namespace

int user_find(Config config, const UserSelection& selection, const Output& output) {
  return with_tenant(std::move(config), selection.tenant, output,
                     [&selection](Foundation& f, model::Tenant tenant) -> Answer {
                       auto user = co_await find(f, tenant.id, selection);
                       if (!user) co_return base::pass_on(user);
                       co_return shown(*user);
                     });
}

int user_create(Config config, const UserSelection& selection, std::string password, bool verified,
                const Output& output) {
  password = password_or_input(std::move(password));
  return with_tenant(std::move(config), selection.tenant, output, [&](Foundation& f, model::Tenant tenant) {
    return create(f, std::move(tenant), selection, password, verified);
  });
}

int user_set_password(Config config, const UserSelection& selection, std::string password, const Output& output) {
  password = password_or_input(std::move(password));
  return with_tenant(std::move(config), selection.tenant, output, [&](Foundation& f, model::Tenant tenant) {
    return set_password(f, std::move(tenant), selection, password);
  });
}

int user_block(Config config, const UserSelection& selection, bool blocked, const Output& output) {
  return with_tenant(std::move(config), selection.tenant, output, [&](Foundation& f, model::Tenant tenant) {
    return block(f, std::move(tenant), selection, blocked);
  });
}

int user_delete(Config config, const UserSelection& selection, const Output& output) {
  return with_tenant(std::move(config), selection.tenant, output,
                     [&](Foundation& f, model::Tenant tenant) { return erase(f, std::move(tenant), selection); });
}

}  // namespace cardea::app
