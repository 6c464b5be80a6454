#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/async.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/password_hash.h"

namespace cardea::crypto {

// Hashes passwords on threads of their own, so that a storm of logins does not slow the threads that serve tokens and
// keys: the workers run at nice 10 (setpriority on the thread), so the kernel prefers every other thread of the server.
// Admission control: when `max_queued` jobs wait, a further one fails at once with unavailable; answer 429 or 503 with
// Retry-After from expected_wait(). The awaitables resume on the executor of their caller. Safe from any thread.
class HashPool {
 public:
  // `random` and `clock` must outlive the pool. With 0 threads nothing runs until run_one() is called: for tests and
  // simulations.
  HashPool(std::size_t threads, std::size_t max_queued, PasswordHashing policy, base::Random& random,
           const base::Clock& clock);
  ~HashPool();  // stop()
  HashPool(const HashPool&) = delete;
  HashPool& operator=(const HashPool&) = delete;

  // As verify_password(). unavailable: the queue is full, or the pool stops.
  base::awaitable<base::Result<bool>> verify(std::string stored, std::string password);
  // For a user who does not exist or has no password: burns the time of a verification under the policy and gives
  // false, so that timing tells nothing about who has an account.
  base::awaitable<base::Result<bool>> verify_absent(std::string password);
  // As hash_password() under the pool's policy. invalid: what check_hashable() refuses.
  base::awaitable<base::Result<std::string>> hash(std::string password);

  // Refuses new work, answers what still waits with unavailable, waits for what is being computed. Repeatable.
  void stop();

  // Runs the oldest waiting job on the calling thread; false when none waits.
  bool run_one();

  // How long a job that came now would wait before it starts: jobs ahead × a running mean of their time / threads.
  base::Duration expected_wait() const;
  std::size_t queued() const;     // waiting
  std::size_t running() const;    // being computed
  std::uint64_t refused() const;  // since the start, because the queue was full
  std::uint64_t completed() const;
  const PasswordHashing& policy() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cardea::crypto
