#include "store/redis/redis_url.h"

#include <gtest/gtest.h>

namespace cardea::store {
namespace {

RedisUrl parse(std::string_view text) {
  auto url = RedisUrl::parse(text);
  EXPECT_TRUE(url) << text;
  return url ? std::move(*url) : RedisUrl{};
}

TEST(RedisUrl, OneHost) {
  const auto url = parse("redis://cache");

  EXPECT_EQ(url.hosts, (std::vector<RedisAddress>{{"cache", 6379}}));
  EXPECT_EQ(url.topology, RedisUrl::Topology::single);
  EXPECT_EQ(url.database, 0);
}

TEST(RedisUrl, LoginAndDatabase) {
  const auto url = parse("redis://me:p%40ss%3aw%2Frd@10.0.0.1:7000/3");

  EXPECT_EQ(url.user, "me");
  EXPECT_EQ(url.password, "p@ss:w/rd");
  EXPECT_EQ(url.database, 3);
  EXPECT_EQ(parse("redis://:secret@a").password, "secret");
  EXPECT_EQ(parse("redis://:secret@a").user, "");
}

TEST(RedisUrl, SentinelsAndClusters) {
  const auto sentinels = parse("redis://a:26379,[::1]:26380,c/?sentinel=my%20master");
  EXPECT_EQ(sentinels.topology, RedisUrl::Topology::sentinel);
  EXPECT_EQ(sentinels.master_name, "my master");
  EXPECT_EQ(sentinels.hosts, (std::vector<RedisAddress>{{"a", 26379}, {"::1", 26380}, {"c", 6379}}));

  EXPECT_EQ(parse("redis://a,b?cluster=true").topology, RedisUrl::Topology::cluster);
}

TEST(RedisUrl, RefusesWhatItCannotFollowAndQuotesNothing) {
  for (const std::string_view text :
       {"", "redis:", "redis://", "redis://,", "redis://a,", "redis://a:0", "redis://a:70000", "redis://a:b",
        "redis://a/x", "redis://a/-1", "redis://:hush%zz@a", "redis://:hush@a?sentinel=", "redis://:hush@a?x=1",
        "redis://:hush@a/1?cluster=true", "redis://[::1", "redis://[::1]7", "rediss://:hush@a", "http://:hush@a"}) {
    const auto url = RedisUrl::parse(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().code, base::Errc::invalid);
    EXPECT_EQ(url.error().reason.find("hush"), std::string::npos);
  }
}

}  // namespace
}  // namespace cardea::store
