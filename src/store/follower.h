#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/async.h"
#include "base/log.h"
#include "store/alarm.h"
#include "store/database.h"

namespace cardea::store {

// Reads the change feed of both lanes, the critical one first, and hands every entry to a handler, in order and at
// least once. Caches, indexes and publishers are followers. It learns of commits of other processes on the same
// database within 100 ms, or at once where the engine tells, of those of this process as it was told to.
class Follower {
 public:
  enum class From {
    stored_cursor,  // goes on where the follower of this name has stopped, also after a restart; from 0 at first
    start,          // everything, every time: for state that is rebuilt in memory
    now             // only what changes from its first catch_up() on: for caches that start empty
  };

  enum class Wake {
    at_commit,  // looks at once after every commit of this process
    by_poll     // within 100 ms: for one whose owner hears of this process's commits himself, and need not pay for each
  };

  // The entries are of one lane. The rows may have changed again; the feed then shows them once more. An error stops
  // this pass, and the same entries come again with the next one.
  using Handler = std::function<base::awaitable<base::Result<void>>(std::vector<FeedEntry>)>;

  // `name` is unique among the followers of the cell. `database` and `log` must outlive it.
  Follower(std::string name, From from, Database& database, std::shared_ptr<Alarm> alarm, base::Log& log,
           Handler handler, Wake wake = Wake::at_commit);
  ~Follower();
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  // Reads up to the head of both lanes and gives the number of entries handled. The follower must not run().
  base::awaitable<base::Result<std::size_t>> catch_up();

  // Follows until stop(). One at a time; the follower must live until it returns.
  base::awaitable<void> run();
  // From any thread.
  void stop();

 private:
  base::awaitable<base::Result<void>> find_position();
  base::awaitable<base::Result<std::size_t>> catch_up(Lane lane);

  const std::string name_;
  const From from_;
  Database& database_;
  const std::shared_ptr<Alarm> alarm_;
  base::Log& log_;
  const Handler handler_;
  bool positioned_ = false;
  std::array<std::uint64_t, 2> position_{};
  std::atomic<bool> stopping_ = false;
};

}  // namespace cardea::store
