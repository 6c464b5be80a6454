#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "identity/rate_buckets.h"
#include "model/ids.h"
#include "store/shared_limits.h"

namespace cardea::identity {

// Slows down who guesses passwords (Authentication API reference §19): counts failures per account and address, per
// account over all addresses, and per address over all accounts of the tenant. An account is what was typed, whether it
// exists or not, so that a block tells nothing. In memory and bounded: the least recently tried accounts are forgotten
// first. Safe from any thread.
class GuessLimits {
 public:
  struct Settings {
    int failures = 10;  // of one account from one address
    base::Duration block = std::chrono::hours(24 * 30);
    double account_failures = 100;  // of one account from anywhere
    base::Duration account_refill = std::chrono::seconds(864);
    double source_failures = 100;  // from one address, whatever the account
    base::Duration source_refill = std::chrono::seconds(864);
    std::size_t max_tracked = 200'000;
  };

  // `clock` must outlive it.
  GuessLimits(const base::Clock& clock, Settings settings);

  // One account seen from one address. IPv6 addresses count by their /64, of which everybody has a whole one.
  using Attempt = store::SharedLimits::Guess;
  static Attempt attempt(const model::TenantId& tenant, std::string_view identifier, std::string_view ip);

  using Block = store::SharedLimits::Block;
  // An address that the account has signed in from is held back by Block::pair only.
  Block block_of(const Attempt& attempt);
  bool blocked(const Attempt& attempt) { return block_of(attempt) != Block::none; }
  // True when this failure begins a block.
  bool failed(const Attempt& attempt);
  // Forgives the failures from this address, and trusts it as long as a block would last: the limits over all addresses
  // and over all accounts do not lock an owner out.
  void succeeded(const Attempt& attempt);
  // Forgets everything of the account.
  void unblock(const model::TenantId& tenant, std::string_view identifier);
  // The same for counters that nodes share.
  store::SharedLimits::GuessRules rules() const;
  // Whether a refusal is worth an event: once a minute.
  bool worth_reporting(const Attempt& attempt);

 private:
  struct Source {
    int failures = 0;
    base::Time last_failure, blocked_until, trusted_until, reported_at, last_seen;
  };
  struct Account {
    std::string name;
    std::map<std::string, Source, std::less<>> sources;
  };

  // All with mutex_ held.
  Source* find(const Attempt& attempt);
  Source& open(const Attempt& attempt);
  void forget_oldest(std::size_t keep_sources);
  bool blocked_here(const Source& source, base::Time now) const;

  const base::Clock& clock_;
  const Settings settings_;
  RateBuckets accounts_;
  RateBuckets sources_;
  std::mutex mutex_;
  std::list<Account> recent_;
  std::unordered_map<std::string_view, std::list<Account>::iterator> by_name_;
  std::size_t tracked_ = 0;  // sources of all accounts
};

}  // namespace cardea::identity
