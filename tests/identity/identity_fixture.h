#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/fake_clock.h"
#include "base/log.h"
#include "base/random.h"
#include "crypto/certificate.h"
#include "crypto/hash_pool.h"
#include "identity/account_mail.h"
#include "identity/database_sessions.h"
#include "identity/request_context.h"
#include "identity/session_ending.h"
#include "identity/session_service.h"
#include "identity/tenant_directory.h"
#include "identity/tenant_loader.h"
#include "store/artifact.h"
#include "store/configuration.h"
#include "store/one_time.h"
#include "store/open.h"
#include "store/refresh_families.h"
#include "store/sessions.h"
#include "store/tenants.h"
#include "store/users.h"
#include "tests/faults/gated_database.h"

namespace cardea::identity {

// A tenant "acme" with one application, one database connection and one key, on a memory store. Everything runs on the
// test's thread: run() drives coroutines and password hashing alike.
class IdentityTest : public testing::Test {
 protected:
  static constexpr std::string_view kBaseUrl = "https://id.example.com:8443";
  static constexpr std::string_view kConnection = "Username-Password-Authentication";
  static constexpr std::string_view kClient = "client-one";

  IdentityTest() {
    check(run(tenants.prepare()));
    tenant_id = make_tenant("acme");
  }

  static crypto::PasswordHashing cheap() {
    crypto::PasswordHashing hashing;
    hashing.bcrypt_cost = 4;
    return hashing;
  }

  template <class T>
  static T must(base::Result<T> result) {
    EXPECT_TRUE(result) << (result ? "" : result.error().reason);
    return std::move(result.value());
  }
  template <class T>
  static void check(const base::Result<T>& result) {
    ASSERT_TRUE(result) << result.error().reason;
  }

  template <class T>
  T run(base::awaitable<T> work) {
    std::vector<base::awaitable<T>> one;
    one.push_back(std::move(work));
    return std::move(run_all(std::move(one)).front());
  }

  // All at once.
  template <class T>
  std::vector<T> run_all(std::vector<base::awaitable<T>> works) {
    boost::asio::io_context context(1);
    const auto open = boost::asio::make_work_guard(context);
    std::vector<std::optional<T>> results(works.size());
    std::exception_ptr thrown;
    std::size_t left = works.size();
    for (std::size_t i = 0; i < works.size(); ++i)
      boost::asio::co_spawn(context.get_executor(), std::move(works[i]), [&, i](std::exception_ptr error, T value) {
        if (error) thrown = error;
        results[i].emplace(std::move(value));
        --left;
      });
    while (left > 0)
      if (context.poll() == 0 && !hashes.run_one()) context.run_one();
    if (thrown) std::rethrow_exception(thrown);
    std::vector<T> out;
    for (auto& result : results) out.push_back(std::move(*result));
    return out;
  }

  store::CommitMark write(store::Database::Body body) { return must(run(database->write(std::move(body)))); }

  model::TenantId make_tenant(const std::string& name, base::json::object settings = {}) {
    clock.advance(std::chrono::seconds(1));  // tenants are told apart by age
    const auto id = must(run(tenants.create(name, std::move(settings)))).id;
    write([&](store::Transaction& transaction) -> base::Result<void> {
      for (auto [kind, document] : initial_configuration())
        if (auto made = configuration.create_in(transaction, id, kind, document); !made) return base::pass_on(made);
      return {};
    });
    add_key(id, crypto::SigningAlgorithm::es256, model::SigningKeyState::active, "key-1");
    return id;
  }

  static std::vector<std::pair<store::Kind, base::json::object>> initial_configuration() {
    return {
        {store::Kind::client,
         {{"client_id", kClient},
          {"name", "The Application"},
          {"app_type", "regular_web"},
          {"oidc_logout",
           {{"backchannel_logout_urls", {"https://app.example.net/logout"}},
            {"backchannel_logout_initiators", {{"mode", "custom"}, {"selected_initiators", {"password-changed"}}}}}}}},
        {store::Kind::connection,
         {{"id", "con_1"}, {"name", kConnection}, {"strategy", "auth0"}, {"enabled_clients", {kClient}}}}};
  }

