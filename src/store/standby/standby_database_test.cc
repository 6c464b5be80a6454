#include "store/standby/standby_database.h"

#include <gtest/gtest.h>

#include "base/fake_clock.h"
#include "base/random.h"
#include "store/one_time.h"
#include "store/open.h"
#include "store/refresh_families.h"
#include "store/sessions.h"
#include "store/standby/shipping.h"
#include "store/users.h"
#include "tests/faults/gated_database.h"
#include "tests/store_contract/wait.h"

namespace cardea::store {
namespace {

using base::Errc;

std::unique_ptr<Database> gated(GatedDatabase*& gate, Database& inner) {
  auto made = std::make_unique<GatedDatabase>(inner);
  gate = made.get();
  return made;
}

// A primary with a user and a refresh family, then a standby of it with a side of its own.
class StandbyDatabaseTest : public testing::Test {
 protected:
  StandbyDatabaseTest() {
    EXPECT_TRUE(keys_.learn(tenant_, keys_.make_wrapped()));
    EXPECT_TRUE(wait(primary_->write([&](Transaction& t) -> base::Result<void> {
      auto made = primary_users_.create_in(t, tenant_, "people", "auth0", {{"email", "ada@example.com"}}, "hash");
      if (!made) return base::pass_on(made);
      ada_ = made->key;
      return RefreshFamilies(*primary_).create_in(t, tenant_, family("f1"));
    })));
    primary_gate_->standby = true;
    clock_.advance(std::chrono::seconds{1});
  }

  model::RefreshFamily family(const std::string& id) {
    model::RefreshFamily out;
    out.id = model::FamilyId{id};
    out.user = ada_;
    out.client = model::ClientId{"app"};
    out.session = model::SessionId{"s1"};
    out.created_at = clock_.now();
    out.expires_at = clock_.now() + std::chrono::hours{24};
    return out;
  }
  model::Session session(const std::string& id) {
    model::Session out;
    out.id = model::SessionId{id};
    out.user = ada_;
    out.auth_time = out.created_at = out.last_seen_at = clock_.now();
    out.idle_expires_at = clock_.now() + std::chrono::hours{1};
    out.expires_at = clock_.now() + std::chrono::hours{5};
    return out;
  }
  // What a login writes.
  base::Result<CommitMark> sign_in(const std::string& id) {
    return wait(standby_.write([&](Transaction& t) -> base::Result<void> {
      if (auto put = Sessions(standby_).put_in(t, tenant_, session(id)); !put) return put;
      if (auto counted = users_.record_login_in(t, tenant_, ada_, "203.0.113.9"); !counted) return counted;
      t.append_event({.tenant = tenant_, .type = "s", .at = t.now(), .body = {{"session", id}}});
      return {};
    }));
  }
  std::int64_t logins(Database& database) {
    return base::get_int_or(wait(Users(database, random_).find(tenant_, ada_))->document, "logins_count", 0);
  }
  void promote() {
    primary_gate_->standby = false;
    wait([](StandbyDatabase& standby) -> base::awaitable<bool> {
      co_await standby.follow();
      co_return true;
    }(standby_));
  }

