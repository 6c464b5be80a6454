#include "app/services.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <thread>

namespace cardea::app {
namespace {

std::size_t hash_threads(const Config& config) {
  return config.hash_threads > 0 ? config.hash_threads : std::max(1U, std::thread::hardware_concurrency());
}

base::awaitable<void> sleep(base::Duration duration) {
  using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                  boost::asio::wait_traits<std::chrono::steady_clock>, base::Executor>;
  Timer timer(co_await boost::asio::this_coro::executor, duration);
  co_await timer.async_wait(boost::asio::use_awaitable_t<base::Executor>());
}

identity::Limits limits_of(const Foundation& f) { return {f.config.limits_enabled, f.session_store.limits.get()}; }

}  // namespace

Services::Services(Foundation& f, base::Executor background)
    : hashes(hash_threads(f.config), f.config.hash_queue, f.password_hashing(), f.random, f.clock),
      new_password(hashes),
      mail(*f.tickets, f.keys, f.random),
      passwords(*f.database, *f.users, hashes, f.clock, {.limits = limits_of(f)}),
      sign_up(*f.database, *f.users, hashes, mail, f.clock, limits_of(f)),
      ending(*f.session_store.keeper, *f.database, *f.sessions, *f.families),
      sessions(*f.session_store.keeper, *f.sessions, *f.users, *f.artifacts, f.random, f.clock),
      recovery(*f.database, *f.users, *f.tickets, hashes, mail, passwords, ending, f.clock, limits_of(f)),
      transactions(*f.artifacts, f.clock),
      keys(*f.database, *f.signing_keys, f.keys, f.random, f.clock, f.directory.get()),
      minting(*f.artifacts, f.random, f.clock),
      issuing(*f.users, claims, keys, minting),
      codes(*f.artifacts, f.clock),
      refresh_tokens(*f.artifacts, f.random, f.clock),
      events(*f.database, std::move(background), sleep, *f.log),
      clients(*f.database, *f.consumptions, f.clock),
      tokens({*f.database, *f.users, *f.families, clients, grants, issuing, refresh_tokens, events, f.clock}),
      authorize({sessions, *f.users, *f.consents, transactions, codes, issuing, events, f.clock}),
      access_tokens(*f.artifacts, f.clock),
      introspection(access_tokens, refresh_tokens, *f.families, f.clock),
      revocation(*f.database, *f.families, refresh_tokens),
      logout(sessions, ending, *f.artifacts, f.clock),
      contexts(*f.directory, *f.database),
      auth{contexts,      tokens,    authorize, logout,   clients,  revocation, introspection,
           access_tokens, discovery, sign_up,   recovery, *f.users, f.random,   api::show_error},
      login{contexts, transactions, sessions,    passwords, sign_up,     recovery,
            ending,   *f.artifacts, *f.database, *f.users,  *f.consents, f.clock},
      manage{*f.database, *f.configuration, *f.tenants, *f.users, *f.signing_keys, new_password,
             mail,        passwords,        ending,     keys,     f.clock} {
  if (f.replicas)
    stale_manage.emplace(*f.replicas, *f.stale_configuration, *f.tenants, *f.stale_users, *f.signing_keys, new_password,
                         mail, passwords, ending, keys, f.clock);
  add_grants(grants, {codes, refresh_tokens, *f.consumptions, *f.families, *f.users, passwords, f.clock});
}

Services::~Services() { hashes.stop(); }

}  // namespace cardea::app
