// What an import writes goes to the lane `bulk` and waits for no other cell (REPLICATION.md §2.3).
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "base/fake_clock.h"
#include "store/imported_users.h"
#include "store/open.h"
#include "store/sql/open_server.h"
#include "store/sql/open_sqlite.h"
#include "tests/store_contract/mariadb_server.h"
#include "tests/store_contract/postgres_server.h"
#include "tests/store_contract/temporary_folder.h"
#include "tests/store_contract/wait.h"

namespace cardea::store {
namespace {

using base::json::object;
using Outcome = ImportedUsers::Outcome;

class ImportTest : public testing::TestWithParam<std::string> {
 protected:
  ImportTest() {
    EXPECT_TRUE(keys_.learn(tenant_, keys_.make_wrapped()));
    database_ = open(true);
  }

  // A handle on the store of this test.
  std::unique_ptr<Database> open(bool import) {
    const Surroundings around{clock_, random_, log_, keys_, 7, import};
    const auto name = folder_.path().filename().string();
    if (GetParam() == "sqlite") return std::move(*open_sqlite(folder_.path() / "cardea.db", around, {}));
    if (GetParam() == "postgres") return std::move(*open_server(PostgresServer::shared().url(name), around));
    if (GetParam() == "mariadb") return std::move(*open_server(MariadbServer::shared().url(name), around));
    return open_memory(around);
  }

  // What became of each user; all are of one unit of work.
  base::Result<std::vector<Outcome>> take(const std::vector<object>& documents, bool overwrite = false) {
    Users users(*database_, random_);
    ImportedUsers imported(users, {tenant_, "people", "auth0", overwrite});
    std::vector<Outcome> out;
    auto written = wait(database_->write([&](Transaction& t) -> base::Result<void> {
      for (const auto& document : documents) {
        auto taken = imported.take_in(t, document, "a hash");
        if (!taken) return base::pass_on(taken);
        out.push_back(taken->outcome);
      }
      return {};
    }));
    if (!written) return base::pass_on(written);
    mark_ = std::move(*written);
    return out;
  }
  Record profile(const std::string& id, int n) {
    Record record;
    record.key = {tenant_, Kind::user, id};
    record.set_document({{"name", n}});
    return record;
  }
  std::size_t entries(Lane lane) { return wait(database_->feed(lane, 0, 1000))->size(); }

  TemporaryFolder folder_;
  base::FakeClock clock_;
  base::SeededRandom random_{1};
  base::NullLog log_;
  TenantKeys keys_{crypto::SealKey::generate(random_), random_};
  const model::TenantId tenant_{"T1"};
  std::unique_ptr<Database> database_;
  CommitMark mark_;
};

TEST_P(ImportTest, EverythingGoesToBulkWhateverItsClass) {
  const auto outcome = take({{{"email", "a@b.se"}, {"user_metadata", {{"a", 1}}}}});

  ASSERT_TRUE(outcome);
  EXPECT_EQ(entries(Lane::hot), 0);
  EXPECT_EQ(entries(Lane::bulk), 5);  // user, identity, credential, two claims
  ASSERT_EQ(mark_.written.size(), 5);
  for (const auto& written : mark_.written) EXPECT_EQ(written.data_class, DataClass::c3);
}

TEST_P(ImportTest, AUserOfTheSameUnitIsThereAlready) {
  const auto outcomes = take({{{"email", "a@b.se"}},
                              {{"email", "A@b.se"}},
                              {{"email", "c@d.se"}, {"user_id", "7"}},
                              {{"username", "cd"}, {"user_id", "auth0|7"}}});

  ASSERT_TRUE(outcomes);
  EXPECT_EQ(*outcomes, (std::vector{Outcome::created, Outcome::existed, Outcome::created, Outcome::existed}));
}

TEST_P(ImportTest, OverwritesTheOneUserWhomTheNamesMean) {
  ASSERT_TRUE(take({{{"email", "a@b.se"}}, {{"email", "c@d.se"}, {"user_id", "7"}}}));

  const auto one = take({{{"user_id", "7"}, {"email", "new@d.se"}, {"name", "C"}}}, true);
  const auto two = take({{{"user_id", "7"}, {"email", "a@b.se"}}}, true);

  ASSERT_TRUE(one);
  EXPECT_EQ(one->front(), Outcome::updated);
  ASSERT_FALSE(two);
  EXPECT_EQ(two.error().code, base::Errc::conflict);
  Users users(*database_, random_);
  const auto found = wait(users.find_by_identifier(tenant_, "people", "email", "new@d.se"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->name, "C");
  EXPECT_EQ(entries(Lane::hot), 0);
}

// With a second handle on the store, which one in memory does not have.
class ImportBesideTest : public ImportTest {};

TEST_P(ImportBesideTest, AFollowerMissesNothing) {
  const auto serving = open(false);
  std::set<std::string> seen;
  std::atomic<bool> running = true;
  std::uint64_t position = 0;
  const auto follow = [&] {
    for (const auto& entry : *wait(serving->feed(Lane::bulk, position, 1000))) {
      EXPECT_GT(entry.lseq, position);
      position = entry.lseq;
      seen.insert(entry.key.id);
    }
  };
  std::thread follower([&] {
    while (running) follow();
  });
  const auto write = [&](Database& at, const std::string& prefix, std::size_t rows_per_unit) {
    for (int unit = 0; unit < 40; ++unit)
      EXPECT_TRUE(wait(at.write([&](Transaction& t) -> base::Result<void> {
        for (std::size_t row = 0; row < rows_per_unit; ++row)
          if (auto done = t.put(profile(prefix + std::to_string(unit) + "-" + std::to_string(row), unit)); !done)
            return done;
        auto again = t.get({tenant_, Kind::user, prefix + "again"});
        auto next = profile(prefix + "again", unit);
        if (again) next.stamps = again->stamps;
        return t.put(std::move(next));
      })));
  };
  std::thread beside([&] { write(*serving, "served-", 3); });
  std::thread second([&] { write(*database_, "second-", 100); });
  write(*database_, "imported-", 100);
  beside.join();
  second.join();
  running = false;
  follower.join();
  follow();

  EXPECT_EQ(seen.size(), 40U * (100 + 100 + 3) + 3);
  std::set<std::uint64_t> numbers;
  for (std::uint64_t since = 0;;) {
    const auto entries = *wait(serving->feed(Lane::bulk, since, 1000));
    if (entries.empty()) break;
    for (const auto& entry : entries) EXPECT_TRUE(numbers.insert(entry.lseq).second);
    since = entries.back().lseq;
  }
  EXPECT_EQ(numbers.size(), seen.size()) << "a row is in a lane once";
}

INSTANTIATE_TEST_SUITE_P(Engines, ImportTest, testing::Values("memory", "sqlite", "postgres", "mariadb"),
                         [](const auto& of) { return of.param; });
INSTANTIATE_TEST_SUITE_P(Engines, ImportBesideTest, testing::Values("sqlite", "postgres", "mariadb"),
                         [](const auto& of) { return of.param; });

}  // namespace
}  // namespace cardea::store
