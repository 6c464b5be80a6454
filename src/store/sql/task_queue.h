#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace cardea::store {

// What waits for a set of threads, bounded. Safe from any thread.
template <class Task>
class TaskQueue {
 public:
  explicit TaskQueue(std::size_t most) : most_(most) {}

  // False, and `task` is as it was: there is no room, or the end has come.
  bool push(Task& task) {
    {
      const std::scoped_lock lock(mutex_);
      if (closed_ || tasks_.size() >= most_) return false;
      tasks_.push_back(std::move(task));
    }
    changed_.notify_one();
    return true;
  }

  // Waits for one. nullopt: closed, and nothing is left.
  std::optional<Task> pop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || !tasks_.empty(); });
    if (tasks_.empty()) return std::nullopt;
    std::optional<Task> task(std::move(tasks_.front()));
    tasks_.pop_front();
    return task;
  }

  void close() {
    {
      const std::scoped_lock lock(mutex_);
      closed_ = true;
    }
    changed_.notify_all();
  }

 private:
  const std::size_t most_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;
  bool closed_ = false;
};

}  // namespace cardea::store
