#include "oauth/key_rotation.h"

#include <algorithm>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <set>
#include <vector>

#include "crypto/certificate.h"
#include "crypto/signing_key.h"
#include "oauth/signer_choice.h"

namespace cardea::oauth {
namespace {

namespace asio = boost::asio;
using base::Errc;
using base::Result;
using crypto::SigningAlgorithm;
using model::SigningKeyRow;
using model::SigningKeyState;

constexpr auto kCertificateLife = std::chrono::years(10);

const SigningKeyRow* find_key(const std::vector<SigningKeyRow>& rows, std::string_view alg, SigningKeyState state) {
  const auto found = std::ranges::find_if(rows, [&](const auto& row) { return row.alg == alg && row.state == state; });
  return found == rows.end() ? nullptr : &*found;
}

std::set<std::string> algorithms_of(const std::vector<SigningKeyRow>& rows) {
  std::set<std::string> algorithms;
  for (const auto& row : rows)
    if (row.state != SigningKeyState::revoked) algorithms.insert(row.alg);
  return algorithms;
}

}  // namespace

struct KeyRotation::Impl {
  store::Database& database;
  store::SigningKeys& keys;
  store::TenantKeys& tenant_keys;
  base::Random& random;
  const base::Clock& clock;
  identity::TenantDirectory* tenants;
  asio::thread_pool generator{1};

  // An RSA key takes up to half a second, during which its thread would serve nobody.
  base::awaitable<Result<crypto::PrivateKey>> generate(SigningAlgorithm algorithm) {
    using Token = asio::use_awaitable_t<base::Executor>;
    return asio::async_initiate<const Token, void(Result<crypto::PrivateKey>)>(
        [this](auto handler, SigningAlgorithm wanted) {
          auto executor = asio::get_associated_executor(handler);
          auto work = asio::prefer(executor, asio::execution::outstanding_work.tracked);
          asio::post(generator, [executor, wanted, work = std::move(work), handler = std::move(handler)]() mutable {
            auto key = crypto::PrivateKey::generate(wanted);
            // Everything moves along: when the caller goes on, its loop may end, and nothing here may touch it any
            // more.
            asio::post(executor, [work = std::move(work), handler = std::move(handler),
                                  key = std::move(key)]() mutable { std::move(handler)(std::move(key)); });
          });
        },
        Token{}, algorithm);
  }

