#include "base/clock.h"

#include <fmt/chrono.h>

namespace cardea::base {

Time SystemClock::now() const { return std::chrono::floor<Duration>(std::chrono::system_clock::now()); }

std::chrono::nanoseconds SystemClock::steady() const { return std::chrono::steady_clock::now().time_since_epoch(); }

std::string to_iso8601(Time t) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(t);
  const auto millis = (t - seconds).count();
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)), millis);
}

namespace {

// The digits of `text`; -1 when there is anything else.
int digits(std::string_view text) {
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

// ".5" is 500 ms. -1 when it is not a fraction of one to three digits.
int fraction_millis(std::string_view text) {
  if (text.empty()) return 0;
  if (text[0] != '.' || text.size() < 2 || text.size() > 4) return -1;
  const int value = digits(text.substr(1));
  return text.size() == 2 ? value * 100 : text.size() == 3 ? value * 10 : value;
}

}  // namespace

std::optional<Time> from_iso8601(std::string_view text) {
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':' ||
      text.back() != 'Z')
    return std::nullopt;
  const int hours = digits(text.substr(11, 2)), minutes = digits(text.substr(14, 2)),
            seconds = digits(text.substr(17, 2));
  const int millis = fraction_millis(text.substr(19, text.size() - 20));
  const int month = digits(text.substr(5, 2)), day = digits(text.substr(8, 2)), year = digits(text.substr(0, 4));
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 59 || millis < 0 || year < 0 ||
      month < 0 || day < 0)
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return std::nullopt;
  return Time{std::chrono::sys_days{date}} + std::chrono::hours{hours} + std::chrono::minutes{minutes} +
         std::chrono::seconds{seconds} + Duration{millis};
}

}  // namespace cardea::base
