#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/async.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "base/result.h"
#include "model/event.h"
#include "store/database.h"

namespace cardea::jobs {

// Does one job. Success ends it. unavailable, read_only and unconfirmed: try again later. Every other error is final,
// for this job can never succeed. A job is done at least once: a node may die between the deed and its record, so doing
// one twice must be harmless.
using JobHandler = std::function<base::awaitable<base::Result<void>>(model::Job)>;

// What the audit trail says about a job that was given up (type "fn" …). nullopt: nothing.
using JobObituary = std::function<std::optional<model::Event>(const model::Job&, const base::Error&, base::Time now)>;

// Takes the jobs of one queue, by lease, and runs them beside each other on one io_context. Several nodes share a
// queue; a job whose worker died comes back when its lease ends.
class Worker {
 public:
  struct Options {
    std::string queue;
    std::size_t concurrency = 8;
    // Longer than a handler may take, or another node begins the job too.
    base::Duration lease = std::chrono::minutes(2);
    base::Duration poll = std::chrono::seconds(1);
    // Between a wake-up and the look at the queue, so that a storm of commits makes few looks.
    base::Duration gather = std::chrono::milliseconds(20);
    int max_attempts = 12;
    // The n-th retry waits first_delay × 2^(n-1), at most longest_delay, ± a fifth so that failures spread out.
    base::Duration first_delay = std::chrono::seconds(5);
    base::Duration longest_delay = std::chrono::hours(1);
    // A commit of this node that writes such a row wakes the worker: its unit of work has probably queued a job.
    std::vector<store::Kind> woken_by;
    JobObituary obituary;
  };

  // All must outlive stop(). Registers with database.on_commit.
  Worker(store::Database& database, JobHandler handler, const base::Clock& clock, base::Random& random, base::Log& log,
         Options options);
  ~Worker();

  // Once. `context` is run by somebody else, on one thread.
  void start(boost::asio::io_context& context);
  // Takes no more jobs, and is done when those under way are. Jobs that were taken and not begun come back with their
  // lease. From any executor; repeatable.
  base::awaitable<void> stop();
  // There may be a job now. Any thread.
  void poke();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// How long the retry after `attempts` attempts waits. Exposed for its test.
base::Duration retry_delay(const Worker::Options& options, int attempts, base::Random& random);

}  // namespace cardea::jobs
