#pragma once

#include <deque>
#include <memory>
#include <utility>

#include "replicate/channel.h"
#include "store/alarm.h"

namespace cardea::replicate {

// Frames of several speakers on their way to one channel, in the order in which they were given. One executor.
class FrameQueue {
 public:
  explicit FrameQueue(std::shared_ptr<store::Alarm> alarm) : alarm_(std::move(alarm)) {}
  ~FrameQueue() { alarm_->close(); }

  void push(mesh::Frame frame) {
    frames_.push_back(std::move(frame));
    alarm_->ring();
  }
  // From then on run() ends.
  void end() {
    ended_ = true;
    alarm_->ring();
  }

  // Sends what is given until the channel or the queue ends.
  base::awaitable<base::Result<void>> run(Channel& channel) {
    while (!ended_) {
      if (frames_.empty()) {
        co_await alarm_->wait(std::chrono::seconds(60));
        continue;
      }
      const auto frame = std::move(frames_.front());
      frames_.pop_front();
      if (auto sent = co_await channel.send(frame); !sent) co_return sent;
    }
    co_return base::fail(base::Errc::unavailable, "the connection has ended");
  }

 private:
  const std::shared_ptr<store::Alarm> alarm_;
  std::deque<mesh::Frame> frames_;
  bool ended_ = false;
};

}  // namespace cardea::replicate
