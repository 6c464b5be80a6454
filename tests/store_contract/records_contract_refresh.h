#pragma once

#include "tests/store_contract/records_contract.h"

namespace cardea::store::contract {

using std::chrono::hours;
using std::chrono::seconds;

class RefreshContract : public RecordsContract {
 protected:
  model::RefreshFamily make_family(const std::string& id, const std::string& client = "app") {
    model::RefreshFamily family;
    family.id = model::FamilyId{id};
    family.user = model::UserKey{"01USER"};
    family.user_id = model::UserId{"auth0|1"};
    family.client = model::ClientId{client};
    family.session = model::SessionId{"s1"};
    family.audience = "https://api";
    family.scope = {"openid", "offline_access"};
    family.created_at = family.last_used_at = clock_.now();
    family.home = 7;
    return family;
  }

  base::Result<void> create(const model::RefreshFamily& family) {
    return commit([&](Transaction& t) { return families().create_in(t, tenant_, family); });
  }

  base::Result<RefreshFamilies::Used> use(const std::string& id, RefreshFamilies::Use how) {
    return commit([&](Transaction& t) { return families().use_in(t, tenant_, model::FamilyId{id}, how); });
  }
  base::Result<RefreshFamilies::Used> rotate(const std::string& id, model::Generation presented, seconds leeway = {}) {
    return use(id, {presented, true, leeway, {}});
  }

