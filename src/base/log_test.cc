#include "base/log.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "base/fake_clock.h"

namespace cardea::base {
namespace {

std::vector<json::object> lines_of(const std::string& text) {
  std::vector<json::object> lines;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find('\n', at);
    lines.push_back(parse_json(text.substr(at, end - at)).value().as_object());
    at = end + 1;
  }
  return lines;
}

TEST(Log, WritesOneObjectPerLineWithTheStandingFields) {
  FakeClock clock;
  ::testing::internal::CaptureStderr();
  {
    const auto log = open_json_log(LogLevel::info, {{"cell", "a"}, {"region", "eu"}}, clock);
    log->debug("not wanted");
    log->info("one", {{"tenant", "acme"}, {"line", "with\nbreak"}});
    log->error("two", {{"cell", "b"}});
  }
  const auto lines = lines_of(::testing::internal::GetCapturedStderr());

  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].at("time").as_string(), std::string_view(to_iso8601(clock.now())));
  EXPECT_EQ(lines[0].at("level"), "info");
  EXPECT_EQ(lines[0].at("message"), "one");
  EXPECT_EQ(lines[0].at("region"), "eu");
  EXPECT_EQ(lines[0].at("line"), "with\nbreak");
  EXPECT_EQ(lines[1].at("cell"), "b");
  EXPECT_EQ(lines[1].size(), 5U);
}

TEST(Log, LosesNoLineOfSeveralThreads) {
  FakeClock clock;
  ::testing::internal::CaptureStderr();
  {
    const auto log = open_json_log(LogLevel::info, {}, clock);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 500; ++i) log->info("x", {{"i", i}});
      });
    for (auto& thread : threads) thread.join();
  }

  EXPECT_EQ(lines_of(::testing::internal::GetCapturedStderr()).size(), 2000U);
}

}  // namespace
}  // namespace cardea::base
