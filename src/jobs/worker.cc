#include "jobs/worker.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <mutex>

namespace cardea::jobs {
namespace {

namespace asio = boost::asio;
using base::Errc;
using base::Result;

using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, base::Executor>;

bool is_worth_retrying(Errc code) {
  switch (code) {
    case Errc::unavailable:
    case Errc::read_only:
    case Errc::unconfirmed:
      return true;
    case Errc::not_found:
    case Errc::already_exists:
    case Errc::conflict:
    case Errc::invalid:
    case Errc::denied:
      return false;
  }
  return false;
}

}  // namespace

// Lives as long as any of its coroutines. What is not marked otherwise is touched on the worker's io_context only.
struct Worker::State : std::enable_shared_from_this<Worker::State> {
  State(store::Database& d, JobHandler h, const base::Clock& c, base::Random& r, base::Log& l, Options o)
      : database(d), handler(std::move(h)), clock(c), random(r), log(l), options(std::move(o)) {}

  static base::awaitable<void> loop(std::shared_ptr<State> self);
  static base::awaitable<void> run(std::shared_ptr<State> self, model::Job job);
  base::awaitable<void> take_some();
  base::awaitable<void> conclude(model::Job job, Result<void> outcome);
  base::awaitable<void> retry(model::Job job, base::Error error);
  base::awaitable<void> give_up(model::Job job, base::Error error);
  base::Log::Fields fields(const model::Job& job, const base::Error& error) const;
  void wake();
  void end_of_run(const std::exception_ptr& error);
  void ended();

  store::Database& database;
  const JobHandler handler;
  const base::Clock& clock;
  base::Random& random;
  base::Log& log;
  const Options options;

  asio::io_context* context = nullptr;  // set by start()
  std::shared_ptr<Timer> sleep;
  std::size_t running = 0;  // handlers
  bool looping = false;
  bool store_failed = false;  // logged once per outage
  std::atomic<bool> stopping{false};
  std::atomic<bool> poked{false};

