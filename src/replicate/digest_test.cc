#include "replicate/digest.h"

#include <gtest/gtest.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <set>

#include "base/clock.h"
#include "store/hybrid_clock.h"
#include "store/sql/open_sqlite.h"
#include "tests/simulation/cells.h"
#include "tests/store_contract/temporary_folder.h"

namespace cardea::replicate {
namespace {

store::RowVersion row_of(const std::string& id, const std::string& stamps = R"({"email":[65536,1]})") {
  return {.tenant = model::TenantId("tenant"), .id = id, .stamps = stamps};
}

TEST(DigestTest, sums_do_not_depend_on_the_order_and_show_every_difference) {
  std::vector<store::RowVersion> rows;
  for (int i = 0; i < 5'000; ++i) rows.push_back(row_of("U" + std::to_string(i)));
  Digest a, b;
  for (const auto& row : rows) a.add(row);
  std::ranges::reverse(rows);
  for (const auto& row : rows) b.add(row);
  EXPECT_TRUE(a.difference(b).none());

  const auto changed = [&](const std::function<void(store::RowVersion&)>& change) {
    auto before = row_of("U17"), after = before;
    change(after);
    Digest other = a;
    other.sums.at(bucket_of(before)) -= version_of(before);
    other.add(after);
    return a.difference(other).any();
  };
  EXPECT_FALSE(changed([](auto&) {}));
  EXPECT_TRUE(changed([](auto& row) { row.stamps = R"({"email":[65537,1]})"; }));
  EXPECT_TRUE(changed([](auto& row) { row.stamps = R"({"email":[65536,2]})"; }));
  EXPECT_TRUE(changed([](auto& row) { row.deleted = true; }));
  EXPECT_TRUE(changed([](auto& row) { row.expires_at = 1; }));
  EXPECT_TRUE(changed([](auto& row) { row.id = "U99999"; }));
  EXPECT_TRUE(changed([](auto& row) { row.tenant = model::TenantId("other"); }));
}

TEST(DigestTest, rows_are_spread_over_all_buckets) {
  std::set<std::size_t> used;
  for (int i = 0; i < 20'000; ++i) used.insert(bucket_of(row_of("01HZ" + std::to_string(i))));
  EXPECT_EQ(used.size(), kBuckets);
}

TEST(DigestTest, buckets_go_over_the_wire) {
  Buckets buckets;
  for (const auto i : {0U, 7U, 8U, 513U, 1023U}) buckets[i] = true;
  EXPECT_EQ(read_buckets(write_buckets(buckets)), buckets);
  EXPECT_TRUE(read_buckets("").none());
  EXPECT_EQ(read_buckets("\x01").count(), 1U);
  EXPECT_EQ(read_buckets(std::string(10'000, '\xFF')).count(), kBuckets);
}

TEST(DigestTest, what_one_side_may_not_have_any_more_stands_outside) {
  const auto now = base::from_millis(1'800'000'000'000);
  const Comparison comparison{store::Kind::session, now, store::hlc_of(now - std::chrono::hours{23})};
  auto row = row_of("S");
  EXPECT_EQ(standing_of(row, comparison), Standing::compared);
  row.expires_at = base::to_millis(now);
  EXPECT_EQ(standing_of(row, comparison), Standing::outside);
  row.expires_at = base::to_millis(now) + 1;
  EXPECT_EQ(standing_of(row, comparison), Standing::compared);
  const auto tombstone = [&](base::Time at) {
    auto dead = row_of("S", store::write_stamps({{"_deleted", {store::hlc_of(at), 1}}}));
    dead.deleted = true;
    return standing_of(dead, comparison);
  };
  EXPECT_EQ(tombstone(now - std::chrono::hours{22}), Standing::compared);
  EXPECT_EQ(tombstone(now - std::chrono::hours{24}), Standing::old_tombstone);
}

// Users as they are stored, put there by the engine itself.
class DigestSpeed : public testing::Test {
 protected:
  void measure(int rows) {
    store::TemporaryFolder folder;
    const auto file = folder.path() / "cardea.db";
    base::SystemClock clock;
    base::SeededRandom random{1};
    base::NullLog log;
    store::TenantKeys keys{crypto::SealKey::generate(random), random};
    auto database = store::open_sqlite(file, {clock, random, log, keys, 1});
    ASSERT_TRUE(database);
    fill(file, rows);
    Bell bell(**database);
    boost::asio::io_context context(1);
    const Cell cell{**database, *store::mesh_store_of(**database), clock, random, log, bell, [&] {
                      return store::make_alarm(context.get_executor());
                    }};
    Digest digest;
    const auto began = clock.steady();
    boost::asio::co_spawn(
        context,
        [](const Cell& of, Digest& to) -> base::awaitable<void> {
          const auto end =
              co_await scan(of, store::Kind::user, {}, 1U << 30, [&](const store::RowVersion& row) { to.add(row); });
          EXPECT_TRUE(end && !*end);
        }(cell, digest),
        boost::asio::detached);
    context.run();
    EXPECT_EQ(digest.rows, static_cast<std::uint64_t>(rows));
    std::cout << rows << " rows in " << (clock.steady() - began).count() / 1'000'000 << " ms\n";
  }

 private:
  static void fill(const std::filesystem::path& file, int rows) {
    soci::session session(soci::sqlite3, file.string());
    session << "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows) "
               "INSERT INTO rec_user (tenant, id, by_email, ver, doc) SELECT 'tenant', printf('01HZ%022d', i), "
               "printf('user%d@example.test', i), "
               "'{\"email\":[118000000000000001,1],\"life\":[118000000000000002,1],\"profile\":[118000000000000003,1],"
               "\"security\":[118000000000000004,1]}', "
               "printf('{\"email\":{\"email\":\"user%d@example.test\"},\"profile\":{\"name\":\"%s\"}}', i, "
               "hex(zeroblob(300))) FROM n",
        soci::use(rows);
  }
};

TEST_F(DigestSpeed, twenty_thousand_rows) { measure(20'000); }

}  // namespace
}  // namespace cardea::replicate
