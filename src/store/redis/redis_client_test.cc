#include "store/redis/redis_client.h"

#include <gtest/gtest.h>

#include "base/clock.h"
#include "tests/store_contract/redis_server.h"
#include "tests/store_contract/wait.h"

namespace cardea::store {
namespace {

using std::chrono::milliseconds;

class RedisClientTest : public testing::Test {
 protected:
  std::unique_ptr<RedisClient> client(const std::string& hosts_and_options) {
    auto url = RedisUrl::parse("redis://" + hosts_and_options);
    EXPECT_TRUE(url) << hosts_and_options;
    return std::make_unique<RedisClient>(std::move(*url), RedisLimits{}, clock_, log_);
  }
  base::Result<RedisReply> run(RedisClient& client, RedisCommand command) {
    auto key = command.size() > 1 ? command[1] : std::string();
    return wait(client.run(std::move(key), std::move(command)));
  }
  std::string get(RedisClient& client, const std::string& key) {
    const auto reply = run(client, {"GET", key});
    return reply ? reply->text : reply.error().reason;
  }
  // Tries for some seconds; gives how long it took, negative when it never came to pass.
  template <class Condition>
  milliseconds until(Condition condition, milliseconds patience = std::chrono::seconds(20)) {
    const auto begin = clock_.steady();
    do {
      if (condition()) return std::chrono::duration_cast<milliseconds>(clock_.steady() - begin);
      ::usleep(20'000);
    } while (clock_.steady() - begin < patience);
    return milliseconds{-1};
  }

  base::SystemClock clock_;
  base::NullLog log_;
};

TEST_F(RedisClientTest, CommandsOfManyCallersTravelTogether) {
  RedisServer server;
  auto redis = client(server.address());
  std::vector<std::thread> callers;
  std::atomic<int> right = 0;
  for (int caller = 0; caller < 8; ++caller)
    callers.emplace_back([&, caller] {
      for (int i = 0; i < 200; ++i) {
        const auto key = "k" + std::to_string(caller * 1000 + i);
        const bool set = run(*redis, {"SET", key, key + std::string(1, '\0') + "\r\n"}).has_value();
        right += set && get(*redis, key) == key + std::string(1, '\0') + "\r\n";
      }
    });
  for (auto& caller : callers) caller.join();

  EXPECT_EQ(right, 1600);
  EXPECT_TRUE(redis->healthy());
}

TEST_F(RedisClientTest, AnAnswerOf1MegabyteArrivesWhole) {
  RedisServer server;
  auto redis = client(server.address());
  const std::string large(1 << 20, 'x');
  ASSERT_TRUE(run(*redis, {"SET", "k", large}));

  EXPECT_EQ(get(*redis, "k"), large);
}

TEST_F(RedisClientTest, AnErrorOfACommandIsItsOwn) {
  RedisServer server;
  auto redis = client(server.address());
  ASSERT_TRUE(run(*redis, {"SET", "k", "v"}));

  const auto wrong = run(*redis, {"ZADD", "k", "1", "m"});

  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, base::Errc::invalid);
  EXPECT_EQ(get(*redis, "k"), "v") << "the connection is good";
}

TEST_F(RedisClientTest, AuthenticatesAndChoosesTheDatabase) {
  RedisServer server({"requirepass hush"});
  EXPECT_FALSE(run(*client(server.address()), {"SET", "k", "v"}));
  const auto refused = run(*client(":wrong@" + server.address()), {"SET", "k", "v"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason.find("wrong"), std::string::npos);

  auto redis = client(":hush@" + server.address() + "/5");

  ASSERT_TRUE(run(*redis, {"SET", "k", "v"}));
  EXPECT_EQ(server.by_hand("-a hush -n 5 GET k"), "v\n");
}

TEST_F(RedisClientTest, NobodyWaitsForOneThatIsAwayAndItComesBackByItself) {
  RedisServer server;
  auto redis = client(server.address());
  ASSERT_TRUE(run(*redis, {"SET", "k", "v"}));
  server.kill();

  EXPECT_FALSE(run(*redis, {"GET", "k"}));
  EXPECT_FALSE(redis->healthy());
  const auto begin = clock_.steady();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(run(*redis, {"GET", "k"}).error().code, base::Errc::unavailable);
  EXPECT_LT(clock_.steady() - begin, std::chrono::seconds(12));

  server.start();
  EXPECT_GE(until([&] { return run(*redis, {"SET", "k", "again"}).has_value(); }).count(), 0);
  EXPECT_TRUE(redis->healthy());
}

TEST_F(RedisClientTest, OneThatNeitherAnswersNorHangsUpIsGivenUp) {
  RedisServer server;
  auto redis = client(server.address());
  ASSERT_TRUE(run(*redis, {"SET", "k", "v"}));
  server.process().signal(SIGSTOP);

  const auto begin = clock_.steady();
  const auto lost = run(*redis, {"GET", "k"});
  const auto took = clock_.steady() - begin;
  server.process().signal(SIGCONT);

  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, base::Errc::unavailable);
  EXPECT_LT(took, std::chrono::seconds(3));
  EXPECT_GE(until([&] { return get(*redis, "k") == "v"; }).count(), 0);
}

TEST_F(RedisClientTest, WhatIsNotRedisIsUnavailable) {
  const int port = free_loopback_port();
  const TemporaryFolder folder;
  const ChildProcess web({"python3", "-m", "http.server", "--bind", "127.0.0.1", std::to_string(port)},
                         folder.path() / "log");
  auto redis = client("127.0.0.1:" + std::to_string(port));
  for (int i = 0; i < 5; ++i, ::usleep(100'000)) EXPECT_FALSE(run(*redis, {"GET", "k"}));
}

TEST_F(RedisClientTest, FollowsTheMasterThatTheSentinelsName) {
  RedisServer first;
  RedisServer second({"replicaof 127.0.0.1 " + std::to_string(first.port())});
  ASSERT_GE(until([&] { return second.by_hand("INFO replication").contains("master_link_status:up"); }).count(), 0);
  std::vector<std::unique_ptr<RedisServer>> sentinels;
  std::string hosts;
  for (int i = 0; i < 3; ++i) {
    sentinels.push_back(std::make_unique<RedisServer>(
        std::vector<std::string>{"sentinel monitor main 127.0.0.1 " + std::to_string(first.port()) + " 2",
                                 "sentinel down-after-milliseconds main 500", "sentinel failover-timeout main 2000"},
        true));
    hosts += (i > 0 ? "," : "") + sentinels.back()->address();
  }
  auto redis = client(hosts + "?sentinel=main");
  ASSERT_TRUE(run(*redis, {"SET", "k", "v"}));
  const auto ready = [&](const auto& sentinel) {
    const auto info = sentinel->by_hand("SENTINEL master main");
    return info.contains("num-other-sentinels\n2") && info.contains("num-slaves\n1");
  };
  ASSERT_GE(until([&] { return std::ranges::all_of(sentinels, ready); }, std::chrono::seconds(40)).count(), 0);
  first.kill();

  const auto gap = until([&] { return run(*redis, {"SET", "k", "after"}).has_value(); }, std::chrono::seconds(60));

  EXPECT_GE(gap.count(), 0) << "never";
  EXPECT_EQ(second.by_hand("GET k"), "after\n");
  RecordProperty("gap_ms", static_cast<int>(gap.count()));
}

TEST_F(RedisClientTest, FindsTheNodesOfAClusterAndFollowsASlotThatMoves) {
  std::vector<std::unique_ptr<RedisServer>> nodes;
  std::string members;
  for (int i = 0; i < 3; ++i) {
    nodes.push_back(
        std::make_unique<RedisServer>(std::vector<std::string>{"cluster-enabled yes", "cluster-node-timeout 2000"}));
    members += " " + nodes.back()->address();
  }
  nodes[0]->by_hand("--cluster create" + members + " --cluster-yes");
  const auto whole = [&](const auto& node) { return node->by_hand("CLUSTER INFO").contains("cluster_state:ok"); };
  ASSERT_GE(until([&] { return std::ranges::all_of(nodes, whole); }).count(), 0);
  auto redis = client(nodes[1]->address() + "?cluster=true");

  for (int i = 0; i < 100; ++i) ASSERT_TRUE(run(*redis, {"SET", "k" + std::to_string(i), "v"}));

  // A slot on its way: what is there already answers, the rest is asked for (ASK); then it has moved (MOVED).
  const auto slot = std::to_string(redis_slot("k7"));
  const auto owner = std::ranges::find_if(nodes, [&](const auto& n) { return n->by_hand("GET k7") == "v\n"; });
  const auto target = owner == nodes.begin() ? nodes.begin() + 1 : nodes.begin();
  const auto id_of = [](const RedisServer& node) { return node.by_hand("CLUSTER MYID").substr(0, 40); };
  (*target)->by_hand("CLUSTER SETSLOT " + slot + " IMPORTING " + id_of(**owner));
  (*owner)->by_hand("CLUSTER SETSLOT " + slot + " MIGRATING " + id_of(**target));
  (*owner)->by_hand("MIGRATE 127.0.0.1 " + std::to_string((*target)->port()) + " k7 0 1000");
  EXPECT_EQ(get(*redis, "k7"), "v") << "ASK";
  for (const auto& node : nodes) node->by_hand("CLUSTER SETSLOT " + slot + " NODE " + id_of(**target));
  EXPECT_EQ(get(*redis, "k7"), "v") << "MOVED";
  EXPECT_TRUE(run(*redis, {"SET", "k7", "w"}));
  EXPECT_EQ((*target)->by_hand("GET k7"), "w\n");
}

TEST(RedisSlot, IsThatOfTheSpecification) {
  EXPECT_EQ(redis_slot("123456789"), 0x31C3);
  EXPECT_EQ(redis_slot("{user1000}.following"), redis_slot("{user1000}.followers"));
  EXPECT_NE(redis_slot("foo{}{bar}"), redis_slot("bar"));
  EXPECT_EQ(redis_slot("foo{{bar}}zap"), redis_slot("{bar"));
}

}  // namespace
}  // namespace cardea::store
