#pragma once

#include <string>

#include "base/async.h"
#include "base/clock.h"
#include "base/result.h"

namespace cardea::store {

// Counters that all nodes of a cell share, in a store that may lose them at any time: whoever uses them has counters of
// its own too. Names may be any bytes; the store sees only their digests. Every method may also give unavailable. Safe
// from any executor.
class SharedLimits {
 public:
  virtual ~SharedLimits() = default;

  // A bucket of tokens: `size` at once, then one per `refill`.
  struct Bucket {
    double size;
    base::Duration refill;
  };
  // Takes a token; false when there is none.
  virtual base::awaitable<base::Result<bool>> take(std::string name, Bucket bucket) = 0;

  // Guessing of passwords. An account is tried from a source; see identity/guess_limits.h for the rules.
  struct Guess {
    std::string account;      // in its tenant
    std::string source;       // an address, without the tenant
    std::string any_account;  // the address in the tenant: names its bucket
  };
  struct GuessRules {
    int failures;  // of the account from the source begin a block
    base::Duration block;
    Bucket of_account;  // from anywhere
    Bucket of_source;   // whatever the account
  };
  enum class Block {
    none,
    pair,     // this account from this source
    account,  // this account from anywhere
    source    // this source, whatever the account
  };

  virtual base::awaitable<base::Result<Block>> block_of(Guess guess, GuessRules rules) = 0;
  // Gives whether a block begins.
  virtual base::awaitable<base::Result<bool>> failed(Guess guess, GuessRules rules) = 0;
  virtual base::awaitable<base::Result<void>> succeeded(Guess guess, GuessRules rules) = 0;
  virtual base::awaitable<base::Result<void>> forget(std::string account) = 0;
};

}  // namespace cardea::store
