#include "http/headers.h"

#include <gtest/gtest.h>

namespace cardea::http {
namespace {

TEST(Headers, NamesCompareWithoutCaseAndKeepTheirOrder) {
  Headers headers{{"Set-Cookie", "a=1"}, {"Content-Type", "text/plain"}, {"set-cookie", "b=2"}};

  EXPECT_EQ(headers.get("SET-COOKIE"), "a=1");
  EXPECT_EQ(headers.all("Set-Cookie"), (std::vector<std::string_view>{"a=1", "b=2"}));
  EXPECT_EQ(headers.count("set-cookie"), 2U);
  EXPECT_EQ(headers.get("absent"), std::nullopt);
  std::string seen;
  for (const auto field : headers) seen += std::string(field.name) + "=" + std::string(field.value) + ";";
  EXPECT_EQ(seen, "Set-Cookie=a=1;Content-Type=text/plain;set-cookie=b=2;");
}

TEST(Headers, SetReplacesEveryValueOfThatName) {
  Headers headers{{"Vary", "Origin"}, {"vary", "Cookie"}, {"X", "1"}};

  headers.set("VARY", "Accept");
  headers.set("New", "2");

  EXPECT_EQ(headers.all("vary"), (std::vector<std::string_view>{"Accept"}));
  EXPECT_EQ(headers.get("new"), "2");
  EXPECT_EQ(headers.size(), 3U);
}

TEST(Headers, AValueMayComeFromTheSameHeaders) {
  Headers headers{{"A", "a value that is longer than any small buffer of a string"}};

  for (int i = 0; i < 20; ++i) headers.add("B", *headers.get("A"));
  headers.set("A", *headers.get("B"));

  EXPECT_EQ(headers.get("A"), "a value that is longer than any small buffer of a string");
  EXPECT_EQ(headers.count("B"), 20U);
}

TEST(Headers, NothingBehindALineEndGetsOut) {
  Headers headers;

  headers.add("X-A", "1\r\nSet-Cookie: evil=1");
  headers.add("X-B\n: 2", std::string_view("2\0", 2));

  EXPECT_EQ(headers.get("X-A"), "1");
  EXPECT_EQ(headers.get("X-B"), "2");
  EXPECT_EQ(headers.size(), 2U);
}

TEST(Headers, RemovedOnesAreGone) {
  Headers headers{{"A", "1"}, {"B", "2"}, {"a", "3"}};

  headers.remove("A");

  EXPECT_FALSE(headers.has("a"));
  EXPECT_EQ(headers.get("b"), "2");
}

}  // namespace
}  // namespace cardea::http
