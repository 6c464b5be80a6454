#include "base/log.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace cardea::base {
namespace {

constexpr std::size_t kQueuedBytes = std::size_t{4} << 20;
constexpr Duration kGathering(10);

const char* name(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warn:
      return "warn";
    case LogLevel::error:
      return "error";
  }
  return "error";
}

void write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(STDERR_FILENO, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) return;
    if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

// Lines go into one buffer; a thread of its own writes what a few milliseconds gathered with one call. A line of the
// access log so costs its caller no system call.
class JsonLog final : public Log {
 public:
  JsonLog(LogLevel lowest, const Fields& standing, const Clock& clock)
      : lowest_(lowest), clock_(clock), writer_([this] { run(); }) {
    for (const auto& [key, value] : standing)
      standing_.emplace_back(key, "," + json::serialize(json::string_view(key)) + ":" + json::serialize(value));
  }

  ~JsonLog() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    filled_.notify_one();
    writer_.join();
  }

  void write(LogLevel level, std::string_view message, Fields fields) override {
    if (level < lowest_) return;
    // What the line itself says replaces a standing field; the order is time, level, message, standing, own.
    std::string line = "{\"time\":\"" + to_iso8601(clock_.now()) + "\",\"level\":\"" + name(level) + "\",\"message\":";
    line += json::serialize(json::string_view(message.data(), message.size()));
    for (const auto& [key, text] : standing_)
      if (!fields.contains(key)) line += text;
    for (const auto* key : {"time", "level", "message"}) fields.erase(key);
    if (!fields.empty()) {
      line += ',';
      line += std::string_view(json::serialize(fields)).substr(1);
    } else {
      line += '}';
    }
    append(line);
  }

 private:
  void append(std::string_view line) {
    bool first = false;
    {
      const std::lock_guard lock(mutex_);
      if (lines_.size() + line.size() > kQueuedBytes) {
        ++dropped_;
        return;
      }
      first = lines_.empty();
      lines_ += line;
      lines_ += '\n';
    }
    if (first) filled_.notify_one();
  }

  void run() {
    std::string batch;
    std::unique_lock lock(mutex_);
    while (true) {
      filled_.wait(lock, [&] { return !lines_.empty() || stopping_; });
      if (!stopping_) filled_.wait_for(lock, kGathering, [&] { return stopping_; });
      batch.clear();
      batch.swap(lines_);
      const auto dropped = std::exchange(dropped_, 0);
      const bool last = stopping_;
      lock.unlock();
      if (dropped > 0)
        batch += json::serialize(Fields{{"time", to_iso8601(clock_.now())},
                                        {"level", "warn"},
                                        {"message", "log lines dropped"},
                                        {"count", dropped}}) +
                 "\n";
      write_all(batch);
      if (last) return;
      lock.lock();
    }
  }

  const LogLevel lowest_;
  std::vector<std::pair<std::string, std::string>> standing_;  // name, and `,"name":value`
  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable filled_;
  std::string lines_;
  std::size_t dropped_ = 0;
  bool stopping_ = false;
  std::thread writer_;  // last: it uses all of the above
};

}  // namespace

std::unique_ptr<Log> open_json_log(LogLevel lowest, Log::Fields standing, const Clock& clock) {
  return std::make_unique<JsonLog>(lowest, standing, clock);
}

}  // namespace cardea::base
