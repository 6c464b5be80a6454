#include "app/backup/backup_target.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "app/backup/backup_name.h"
#include "app/backup/backup_schedule.h"
#include "app/backup/s3_place.h"
#include "base/fake_clock.h"
#include "tests/store_contract/temporary_folder.h"

namespace cardea::app {
namespace {

using testing::HasSubstr;

const base::Time kThen = *base::from_iso8601("2026-01-31T10:00:00.123Z");

TEST(BackupName, SortsByTimeAndReadsBack) {
  base::SeededRandom random(1);
  const auto name = BackupName::make(7, kThen, random);

  EXPECT_THAT(name, testing::MatchesRegex("cardea-7-20260131T100000123Z-[0-9a-f]+\\.cardea-backup"));
  const auto parsed = BackupName::parse(name);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->cell, 7);
  EXPECT_EQ(parsed->made_at, kThen);
  EXPECT_LT(name, BackupName::make(7, kThen + std::chrono::milliseconds(1), random));
}

TEST(BackupName, NothingElseIsOne) {
  for (const auto* name :
       {"", "x", "cardea-7-20260131T100000123Z-a1b2c3.cardea-backup.partial",
        "cardea-0-20260131T100000123Z-a1b2c3.cardea-backup", "cardea-70000-20260131T100000123Z-a1b2c3.cardea-backup",
        "cardea-7-20261331T100000123Z-a1b2c3.cardea-backup", "cardea-7-20260131T100000123Z-A1B2C3.cardea-backup",
        "cardea-7-20260131T100000123Z.cardea-backup", "cardea-7-.cardea-backup",
        "cardea-7-20260131T1000001234-a1b2c3.cardea-backup"})
    EXPECT_FALSE(BackupName::parse(name)) << name;
}

class FileTargetTest : public testing::Test {
 protected:
  std::unique_ptr<BackupTarget> must_parse(const std::string& text) {
    auto target = parse_target(text, config_, clock_);
    EXPECT_TRUE(target) << (target ? "" : target.error().reason);
    return target ? std::move(*target) : nullptr;
  }
  void keep(BackupTarget& target, const std::string& name, const std::string& text) {
    auto sink = target.create(name);
    ASSERT_TRUE(sink) << sink.error().reason;
    ASSERT_TRUE((*sink)->write(text));
    ASSERT_TRUE((*sink)->finish());
  }
  std::string read(BackupTarget& target, const std::string& name) {
    auto source = target.open(name);
    if (!source) return "<" + std::string(base::to_string(source.error().code)) + ">";
    std::string out;
    while (true) {
      const auto piece = (*source)->read(3);
      if (!piece || piece->empty()) return out;
      out += *piece;
    }
  }
  std::string name(int minute, std::uint16_t cell = 1) {
    return BackupName::make(cell, kThen + std::chrono::minutes(minute), random_);
  }