  void add_key(const model::TenantId& id, crypto::SigningAlgorithm algorithm, model::SigningKeyState state,
               const std::string& kid) {
    const auto secret = must(crypto::PrivateKey::generate(algorithm));
    model::SigningKeyRow row;
    row.kid = model::KeyId{kid};
    row.alg = crypto::to_string(algorithm);
    row.state = state;
    row.created_at = row.current_since = clock.now();
    row.public_pem = secret.public_key().to_pem();
    row.certificate_pem =
        must(crypto::make_signing_certificate(secret, "acme", clock.now(), clock.now() + std::chrono::days(365)));
    row.sealed_private_pem = must(keys.seal_secret(id, signing_key_seal_context(row.kid), secret.to_pem()));
    write([&](store::Transaction& transaction) { return signing_keys.put_in(transaction, id, row); });
  }

  // Overwrites members of the connection's options.
  void set_options(const base::json::object& options) {
    write([&](store::Transaction& transaction) -> base::Result<void> {
      auto done =
          configuration.update_in(transaction, tenant_id, store::Kind::connection, "con_1", {{"options", options}});
      if (!done) return base::pass_on(done);
      return {};
    });
  }

  RequestContext context() {
    RequestContext made;
    made.tenant = must(run(directory.find(tenant_id)));
    made.address = directory.address(*made.tenant, "acme.id.example.com:8443");
    made.ip = "203.0.113.7";
    made.user_agent = "Mozilla/5.0 (Test)";
    made.request_id = "request-1";
    return made;
  }
  const model::Connection& connection(const RequestContext& of) { return *of.tenant->connection(kConnection); }
  const model::Client& client(const RequestContext& of) { return *of.tenant->client(kClient); }

  model::User make_user(const std::string& email, const std::string& password, base::json::object more = {}) {
    const auto hash = must(run(hashes.hash(password)));
    model::User user;
    more["email"] = email;
    write([&](store::Transaction& transaction) -> base::Result<void> {
      auto made = users.create_in(transaction, tenant_id, std::string(kConnection), "auth0", more, hash);
      if (!made) return base::pass_on(made);
      user = *made;
      return {};
    });
    return user;
  }

  // Types of the tenant's events, oldest first.
  std::vector<std::string> event_types() {
    std::vector<std::string> types;
    for (const auto& event : events()) types.push_back(event.type);
    return types;
  }
  std::vector<model::Event> events() { return must(run(database->events_after(tenant_id, 0, 1000))); }

  // Jobs of the queue, taken out of it.
  std::vector<model::Job> jobs(std::string queue) {
    return must(run(database->take_jobs(std::move(queue), std::chrono::hours(1), 1000)));
  }

  base::FakeClock clock;
  base::SeededRandom random{1};
  base::NullLog log;
  store::TenantKeys keys{crypto::SealKey::from_bytes(std::string(32, 'k')), random};
  std::unique_ptr<store::Database> memory = store::open_memory({clock, random, log, keys, 7});
  std::unique_ptr<store::GatedDatabase> database = std::make_unique<store::GatedDatabase>(*memory);
  store::Tenants tenants{*database, keys, random};
  store::Configuration configuration{*database, keys, random};
  store::SigningKeys signing_keys{*database};
  store::Users users{*database, random};
  store::Sessions sessions{*database};
  store::RefreshFamilies families{*database};
  store::Tickets tickets{*database};
  store::Artifacts artifacts{keys, random, clock, 7};
  crypto::HashPool hashes{0, 100, cheap(), random, clock};
  TenantDirectory directory{*database, tenants, configuration, keys, clock, {.base_url = std::string(kBaseUrl)}};
  AccountMail mail{tickets, keys, random};
  DatabaseSessions session_keeper{*database, sessions};
  SessionService session_service{session_keeper, sessions, users, artifacts, random, clock};
  SessionEnding session_ending{session_keeper, *database, sessions, families};
  model::TenantId tenant_id;
};

}  // namespace cardea::identity
