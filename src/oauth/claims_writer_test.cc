#include "oauth/claims_writer.h"

#include <gtest/gtest.h>

namespace cardea::oauth {
namespace {

TEST(ClaimsWriter, WhatItWritesReadsBackTheSame) {
  const std::string nasty = "q\" b\\ nl\n nul\x01 \xc3\xa9 </script>";
  ClaimsWriter writer;
  writer.text(nasty, nasty);
  writer.number("n", -5);
  writer.flag("f", true);
  writer.texts("l", {"a", nasty});
  writer.texts("none", {});
  writer.value("v", base::json::object{{"a", {1, nullptr}}});

  const auto read = base::parse_json(std::move(writer).finish());

  ASSERT_TRUE(read) << read.error().reason;
  EXPECT_EQ(*read, (base::json::value{{nasty, nasty},
                                      {"n", -5},
                                      {"f", true},
                                      {"l", {"a", nasty}},
                                      {"none", base::json::array()},
                                      {"v", {{"a", {1, nullptr}}}}}));
}

TEST(ClaimsWriter, AnObjectWithoutMembersIsWellFormed) { EXPECT_EQ(ClaimsWriter().finish(), "{}"); }

TEST(ClaimsWriter, PassesOverWhatComesFromElsewhere) {
  const base::json::object replaced{{"name", "x"}};
  ClaimsWriter writer;
  writer.pass_over(&replaced);
  writer.text("name", "a");
  writer.text("other", "b");
  writer.pass_over(nullptr);
  writer.text("name", "c");

  EXPECT_EQ(std::move(writer).finish(), R"({"other":"b","name":"c"})");
}

}  // namespace
}  // namespace cardea::oauth
