#include "app/backup/spooling_target.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "store/sql/sqlite_session.h"
#include "tests/store_contract/archive_fixture.h"

namespace cardea::app {
namespace {

using testing::HasSubstr;

// Keeps what is written, in memory, and looks around at each write.
class SlowTarget final : public BackupTarget {
 public:
  std::string place() const override { return "slow"; }
  bool is_slow() const override { return slow; }
  base::Result<std::vector<StoredBackup>> list(std::uint16_t) override { return std::vector<StoredBackup>{}; }
  base::Result<std::unique_ptr<store::ArchiveSink>> create(const std::string&) override {
    return std::make_unique<Sink>(*this);
  }
  base::Result<std::unique_ptr<store::ArchiveSource>> open(const std::string&) override {
    return base::fail(base::Errc::not_found, "not kept");
  }
  base::Result<void> remove(const std::string&) override { return {}; }

  bool slow = true;
  std::string bytes;
  bool finished = false;
  std::function<void()> at_write = [] {};

 private:
  class Sink final : public store::ArchiveSink {
   public:
    explicit Sink(SlowTarget& of) : of_(of) {}
    base::Result<void> write(std::string_view bytes) override {
      of_.at_write();
      of_.bytes += bytes;
      return {};
    }
    base::Result<void> finish() override {
      of_.finished = true;
      return {};
    }

   private:
    SlowTarget& of_;
  };
};

class SpoolingTargetTest : public testing::Test {
 protected:
  SpoolingTarget spooling() { return {slow_, folder_.path()}; }
  bool folder_is_empty() const { return std::filesystem::is_empty(folder_.path()); }

  store::TemporaryFolder folder_;
  SlowTarget slow_;
};

TEST_F(SpoolingTargetTest, NothingIsSentBeforeAllIsThereAndNoFileIsSeen) {
  auto target = spooling();
  const std::string large(3'000'000, 'x');
  auto sink = target.create("a backup");
  ASSERT_TRUE(sink) << sink.error().reason;

  ASSERT_TRUE((*sink)->write("head"));
  ASSERT_TRUE((*sink)->write(large));

  EXPECT_EQ(slow_.bytes, "");
  EXPECT_TRUE(folder_is_empty());
  ASSERT_TRUE((*sink)->finish());
  EXPECT_TRUE(slow_.finished);
  EXPECT_EQ(slow_.bytes, "head" + large);
}

TEST_F(SpoolingTargetTest, WhatIsGivenUpIsNotSent) {
  auto target = spooling();
  {
    auto sink = target.create("a backup");
    ASSERT_TRUE(sink && (*sink)->write("half"));
  }
  EXPECT_EQ(slow_.bytes, "");
  EXPECT_FALSE(slow_.finished);
  EXPECT_TRUE(folder_is_empty());
}

TEST_F(SpoolingTargetTest, WithoutAFolderOrToAQuickTargetItIsWrittenAtOnce) {
  SpoolingTarget without(slow_, "");
  ASSERT_TRUE((*without.create("x"))->write("one"));
  slow_.slow = false;
  SpoolingTarget missing(slow_, folder_.path() / "missing");
  ASSERT_TRUE((*missing.create("x"))->write(" two"));

  EXPECT_EQ(slow_.bytes, "one two");
}

TEST_F(SpoolingTargetTest, AFolderThatIsNotThereIsNamed) {
  SpoolingTarget missing(slow_, folder_.path() / "missing");

  const auto sink = missing.create("x");

  ASSERT_FALSE(sink);
  EXPECT_EQ(sink.error().code, base::Errc::invalid);
  EXPECT_THAT(sink.error().reason, HasSubstr("backup.spool_folder: "));
  EXPECT_THAT(sink.error().reason, HasSubstr("missing: No such file"));
}

// SQLite's log can be emptied only when nobody reads an older state.
TEST_F(SpoolingTargetTest, TheDatabaseIsNotHeldWhileABackupIsSent) {
  base::FakeClock clock;
  crypto::SystemRandom random;
  base::NullLog log;
  const auto key = crypto::SealKey::generate(random);
  store::TenantKeys keys(key, random);
  const store::TemporaryFolder home;
  const auto file = (home.path() / "cardea.db").string();
  ASSERT_TRUE(store::open_sqlite(file, {clock, random, log, keys, 7}));
  {  // more than an archive keeps to itself
    store::SqliteSession session({file}, store::SqliteUse::read_write);
    session.soci() << "INSERT INTO job (tenant, queue, run_at, body) VALUES ('t', 'q', 1, '\"' || "
                      "hex(randomblob(1000000)) || '\"')";
  }
  int held = -1;
  slow_.at_write = [&] {
    store::SqliteSession session({file}, store::SqliteUse::read_write);
    int busy = -1, pages = 0, moved = 0;
    session.soci() << "UPDATE meta SET checked_at = checked_at + 1";
    session.soci() << "PRAGMA busy_timeout = 1";
    session.soci() << "PRAGMA wal_checkpoint(TRUNCATE)", soci::into(busy), soci::into(pages), soci::into(moved);
    held = std::max(held, busy);
  };
  const auto back_up = [&](const std::string& folder) {
    held = -1;
    SpoolingTarget target(slow_, folder);
    auto sink = target.create("x");
    const auto made = store::make_archive("sqlite:" + file, store::ArchiveKeys::of(key, std::nullopt), **sink,
                                          {clock, random, "test"});
    EXPECT_TRUE(made) << (made ? "" : made.error().reason);
    return held;
  };

  EXPECT_EQ(back_up(""), 1);
  EXPECT_EQ(back_up(folder_.path()), 0);
}

}  // namespace
}  // namespace cardea::app
