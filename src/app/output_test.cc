#include "app/output.h"

#include <gtest/gtest.h>

namespace cardea::app {
namespace {

using base::json::object;

template <class Print>
std::string printed(Print print) {
  testing::internal::CaptureStdout();
  print();
  std::fflush(stdout);
  return testing::internal::GetCapturedStdout();
}

TEST(Output, AnObjectIsLinesForPeopleAndOneLineForMachines) {
  const object value{{"name", "main"}, {"friendly_name", nullptr}, {"count", 3}};

  EXPECT_EQ(printed([&] { Output(false).object(value); }), "name           main\nfriendly_name  -\ncount          3\n");
  EXPECT_EQ(printed([&] { Output(true).object(value); }), "{\"name\":\"main\",\"friendly_name\":null,\"count\":3}\n");
}

TEST(Output, ATableIsAlignedForPeopleAndAnArrayForMachines) {
  const std::vector<object> rows{{{"kid", "a"}, {"alg", "RS256"}}, {{"kid", "longer"}}};

  EXPECT_EQ(printed([&] { Output(false).table({"kid", "alg"}, rows); }),
            "kid     alg    \na       RS256  \nlonger  -      \n");
  EXPECT_EQ(printed([&] { Output(true).table({"kid", "alg"}, rows); }),
            "[{\"kid\":\"a\",\"alg\":\"RS256\"},{\"kid\":\"longer\"}]\n");
}

TEST(Output, AFailureGivesTheExitStatusAndNothingOnStandardOutput) {
  testing::internal::CaptureStderr();
  const auto out = printed([] {
    EXPECT_EQ(Output(false).failure({base::Errc::not_found, "no such user"}), 1);
    EXPECT_EQ(Output(true).failure({base::Errc::invalid, "not an address"}), 2);
  });

  EXPECT_EQ(out, "");
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "cardea: no such user\n{\"error\":\"invalid\",\"message\":\"not an address\"}\n");
}

}  // namespace
}  // namespace cardea::app
