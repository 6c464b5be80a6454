#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cardea::base {

// Wall time, UTC, in whole milliseconds since 1970. Time{} means "no time given".
using Time = std::chrono::sys_time<std::chrono::milliseconds>;
using Duration = std::chrono::milliseconds;

// Where all code gets the time from; injected, so that tests and simulations own it. Safe from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() const = 0;
  // Never goes back, unrelated to the wall. For durations and deadlines.
  virtual std::chrono::nanoseconds steady() const = 0;
};

class SystemClock final : public Clock {
 public:
  Time now() const override;
  std::chrono::nanoseconds steady() const override;
};

inline std::int64_t to_seconds(Time t) {
  return std::chrono::floor<std::chrono::seconds>(t.time_since_epoch()).count();
}
inline std::int64_t to_millis(Time t) { return t.time_since_epoch().count(); }
inline Time from_millis(std::int64_t millis) { return Time{Duration{millis}}; }
inline Time from_seconds(std::int64_t seconds) { return Time{std::chrono::seconds{seconds}}; }

// "2026-01-31T10:00:00.123Z" (ISO 8601 UTC with milliseconds, as the Management API writes dates).
std::string to_iso8601(Time t);
// Reads the same back; the fraction may be missing or have one to three digits. nullopt: anything else.
std::optional<Time> from_iso8601(std::string_view text);

}  // namespace cardea::base
