#include "base/clock.h"

#include <algorithm>

namespace cardea::base {

Time SystemClock::now() const { return std::chrono::floor<Duration>(std::chrono::system_clock::now()); }

std::chrono::nanoseconds SystemClock::steady() const { return std::chrono::steady_clock::now().time_since_epoch(); }

std::string to_iso8601(Time t) {
  const auto day = std::chrono::floor<std::chrono::days>(t);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(t - day);
  std::string out = "0000-00-00T00:00:00.000Z";
  const auto put = [&](std::size_t at, std::size_t digits, auto number) {
    for (auto rest = static_cast<std::uint64_t>(number); digits-- > 0; rest /= 10)
      out[at + digits] = static_cast<char>('0' + rest % 10);
  };
  put(0, 4, std::max(0, static_cast<int>(date.year())));
  put(5, 2, static_cast<unsigned>(date.month()));
  put(8, 2, static_cast<unsigned>(date.day()));
  put(11, 2, time.hours().count());
  put(14, 2, time.minutes().count());
  put(17, 2, time.seconds().count());
  put(20, 3, time.subseconds().count());
  return out;
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