  std::mutex mutex;  // of the rest: who waits in stop(), each on an executor of its own
  bool idle = true;  // neither loop nor handler
  std::vector<std::shared_ptr<Timer>> waiting_for_end;
};

Worker::Worker(store::Database& database, JobHandler handler, const base::Clock& clock, base::Random& random,
               base::Log& log, Options options)
    : state_(std::make_shared<State>(database, std::move(handler), clock, random, log, std::move(options))) {
  if (state_->options.woken_by.empty()) return;
  // The database keeps its listeners longer than we live.
  database.on_commit([weak = std::weak_ptr<State>(state_)](const store::CommitMark& mark) {
    const auto state = weak.lock();
    if (!state) return;
    const auto& kinds = state->options.woken_by;
    if (std::ranges::any_of(mark.written, [&](const auto& written) {
          return std::ranges::find(kinds, written.key.kind) != kinds.end();
        }))
      state->wake();
  });
}

Worker::~Worker() { state_->stopping = true; }

void Worker::start(asio::io_context& context) {
  state_->sleep = std::make_shared<Timer>(context.get_executor());
  state_->looping = true;
  state_->idle = false;
  {
    const std::scoped_lock lock(state_->mutex);
    state_->context = &context;
  }
  asio::co_spawn(context, State::loop(state_), [state = state_](const std::exception_ptr& error) {
    if (error) state->log.error("a worker ended by an exception", {{"queue", state->options.queue}});
    state->looping = false;
    state->ended();
  });
}

void Worker::poke() { state_->wake(); }

base::awaitable<void> Worker::stop() {
  const auto state = state_;
  state->stopping = true;
  state->wake();
  const auto timer = std::make_shared<Timer>(co_await asio::this_coro::executor, Timer::time_point::max());
  {
    const std::scoped_lock lock(state->mutex);
    if (state->idle) co_return;
    state->waiting_for_end.push_back(timer);
  }
  co_await timer->async_wait(asio::as_tuple(asio::use_awaitable_t<base::Executor>{}));
}

// A storm of commits makes one wake-up, until the loop has heard it.
void Worker::State::wake() {
  if (poked.exchange(true)) return;
  const std::scoped_lock lock(mutex);
  if (!context) return;
  asio::post(*context, [self = shared_from_this()] { self->sleep->cancel(); });
}

base::awaitable<void> Worker::State::loop(std::shared_ptr<State> self) {
  Timer gathering(self->context->get_executor());
  while (!self->stopping) {
    gathering.expires_after(self->options.gather);
    co_await gathering.async_wait(asio::as_tuple(asio::use_awaitable_t<base::Executor>{}));
    // Before it looks: what is queued from here on wakes it again.
    self->poked = false;
    co_await self->take_some();
    if (self->stopping || self->poked) continue;
    self->sleep->expires_after(self->options.poll);
    co_await self->sleep->async_wait(asio::as_tuple(asio::use_awaitable_t<base::Executor>{}));
  }
}

base::awaitable<void> Worker::State::take_some() {
  while (!stopping && running < options.concurrency) {
    const auto limit = options.concurrency - running;
    auto jobs = co_await database.take_jobs(options.queue, options.lease, limit);
    if (!jobs) {
      if (!store_failed) log.warn("jobs cannot be taken", {{"queue", options.queue}, {"error", jobs.error().reason}});
      store_failed = true;
      co_return;
    }
    store_failed = false;
    const auto executor = co_await asio::this_coro::executor;
    const auto count = jobs->size();
    for (auto& job : *jobs) {
      ++running;
      asio::co_spawn(executor, run(shared_from_this(), std::move(job)),
                     [self = shared_from_this()](const std::exception_ptr& error) { self->end_of_run(error); });
    }
    if (count < limit) co_return;
  }
}

base::awaitable<void> Worker::State::run(std::shared_ptr<State> self, model::Job job) {
  // It was begun as often as it may be and nobody could say how it went: it takes its workers down.
  if (job.attempts > self->options.max_attempts) {
    co_await self->give_up(std::move(job), {Errc::unavailable, "every attempt ended without a word"});
    co_return;
  }
  auto outcome = co_await self->handler(job);
  co_await self->conclude(std::move(job), std::move(outcome));
}

// An exception is a bug; the lease brings the job back.
void Worker::State::end_of_run(const std::exception_ptr& error) {
  if (error) log.error("a job ended by an exception", {{"queue", options.queue}});
  --running;
  ended();
  // There is room for another one now.
  wake();
}

base::awaitable<void> Worker::State::conclude(model::Job job, Result<void> outcome) {
  if (outcome) {
    // When this fails the job comes back with its lease: at least once.
    if (const auto finished = co_await database.finish_job(job.id); !finished)
      log.warn("a job is done, but the store does not know", fields(job, finished.error()));
    co_return;
  }
  if (is_worth_retrying(outcome.error().code) && job.attempts < options.max_attempts)
    co_await retry(std::move(job), std::move(outcome.error()));
  else
    co_await give_up(std::move(job), std::move(outcome.error()));
}

base::awaitable<void> Worker::State::retry(model::Job job, base::Error error) {
  const auto delay = retry_delay(options, job.attempts, random);
  auto about = fields(job, error);
  about["retry_in_ms"] = delay.count();
  log.info("a job failed and will be tried again", std::move(about));
  if (const auto postponed = co_await database.postpone_job(job.id, clock.now() + delay); !postponed)
    log.warn("a job cannot be postponed", fields(job, postponed.error()));
}

base::awaitable<void> Worker::State::give_up(model::Job job, base::Error error) {
  log.error("a job was given up", fields(job, error));
  if (options.obituary) {
    if (auto event = options.obituary(job, error, clock.now())) {
      const auto mark = co_await database.write([&](store::Transaction& transaction) -> Result<void> {
        transaction.append_event(*event);
        return {};
      });
      // Without its event it does not disappear: the lease brings it back.
      if (!mark) co_return;
    }
  }
  if (const auto finished = co_await database.finish_job(job.id); !finished)
    log.warn("a job was given up, but the store does not know", fields(job, finished.error()));
}

base::Log::Fields Worker::State::fields(const model::Job& job, const base::Error& error) const {
  return {{"queue", options.queue},
          {"job", job.id},
          {"tenant", job.tenant.value},
          {"attempts", job.attempts},
          {"error", base::to_string(error.code)},
          {"reason", error.reason}};
}

void Worker::State::ended() {
  if (looping || running > 0) return;
  const std::scoped_lock lock(mutex);
  idle = true;
  context = nullptr;
  for (auto& timer : waiting_for_end) {
    const auto executor = timer->get_executor();
    asio::post(executor, [timer] { timer->cancel(); });
  }
  waiting_for_end.clear();
}

base::Duration retry_delay(const Worker::Options& options, int attempts, base::Random& random) {
  auto delay = options.first_delay;
  for (int i = 1; i < attempts && delay < options.longest_delay; ++i) delay *= 2;
  delay = std::min(delay, options.longest_delay);
  const auto byte = static_cast<unsigned char>(base::random_bytes(random, 1).front());
  return delay * (8 * 255 + 4 * static_cast<int>(byte)) / (10 * 255);
}

}  // namespace cardea::jobs
