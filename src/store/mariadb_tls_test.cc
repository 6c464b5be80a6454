// ssl-mode of a mysql:// URL, against a server with a certificate.

#include <gtest/gtest.h>

#include <cstdlib>

#include "store/sql/mysql_session.h"
#include "tests/store_contract/mariadb_server.h"

namespace cardea::store {
namespace {

// An authority, a certificate for "localhost" that it has signed, and another authority. Readable for the server.
struct Certificates {
  Certificates() {
    const auto in = [&](const char* name) { return (folder.path() / name).string(); };
    const auto run = [&](const std::string& arguments) {
      EXPECT_EQ(std::system(("openssl " + arguments + " >/dev/null 2>&1").c_str()), 0) << arguments;
    };
    const std::string new_key = "req -x509 -newkey rsa:2048 -nodes -days 2 ";
    run(new_key + "-subj /CN=ours -keyout " + in("ca.key") + " -out " + in("ca.pem"));
    run(new_key + "-subj /CN=theirs -keyout " + in("other.key") + " -out " + in("other.pem"));
    run(new_key + "-subj /CN=localhost -addext subjectAltName=DNS:localhost -CA " + in("ca.pem") + " -CAkey " +
        in("ca.key") + " -keyout " + in("server.key") + " -out " + in("server.pem"));
    namespace fs = std::filesystem;
    fs::permissions(folder.path(), fs::perms::owner_all | fs::perms::others_read | fs::perms::others_exec);
    fs::permissions(in("server.key"), fs::perms::owner_all | fs::perms::others_read);
  }
  std::string path(const char* name) const { return (folder.path() / name).string(); }

  TemporaryFolder folder;
};

class MariadbTlsTest : public testing::Test {
 protected:
  // Empty, or why there is no connection.
  std::string failure(const std::string& host, const std::string& options) {
    auto url = server_.url("tls");
    url.replace(url.find("127.0.0.1"), 9, host);
    const auto engine = MysqlEngine::parse(url + "?" + options, {});
    if (!engine) return engine.error().reason;
    const auto session = (*engine)->connect();
    return session ? "" : session.error().reason;
  }
  std::string with_ca(const char* name) const { return "&ssl-ca=" + certificates_.path(name); }

  const Certificates certificates_;
  MariadbServer server_{{"--ssl-ca=" + certificates_.path("ca.pem"), "--ssl-cert=" + certificates_.path("server.pem"),
                         "--ssl-key=" + certificates_.path("server.key")}};
};

TEST_F(MariadbTlsTest, each_mode_checks_what_it_says) {
  EXPECT_EQ(failure("localhost", ""), "");
  EXPECT_EQ(failure("localhost", "ssl-mode=disabled"), "");
  EXPECT_EQ(failure("127.0.0.1", "ssl-mode=required"), "");

  EXPECT_EQ(failure("127.0.0.1", "ssl-mode=verify_ca" + with_ca("ca.pem")), "");
  EXPECT_NE(failure("127.0.0.1", "ssl-mode=verify_ca" + with_ca("other.pem")), "");

  EXPECT_EQ(failure("localhost", "ssl-mode=verify_identity" + with_ca("ca.pem")), "");
  EXPECT_NE(failure("localhost", "ssl-mode=verify_identity" + with_ca("other.pem")), "");
  EXPECT_NE(failure("localhost", "ssl-mode=verify_identity"), "") << "the system's authorities do not know it";
  EXPECT_NE(failure("127.0.0.1", "ssl-mode=verify_identity" + with_ca("ca.pem")), "") << "another name";
}

TEST_F(MariadbTlsTest, a_server_without_tls_is_refused_where_it_is_required) {
  MariadbServer plain{{"--skip-ssl"}};
  auto url = plain.url("tls");
  const auto connects = [&](const std::string& options) {
    return (*MysqlEngine::parse(url + "?" + options, {}))->connect().has_value();
  };

  EXPECT_TRUE(connects("ssl-mode=preferred"));
  EXPECT_FALSE(connects("ssl-mode=required"));
  EXPECT_FALSE(connects("ssl-mode=verify_identity" + with_ca("ca.pem")));
}

TEST_F(MariadbTlsTest, encryption_is_on_when_the_server_offers_it) {
  server_.by_hand("/", "CREATE USER secure@'%' IDENTIFIED BY 'pw' REQUIRE SSL");
  const auto url = [&](const std::string& options) {
    return "mysql://secure:pw@127.0.0.1:" + std::to_string(server_.port()) + "/information_schema?" + options;
  };

  EXPECT_TRUE((*MysqlEngine::parse(url("ssl-mode=preferred"), {}))->connect());
  EXPECT_FALSE((*MysqlEngine::parse(url("ssl-mode=disabled"), {}))->connect());
}

}  // namespace
}  // namespace cardea::store
