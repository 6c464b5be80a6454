#include "app/nearest_name.h"

#include <gtest/gtest.h>

namespace cardea::app {
namespace {

const std::vector<std::string> kNames{"listen.http", "listen.https", "listen.mesh", "store.url", "cell.id"};

TEST(NearestName, FindsTheNameWithTheFewestEdits) {
  struct Case {
    std::string given, nearest;
  };
  for (const auto& [given, nearest] : std::vector<Case>{{"listen.htp", "listen.http"},
                                                        {"listen.httpss", "listen.https"},
                                                        {"listen_https", "listen.https"},
                                                        {"Listen.mesh", "listen.mesh"},
                                                        {"stor.ulr", "store.url"},
                                                        {"cell.i", "cell.id"},
                                                        {"store.url", "store.url"}})
    EXPECT_EQ(nearest_name(given, kNames), nearest) << given;
}

TEST(NearestName, SaysNothingWhenEvenTheNearestIsFarOff) {
  EXPECT_EQ(nearest_name("completely.different.thing", kNames), "");
  EXPECT_EQ(nearest_name("xyz", kNames), "");
  EXPECT_EQ(nearest_name("", kNames), "");
}

TEST(NearestName, IsNotSlowedDownByLongNames) { EXPECT_EQ(nearest_name(std::string(100'000, 'a'), kNames), ""); }

TEST(NearestName, OfNothingIsNothing) { EXPECT_EQ(nearest_name("listen.http", {}), ""); }

}  // namespace
}  // namespace cardea::app
