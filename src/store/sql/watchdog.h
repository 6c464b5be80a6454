#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "store/sql/statement_watch.h"

namespace cardea::store {

// Cuts connections whose server neither answers nor breaks them (a stopped machine, a network that swallows packets):
// a statement that has been running for `patience` gets its socket shut down, and so fails. A thread of its own.
class Watchdog {
 public:
  // `clock` must outlive it.
  Watchdog(const base::Clock& clock, base::Duration patience);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  // A connection that is watched as long as this lives. Must die before the socket is closed.
  class Leash {
   public:
    Leash(Watchdog& dog, const StatementWatch& watch, int socket);
    ~Leash();
    Leash(const Leash&) = delete;
    Leash& operator=(const Leash&) = delete;

    bool cut() const { return cut_; }

   private:
    friend class Watchdog;
    Watchdog& dog_;
    const StatementWatch& watch_;
    const int socket_;
    std::atomic<bool> cut_ = false;
  };

 private:
  void loop();
  void look();

  const base::Clock& clock_;
  const base::Duration patience_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;
  std::vector<Leash*> leashes_;
  std::thread thread_;
};

}  // namespace cardea::store
