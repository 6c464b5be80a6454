// The store on a Galera cluster. Row locks are those of one member: two transactions at two members both go on, and the
// later one learns at its COMMIT that it has lost.

#include <unistd.h>

#include <array>

#include "tests/store_contract/galera_cluster.h"
#include "tests/store_contract/server_nodes.h"

namespace cardea::store {

INSTANTIATE_TEST_SUITE_P(Cluster, ServerNodesTest, testing::Values(GaleraCluster::kind()), server_name);

class GaleraTest : public ServerTest {};

TEST_P(GaleraTest, who_loses_at_the_commit_runs_again) {
  const auto a = open(), b = open_other();
  ASSERT_TRUE(put(*a, "counter", {{"n", 0}}));
  std::latch both_have_read(2);
  std::atomic<int> runs = 0;

  race(2, [&](int i) {
    bool first = true;
    EXPECT_TRUE(wait((i == 0 ? *a : *b).write([&](Transaction& t) -> base::Result<void> {
      ++runs;
      const auto n = t.get(key("counter"))->document().at("n").as_int64();
      if (std::exchange(first, false)) both_have_read.arrive_and_wait();
      return set_number(t, key("counter"), n + 1);
    })));
  });

  EXPECT_EQ(number(*b, "counter"), 2);
  EXPECT_EQ(runs, 3);
}

TEST_P(GaleraTest, what_one_member_commits_the_other_reads_at_once) {
  const auto a = open(), b = open_other();

  for (int n = 1; n <= 200; ++n) {
    auto& writer = n % 2 == 0 ? *a : *b;
    auto& reader = n % 2 == 0 ? *b : *a;
    ASSERT_TRUE(wait(writer.write([&](Transaction& t) { return set_number(t, key("U1"), n); })));
    ASSERT_EQ(number(reader, "U1"), n);
  }
}

TEST(GaleraOutageTest, what_was_acknowledged_survives_a_killed_member_and_writers_go_on_at_the_others) {
  GaleraCluster cluster;
  base::SystemClock clock;
  crypto::SystemRandom random;
  KeptLog log;
  TenantKeys keys{crypto::SealKey::generate(random), random};
  const auto opened = open_server(cluster.url_of_all(cluster.url("cell")), {clock, random, log, keys, 7});
  ASSERT_TRUE(opened) << opened.error().reason;
  auto& database = **opened;
  const auto row = [](int writer, int n) {
    Record record;
    record.key = {model::TenantId("tenant-1"), Kind::user, std::to_string(writer) + "-" + std::to_string(n)};
    record.set_document({{"n", n}});
    return record;
  };
  constexpr int kWriters = 4;
  std::array<std::vector<int>, kWriters> acknowledged;
  std::atomic<int> total = 0;
  std::atomic<bool> stop = false;
  std::vector<std::jthread> writers;
  for (int w = 0; w < kWriters; ++w)
    writers.emplace_back([&, w] {
      for (int n = 0; !stop; ++n) {
        const auto done = wait(database.write([&](Transaction& t) { return t.put(row(w, n)); }));
        if (!done) {
          EXPECT_EQ(done.error().code, base::Errc::unavailable) << done.error().reason;
          ::usleep(1000);
          continue;
        }
        acknowledged[static_cast<std::size_t>(w)].push_back(n);
        ++total;
      }
    });
  const auto until = [&](int goal) {
    for (int look = 0; look < 3000 && total < goal; ++look) ::usleep(10'000);
    EXPECT_GE(total, goal);
  };

  until(200);
  cluster.kill();
  until(total + 200);
  stop = true;
  writers.clear();

  for (int w = 0; w < kWriters; ++w)
    for (const int n : acknowledged[static_cast<std::size_t>(w)])
      EXPECT_TRUE(wait(database.get(row(w, n).key))) << w << "-" << n;
}

INSTANTIATE_TEST_SUITE_P(Cluster, GaleraTest, testing::Values(GaleraCluster::kind()), server_name);

}  // namespace cardea::store
