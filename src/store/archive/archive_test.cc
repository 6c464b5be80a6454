#include "store/archive/archive.h"

#include <gmock/gmock.h>

#include "store/archive/store_loader.h"
#include "store/archive/store_session.h"
#include "tests/store_contract/archive_fixture.h"

namespace cardea::store {
namespace {

using testing::HasSubstr;

struct Way {
  std::string from, to;
};

// Every engine to every engine.
class ArchiveWayTest : public testing::TestWithParam<Way>, protected ArchiveFixture {
 protected:
  void expect_same(Database& original, Database& other) {
    for (const auto* id : {"U0", "U1", "U2", "U150", "U299"}) {
      for (const auto& tenant : {tenant_, other_}) {
        const auto a = wait(original.get({tenant, Kind::user, id}));
        const auto b = wait(other.get({tenant, Kind::user, id}));
        ASSERT_EQ(a.has_value(), b.has_value()) << id;
        if (!a) continue;
        EXPECT_EQ(a->groups, b->groups);
        EXPECT_EQ(a->stamps, b->stamps);
      }
    }
    const auto found = wait(other.find(tenant_, Kind::user, "email", "U1@example.test", 10));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->size(), 1U);
    EXPECT_EQ(wait(other.holder(tenant_, "user_id", "auth0|U1")).value_or(""), "U1");
    for (const auto lane : {Lane::hot, Lane::bulk}) EXPECT_EQ(order_of(original, lane), order_of(other, lane));
    EXPECT_EQ(wait(original.all_events_after(0, 1000))->size(), wait(other.all_events_after(0, 1000))->size());
    EXPECT_EQ(wait(other.cursor("follower", Lane::bulk)).value_or(0), 4U);
  }
};

TEST_P(ArchiveWayTest, ABackupIsRestoredWithEveryRow) {
  const auto from = url(GetParam().from, "from"), to = url(GetParam().to, "to");
  auto original = open(from);
  fill(*original);
  MemoryArchive archive;
  const auto manifest = must_archive(from, archive);

  const auto restored = restore_archive(archive.open(), archive_keys(), to, kCell, tools());

  ASSERT_TRUE(restored) << restored.error().reason;
  EXPECT_EQ(restored->tables, manifest.tables);
  EXPECT_EQ(manifest.tables.at("rec_user").rows, 300U);
  EXPECT_NE(restored->store.incarnation, original->incarnation());
  auto other = open(to);
  EXPECT_EQ(other->incarnation(), restored->store.incarnation);
  expect_same(*original, *other);
  const auto jobs = wait(other->take_jobs("mail", std::chrono::minutes(1), 10));
  ASSERT_TRUE(jobs);
  EXPECT_EQ(jobs->size(), 1U);
}

TEST_P(ArchiveWayTest, ACopyKeepsTheDeploymentAndGoesOn) {
  const auto from = url(GetParam().from, "from"), to = url(GetParam().to, "to");
  auto original = open(from);
  fill(*original);

  const auto report = copy_store(from, to, tools());

  ASSERT_TRUE(report) << report.error().reason;
  EXPECT_FALSE(report->source_changed);
  auto other = open(to);
  EXPECT_EQ(other->incarnation(), original->incarnation());
  expect_same(*original, *other);
  // New entries come above what there was, and new jobs do not collide.
  const auto head = *wait(other->feed_head(Lane::hot));
  put(*other, user("new"), {{"email", "new@example.test"}});
  const auto later = feed_of(*other, Lane::hot);
  ASSERT_FALSE(later.empty());
  EXPECT_GT(later.back().first, head);
  const auto enqueued = wait(other->write([&](Transaction& t) -> base::Result<void> {
    t.enqueue({.tenant = tenant_, .queue = "mail"});
    return {};
  }));
  EXPECT_TRUE(enqueued) << enqueued.error().reason;
  EXPECT_EQ(wait(other->take_jobs("mail", std::chrono::minutes(1), 10))->size(), 2U);
}

TEST_P(ArchiveWayTest, RowsOfSomeMegabytesGoThrough) {
  const auto from = url(GetParam().from, "from"), to = url(GetParam().to, "to");
  auto original = open(from);
  for (int i = 0; i < 6; ++i)
    put(*original, user("large" + std::to_string(i)), {{"text", std::string(3 << 20, static_cast<char>('a' + i))}});

  const auto report = copy_store(from, to, tools());

  ASSERT_TRUE(report) << report.error().reason;
  EXPECT_EQ(wait(open(to)->get(user("large5")))->document().at("text").as_string().size(), 3U << 20);
}

TEST_P(ArchiveWayTest, ATargetThatIsInUseIsLeftAlone) {
  const auto from = url(GetParam().from, "from"), to = url(GetParam().to, "to");
  auto original = open(from);
  fill(*original, 10);
  MemoryArchive archive;
  must_archive(from, archive);
  auto used = open(to);
  put(*used, user("mine"), {{"email", "mine@example.test"}});

  const auto restored = restore_archive(archive.open(), archive_keys(), to, kCell, tools());
  const auto copied = copy_store(from, to, tools());

  ASSERT_FALSE(restored);
  EXPECT_EQ(restored.error().code, base::Errc::already_exists);
  ASSERT_FALSE(copied);
  EXPECT_EQ(copied.error().code, base::Errc::already_exists);
  EXPECT_TRUE(wait(used->get(user("mine"))));
  EXPECT_EQ(*wait(used->count(tenant_, Kind::user)), 1U);
}

const auto kWays = testing::Values(Way{"sqlite", "sqlite"}, Way{"sqlite", "postgres"}, Way{"postgres", "sqlite"},
                                   Way{"postgres", "postgres"}, Way{"sqlite", "mariadb"}, Way{"mariadb", "sqlite"},
                                   Way{"mariadb", "postgres"}, Way{"postgres", "mariadb"}, Way{"mariadb", "mariadb"});
std::string way_name(const testing::TestParamInfo<Way>& info) { return info.param.from + "_to_" + info.param.to; }
INSTANTIATE_TEST_SUITE_P(Engines, ArchiveWayTest, kWays, way_name);

class ArchiveTest : public testing::Test, protected ArchiveFixture {
 protected:
  ArchiveTest() {
    database_ = open(from_);
    fill(*database_, 60);
  }