  model::RefreshFamily stored(const std::string& id) { return *wait(families().find(tenant_, model::FamilyId{id})); }
};

TEST_P(RefreshContract, a_family_is_kept_as_it_was_created) {
  auto family = make_family("f");
  family.auth_time = clock_.now() - hours{1};
  family.expires_at = clock_.now() + hours{10};
  family.idle_expires_at = clock_.now() + hours{5};
  family.home_epoch = 3;

  ASSERT_TRUE(create(family));

  const auto kept = stored("f");
  EXPECT_EQ(kept.user, family.user);
  EXPECT_EQ(kept.user_id, family.user_id);
  EXPECT_EQ(kept.client, family.client);
  EXPECT_EQ(kept.session, family.session);
  EXPECT_EQ(kept.audience, family.audience);
  EXPECT_EQ(kept.scope, family.scope);
  EXPECT_EQ(kept.auth_time, family.auth_time);
  EXPECT_EQ(kept.created_at, family.created_at);
  EXPECT_EQ(kept.expires_at, family.expires_at);
  EXPECT_EQ(kept.idle_expires_at, family.idle_expires_at);
  EXPECT_EQ(kept.home, 7);
  EXPECT_EQ(kept.home_epoch, 3U);
  EXPECT_EQ(kept.generation, 1U);
  EXPECT_FALSE(kept.last_consumed);
  EXPECT_FALSE(kept.revoked);
}

TEST_P(RefreshContract, each_generation_works_once) {
  ASSERT_TRUE(create(make_family("f")));

  for (model::Generation generation = 1; generation < 5; ++generation) {
    const auto used = rotate("f", generation);
    ASSERT_TRUE(used) << generation;
    EXPECT_EQ(used->next, generation + 1);
    EXPECT_FALSE(used->sibling);
    EXPECT_EQ(code_of(rotate("f", generation)), base::Errc::conflict) << "without leeway a repeat is a replay";
  }
  EXPECT_EQ(code_of(rotate("f", 1, seconds{60})), base::Errc::conflict) << "older than the preceding one";
  EXPECT_EQ(code_of(rotate("f", 0, seconds{60})), base::Errc::conflict);
  EXPECT_EQ(stored("f").generation, 5U);
  EXPECT_EQ(stored("f").last_consumed->cell, 7);
}

TEST_P(RefreshContract, the_preceding_generation_gets_the_newest_again_within_the_leeway) {
  ASSERT_TRUE(create(make_family("f")));
  ASSERT_TRUE(rotate("f", 1, seconds{30}));
  clock_.advance(std::chrono::milliseconds{29'999});

  const auto sibling = rotate("f", 1, seconds{30});

  ASSERT_TRUE(sibling);
  EXPECT_TRUE(sibling->sibling);
  EXPECT_EQ(sibling->next, 2U);
  EXPECT_EQ(stored("f").generation, 2U);
  clock_.advance(std::chrono::milliseconds{1});
  EXPECT_EQ(code_of(rotate("f", 1, seconds{30})), base::Errc::conflict) << "a sibling does not prolong the leeway";
  EXPECT_TRUE(rotate("f", 2, seconds{30}));
}

TEST_P(RefreshContract, the_first_of_two_siblings_that_goes_on_retires_the_other) {
  ASSERT_TRUE(create(make_family("f")));
  const auto one = rotate("f", 1, seconds{30}), other = rotate("f", 1, seconds{30});
  ASSERT_TRUE(one && other);

  ASSERT_TRUE(rotate("f", one->next, seconds{30}));
  clock_.advance(seconds{31});

  EXPECT_EQ(code_of(rotate("f", other->next, seconds{30})), base::Errc::conflict);
}

TEST_P(RefreshContract, a_generation_that_another_cell_consumed_is_accepted_once_here_whenever_it_comes) {
  auto family = make_family("f");
  family.generation = 2;
  family.last_consumed = {clock_.now(), 9};
  ASSERT_TRUE(create(family));
  clock_.advance(hours{1});

  const auto sibling = rotate("f", 1);

  ASSERT_TRUE(sibling) << "the answer of the other cell may have been lost with it";
  EXPECT_TRUE(sibling->sibling);
  EXPECT_EQ(sibling->next, 2U);
  EXPECT_EQ(stored("f").consumers, (std::vector<model::CellNumber>{9, 7}));
  EXPECT_EQ(code_of(rotate("f", 1)), base::Errc::conflict) << "a second time is a replay";
  ASSERT_TRUE(rotate("f", 2));
  EXPECT_EQ(code_of(rotate("f", 2)), base::Errc::conflict) << "the first use of either retires the other";
}

TEST_P(RefreshContract, what_the_home_opened_and_this_cell_gave_out_is_not_given_twice) {
  auto family = make_family("f");
  family.home = 9;
  family.generation = 2;
  family.last_consumed = {clock_.now(), 9};
  ASSERT_TRUE(create(family));

  ASSERT_TRUE(commit([&](Transaction& t) { return families().give_in(t, tenant_, family.id, 2); }));

  const RefreshFamilies::Use again{.presented = 1, .rotate = true, .here = RefreshFamilies::Here::stand_in};
  EXPECT_EQ(code_of(use("f", again)), base::Errc::conflict);
}

TEST_P(RefreshContract, an_adopter_becomes_the_home) {
  auto family = make_family("f");
  family.home = 9;
  ASSERT_TRUE(create(family));

  ASSERT_TRUE(use("f", {.presented = 1, .rotate = true, .here = RefreshFamilies::Here::stand_in}));
  EXPECT_EQ(stored("f").home, 9) << "who stands in decides nothing";
  const auto used = use("f", {.presented = 2, .rotate = true, .here = RefreshFamilies::Here::adopter});

  ASSERT_TRUE(used);
  EXPECT_EQ(used->family.home_epoch, 2U) << "tokens say so";
  EXPECT_EQ(stored("f").home, 7);
  EXPECT_EQ(stored("f").home_epoch, 2U);
  EXPECT_EQ(stored("f").generation, 3U);
}

TEST_P(RefreshContract, an_adopter_goes_on_with_what_the_token_says_of_a_family_that_was_lost) {
  auto claimed = make_family("ignored");
  claimed.home = 9;
  claimed.expires_at = clock_.now() + hours{10};
  RefreshFamilies::Use how{.presented = 4, .rotate = true};
  how.claimed = claimed;
  EXPECT_EQ(code_of(use("f", how)), base::Errc::not_found);
  how.here = RefreshFamilies::Here::adopter;

  const auto used = use("f", how);

  ASSERT_TRUE(used);
  EXPECT_EQ(used->next, 5U);
  const auto kept = stored("f");
  EXPECT_EQ(kept.home, 7);
  EXPECT_EQ(kept.user, claimed.user);
  EXPECT_EQ(kept.audience, claimed.audience);
  EXPECT_EQ(kept.expires_at, claimed.expires_at);
  EXPECT_EQ(code_of(use("f", how)), base::Errc::conflict);
}

TEST_P(RefreshContract, a_generation_that_another_cell_gave_out_is_accepted_and_moves_the_family_on) {
  ASSERT_TRUE(create(make_family("f")));

  const auto used = rotate("f", 6);

  ASSERT_TRUE(used);
  EXPECT_EQ(used->next, 7U);
  EXPECT_FALSE(used->sibling);
  EXPECT_EQ(code_of(rotate("f", 5, seconds{60})), base::Errc::conflict);
  EXPECT_TRUE(rotate("f", 7));
  ASSERT_TRUE(create(make_family("still")));
  EXPECT_EQ(use("still", {6, false, {}, {}})->next, 6U);
  EXPECT_EQ(stored("still").generation, 6U);
  EXPECT_FALSE(stored("still").last_consumed) << "nothing is consumed without rotation";
}

TEST_P(RefreshContract, a_replay_can_be_answered_with_a_revocation_in_the_same_step) {
  ASSERT_TRUE(create(make_family("f")));
  ASSERT_TRUE(rotate("f", 1));

  base::Errc seen{};
  const auto done = write([&](Transaction& t) -> base::Result<void> {
    auto used = families().use_in(t, tenant_, model::FamilyId{"f"}, {1, true, {}, {}});
    if (used) return {};
    seen = used.error().code;
    return families().revoke_in(t, tenant_, model::FamilyId{"f"});
  });

  ASSERT_TRUE(done);
  EXPECT_EQ(seen, base::Errc::conflict);
  EXPECT_TRUE(stored("f").revoked);
  EXPECT_EQ(code_of(rotate("f", 2)), base::Errc::denied);
  EXPECT_TRUE(commit([&](Transaction& t) { return families().revoke_in(t, tenant_, model::FamilyId{"f"}); }));
  EXPECT_TRUE(commit([&](Transaction& t) { return families().revoke_in(t, tenant_, model::FamilyId{"none"}); }));
}

TEST_P(RefreshContract, rotation_is_not_critical_but_revocation_is) {
  ASSERT_TRUE(create(make_family("f")));

  const auto rotated = write([&](Transaction& t) -> base::Result<void> {
    auto used = families().use_in(t, tenant_, model::FamilyId{"f"}, {1, true, {}, hours{1}});
    if (!used) return base::pass_on(used);
    return {};
  });
  const auto revoked = write([&](Transaction& t) { return families().revoke_in(t, tenant_, model::FamilyId{"f"}); });

  ASSERT_TRUE(rotated && revoked);
  ASSERT_EQ(rotated->written.size(), 1U);
  EXPECT_EQ(rotated->written[0].data_class, DataClass::c3);
  ASSERT_EQ(revoked->written.size(), 1U);
  EXPECT_EQ(revoked->written[0].data_class, DataClass::c1);
}

TEST_P(RefreshContract, without_rotation_a_token_works_again_and_again_and_costs_a_write_only_now_and_then) {
  auto family = make_family("f");
  family.idle_expires_at = clock_.now() + hours{10};
  ASSERT_TRUE(create(family));
  const auto use_it = [&] {
    return write([&](Transaction& t) -> base::Result<void> {
      auto used = families().use_in(t, tenant_, model::FamilyId{"f"}, {1, false, {}, hours{10}});
      if (!used) return base::pass_on(used);
      EXPECT_EQ(used->next, 1U);
      return {};
    });
  };

  clock_.advance(seconds{60});
  EXPECT_TRUE(use_it()->written.empty());
  clock_.advance(seconds{1});
  EXPECT_EQ(use_it()->written.size(), 1U);
  EXPECT_EQ(stored("f").idle_expires_at, clock_.now() + hours{10});
  EXPECT_EQ(stored("f").last_used_at, clock_.now());
  EXPECT_EQ(stored("f").generation, 1U);
}

TEST_P(RefreshContract, a_family_ends_when_it_idles_or_at_its_absolute_end) {
  auto idling = make_family("idle");
  idling.idle_expires_at = clock_.now() + hours{1};
  auto short_lived = make_family("absolute");
  short_lived.expires_at = clock_.now() + hours{2};
  short_lived.idle_expires_at = clock_.now() + hours{1};
  ASSERT_TRUE(create(idling) && create(short_lived) && create(make_family("eternal")));

  clock_.advance(std::chrono::minutes{59});
  EXPECT_TRUE(use("absolute", {1, true, {}, hours{1}}));
  clock_.advance(std::chrono::minutes{1});
  EXPECT_FALSE(rotate("idle", 1)) << "nobody came for an hour";
  EXPECT_EQ(code_of(wait(families().find(tenant_, model::FamilyId{"idle"}))), base::Errc::not_found);
  EXPECT_TRUE(use("absolute", {2, true, {}, hours{1}}));
  clock_.advance(hours{1});
  EXPECT_FALSE(use("absolute", {3, true, {}, hours{1}})) << "the absolute end does not move";
  clock_.advance(hours{24 * 365});
  EXPECT_TRUE(rotate("eternal", 1));
}

TEST_P(RefreshContract, a_revoked_family_is_remembered_as_long_as_a_token_of_it_may_live) {
  auto family = make_family("f");
  family.expires_at = clock_.now() + hours{10};
  family.idle_expires_at = clock_.now() + hours{1};
  ASSERT_TRUE(create(family));
  ASSERT_TRUE(commit([&](Transaction& t) { return families().revoke_in(t, tenant_, family.id); }));

  clock_.advance(hours{9});
  EXPECT_TRUE(stored("f").revoked);
  clock_.advance(hours{1});
  EXPECT_EQ(code_of(wait(families().find(tenant_, family.id))), base::Errc::not_found);
}

TEST_P(RefreshContract, a_user_has_at_most_200_living_families_per_client) {
  for (int i = 0; i < 203; ++i) {
    ASSERT_TRUE(create(make_family("f" + std::to_string(i))));
    clock_.advance(seconds{1});
  }
  ASSERT_TRUE(create(make_family("other", "another app")));

  EXPECT_TRUE(stored("f0").revoked);
  EXPECT_TRUE(stored("f2").revoked);
  EXPECT_FALSE(stored("f3").revoked);
  EXPECT_EQ(wait(families().of_user(tenant_, model::UserKey{"01USER"}))->size(), 201U);
}

TEST_P(RefreshContract, grants_sessions_and_users_are_revoked_as_one) {
  auto elsewhere = make_family("other audience");
  elsewhere.audience = "https://other";
  auto later = make_family("other session");
  later.session = model::SessionId{"s2"};
  auto somebody = make_family("other user");
  somebody.user = model::UserKey{"02USER"};
  for (const auto& family : {make_family("f"), elsewhere, later, somebody, make_family("other client", "app2")})
    ASSERT_TRUE(create(family));
  const model::UserKey user{"01USER"};
  const model::ClientId app{"app"};

  EXPECT_EQ(*commit([&](Transaction& t) { return families().revoke_grant_in(t, tenant_, user, app, "https://other"); }),
            1U);
  EXPECT_TRUE(stored("other audience").revoked);
  EXPECT_FALSE(stored("f").revoked);
  EXPECT_EQ(
      *commit([&](Transaction& t) { return families().revoke_of_session_in(t, tenant_, model::SessionId{"s2"}); }), 1U);
  EXPECT_EQ(*commit([&](Transaction& t) { return families().revoke_grant_in(t, tenant_, user, app, ""); }), 1U);
  EXPECT_EQ(*commit([&](Transaction& t) { return families().revoke_of_user_in(t, tenant_, user); }), 1U);
  EXPECT_TRUE(stored("other client").revoked);
  EXPECT_FALSE(stored("other user").revoked);
  EXPECT_TRUE(wait(families().of_user(tenant_, user))->empty());
}

TEST_P(RefreshContract, of_eight_rotations_of_one_generation_one_wins) {
  ASSERT_TRUE(create(make_family("f")));

  const auto results = race(8, [&](Transaction& t) -> base::Result<void> {
    auto used = families().use_in(t, tenant_, model::FamilyId{"f"}, {1, true, {}, {}});
    if (!used) return base::pass_on(used);
    return {};
  });

  EXPECT_EQ(successes(results), 1U);
  EXPECT_EQ(failures(results, base::Errc::conflict), 7U);
  EXPECT_EQ(stored("f").generation, 2U);
}

TEST_P(RefreshContract, eight_rotations_within_the_leeway_all_get_the_same_next_generation) {
  ASSERT_TRUE(create(make_family("f")));
  std::atomic<int> first{0}, siblings{0}, wrong{0};

  const auto results = race(8, [&](Transaction& t) -> base::Result<void> {
    auto used = families().use_in(t, tenant_, model::FamilyId{"f"}, {1, true, seconds{30}, {}});
    if (!used) return base::pass_on(used);
    ++(used->sibling ? siblings : first);
    if (used->next != 2) ++wrong;
    return {};
  });

  EXPECT_EQ(successes(results), 8U);
  EXPECT_GE(first.load(), 1);
  EXPECT_EQ(siblings.load(), 7);
  EXPECT_EQ(wrong.load(), 0);
}

}  // namespace cardea::store::contract
