#include "store/sql/watchdog.h"

#include <sys/socket.h>

#include <algorithm>

namespace cardea::store {
namespace {

constexpr std::chrono::milliseconds kBetweenLooks{200};

}  // namespace

Watchdog::Watchdog(const base::Clock& clock, base::Duration patience) : clock_(clock), patience_(patience) {
  thread_ = std::thread([this] { loop(); });
}

Watchdog::~Watchdog() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  stopped_.notify_one();
  thread_.join();
}

Watchdog::Leash::Leash(Watchdog& dog, const StatementWatch& watch, int socket)
    : dog_(dog), watch_(watch), socket_(socket) {
  const std::scoped_lock lock(dog_.mutex_);
  dog_.leashes_.push_back(this);
}

Watchdog::Leash::~Leash() {
  const std::scoped_lock lock(dog_.mutex_);
  std::erase(dog_.leashes_, this);
}

void Watchdog::loop() {
  std::unique_lock lock(mutex_);
  while (!stopped_.wait_for(lock, kBetweenLooks, [this] { return stopping_; })) look();
}

// Under the lock: nobody closes a socket meanwhile, and its number is not another one's.
void Watchdog::look() {
  const auto now = clock_.steady();
  for (auto* leash : leashes_) {
    if (leash->cut_ || leash->watch_.running(now) < patience_) continue;
    leash->cut_ = true;
    ::shutdown(leash->socket_, SHUT_RDWR);
  }
}

}  // namespace cardea::store