  // Whether the store at `to_` has not been touched.
  void expect_untouched() { EXPECT_FALSE(std::filesystem::exists(*sqlite_path(to_))); }

  base::Result<Manifest> restore(MemoryArchive& archive) {
    return restore_archive(archive.open(), archive_keys(), to_, kCell, tools());
  }

  const std::string from_ = url("sqlite", "from");
  const std::string to_ = url("sqlite", "to");
  std::unique_ptr<Database> database_;
};

TEST_F(ArchiveTest, AChangedByteAnywhereIsFoundBeforeTheTargetIsTouched) {
  MemoryArchive good;
  must_archive(from_, good);
  for (std::size_t at = 0; at < good.bytes.size(); at += 1 + good.bytes.size() / 211) {
    MemoryArchive archive;
    archive.bytes = good.bytes;
    archive.bytes[at] = static_cast<char>(archive.bytes[at] ^ 0x20);

    const auto restored = restore(archive);

    ASSERT_FALSE(restored) << at;
    EXPECT_EQ(restored.error().code, base::Errc::invalid) << restored.error().reason;
  }
  expect_untouched();
}

TEST_F(ArchiveTest, AnArchiveThatIsCutOffOrTooLongIsRefused) {
  MemoryArchive good;
  must_archive(from_, good);
  for (std::size_t length = 0; length < good.bytes.size(); length += 1 + good.bytes.size() / 97) {
    MemoryArchive archive;
    archive.bytes = good.bytes.substr(0, length);
    const auto restored = restore(archive);
    ASSERT_FALSE(restored) << length;
    EXPECT_EQ(restored.error().code, base::Errc::invalid);
  }
  MemoryArchive longer;
  longer.bytes = good.bytes + "x";
  EXPECT_FALSE(restore(longer));
  expect_untouched();
}

TEST_F(ArchiveTest, TheRightKeysAreNeeded) {
  MemoryArchive archive;
  must_archive(from_, archive);

  const auto seal_key = std::exchange(seal_key_, crypto::SealKey::generate(random_));
  const auto wrong = restore(archive);
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().reason, HasSubstr("seal.key"));
  seal_key_ = seal_key;

  backup_key_ = crypto::SealKey::generate(random_);
  const auto surplus = restore(archive);
  ASSERT_FALSE(surplus);
  EXPECT_THAT(surplus.error().reason, HasSubstr("without backup.key"));

  MemoryArchive with_backup_key;
  must_archive(from_, with_backup_key);
  seal_key_ = crypto::SealKey::generate(random_);
  const auto other_seal = restore(with_backup_key);
  ASSERT_FALSE(other_seal);
  EXPECT_THAT(other_seal.error().reason, HasSubstr("another seal.key"));
  seal_key_ = seal_key;
  expect_untouched();
  EXPECT_TRUE(restore(with_backup_key));
}

