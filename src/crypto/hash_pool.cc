#include "crypto/hash_pool.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "crypto/secret_string.h"

namespace cardea::crypto {
namespace {

namespace asio = boost::asio;
using base::Errc;
using Nanoseconds = std::chrono::nanoseconds;

// Called once: with true to compute, with false to answer that the pool stops.
using Job = std::move_only_function<void(bool)>;

constexpr int kNice = 10;

// A first guess until jobs have been timed: bcrypt at cost 10 takes about 45 ms, argon2id 1 ms per MiB and pass.
Nanoseconds guess(const PasswordHashing& policy) {
  if (policy.scheme == PasswordHashing::bcrypt) {
    const int steps = policy.bcrypt_cost - 10;
    const Nanoseconds at_ten = std::chrono::milliseconds(45);
    return steps >= 0 ? at_ten * (1LL << steps) : at_ten / (1LL << -steps);
  }
  return Nanoseconds(std::chrono::milliseconds(1)) * policy.argon2_memory_kib * policy.argon2_passes / 1024;
}

void become_background_thread() {
  // Linux takes a thread id here: only this thread gives way. It cannot fail for a thread's own and a higher number.
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNice);
  pthread_setname_np(pthread_self(), "hash");
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace

struct HashPool::State {
  State(std::size_t threads, std::size_t limit, PasswordHashing hashing, base::Random& source, const base::Clock& time)
      : max_queued(limit), policy(hashing), random(source), clock(time), worker_count(threads), mean(guess(hashing)) {}

  // False: full or stopping; `job` is untouched.
  bool admit(Job& job);
  bool run_next(bool may_wait);
  void finish(Nanoseconds took);
  Nanoseconds expected_wait();

  // Runs `work` on a worker and resumes the caller on its own executor.
  template <class T>
  base::awaitable<base::Result<T>> submit(std::move_only_function<base::Result<T>()> work);

  const std::size_t max_queued;
  const PasswordHashing policy;
  base::Random& random;
  const base::Clock& clock;
  const std::size_t worker_count;

  std::mutex mutex;
  std::condition_variable wake;
  std::deque<Job> jobs;
  std::size_t running = 0;
  bool stopping = false;
  Nanoseconds mean;
  std::uint64_t refused = 0;
  std::uint64_t completed = 0;
  std::vector<std::thread> workers;
};

bool HashPool::State::admit(Job& job) {
  {
    const std::lock_guard lock(mutex);
    if (stopping || jobs.size() >= max_queued) {
      ++refused;
      return false;
    }
    jobs.push_back(std::move(job));
  }
  wake.notify_one();
  return true;
}

bool HashPool::State::run_next(bool may_wait) {
  Job job;
  {
    std::unique_lock lock(mutex);
    if (may_wait) wake.wait(lock, [this] { return stopping || !jobs.empty(); });
    if (jobs.empty()) return false;
    job = std::move(jobs.front());
    jobs.pop_front();
    ++running;
  }
  const auto start = clock.steady();
  job(true);
  finish(clock.steady() - start);
  return true;
}

void HashPool::State::finish(Nanoseconds took) {
  const std::lock_guard lock(mutex);
  --running;
  ++completed;
  mean += (took - mean) / 8;
}

Nanoseconds HashPool::State::expected_wait() {
  const std::lock_guard lock(mutex);
  const auto slots = std::max<std::size_t>(worker_count, 1);
  const auto ahead = jobs.size() + running;
  if (ahead < slots) return Nanoseconds(0);
  return mean * static_cast<std::int64_t>(ahead - slots + 1) / static_cast<std::int64_t>(slots);
}

template <class T>
base::awaitable<base::Result<T>> HashPool::State::submit(std::move_only_function<base::Result<T>()> work) {
  using Token = asio::use_awaitable_t<base::Executor>;
  return asio::async_initiate<const Token, void(base::Result<T>)>(
      [this](auto handler, std::move_only_function<base::Result<T>()> compute) {
        const auto executor = asio::get_associated_executor(handler);
        // Shared, as a refused job must give the handler back.
        auto answer = std::make_shared<decltype(handler)>(std::move(handler));
        auto guard = std::make_shared<decltype(asio::make_work_guard(executor))>(executor);
        const auto reply = [executor, answer, guard](base::Result<T> result) {
          // The guard ends on the caller's thread: once the answer is there, the context may be gone for this one.
          asio::post(executor, [answer, guard, result = std::move(result)]() mutable {
            guard->reset();
            std::move (*answer)(std::move(result));
          });
        };
        Job job = [reply, compute = std::move(compute)](bool may_run) mutable {
          reply(may_run ? compute() : base::Result<T>(base::fail(Errc::unavailable, "the hash pool stops")));
        };
        if (!admit(job)) reply(base::fail(Errc::unavailable, "the hash pool is full"));
      },
      Token(), std::move(work));
}

HashPool::HashPool(std::size_t threads, std::size_t max_queued, PasswordHashing policy, base::Random& random,
                   const base::Clock& clock)
    : state_(std::make_unique<State>(threads, max_queued, policy, random, clock)) {
  for (std::size_t i = 0; i < threads; ++i)
    state_->workers.emplace_back([state = state_.get()] {
      become_background_thread();
      while (state->run_next(true)) continue;
    });
}

HashPool::~HashPool() { stop(); }

base::awaitable<base::Result<bool>> HashPool::verify(std::string stored, std::string password) {
  return state_->submit<bool>([stored = std::move(stored), secret = SecretString(std::move(password))] {
    return base::Result<bool>(verify_password(stored, secret.view()));
  });
}

base::awaitable<base::Result<bool>> HashPool::verify_absent(std::string password) {
  // A password that no hash can hold is answered at once here as it is for users who exist.
  return verify(unmatchable_hash(state_->policy), std::move(password));
}

base::awaitable<base::Result<std::string>> HashPool::hash(std::string password) {
  return state_->submit<std::string>([state = state_.get(), secret = SecretString(std::move(password))] {
    return hash_password(state->policy, secret.view(), state->random);
  });
}

void HashPool::stop() {
  std::deque<Job> unstarted;
  std::vector<std::thread> workers;
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
    unstarted.swap(state_->jobs);
    workers.swap(state_->workers);
  }
  state_->wake.notify_all();
  for (auto& job : unstarted) job(false);
  for (auto& worker : workers) worker.join();
}

bool HashPool::run_one() { return state_->run_next(false); }

base::Duration HashPool::expected_wait() const { return std::chrono::ceil<base::Duration>(state_->expected_wait()); }

std::size_t HashPool::queued() const {
  const std::lock_guard lock(state_->mutex);
  return state_->jobs.size();
}

std::size_t HashPool::running() const {
  const std::lock_guard lock(state_->mutex);
  return state_->running;
}

std::uint64_t HashPool::refused() const {
  const std::lock_guard lock(state_->mutex);
  return state_->refused;
}

std::uint64_t HashPool::completed() const {
  const std::lock_guard lock(state_->mutex);
  return state_->completed;
}

const PasswordHashing& HashPool::policy() const { return state_->policy; }

}  // namespace cardea::crypto
