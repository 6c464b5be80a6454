// What is particular to MariaDB and MySQL; what they share with other servers is in server_engine_test.cc.

#include <gtest/gtest.h>

#include "store/sql/mysql_backend.h"
#include "tests/store_contract/commit_cutter.h"
#include "tests/store_contract/mariadb_server.h"
#include "tests/store_contract/server_fixture.h"

namespace cardea::store {
namespace {

using base::Errc;
using base::json::object;

TEST(MysqlTextTest, parameters_and_names_are_turned_into_those_of_mysql) {
  EXPECT_EQ(mysql_text("SELECT a FROM \"cursor\" WHERE b = :b AND c=:c_1"),
            "SELECT a FROM `cursor` WHERE b = ? AND c=?");
  EXPECT_EQ(mysql_text("SELECT ':b', 'it''s :b', '\"x\"' FROM t"), "SELECT ':b', 'it''s :b', '\"x\"' FROM t");
  EXPECT_EQ(mysql_text("SELECT ' :a"), "SELECT ' :a") << "what is not closed goes to the end";
  EXPECT_EQ(mysql_text("a : b:"), "a : b:");
  EXPECT_EQ(mysql_text(""), "");
}

class MariadbEngineTest : public ServerTest {};

TEST_P(MariadbEngineTest, texts_come_back_as_they_were_whatever_mode_the_server_has) {
  by_hand("SET GLOBAL sql_mode = 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES,PAD_CHAR_TO_FULL_LENGTH'");
  const auto database = open();
  by_hand("SET GLOBAL sql_mode = DEFAULT");
  const std::string hostile[] = {"a",
                                 "a ",
                                 "A",
                                 "ä",
                                 "\\",
                                 "\\'",
                                 "'; DROP TABLE meta; --",
                                 "\"",
                                 ":x",
                                 "?",
                                 std::string("a\0b", 3),
                                 "😀\U0010FFFF",
                                 "\n\r\t\x1a",
                                 "%_"};

  for (const auto& text : hostile) {
    ASSERT_TRUE(put(*database, text, {{"email", text}, {"name", text}})) << text;
    ASSERT_TRUE(wait(database->write([&](Transaction& t) -> base::Result<void> {
      t.append_event({0, tenant_, text, {}, {{"text", text}}});
      return {};
    })));
  }

  for (const auto& text : hostile) {
    const auto record = wait(database->get(key(text)));
    ASSERT_TRUE(record) << text;
    EXPECT_EQ(record->document().at("name").as_string(), text);
    EXPECT_EQ(record->key.id, text);
    const auto found = wait(database->find(tenant_, Kind::user, "email", text, 9));
    ASSERT_TRUE(found);
    ASSERT_EQ(found->size(), 1U) << text << ": neither case nor blanks nor accents are alike";
    EXPECT_EQ(found->front().key.id, text);
  }
  const auto events = wait(database->events_after(tenant_, 0, 99));
  ASSERT_EQ(events->size(), std::size(hostile));
  for (std::size_t i = 0; i < std::size(hostile); ++i) EXPECT_EQ(events->at(i).type, hostile[i]);
}

TEST_P(MariadbEngineTest, a_text_that_it_cannot_keep_is_invalid_and_nothing_is_cut_off) {
  const auto database = open();

  EXPECT_EQ(put(*database, "U1", {{"email", std::string(1001, 'x')}}).error().code, Errc::invalid);
  EXPECT_EQ(wait(database->get(key("U1"))).error().code, Errc::not_found);
  EXPECT_TRUE(put(*database, "U2", {{"email", std::string(1000, 'x')}}));
  EXPECT_EQ(wait(database->find(tenant_, Kind::user, "email", std::string(1001, 'x'), 9))->size(), 0U);
  EXPECT_EQ(wait(database->get(key("\xFF\xFE"))).error().code, Errc::not_found);
  const auto bad_event = wait(database->write([&](Transaction& t) -> base::Result<void> {
    t.append_event({0, tenant_, "\xFF\xFE", {}, {}});
    return {};
  }));
  EXPECT_EQ(bad_event.error().code, Errc::invalid);
  EXPECT_EQ(log_.text().find("xxxx"), std::string::npos) << "a value is in the log";
}

TEST_P(MariadbEngineTest, a_document_of_megabytes_goes_through) {
  const auto database = open();
  const std::string large = base::random_hex(random_, 3'000'000);

  ASSERT_TRUE(put(*database, "U1", {{"metadata", large}}));

  EXPECT_EQ(wait(database->get(key("U1")))->document().at("metadata").as_string(), large);
}

TEST_P(MariadbEngineTest, a_migration_that_was_cut_goes_on_where_it_was) {
  by_hand(
      "CREATE TABLE meta (one BIGINT PRIMARY KEY, cell_id BIGINT NOT NULL, incarnation LONGTEXT NOT NULL, "
      "\"schema\" BIGINT NOT NULL, min_reader BIGINT NOT NULL, epoch BIGINT NOT NULL, hlc_ceiling BIGINT NOT NULL, "
      "checked_at BIGINT NOT NULL DEFAULT 0)");
  EXPECT_EQ(server_schema(url_)->version, 0);
  by_hand("INSERT INTO meta VALUES (1, 0, '', 0, 0, 0, 0, 0)");
  by_hand(
      "CREATE TABLE outbox (ulid VARBINARY(1000) PRIMARY KEY, lane BIGINT NOT NULL, tenant VARBINARY(1000) NOT NULL, "
      "kind BIGINT NOT NULL, id VARBINARY(1000) NOT NULL)");
  EXPECT_EQ(server_schema(url_)->version, 0);

  const auto done = migrate_server(url_);
  EXPECT_EQ(done, server_schema(url_)->newest);

  EXPECT_EQ(server_schema(url_)->version, server_schema(url_)->newest);
  const auto database = open();
  ASSERT_TRUE(put(*database, "U1", {{"n", 1}}));
  EXPECT_EQ(wait(database->feed_head(Lane::bulk)), 1U);
}

TEST_P(MariadbEngineTest, also_when_the_last_word_is_missing) {
  ASSERT_TRUE(migrate_server(url_));
  by_hand("UPDATE meta SET \"schema\" = 0, min_reader = 0");
  by_hand("DROP INDEX rec_user_by_email ON rec_user");

  const auto done = migrate_server(url_);
  EXPECT_EQ(done, server_schema(url_)->newest);

  EXPECT_EQ(by_hand("SELECT count(*) FROM information_schema.statistics WHERE table_schema = database() "
                    "AND index_name = 'rec_user_by_email'"),
            "3");
  EXPECT_EQ(by_hand("SELECT count(*) FROM feed_head"), "3");
}

TEST_P(MariadbEngineTest, a_server_that_takes_no_writes_is_no_server) {
  MariadbServer server;
  const auto url = server.url("cell");
  const auto database = open_server(url, {clock_, random_, log_, keys_, 7});
  ASSERT_TRUE(database);
  ASSERT_TRUE(put(**database, "U1", {{"n", 1}}));
  server.by_hand(url, "CREATE USER plain@'%' IDENTIFIED BY 'pw'");
  server.by_hand(url, "GRANT ALL ON " + url.substr(url.rfind('/') + 1) + ".* TO plain@'%'");
  const auto plain =
      open_server("mysql://plain:pw@127.0.0.1:" + std::to_string(server.port()) + url.substr(url.rfind('/')),
                  {clock_, random_, log_, keys_, 7});
  ASSERT_TRUE(plain) << plain.error().reason;
  server.by_hand(url, "SET GLOBAL read_only = 1");

  EXPECT_EQ(put(**plain, "U2", {{"n", 2}}).error().code, Errc::unavailable);
  EXPECT_EQ(number(**plain, "U1"), 1);
  server.by_hand(url, "SET GLOBAL read_only = 0");
  EXPECT_TRUE(put(**plain, "U2", {{"n", 2}}));
}

TEST_P(MariadbEngineTest, who_has_become_read_only_is_left_for_the_one_that_takes_writes) {
  MariadbServer before, after;
  const auto old_url = before.url("cell"), new_url = after.url("cell");
  const auto name = old_url.substr(old_url.rfind('/') + 1);
  for (auto* server : {&before, &after}) {
    server->by_hand(old_url, "CREATE USER plain@'%' IDENTIFIED BY 'pw'");
    server->by_hand(old_url, "GRANT ALL ON " + name + ".* TO plain@'%'");
  }
  ASSERT_TRUE(migrate_server(new_url));
  const auto hosts = "127.0.0.1:" + std::to_string(before.port()) + ",127.0.0.1:" + std::to_string(after.port());
  const auto database = open_server("mysql://plain:pw@" + hosts + "/" + name, {clock_, random_, log_, keys_, 7});
  ASSERT_TRUE(database) << database.error().reason;
  ASSERT_TRUE(put(**database, "U1", {{"n", 1}}));

  before.by_hand(old_url, "SET GLOBAL read_only = 1");

  EXPECT_TRUE(put(**database, "U2", {{"n", 2}})) << "the caller notices nothing";
  EXPECT_EQ(before.by_hand(old_url, "SELECT count(*) FROM rec_user"), "1");
  EXPECT_EQ(after.by_hand(new_url, "SELECT count(*) FROM rec_user"), "1");
}

TEST_P(MariadbEngineTest, a_server_with_small_packets_is_refused_with_the_reason) {
  by_hand("SET GLOBAL max_allowed_packet = 1048576");
  const auto database = try_open();
  by_hand("SET GLOBAL max_allowed_packet = DEFAULT");

  ASSERT_FALSE(database);
  EXPECT_EQ(database.error().code, Errc::invalid);
  EXPECT_NE(database.error().reason.find("max_allowed_packet"), std::string::npos) << database.error().reason;
}

TEST_P(MariadbEngineTest, the_next_host_is_tried_and_a_socket_serves_too) {
  const auto database_part = url_.substr(url_.rfind('/'));
  const auto login = std::string("mysql://cardea:pa55%20w0rd@");
  const auto several = login + "127.0.0.1:1,127.0.0.1:" + std::to_string(server_.port()) + database_part;
  const auto socket = login + database_part + "?socket=" + static_cast<MariadbServer&>(server_).socket();

  for (const auto& url : {several, socket}) {
    const auto database = open_server(url, {clock_, random_, log_, keys_, 7});
    ASSERT_TRUE(database) << database.error().reason;
    EXPECT_TRUE(put(**database, "U" + std::to_string(url.size()), {{"n", 1}}));
  }
}

TEST_P(MariadbEngineTest, a_connection_that_breaks_during_the_commit_is_never_run_again) {
  CommitCutter cutter(server_.port());
  const auto url = "mysql://cardea:pa55%20w0rd@127.0.0.1:" + std::to_string(cutter.port()) +
                   url_.substr(url_.rfind('/')) + "?ssl-mode=disabled";
  const auto database = open_server(url, {clock_, random_, log_, keys_, 7});
  ASSERT_TRUE(database) << database.error().reason;
  int runs = 0;
  const auto put_counted = [&](const std::string& id) {
    return wait((*database)->write([&](Transaction& t) {
      ++runs;
      return t.put(make(key(id), {{"n", 1}}));
    }));
  };
  ASSERT_TRUE(put_counted("U0"));

  cutter.cut_next(CommitCutter::Cut::before_the_server);
  const auto lost = put_counted("U1");
  cutter.cut_next(CommitCutter::Cut::before_the_answer);
  const auto done = put_counted("U2");

  EXPECT_EQ(lost.error().code, Errc::unavailable);
  EXPECT_EQ(done.error().code, Errc::unavailable);
  EXPECT_EQ(runs, 3);
  EXPECT_EQ(number(**database, "U1"), -1);
  EXPECT_EQ(number(**database, "U2"), 1) << "nobody but the server knew";
}

INSTANTIATE_TEST_SUITE_P(Servers, MariadbEngineTest, testing::Values(MariadbServer::kind()), server_name);

}  // namespace
}  // namespace cardea::store