TEST_F(ArchiveTest, ItHoldsNothingInClear) {
  put(*database_, user("clear"), {{"email", "visible@example.test"}, {"name", "Visible"}});
  MemoryArchive archive;
  must_archive(from_, archive);

  for (const auto* text : {"visible@example.test", "Visible", "example.test", "auth0|"})
    EXPECT_EQ(archive.bytes.find(text), std::string::npos) << text;
  EXPECT_NE(archive.bytes.find("rec_user"), std::string::npos) << "the manifest can be read by everybody";
}

TEST_F(ArchiveTest, TheSameStoreGivesTheSameSumsAndAnotherRowOthers) {
  MemoryArchive first, second, third;
  const auto one = must_archive(from_, first);
  const auto two = must_archive(from_, second);
  put(*database_, user("U1b"), {{"email", "more@example.test"}});
  const auto three = must_archive(from_, third);

  EXPECT_EQ(one.tables, two.tables);
  EXPECT_NE(first.bytes, second.bytes) << "a data key of its own each";
  EXPECT_NE(one.tables.at("rec_user"), three.tables.at("rec_user"));
  EXPECT_EQ(one.tables.at("rec_session"), three.tables.at("rec_session"));
}

TEST_F(ArchiveTest, AnotherCellsArchiveIsRefused) {
  MemoryArchive archive;
  must_archive(from_, archive);

  const auto restored = restore_archive(archive.open(), archive_keys(), to_, kCell + 1, tools());

  ASSERT_FALSE(restored);
  EXPECT_EQ(restored.error().code, base::Errc::invalid);
  EXPECT_THAT(restored.error().reason, HasSubstr("cell 7"));
  expect_untouched();
}

class ArchiveUnderLoadTest : public testing::TestWithParam<std::string>, protected ArchiveFixture {};

TEST_P(ArchiveUnderLoadTest, WhatIsWrittenWhileABackupRunsIsInItWholeOrNotAtAll) {
  const auto from = url(GetParam(), "from"), to = url("sqlite", "to");
  const auto database = open(from);
  fill(*database, 60);
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (int i = 0; !stop; ++i)
      (void)wait(database->write([&](Transaction& t) -> base::Result<void> {
        const auto id = "pair" + std::to_string(i);
        if (auto put = t.put(make(user(id), {{"email", id + "@example.test"}})); !put) return put;
        return t.put(make(session(id), {{"user", id}}));
      }));
  });
  std::vector<MemoryArchive> archives(5);
  std::vector<Manifest> manifests;
  for (auto& archive : archives) manifests.push_back(must_archive(from, archive));
  stop = true;
  writer.join();

  for (const auto& manifest : manifests)
    EXPECT_EQ(manifest.tables.at("rec_user").rows - 60, manifest.tables.at("rec_session").rows - 1);
  EXPECT_GT(manifests.back().tables.at("rec_user").rows, 60U) << "there was no load";
  ASSERT_TRUE(restore_archive(archives.back().open(), archive_keys(), to, kCell, tools()));
}

INSTANTIATE_TEST_SUITE_P(Engines, ArchiveUnderLoadTest, testing::Values("sqlite", "postgres", "mariadb"),
                         [](const auto& info) { return info.param; });

TEST_F(ArchiveTest, AFullDiskEndsABackupWithoutOne) {
  MemoryArchive archive;
  archive.room = 2000;
  MemoryArchive::Sink sink(archive);

  const auto made = make_archive(from_, archive_keys(), sink, tools());

  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().reason, "the disk is full");
  EXPECT_FALSE(archive.finished);
}

TEST_F(ArchiveTest, AStoreWithoutACellHasNothingToKeep) {
  MemoryArchive archive;
  MemoryArchive::Sink sink(archive);
  EXPECT_FALSE(make_archive(to_, archive_keys(), sink, tools())) << "a file that is missing is not made";
  expect_untouched();
}

TEST_F(ArchiveTest, ACopySaysThatTheSourceWasWrittenMeanwhile) {
  auto with_writer = tools();
  bool written = false;
  with_writer.progress = [&](std::string_view table, std::uint64_t) {
    if (table != "rec_user" || std::exchange(written, true)) return;
    put(*database_, user("late"), {{"email", "late@example.test"}});
  };

  const auto report = copy_store(from_, to_, with_writer);

  ASSERT_TRUE(report) << report.error().reason;
  EXPECT_TRUE(report->source_changed);
  EXPECT_EQ(report->copied.tables.at("rec_user").rows, 60U);
}

class RestoreInterruptedTest : public ArchiveTest, public testing::WithParamInterface<std::string> {
 protected:
  RestoreInterruptedTest() { must_archive(from_, archive_); }

