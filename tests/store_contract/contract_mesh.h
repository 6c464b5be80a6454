#pragma once

#include "store/mesh_store.h"
#include "store/row_text.h"
#include "tests/store_contract/engine_contract.h"

namespace cardea::store {

using base::Errc;
using base::json::object;

// What the mesh keeps beside the rows, and how it reads them (store/mesh_store.h). This cell is number 7.
class MeshStoreContract : public EngineContract {
 protected:
  MeshStore& mesh() { return *mesh_store_of(*database_); }

  static Quarantined broken(const std::string& slot, base::Time due = {}) {
    return {.slot = slot,
            .peer = 9,
            .lane = Lane::bulk,
            .tenant = "tenant-1",
            .id = "U\xC3\x9F",
            .kind = 99,
            .bytes = std::string("\0\xFF'\n", 4) + slot,
            .reason = "a kind that is not known here",
            .at = base::from_millis(1'000),
            .due = due};
  }

  base::Result<void> apply(const MeshStore::PeerBody& body) { return wait(mesh().apply(body)); }
  void quarantine(const Quarantined& row) {
    EXPECT_TRUE(apply([&](Transaction&, PeerTables& tables) -> base::Result<void> {
      tables.quarantine(row);
      return {};
    }));
  }
  std::vector<std::string> slots(const std::string& after = "", std::size_t limit = 100) {
    std::vector<std::string> out;
    const auto rows = wait(mesh().quarantined(after, limit));
    EXPECT_TRUE(rows);
    for (const auto& row : *rows) out.push_back(row.slot);
    return out;
  }
  std::vector<RowVersion> versions(const std::string& tenant = "", const std::string& id = "",
                                   std::size_t limit = 100) {
    auto out = wait(mesh().versions(Kind::user, model::TenantId(tenant), id, limit));
    EXPECT_TRUE(out) << (out ? "" : out.error().reason);
    return out ? std::move(*out) : std::vector<RowVersion>{};
  }
  bool forget(const Key& key, const std::string& stamps, std::uint64_t acknowledged) {
    bool done = false;
    EXPECT_TRUE(apply([&](Transaction&, PeerTables& tables) -> base::Result<void> {
      done = tables.forget_tombstone(key, stamps, [&](Lane) { return acknowledged; });
      return {};
    }));
    return done;
  }
};

TEST_P(MeshStoreContract, a_row_in_quarantine_is_kept_to_the_last_byte) {
  const auto row = broken("a");

  quarantine(row);

  const auto kept = wait(mesh().quarantined("", 10));
  ASSERT_TRUE(kept);
  ASSERT_EQ(kept->size(), 1U);
  const auto& back = kept->front();
  EXPECT_EQ(back.slot, row.slot);
  EXPECT_EQ(back.peer, row.peer);
  EXPECT_EQ(back.lane, row.lane);
  EXPECT_EQ(back.tenant, row.tenant);
  EXPECT_EQ(back.id, row.id);
  EXPECT_EQ(back.kind, row.kind);
  EXPECT_EQ(back.bytes, row.bytes);
  EXPECT_EQ(back.reason, row.reason);
  EXPECT_EQ(back.at, row.at);
  EXPECT_EQ(back.due, row.due);
}

TEST_P(MeshStoreContract, a_slot_holds_what_came_last_until_it_is_released) {
  quarantine(broken("a"));
  quarantine(broken("b"));
  auto newer = broken("a", clock_.now() + std::chrono::seconds{1});
  newer.bytes = "newer";
  quarantine(newer);

  EXPECT_EQ(slots(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(slots("a"), std::vector<std::string>{"b"});
  EXPECT_EQ(slots("", 1), std::vector<std::string>{"a"});
  EXPECT_EQ(wait(mesh().quarantined("", 1))->front().bytes, "newer");
  auto size = wait(mesh().quarantine_size());
  EXPECT_EQ(size->rows, 2U);
  EXPECT_EQ(size->held, 1U);
  bool there = false, again = true;
  ASSERT_TRUE(apply([&](Transaction&, PeerTables& tables) -> base::Result<void> {
    there = tables.release("a");
    again = tables.release("a");
    return {};
  }));
  EXPECT_TRUE(there);
  EXPECT_FALSE(again);
  EXPECT_EQ(slots(), std::vector<std::string>{"b"});
}

TEST_P(MeshStoreContract, what_is_held_back_comes_out_when_its_time_has_come) {
  const auto now = clock_.now();
  quarantine(broken("later", now + std::chrono::seconds{2}));
  quarantine(broken("sooner", now + std::chrono::seconds{1}));
  quarantine(broken("never"));

  EXPECT_TRUE(wait(mesh().quarantined_due(now, 10))->empty());
  const auto due = wait(mesh().quarantined_due(now + std::chrono::seconds{2}, 10));
  ASSERT_EQ(due->size(), 2U);
  EXPECT_EQ(due->front().slot, "sooner");
  EXPECT_EQ(wait(mesh().quarantined_due(now + std::chrono::seconds{2}, 1))->size(), 1U);
}

TEST_P(MeshStoreContract, rows_and_quarantine_are_written_together_or_not_at_all) {
  const auto failed = apply([&](Transaction& transaction, PeerTables& tables) -> base::Result<void> {
    if (auto put = transaction.put(make(user_key(), {{"email", "a@b.c"}})); !put) return put;
    tables.quarantine(broken("a"));
    tables.acknowledge("X", {9, Lane::hot, 5, clock_.now()});
    return base::fail(Errc::invalid, "no");
  });

  EXPECT_FALSE(failed);
  EXPECT_TRUE(slots().empty());
  EXPECT_FALSE(get(user_key()));
  ASSERT_TRUE(apply([&](Transaction& transaction, PeerTables& tables) -> base::Result<void> {
    tables.quarantine(broken("a"));
    return transaction.put(make(user_key(), {{"email", "a@b.c"}}));
  }));
  EXPECT_EQ(slots().size(), 1U);
  EXPECT_TRUE(get(user_key()));
}

TEST_P(MeshStoreContract, versions_are_those_of_all_rows_of_all_tenants_in_order) {
  for (const auto& tenant : {other_, tenant_})
    for (const auto* id : {"U3", "U1", "U2"}) ASSERT_TRUE(put({tenant, Kind::user, id}, {{"email", "a@b.c"}}));
  ASSERT_TRUE(erase(user_key("U2")));

  const auto all = versions();

  ASSERT_EQ(all.size(), 6U);
  EXPECT_EQ(all[0].tenant, tenant_);
  EXPECT_EQ(all[0].id, "U1");
  EXPECT_EQ(all[0].stamps, write_stamps(must_get(user_key("U1")).stamps));
  EXPECT_FALSE(all[0].deleted);
  EXPECT_TRUE(all[1].deleted);
  EXPECT_EQ(all[3].tenant, other_);
  EXPECT_EQ(all[5].id, "U3");
  std::vector<RowVersion> paged;
  while (true) {
    const auto page = paged.empty() ? versions("", "", 2) : versions(paged.back().tenant.value, paged.back().id, 2);
    if (page.empty()) break;
    paged.insert(paged.end(), page.begin(), page.end());
  }
  ASSERT_EQ(paged.size(), 6U);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(paged[i].id, all[i].id) << i;
}

TEST_P(MeshStoreContract, stored_rows_are_tombstones_and_expired_ones_too) {
  ASSERT_TRUE(put(user_key("U1"), {{"email", "a@b.c"}}));
  ASSERT_TRUE(put(user_key("U2"), {{"email", "b@b.c"}}));
  ASSERT_TRUE(erase(user_key("U2")));
  const Key session{tenant_, Kind::session, "S1"};
  ASSERT_TRUE(put(session, {{"user", "U1"}}, clock_.now() + std::chrono::seconds{1}));
  clock_.advance(std::chrono::seconds{2});

  const auto rows = wait(mesh().stored({user_key("U1"), user_key("U2"), user_key("U9"), session}));

  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 3U);
  EXPECT_EQ((*rows)[0].document().at("email"), "a@b.c");
  EXPECT_TRUE((*rows)[1].deleted);
  EXPECT_EQ((*rows)[2].key, session);
}

TEST_P(MeshStoreContract, a_tombstone_goes_only_when_it_stands_as_known_and_all_have_it) {
  ASSERT_TRUE(put(user_key("U1"), {{"email", "a@b.c"}}));
  ASSERT_TRUE(put(user_key("U2"), {{"email", "b@b.c"}}));
  ASSERT_TRUE(erase(user_key("U1")));
  const auto stamps = versions()[0].stamps;
  const auto lseq = feed(Lane::hot).back().lseq;

  EXPECT_FALSE(forget(user_key("U1"), stamps, lseq - 1)) << "somebody has not heard of it";
  EXPECT_FALSE(forget(user_key("U1"), "{\"_deleted\":[1,1]}", lseq)) << "it is another one now";
  EXPECT_FALSE(forget(user_key("U2"), versions()[1].stamps, 1000)) << "it lives";
  EXPECT_EQ(versions().size(), 2U);
  EXPECT_TRUE(forget(user_key("U1"), stamps, lseq));
  EXPECT_EQ(versions().size(), 1U);
  EXPECT_EQ(feed(Lane::hot).size(), 1U);
  EXPECT_EQ(wait(database_->feed_head(Lane::hot)).value(), lseq) << "numbers are never given again";
}

TEST_P(MeshStoreContract, acknowledgements_belong_to_the_incarnation) {
  const PeerAck hot{9, Lane::hot, 5, base::from_millis(1'000)}, bulk{9, Lane::bulk, 7, base::from_millis(2'000)};
  const auto acknowledge = [&](const PeerAck& ack) {
    EXPECT_TRUE(apply([&](Transaction&, PeerTables& tables) -> base::Result<void> {
      tables.acknowledge(database_->incarnation(), ack);
      return {};
    }));
  };
  acknowledge({9, Lane::hot, 1, base::from_millis(1)});
  acknowledge(hot);
  acknowledge(bulk);

  auto known = wait(mesh().acknowledgements());
  ASSERT_TRUE(known);
  std::ranges::sort(*known, {}, &PeerAck::lane);
  EXPECT_EQ(*known, (std::vector{hot, bulk}));

  const auto before = database_->incarnation();
  EXPECT_EQ(wait(mesh().renew_incarnation(before, "NEXT")).value(), "NEXT");
  EXPECT_EQ(database_->incarnation(), "NEXT");
  EXPECT_EQ(wait(mesh().renew_incarnation(before, "OTHER")).value(), "NEXT") << "another node was faster";
  EXPECT_TRUE(wait(mesh().acknowledgements())->empty());
}

TEST_P(MeshStoreContract, while_writes_are_refused_peers_still_give) {
  mesh().refuse_writes(true);

  const auto refused = put(user_key("U1"), {{"email", "a@b.c"}});
  const auto applied = apply([&](Transaction& transaction, PeerTables&) -> base::Result<void> {
    return transaction.put(make(user_key("U2"), {{"email", "a@b.c"}}));
  });

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::read_only);
  EXPECT_TRUE(database_->is_read_only());
  EXPECT_TRUE(applied);
  EXPECT_TRUE(get(user_key("U2")));
  mesh().refuse_writes(false);
  EXPECT_TRUE(put(user_key("U1"), {{"email", "a@b.c"}}));
}

}  // namespace cardea::store