  base::awaitable<Result<SigningKeyRow>> make(model::TenantId tenant, std::string name, SigningAlgorithm algorithm) {
    const auto key = co_await generate(algorithm);
    if (!key) co_return base::pass_on(key);
    const auto now = clock.now();
    SigningKeyRow row;
    row.kid = model::KeyId{base::random_alphanumeric(random, 21)};
    row.alg = crypto::to_string(algorithm);
    row.public_pem = key->public_key().to_pem();
    row.created_at = now;
    auto certificate = crypto::make_signing_certificate(*key, name, now, now + kCertificateLife);
    if (!certificate) co_return base::pass_on(certificate);
    row.certificate_pem = std::move(*certificate);
    auto sealed = tenant_keys.seal_secret(tenant, "signing_key:" + row.kid.value, key->to_pem());
    if (!sealed) co_return base::pass_on(sealed);
    row.sealed_private_pem = std::move(*sealed);
    co_return row;
  }
};

KeyRotation::KeyRotation(store::Database& database, store::SigningKeys& keys, store::TenantKeys& tenant_keys,
                         base::Random& random, const base::Clock& clock, identity::TenantDirectory* tenants)
    : impl_(new Impl{database, keys, tenant_keys, random, clock, tenants}) {}

KeyRotation::~KeyRotation() { impl_->generator.join(); }

base::awaitable<Result<void>> KeyRotation::ensure(model::TenantId tenant, std::string tenant_name,
                                                  SigningAlgorithm algorithm) {
  const std::string alg(crypto::to_string(algorithm));
  const auto known = co_await impl_->keys.all(tenant);
  if (!known) co_return base::pass_on(known);
  const bool has_active = find_key(*known, alg, SigningKeyState::active);
  const bool has_pending = find_key(*known, alg, SigningKeyState::pending);
  if (has_active && has_pending) co_return Result<void>{};

  std::vector<SigningKeyRow> made;
  for (int missing = 2 - has_active - has_pending; missing > 0; --missing) {
    auto row = co_await impl_->make(tenant, tenant_name, algorithm);
    if (!row) co_return base::pass_on(row);
    made.push_back(std::move(*row));
  }
  const auto mark = co_await impl_->database.write([&](store::Transaction& transaction) -> Result<void> {
    // Another node may have been quicker: then these keys are thrown away.
    const auto rows = impl_->keys.all_in(transaction, tenant);
    if (!rows) return base::pass_on(rows);
    auto spare = made.begin();
    for (const auto state : {SigningKeyState::active, SigningKeyState::pending}) {
      if (find_key(*rows, alg, state) || spare == made.end()) continue;
      auto row = *spare++;
      row.state = state;
      if (state == SigningKeyState::active) row.current_since = transaction.now();
      if (auto put = impl_->keys.put_in(transaction, tenant, row); !put) return put;
    }
    return {};
  });
  if (!mark) co_return base::pass_on(mark);
  co_return Result<void>{};
}

base::awaitable<Result<identity::TenantPtr>> KeyRotation::with_signer(model::TenantId tenant,
                                                                      SigningAlgorithm algorithm) {
  if (!impl_->tenants) co_return base::fail(Errc::unavailable, "no tenant directory");
  auto snapshot = co_await impl_->tenants->find(tenant);
  if (!snapshot || signer_of(**snapshot, algorithm)) co_return snapshot;
  if (auto made = co_await ensure(tenant, (*snapshot)->tenant.name, algorithm); !made) co_return base::pass_on(made);
  impl_->tenants->forget(tenant);
  snapshot = co_await impl_->tenants->find(tenant);
  if (snapshot && !signer_of(**snapshot, algorithm))
    co_return base::fail(Errc::unavailable, "the new signing key has not been loaded yet");
  co_return snapshot;
}

base::awaitable<Result<SigningKeyRow>> KeyRotation::rotate(model::TenantId tenant, std::string tenant_name) {
  const auto known = co_await impl_->keys.all(tenant);
  if (!known) co_return base::pass_on(known);
  std::vector<SigningKeyRow> next;
  for (const auto& alg : algorithms_of(*known)) {
    const auto algorithm = crypto::parse_signing_algorithm(alg);
    if (!algorithm) continue;  // of a newer version
    auto row = co_await impl_->make(tenant, tenant_name, *algorithm);
    if (!row) co_return base::pass_on(row);
    next.push_back(std::move(*row));
  }
  if (next.empty()) co_return base::fail(Errc::not_found, "the tenant has no signing keys yet");

  const auto mark = co_await impl_->database.write([&](store::Transaction& transaction) -> Result<void> {
    auto rows = impl_->keys.all_in(transaction, tenant);
    if (!rows) return base::pass_on(rows);
    const auto now = transaction.now();
    for (const auto& fresh : next) {
      for (auto& row : *rows) {
        if (row.alg != fresh.alg) continue;
        if (row.state == SigningKeyState::active) {
          row.state = SigningKeyState::retiring;
          row.current_until = now;
        } else if (row.state == SigningKeyState::pending) {
          row.state = SigningKeyState::active;
          row.current_since = now;
        } else {
          continue;
        }
        if (auto put = impl_->keys.put_in(transaction, tenant, row); !put) return put;
      }
      if (auto put = impl_->keys.put_in(transaction, tenant, fresh); !put) return put;
    }
    return {};
  });
  if (!mark) co_return base::pass_on(mark);
  const auto* shown = find_key(next, "RS256", SigningKeyState::pending);
  co_return shown ? *shown : next.front();
}

base::awaitable<Result<SigningKeyRow>> KeyRotation::revoke(model::TenantId tenant, model::KeyId kid) {
  SigningKeyRow revoked;
  const auto mark = co_await impl_->database.write([&](store::Transaction& transaction) -> Result<void> {
    auto rows = impl_->keys.all_in(transaction, tenant);
    if (!rows) return base::pass_on(rows);
    const auto found = std::ranges::find(*rows, kid, &SigningKeyRow::kid);
    if (found == rows->end()) return base::fail(Errc::not_found, "no such signing key");
    revoked = *found;
    switch (found->state) {
      case SigningKeyState::pending:
      case SigningKeyState::active:
        return base::fail(Errc::denied, "the current and the next signing key cannot be revoked");
      case SigningKeyState::revoked:
        return {};
      case SigningKeyState::retiring:
        break;
    }
    revoked.state = SigningKeyState::revoked;
    revoked.revoked_at = transaction.now();
    return impl_->keys.put_in(transaction, tenant, revoked);
  });
  if (!mark) co_return base::pass_on(mark);
  co_return revoked;
}

}  // namespace cardea::oauth