  base::FakeClock clock_;
  base::SeededRandom random_{5};
  base::NullLog log_;
  TenantKeys keys_{crypto::SealKey::from_bytes(std::string(32, 'k')), random_};
  model::TenantId tenant_{"01TENANT"};
  std::unique_ptr<Database> primary_ = open_memory({clock_, random_, log_, keys_, 1});
  std::unique_ptr<Database> side_ = open_memory({clock_, random_, log_, keys_, 2});
  GatedDatabase *primary_gate_ = nullptr, *side_gate_ = nullptr;  // of standby_
  StandbyDatabase standby_{gated(primary_gate_, *primary_), gated(side_gate_, *side_), true, clock_, log_};
  Users primary_users_{*primary_, random_}, users_{standby_, random_};
  model::UserKey ada_;
};

TEST_F(StandbyDatabaseTest, ALoginIsWrittenAsideAndSeen) {
  ASSERT_TRUE(sign_in("s1"));

  EXPECT_TRUE(wait(Sessions(standby_).find(tenant_, model::SessionId{"s1"})));
  EXPECT_EQ(wait(Sessions(standby_).of_user(tenant_, ada_))->size(), 1U);
  EXPECT_EQ(logins(standby_), 1);
  EXPECT_EQ(logins(*primary_), 0);
  EXPECT_EQ(wait(standby_.events_after(tenant_, 0, 10))->size(), 1U);
  EXPECT_FALSE(wait(Sessions(*primary_).find(tenant_, model::SessionId{"s1"})));
}

TEST_F(StandbyDatabaseTest, ThePrimarysRowsAreReadAndReplicationGoesOn) {
  ASSERT_TRUE(sign_in("s1"));
  EXPECT_TRUE(wait(standby_.write([&](Transaction& t) { return base::Result<void>(); })));

  ASSERT_TRUE(wait(primary_->write([&](Transaction& t) -> base::Result<void> {
    auto done = primary_users_.update_in(t, tenant_, ada_, {{"blocked", true}});
    if (!done) return base::pass_on(done);
    return {};
  })));
  EXPECT_TRUE(wait(users_.find(tenant_, ada_))->blocked) << "although the side has a copy of the user";

  ASSERT_TRUE(wait(primary_->write([&](Transaction& t) { return primary_users_.erase_in(t, tenant_, ada_); })));
  EXPECT_EQ(wait(users_.find(tenant_, ada_)).error().code, Errc::not_found);
  EXPECT_EQ(sign_in("s2").error().code, Errc::not_found);
}

TEST_F(StandbyDatabaseTest, EverythingElseIsRefusedAndLeavesNothing) {
  const auto refused = [&](Database::Body body) {
    const auto done = wait(standby_.write(std::move(body)));
    return !done && done.error().code == Errc::read_only;
  };
  EXPECT_TRUE(refused([&](Transaction& t) -> base::Result<void> {
    t.append_event({.tenant = tenant_, .type = "x", .at = t.now(), .body = {}});
    auto made = users_.create_in(t, tenant_, "people", "auth0", {{"email", "bob@example.com"}}, "hash");
    return made ? base::Result<void>{} : base::pass_on(made);
  }));
  EXPECT_TRUE(refused([&](Transaction& t) { return users_.set_password_in(t, tenant_, ada_, "other"); }));
  EXPECT_TRUE(refused([&](Transaction& t) -> base::Result<void> {
    auto made = users_.update_in(t, tenant_, ada_, {{"user_metadata", {{"a", 1}}}});
    return made ? base::Result<void>{} : base::pass_on(made);
  }));
  EXPECT_TRUE(refused([&](Transaction& t) { return users_.erase_in(t, tenant_, ada_); }));
  EXPECT_TRUE(refused([&](Transaction& t) -> base::Result<void> {
    Record client;
    client.key = {tenant_, Kind::client, "c"};
    client.set_document({{"client_id", "c"}});
    return t.put(std::move(client));
  }));

  EXPECT_TRUE(wait(standby_.events_after(tenant_, 0, 10))->empty());
  EXPECT_TRUE(wait(side_->feed(Lane::hot, 0, 10))->empty());
}

TEST_F(StandbyDatabaseTest, ARefreshFamilyOfThePrimaryGoesOnAndAReuseIsFound) {
  RefreshFamilies families(standby_);
  const auto use = [&](model::Generation generation) {
    return wait(standby_.write([&](Transaction& t) -> base::Result<void> {
      auto used = families.use_in(t, tenant_, model::FamilyId{"f1"}, {.presented = generation, .rotate = true});
      return used ? base::Result<void>{} : base::pass_on(used);
    }));
  };
  ASSERT_TRUE(use(1));
  ASSERT_TRUE(use(2));
  EXPECT_EQ(wait(families.find(tenant_, model::FamilyId{"f1"}))->generation, 3U);
  EXPECT_FALSE(use(1)) << "used before";

  EXPECT_EQ(wait(RefreshFamilies(*primary_).find(tenant_, model::FamilyId{"f1"}))->generation, 1U);
}

TEST_F(StandbyDatabaseTest, ARevocationHidesWhatThePrimaryStillLists) {
  RefreshFamilies families(standby_);
  ASSERT_TRUE(wait(standby_.write([&](Transaction& t) -> base::Result<void> {
    auto done = families.revoke_of_session_in(t, tenant_, model::SessionId{"s1"});
    return done ? base::Result<void>{} : base::pass_on(done);
  })));

  EXPECT_TRUE(wait(families.find(tenant_, model::FamilyId{"f1"}))->revoked);
  EXPECT_TRUE(wait(standby_.find(tenant_, Kind::refresh_family, "session", "s1", 10))->empty());
}

TEST_F(StandbyDatabaseTest, OneOfTwoConsumesWhatThePrimaryHasNotSeen) {
  Consumptions consumptions(standby_);
  const auto consume = [&] {
    return wait(standby_.write([&](Transaction& t) -> base::Result<void> {
      return consumptions.consume_in(t, tenant_, "code", "1", clock_.now() + std::chrono::minutes{1}, {});
    }));
  };
  EXPECT_TRUE(consume());
  EXPECT_EQ(consume().error().code, Errc::conflict);
}

TEST_F(StandbyDatabaseTest, APromotionBringsEverythingOver) {
  ASSERT_TRUE(sign_in("s1"));
  ASSERT_TRUE(sign_in("s2"));
  clock_.advance(std::chrono::seconds{1});

  promote();

  EXPECT_FALSE(standby_.is_read_only());
  EXPECT_EQ(wait(Sessions(*primary_).of_user(tenant_, ada_))->size(), 2U);
  EXPECT_EQ(logins(*primary_), 2);
  EXPECT_EQ(wait(primary_->events_after(tenant_, 0, 10))->size(), 2U);
  ASSERT_TRUE(sign_in("s3"));
  EXPECT_EQ(logins(*primary_), 3);
  EXPECT_EQ(wait(side_->events_after(tenant_, 0, 10))->size(), 2U) << "nothing is written aside any more";
}

TEST_F(StandbyDatabaseTest, BringingOverTwiceChangesNothing) {
  ASSERT_TRUE(sign_in("s1"));
  primary_gate_->standby = false;
  ASSERT_EQ(wait(ship(*side_, *primary_))->events, 1U);
  const auto head = wait(primary_->feed_head(Lane::bulk)).value();
  ASSERT_TRUE(wait(side_->set_cursor("ship", Lane::bulk, 0)));

  const auto again = wait(ship(*side_, *primary_));

  ASSERT_TRUE(again);
  EXPECT_EQ(again->events, 0U);
  EXPECT_EQ(again->rows, 0U);
  EXPECT_EQ(wait(primary_->feed_head(Lane::bulk)).value(), head);
}

TEST_F(StandbyDatabaseTest, WhatWasShippedIsNotCountedOrShownTwice) {
  ASSERT_TRUE(sign_in("s1"));
  primary_gate_->standby = false;

  EXPECT_EQ(wait(ship(*side_, *primary_))->rows, 2U) << "the session and the user";
  ASSERT_TRUE(sign_in("s2"));

  EXPECT_EQ(wait(primary_->events_after(tenant_, 0, 10))->size(), 1U);
  const auto newest = wait(standby_.events_before(tenant_, 0, 10));
  const auto oldest = wait(standby_.events_after(tenant_, 0, 10));
  for (const auto* events : {&newest, &oldest}) {
    ASSERT_TRUE(*events);
    ASSERT_EQ((*events)->size(), 2U);
  }
  EXPECT_EQ(newest->front().body.at("session"), "s2");
  EXPECT_EQ(oldest->front().body.at("session"), "s1");
}

// The primary dies again before the replica has what was shipped to it.
TEST_F(StandbyDatabaseTest, APromotionBringsOverWhatWasShippedElsewhereToo) {
  ASSERT_TRUE(sign_in("s1"));
  const auto elsewhere = open_memory({clock_, random_, log_, keys_, 3});
  ASSERT_TRUE(wait(ship(*side_, *elsewhere)));

  promote();

  EXPECT_EQ(wait(Sessions(*primary_).of_user(tenant_, ada_))->size(), 1U);
}

TEST_F(StandbyDatabaseTest, WithoutItsSideALoginIsUnavailableAndReadsOfThePrimaryGoOn) {
  side_gate_->down = true;

  EXPECT_EQ(sign_in("s1").error().code, Errc::unavailable);
  EXPECT_TRUE(wait(standby_.get({tenant_, Kind::credential, "none"})).error().code == Errc::not_found);
}

TEST_F(StandbyDatabaseTest, JobsOfTheStandbyAreDoneByItAlsoAfterThePromotion) {
  ASSERT_TRUE(wait(standby_.write([&](Transaction& t) -> base::Result<void> {
    t.enqueue({.tenant = tenant_, .queue = "mail", .body = {{"n", 1}}, .run_at = clock_.now()});
    return {};
  })));
  promote();

  const auto jobs = wait(standby_.take_jobs("mail", std::chrono::minutes{1}, 10));

  ASSERT_EQ(jobs->size(), 1U);
  EXPECT_TRUE(wait(standby_.finish_job(jobs->front().id)));
  EXPECT_TRUE(wait(side_->take_jobs("mail", std::chrono::minutes{1}, 10))->empty());
}

}  // namespace
}  // namespace cardea::store
