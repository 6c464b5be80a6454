#include "oauth/event_writer.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <iterator>
#include <utility>

namespace cardea::oauth {

EventWriter::EventWriter(store::Database& database, base::Executor executor, Sleep sleep, base::Log& log,
                         Options options)
    : database_(database), executor_(std::move(executor)), sleep_(std::move(sleep)), log_(log), options_(options) {}

void EventWriter::post(model::Event event) {
  {
    std::lock_guard lock(mutex_);
    if (pending_.size() >= options_.max_pending) {
      ++dropped_;
      return;
    }
    pending_.push_back(std::move(event));
    if (std::exchange(running_, true)) return;
  }
  // flush() waits for run(), so `this` stays good.
  boost::asio::co_spawn(executor_, run(), boost::asio::detached);
}

std::vector<model::Event> EventWriter::take_batch() {
  std::lock_guard lock(mutex_);
  std::vector<model::Event> batch;
  if (pending_.size() <= options_.max_batch) {
    batch.swap(pending_);
  } else {
    const auto end = pending_.begin() + static_cast<std::ptrdiff_t>(options_.max_batch);
    std::move(pending_.begin(), end, std::back_inserter(batch));
    pending_.erase(pending_.begin(), end);
  }
  if (!batch.empty()) ++writing_;
  return batch;
}

base::awaitable<void> EventWriter::write_batch(std::vector<model::Event> events) {
  const auto done = co_await database_.write([&events](store::Transaction& transaction) {
    for (const auto& event : events) transaction.append_event(event);
    return base::Result<void>{};
  });
  std::lock_guard lock(mutex_);
  --writing_;
  if (done) {
    written_ += events.size();
    co_return;
  }
  dropped_ += events.size();
  log_.error("events lost: the store did not take them", {{"count", events.size()}, {"reason", done.error().reason}});
}

base::awaitable<void> EventWriter::run() {
  for (;;) {
    co_await sleep_(options_.linger);
    // What comes while a batch is written is collected for as long again: commits of a few events cost the most.
    for (bool full = true; full;) {
      auto batch = take_batch();
      full = batch.size() == options_.max_batch;
      if (!batch.empty()) co_await write_batch(std::move(batch));
    }
    std::lock_guard lock(mutex_);
    if (pending_.empty()) {
      running_ = false;
      co_return;
    }
  }
}

base::awaitable<void> EventWriter::flush() {
  for (;;) {
    auto batch = take_batch();
    if (!batch.empty()) {
      co_await write_batch(std::move(batch));
      continue;
    }
    {
      std::lock_guard lock(mutex_);
      if (!running_ && writing_ == 0) co_return;
    }
    co_await sleep_(std::chrono::milliseconds(1));
  }
}

std::uint64_t EventWriter::dropped() const {
  std::lock_guard lock(mutex_);
  return dropped_;
}

std::uint64_t EventWriter::written() const {
  std::lock_guard lock(mutex_);
  return written_;
}

}  // namespace cardea::oauth
