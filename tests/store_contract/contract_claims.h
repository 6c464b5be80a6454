#pragma once

#include "store/claims.h"
#include "tests/store_contract/engine_contract.h"

namespace cardea::store {

using base::Errc;
using base::json::object;

class ClaimContract : public EngineContract {
 protected:
  base::Result<CommitMark> claim(std::string_view value, std::string_view row, bool verified = false) {
    return write([&](Transaction& t) { return t.claim(tenant_, "email", value, row, verified); });
  }
  base::Result<CommitMark> release(std::string_view value, std::string_view row) {
    return write([&](Transaction& t) { return t.release(tenant_, "email", value, row); });
  }
  std::string holder(std::string value) {
    const auto row = wait(database_->holder(tenant_, "email", std::move(value)));
    return row ? *row : std::string(base::to_string(row.error().code));
  }
  Key key_of(std::string_view value) { return {tenant_, Kind::claim, *claim_id(keys_, tenant_, "email", value)}; }
};

TEST_P(ClaimContract, a_name_has_one_holder) {
  ASSERT_TRUE(claim("a@b.c", "U1"));

  EXPECT_EQ(claim("a@b.c", "U2").error().code, Errc::already_exists);
  EXPECT_EQ(claim("a@b.c", "U2", true).error().code, Errc::already_exists) << "not even with a proof";
  EXPECT_EQ(holder("a@b.c"), "U1");
  EXPECT_TRUE(claim("a@b.c", "U1")->written.empty()) << "once more changes nothing";
  EXPECT_EQ(holder("A@b.c"), "not_found") << "spelling is the caller's matter";
}

TEST_P(ClaimContract, names_are_apart_by_tenant_and_attribute) {
  ASSERT_TRUE(claim("same", "U1"));

  ASSERT_TRUE(write([&](Transaction& t) { return t.claim(other_, "email", "same", "U2", false); }));
  ASSERT_TRUE(write([&](Transaction& t) { return t.claim(tenant_, "username", "same", "U3", false); }));

  EXPECT_EQ(holder("same"), "U1");
  EXPECT_EQ(wait(database_->holder(other_, "email", "same")), "U2");
  EXPECT_EQ(wait(database_->holder(tenant_, "username", "same")), "U3");
}

TEST_P(ClaimContract, a_released_name_is_free_also_for_a_way_back) {
  ASSERT_TRUE(claim("a", "U1"));
  EXPECT_TRUE(release("a", "U2")->written.empty()) << "not the holder";
  EXPECT_EQ(holder("a"), "U1");

  ASSERT_TRUE(release("a", "U1"));
  EXPECT_EQ(holder("a"), "not_found");
  ASSERT_TRUE(claim("a", "U2"));
  EXPECT_EQ(claim("a", "U1").error().code, Errc::already_exists);
  ASSERT_TRUE(release("a", "U2"));
  ASSERT_TRUE(claim("a", "U1"));

  EXPECT_EQ(holder("a"), "U1");
}

TEST_P(ClaimContract, changing_a_name_is_one_step) {
  ASSERT_TRUE(claim("old", "U1"));

  const auto changed = write([&](Transaction& t) -> base::Result<void> {
    if (auto done = t.claim(tenant_, "email", "new", "U1", false); !done) return done;
    EXPECT_EQ(*t.holder(tenant_, "email", "new"), "U1");
    return t.release(tenant_, "email", "old", "U1");
  });

  ASSERT_TRUE(changed);
  EXPECT_EQ(holder("old"), "not_found");
  EXPECT_EQ(holder("new"), "U1");
  EXPECT_EQ(changed->written.at(0).data_class, DataClass::c1);
}

// Two cells took the same name while they could not talk; the merge left both candidates.
TEST_P(ClaimContract, of_candidates_that_met_the_verified_one_holds_the_name) {
  object candidates;
  put_candidate(candidates, {"U1", "01A", 0, 100, 1, false});
  put_candidate(candidates, {"U2", "01B", 300, 200, 2, false});
  ASSERT_TRUE(put(key_of("a"), candidates));

  EXPECT_EQ(holder("a"), "U2") << "verified before first";

  EXPECT_EQ(claim("a", "U1").error().code, Errc::already_exists);
  ASSERT_TRUE(release("a", "U2"));
  EXPECT_EQ(holder("a"), "U1") << "the next one is promoted";
}

TEST_P(ClaimContract, the_loser_of_two_takes_the_name_with_a_proof) {
  object candidates;
  put_candidate(candidates, {"U1", "01A", 0, 100, 1, false});
  put_candidate(candidates, {"U2", "01B", 0, 200, 2, false});
  ASSERT_TRUE(put(key_of("a"), candidates));
  EXPECT_EQ(holder("a"), "U1");

  ASSERT_TRUE(claim("a", "U2", true));

  EXPECT_EQ(holder("a"), "U2");
}

TEST_P(ClaimContract, a_tenant_whose_key_is_unknown_has_no_names) {
  const auto claimed =
      write([&](Transaction& t) { return t.claim(model::TenantId("new"), "email", "a", "U1", false); });

  EXPECT_EQ(claimed.error().code, Errc::not_found);
}

TEST_P(ClaimContract, of_several_that_claim_a_name_one_wins) {
  std::atomic<int> won = 0, lost = 0;

  race(8, [&](int i) {
    const auto done = claim("a@b.c", "U" + std::to_string(i), i % 2 == 0);
    if (done) ++won;
    if (!done && done.error().code == Errc::already_exists) ++lost;
  });

  EXPECT_EQ(won, 1);
  EXPECT_EQ(lost, 7);
  EXPECT_EQ(holder("a@b.c").front(), 'U');
}

}  // namespace cardea::store
