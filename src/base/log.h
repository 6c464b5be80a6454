#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/json.h"

namespace cardea::base {

enum class LogLevel { debug, info, warn, error };

// One JSON object per line. Fields never hold a secret, a token or a password. Safe from any thread; does not block
// the caller on a slow sink: lines beyond the bound are dropped and counted.
class Log {
 public:
  using Fields = json::object;

  virtual ~Log() = default;
  virtual void write(LogLevel level, std::string_view message, Fields fields) = 0;

  void debug(std::string_view message, Fields fields = {}) { write(LogLevel::debug, message, std::move(fields)); }
  void info(std::string_view message, Fields fields = {}) { write(LogLevel::info, message, std::move(fields)); }
  void warn(std::string_view message, Fields fields = {}) { write(LogLevel::warn, message, std::move(fields)); }
  void error(std::string_view message, Fields fields = {}) { write(LogLevel::error, message, std::move(fields)); }
};

// Writes to standard error through a bounded queue. `standing` (cell, region, provider) goes on every line.
std::unique_ptr<Log> open_json_log(LogLevel lowest, Log::Fields standing, const Clock& clock);

// Forgets everything. For tests.
class NullLog final : public Log {
 public:
  void write(LogLevel, std::string_view, Fields) override {}
};

}  // namespace cardea::base
