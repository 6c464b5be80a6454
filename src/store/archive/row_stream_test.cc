#include "store/archive/row_stream.h"

#include <gmock/gmock.h>

#include "store/archive/row_digest.h"
#include "tests/store_contract/archive_fixture.h"

namespace cardea::store {
namespace {

using testing::HasSubstr;

// Archives that another version of the program made.
class RowStreamTest : public testing::Test, protected ArchiveFixture {
 protected:
  struct Content {
    Table table;
    std::vector<Row> rows;
  };

  MemoryArchive archive_of(const std::vector<Content>& contents, const TableSum* said_instead = nullptr) {
    MemoryArchive archive;
    MemoryArchive::Sink sink(archive);
    auto output = SealedOutput::open(sink, archive_keys(), random_);
    EXPECT_TRUE(output);
    RowStreamWriter writer(**output);
    Manifest manifest{.made_at = clock_.now(), .version = "9", .engine = "sqlite3", .store = {kCell, "I", 1, 0, 5}};
    for (const auto& [table, rows] : contents) {
      RowDigest digest(table.name);
      EXPECT_TRUE(writer.begin(table));
      for (const auto& row : rows) {
        std::string encoded;
        append_row(encoded, row);
        digest.add(encoded);
        EXPECT_TRUE(writer.row(encoded));
      }
      const TableSum sum{digest.rows(), digest.hex()};
      EXPECT_TRUE(writer.end(sum));
      manifest.tables[table.name] = said_instead == nullptr ? sum : *said_instead;
    }
    EXPECT_TRUE(writer.finish());
    EXPECT_TRUE((*output)->finish(manifest));
    return archive;
  }

  base::Result<Manifest> restore(MemoryArchive archive) {
    return restore_archive(archive.open(), archive_keys(), to_, kCell, tools());
  }
  void expect_refused(MemoryArchive archive, std::string_view why) {
    const auto restored = restore(std::move(archive));
    ASSERT_FALSE(restored);
    EXPECT_EQ(restored.error().code, base::Errc::invalid);
    EXPECT_THAT(restored.error().reason, HasSubstr(why));
    EXPECT_FALSE(std::filesystem::exists(*sqlite_path(to_)));
  }

  static Column text(std::string name) { return {std::move(name), false}; }
  static Column number(std::string name) { return {std::move(name), true}; }

  const std::string to_ = url("sqlite", "to");
  const Content heads_{*find_table("feed_head"), {{0L, 8L, 1L}, {1L, 1L, 1L}, {2L, 1L, 1L}}};
};

TEST_F(RowStreamTest, AColumnThatAnOlderArchiveLacksGetsItsDefault) {
  const Content users{{"rec_user", {text("tenant"), text("id"), text("ver"), text("doc")}, 2},
                      {{"tenant-1", "U1", R"({"profile":[5,7]})", R"({"profile":{"name":"Ada"}})"}}};

  const auto restored = restore(archive_of({users, heads_}));

  ASSERT_TRUE(restored) << restored.error().reason;
  const auto row = wait(open(to_)->get(user("U1")));
  ASSERT_TRUE(row) << row.error().reason;
  EXPECT_EQ(row->document(), (base::json::object{{"name", "Ada"}}));
  EXPECT_EQ(row->expires_at, base::Time{});
}

TEST_F(RowStreamTest, WhatANewerProgramAddedIsNotLostSilently) {
  expect_refused(archive_of({{{"rec_spaceship", {text("tenant"), text("id")}, 2}, {}}}), "table rec_spaceship");
  auto users = *find_table("rec_user");
  users.columns.push_back(text("by_star_sign"));
  expect_refused(archive_of({{users, {}}}), "column rec_user.by_star_sign");
}

TEST_F(RowStreamTest, TablesThatAreNotWhatTheyShouldBeAreRefused) {
  expect_refused(archive_of({{{"cursor", {text("incarnation"), text("peer"), number("lane"), number("lseq")}, 3}, {}}}),
                 "damaged");
  expect_refused(archive_of({{{"cursor", {text("peer")}, 3}, {}}}), "damaged");
  expect_refused(archive_of({{{"cursor", {text("peer"), text("incarnation"), text("lane")}, 3}, {}}}), "damaged");
  expect_refused(archive_of({{{"job", {number("id"), text("body"), text("body")}, 1}, {}}}), "damaged");
  expect_refused(archive_of({{{"rec_user; DROP TABLE meta", {text("tenant")}, 1}, {}}}), "damaged");
  expect_refused(archive_of({heads_, heads_}), "damaged");
}

TEST_F(RowStreamTest, SumsThatDoNotFitAreRefused) {
  const TableSum wrong_count{2, std::string(64, '0')}, wrong_digest{3, std::string(64, '0')};
  expect_refused(archive_of({heads_}, &wrong_count), "3 rows instead of 2");
  expect_refused(archive_of({heads_}, &wrong_digest), "not what they were");
}

TEST(RowDigest, DoesNotDependOnTheOrderAndSeesEveryValue) {
  const auto digest_of = [](std::string_view table, const std::vector<Row>& rows) {
    RowDigest digest(table);
    for (const auto& row : rows) {
      std::string encoded;
      append_row(encoded, row);
      digest.add(encoded);
    }
    return digest.hex();
  };
  const Row a{"x", std::int64_t{1}}, b{"x", std::int64_t{-1}}, c{"", std::int64_t{1}};

  EXPECT_EQ(digest_of("t", {a, b, c}), digest_of("t", {c, a, b}));
  EXPECT_NE(digest_of("t", {a, b}), digest_of("t", {a, c}));
  EXPECT_NE(digest_of("t", {a}), digest_of("u", {a}));
  EXPECT_NE(digest_of("t", {a}), digest_of("t", {a, a}));
  EXPECT_NE(digest_of("t", {{"ab", "c"}}), digest_of("t", {{"a", "bc"}}));
  EXPECT_EQ(digest_of("t", {}), std::string(64, '0'));
}

}  // namespace
}  // namespace cardea::store
