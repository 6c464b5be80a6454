// What an import writes goes to the lane `bulk` and waits for no other cell (REPLICATION.md §2.3).
#include <gtest/gtest.h>

#include "base/fake_clock.h"
#include "store/imported_users.h"
#include "store/open.h"
#include "store/sql/open_sqlite.h"
#include "tests/store_contract/temporary_folder.h"
#include "tests/store_contract/wait.h"

namespace cardea::store {
namespace {

using base::json::object;
using Outcome = ImportedUsers::Outcome;

class ImportTest : public testing::TestWithParam<bool> {
 protected:
  ImportTest() {
    EXPECT_TRUE(keys_.learn(tenant_, keys_.make_wrapped()));
    const Surroundings around{clock_, random_, log_, keys_, 7, true};
    if (GetParam())
      database_ = std::move(*open_sqlite(folder_.path() / "cardea.db", around, {}));
    else
      database_ = open_memory(around);
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

INSTANTIATE_TEST_SUITE_P(Engines, ImportTest, testing::Bool(),
                         [](const auto& of) { return of.param ? "sqlite" : "memory"; });

}  // namespace
}  // namespace cardea::store
