#include "base/clock.h"

#include <gtest/gtest.h>

namespace cardea::base {
namespace {

TEST(Iso8601Test, what_is_written_is_read_back) {
  for (const std::int64_t millis : {0LL, 1LL, 951'782'400'000LL, 1'800'000'000'123LL, 4'102'444'799'999LL})
    EXPECT_EQ(from_iso8601(to_iso8601(from_millis(millis))), from_millis(millis)) << millis;
}

TEST(Iso8601Test, dates_are_written_as_the_management_api_does) {
  EXPECT_EQ(to_iso8601(from_millis(0)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(to_iso8601(from_millis(1'769'853'600'123)), "2026-01-31T10:00:00.123Z");
  EXPECT_EQ(to_iso8601(from_millis(951'782'399'999)), "2000-02-28T23:59:59.999Z");
  EXPECT_EQ(to_iso8601(from_millis(951'782'400'000)), "2000-02-29T00:00:00.000Z");
  EXPECT_EQ(to_iso8601(from_millis(-1)), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(to_iso8601(from_millis(253'402'300'799'999)), "9999-12-31T23:59:59.999Z");
}

TEST(Iso8601Test, the_fraction_may_be_short_or_missing) {
  EXPECT_EQ(from_iso8601("1970-01-01T00:00:01Z"), from_millis(1000));
  EXPECT_EQ(from_iso8601("1970-01-01T00:00:01.5Z"), from_millis(1500));
  EXPECT_EQ(from_iso8601("1970-01-01T00:00:01.25Z"), from_millis(1250));
}

TEST(Iso8601Test, anything_else_is_refused) {
  for (const auto* text : {"", "Z", "1970-01-01", "1970-01-01T00:00:01", "1970-01-01 00:00:01Z", "1970-13-01T00:00:00Z",
                           "1970-02-30T00:00:00Z", "1970-01-01T24:00:00Z", "1970-01-01T00:60:00Z",
                           "1970-01-01T00:00:60Z", "1970-01-01T00:00:00.Z", "1970-01-01T00:00:00.1234Z",
                           "1970-01-01T00:00:00+01:00", "-970-01-01T00:00:00Z", "1970-0a-01T00:00:00Z"})
    EXPECT_FALSE(from_iso8601(text)) << text;
}

}  // namespace
}  // namespace cardea::base