  base::Result<std::unique_ptr<StoreLoader>> claim() {
    auto session = open_session(target_, SessionUse::fill);
    EXPECT_TRUE(session);
    sessions_.push_back(std::move(*session));
    return StoreLoader::claim(*sessions_.back(), clock_, random_);
  }
  // As a process that is killed in the middle leaves it.
  void leave_unfinished() {
    auto session = open_session(target_, SessionUse::fill);
    ASSERT_TRUE(session);
    auto& sql = (*session)->soci();
    const long long now = base::to_millis(clock_.now());
    sql << "UPDATE meta SET incarnation = 'restoring X', cell_id = 0, checked_at = :now", soci::use(now);
    sql << "INSERT INTO rec_user (tenant, id, ver, doc) VALUES ('tenant-1', 'half', '{}', '{}')";
  }

  MemoryArchive archive_;
  const std::string target_ = url(GetParam(), "target");
  std::vector<std::unique_ptr<StoreSession>> sessions_;
};

TEST_P(RestoreInterruptedTest, AnUnfinishedStoreIsNotOpenedAndIsTakenOverAfterAWhile) {
  leave_unfinished();
  const Surroundings surroundings{clock_, random_, log_, keys_, kCell};
  const auto opened = target_.starts_with("sqlite:") ? open_sqlite(*sqlite_path(target_), surroundings, {})
                                                     : open_server(target_, surroundings);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, base::Errc::invalid);
  EXPECT_THAT(opened.error().reason, HasSubstr("run it again"));

  const auto early = restore_archive(archive_.open(), archive_keys(), target_, kCell, tools());
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().code, base::Errc::conflict) << early.error().reason;

  clock_.advance(StoreLoader::kLease);
  const auto late = restore_archive(archive_.open(), archive_keys(), target_, kCell, tools());
  ASSERT_TRUE(late) << late.error().reason;
  EXPECT_FALSE(wait(open(target_)->get(user("half"))));
  EXPECT_TRUE(wait(open(target_)->get(user("U1"))));
}

TEST_P(RestoreInterruptedTest, WhoWasReplacedWritesNothingAnyMore) {
  auto slow = claim();
  ASSERT_TRUE(slow);
  clock_.advance(StoreLoader::kLease);
  ASSERT_TRUE(restore_archive(archive_.open(), archive_keys(), target_, kCell, tools()));

  const auto begun = (*slow)->begin(*find_table("rec_user"));

  ASSERT_FALSE(begun);
  EXPECT_EQ(begun.error().code, base::Errc::conflict);
  slow->reset();
  EXPECT_TRUE(wait(open(target_)->get(user("U1")))) << "nor takes anything back";
}

TEST_P(RestoreInterruptedTest, OneThatFailsLeavesAnEmptyDatabase) {
  std::uint64_t opened = 0;
  const OpenSource breaks = [&]() -> base::Result<std::unique_ptr<ArchiveSource>> {
    if (++opened == 1) return std::make_unique<MemoryArchive::Source>(archive_.bytes);
    return std::make_unique<MemoryArchive::Source>(archive_.bytes.substr(0, archive_.bytes.size() / 2));
  };

  const auto failed = restore_archive(breaks, archive_keys(), target_, kCell, tools());

  ASSERT_FALSE(failed);
  EXPECT_TRUE(*is_empty_store(target_));
  const auto again = restore_archive(archive_.open(), archive_keys(), target_, kCell, tools());
  EXPECT_TRUE(again) << again.error().reason;
}

TEST_P(RestoreInterruptedTest, OfTwoAtOnceOneRestores) {
  std::vector<base::Result<Manifest>> results(2, base::fail(base::Errc::unavailable, ""));
  std::vector<std::thread> threads;
  for (auto& result : results)
    threads.emplace_back([&] {
      const auto open = [this]() -> base::Result<std::unique_ptr<ArchiveSource>> {
        return std::make_unique<MemoryArchive::Source>(archive_.bytes);
      };
      result = restore_archive(open, archive_keys(), target_, kCell, tools());
    });
  for (auto& thread : threads) thread.join();

  EXPECT_EQ(std::ranges::count_if(results, [](const auto& result) { return result.has_value(); }), 1)
      << (results[0] ? "" : results[0].error().reason) << (results[1] ? "" : results[1].error().reason);
  EXPECT_TRUE(wait(open(target_)->get(user("U1"))));
}

INSTANTIATE_TEST_SUITE_P(Engines, RestoreInterruptedTest, testing::Values("sqlite", "postgres", "mariadb"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace cardea::store