  store::TemporaryFolder folder_;
  base::FakeClock clock_;
  base::SeededRandom random_{1};
  Config config_;
  const std::string path_ = folder_.path() / "backups";
};

TEST_F(FileTargetTest, AFolderIsMadeAndListsWhatIsFinishedOldestFirst) {
  const auto target = must_parse("file:" + path_);
  const auto second = name(2), first = name(1), other_cell = name(3, 2);
  EXPECT_EQ(target->list(1).error().code, base::Errc::not_found);
  keep(*target, second, "two");
  keep(*target, first, "one");
  keep(*target, other_cell, "other");
  std::ofstream(path_ + "/unrelated.txt") << "x";
  const auto unfinished = target->create(name(4));

  const auto all = target->list(1);

  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 2U);
  EXPECT_EQ((*all)[0].name, first);
  EXPECT_EQ((*all)[1].name, second);
  EXPECT_EQ((*all)[1].bytes, 3U);
  EXPECT_EQ(read(*target, first), "one");
  struct stat status{};
  ASSERT_EQ(::stat((path_ + "/" + first).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700U);
}

TEST_F(FileTargetTest, WhatWasNotFinishedLeavesNothing) {
  const auto target = must_parse(path_);
  {
    auto sink = target->create(name(1));
    ASSERT_TRUE(sink);
    ASSERT_TRUE((*sink)->write("half"));
  }
  EXPECT_TRUE(std::filesystem::is_empty(path_));
}

TEST_F(FileTargetTest, WhatAKilledBackupLeftIsRemovedAfterADay) {
  const auto target = must_parse(path_);
  keep(*target, name(0), "x");
  const auto old = path_ + "/" + name(0) + ".partial", young = path_ + "/" + name(60) + ".partial";
  const auto foreign = path_ + "/" + name(0, 2) + ".partial";
  for (const auto& file : {old, young, foreign}) std::ofstream(file) << "half";

  keep(*target, name(24 * 60 + 1), "y");

  EXPECT_FALSE(std::filesystem::exists(old));
  EXPECT_TRUE(std::filesystem::exists(young));
  EXPECT_TRUE(std::filesystem::exists(foreign));
  EXPECT_EQ(target->list(1)->size(), 2U);
}

TEST_F(FileTargetTest, ASingleFileIsWrittenOverOnlyByAWholeOne) {
  const auto target = must_parse("file:" + folder_.path().string() + "/x.cardea-backup");
  keep(*target, "ignored", "first");
  {
    auto broken = target->create("ignored");
  }
  EXPECT_EQ(read(*target, ""), "first");
  keep(*target, "ignored", "second");
  EXPECT_EQ(read(*target, ""), "second");
  EXPECT_EQ(target->list(1)->size(), 1U);
}

TEST_F(FileTargetTest, NamesStayInTheFolder) {
  const auto target = must_parse(path_);
  for (const auto* bad : {"../x", "a/b", ".hidden", "/etc/passwd", ""}) {
    EXPECT_EQ(target->open(bad).error().code, base::Errc::invalid) << bad;
    EXPECT_EQ(target->remove(bad).error().code, base::Errc::invalid) << bad;
  }
  EXPECT_EQ(read(*target, name(1)), "<not_found>");
}

TEST_F(FileTargetTest, OtherPlacesAreRefused) {
  for (const auto* text : {"", "file:", "ftp://host/x", "https://host/x"})
    EXPECT_EQ(parse_target(text, config_, clock_).error().code, base::Errc::invalid) << text;
}

TEST_F(FileTargetTest, AScheduleNeedsATargetThatCanBeRead) {
  base::NullLog log;
  base::Metrics metrics;
  const auto none = BackupSchedule::open(config_, clock_, random_, log, metrics);
  ASSERT_TRUE(none);
  EXPECT_EQ(*none, nullptr);
  config_.backup_every_hours = 1;
  config_.backup_target = "ftp://host/x";
  EXPECT_EQ(BackupSchedule::open(config_, clock_, random_, log, metrics).error().code, base::Errc::invalid);
}

class S3PlaceTest : public testing::Test {
 protected:
  S3PlaceTest() {
    config_.s3_access_key = "access";
    config_.s3_secret_key = "very-secret";
  }
  std::string why(const std::string& text) {
    const auto place = parse_s3_place(text, config_);
    return place ? "" : place.error().reason;
  }

  Config config_;
};

TEST_F(S3PlaceTest, AmazonHasTheBucketInTheHostOthersInThePath) {
  const auto amazon = parse_s3_place("s3://my.bucket/a/b/?region=eu-central-1", config_);
  ASSERT_TRUE(amazon) << amazon.error().reason;
  EXPECT_EQ(amazon->place.host, "my.bucket.s3.eu-central-1.amazonaws.com");
  EXPECT_EQ(amazon->place.base, "");
  EXPECT_EQ(amazon->place.scheme, "https");
  EXPECT_EQ(amazon->prefix, "a/b/");
  EXPECT_EQ(amazon->place.credentials.region, "eu-central-1");

  const auto other = parse_s3_place("s3://bucket?endpoint=https://s3.example.com:9000", config_);
  ASSERT_TRUE(other) << other.error().reason;
  EXPECT_EQ(other->place.host, "s3.example.com:9000");
  EXPECT_EQ(other->place.base, "/bucket");
  EXPECT_EQ(other->prefix, "");
}

TEST_F(S3PlaceTest, PlainHttpOnlyToThisMachineOrWhenSaid) {
  EXPECT_EQ(why("s3://bucket/x?endpoint=http://127.0.0.1:9000"), "");
  EXPECT_THAT(why("s3://bucket/x?endpoint=http://10.0.0.1:9000"), HasSubstr("plain_http"));
  EXPECT_EQ(why("s3://bucket/x?endpoint=http://10.0.0.1:9000&plain_http=true"), "");
}

TEST_F(S3PlaceTest, WhatIsWrongIsSaidWithoutSecrets) {
  for (const auto* text : {"s3:", "s3://", "s3://B", "s3://bucket/x?unknown=1", "s3://bucket/x?region=a&region=b",
                           "s3://bucket/x?region=A%20b", "s3://bucket/x?endpoint=ftp://host",
                           "s3://bucket/x?endpoint=https://user:pass@host", "s3://bucket/x?endpoint=https://h/p"})
    EXPECT_NE(why(text), "") << text;
  config_.s3_access_key.clear();
  EXPECT_THAT(why("s3://bucket/x"), testing::AllOf(HasSubstr("s3_access_key"), testing::Not(HasSubstr("very-secret"))));
}

}  // namespace
}  // namespace cardea::app
