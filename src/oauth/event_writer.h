#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

#include "base/async.h"
#include "base/log.h"
#include "model/event.h"
#include "store/database.h"

namespace cardea::oauth {

// Appends events in the background, many in one unit of work, for requests that write nothing else: a token for a
// client costs a signature and no wait for a disk. Requests that do write put their event into their own unit of work
// instead. What is pending at a crash is lost; beyond `max_pending` events are dropped and counted. Safe from any
// thread.
class EventWriter {
 public:
  struct Options {
    std::size_t max_pending = 50'000;
    std::size_t max_batch = 1'000;
    base::Duration linger = std::chrono::milliseconds(100);  // how long a batch is collected
  };
  // Waits; handed in, so that tests and simulations own the time.
  using Sleep = std::function<base::awaitable<void>(base::Duration)>;

  // All must outlive it; `executor` runs the background work.
  EventWriter(store::Database& database, base::Executor executor, Sleep sleep, base::Log& log, Options options);
  EventWriter(store::Database& database, base::Executor executor, Sleep sleep, base::Log& log)
      : EventWriter(database, std::move(executor), std::move(sleep), log, Options{}) {}
  EventWriter(const EventWriter&) = delete;
  EventWriter& operator=(const EventWriter&) = delete;

  // Never waits.
  void post(model::Event event);

  // Everything posted before is written when it returns, or was lost with the database. Call it on any executor that
  // runs; at the end of the program after the last request and before the database closes.
  base::awaitable<void> flush();

  std::uint64_t dropped() const;
  std::uint64_t written() const;

 private:
  base::awaitable<void> run();
  base::awaitable<void> write_batch(std::vector<model::Event> events);
  std::vector<model::Event> take_batch();

  store::Database& database_;
  base::Executor executor_;
  Sleep sleep_;
  base::Log& log_;
  const Options options_;

  mutable std::mutex mutex_;
  std::vector<model::Event> pending_;
  bool running_ = false;     // run() is under way
  std::size_t writing_ = 0;  // batches that are being written
  std::uint64_t dropped_ = 0;
  std::uint64_t written_ = 0;
};

}  // namespace cardea::oauth
