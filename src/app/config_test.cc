#include "app/config.h"

#include <gtest/gtest.h>

#include <fstream>

#include "app/config_keys.h"
#include "base/base64.h"
#include "tests/store_contract/temporary_folder.h"

namespace cardea::app {
namespace {

// What a configuration needs at least.
constexpr std::string_view kLeast = "[store]\nurl = \"sqlite:test.db\"\n[listen]\nhttp = \"127.0.0.1:8080\"\n";

class ConfigTest : public testing::Test {
 protected:
  std::string write(const std::string& name, std::string_view text) {
    const auto path = (folder_.path() / name).string();
    std::ofstream(path) << text;
    return path;
  }

  base::Result<Config, ConfigError> load(std::string_view toml, const std::vector<std::string>& environment = {}) {
    return load_at(write("cardea.toml", toml), environment);
  }

  static base::Result<Config, ConfigError> load_at(const std::string& file,
                                                   const std::vector<std::string>& environment) {
    std::vector<const char*> entries;
    for (const auto& entry : environment) entries.push_back(entry.c_str());
    entries.push_back(nullptr);
    return load_config(file, entries.data());
  }

  Config must(const base::Result<Config, ConfigError>& loaded) {
    EXPECT_TRUE(loaded) << (loaded ? "" : loaded.error().to_string());
    return loaded.value_or(Config{});
  }

  // "cardea.toml:3", without the folder.
  std::string place(const ConfigError& error) const {
    const auto prefix = folder_.path().string() + "/";
    return error.where.starts_with(prefix) ? error.where.substr(prefix.size()) : error.where;
  }

  store::TemporaryFolder folder_;
};

TEST_F(ConfigTest, AFileErrorNamesTheLineWhatIsWrongAndTheFix) {
  struct Case {
    std::string toml, where, what, fix;
  };
  const std::vector<Case> cases{
      {"[listen]\nhttp = \"127.0.0.1:8080\"\nhtps = \"0.0.0.0:8443\"\n", "cardea.toml:3", "unknown key listen.htps",
       "did you mean listen.https?"},
      {"# a comment\n\nstor = 1\n", "cardea.toml:3", "unknown key stor", ""},
      {"[cell]\nnumber = 70000\n", "cardea.toml:2", "cell.number: a number from 1 to 65535 expected",
       "for example: cell.number = 1"},
      {"[cell]\nnumber = 0\n", "cardea.toml:2", "cell.number: a number from 1 to 65535 expected",
       "for example: cell.number = 1"},
      {"[cell]\nnumber = \"one\"\n", "cardea.toml:2", "cell.number: a number from 1 to 65535 expected",
       "for example: cell.number = 1"},
      {"[cell]\nnumber = 1.5\n", "cardea.toml:2", "cell.number: wrong type", "for example: cell.number = 1"},
      {"[cell]\nid = [\"a\", \"b\"]\n", "cardea.toml:2", "cell.id: one value expected",
       "for example: cell.id = \"cell-1\""},
      {"[cell.id]\nname = \"a\"\n", "cardea.toml:1", "cell.id: wrong type", "for example: cell.id = \"cell-1\""},
      {"[limits]\nenabled = \"yes\"\n", "cardea.toml:2", "limits.enabled: true or false expected",
       "for example: limits.enabled = true"},
      {"[limits]\nenabled = 1\n", "cardea.toml:2", "limits.enabled: true or false expected",
       "for example: limits.enabled = true"},
      {"[egress]\nallow = [[1]]\n", "cardea.toml:2", "egress.allow: wrong type",
       "for example: egress.allow = [\"10.1.2.0/24\", \"hooks.internal:443\"]"},
      {"[egress]\nallow = [\"10.0.0.0/99\"]\n", "cardea.toml:2", "", ""},
      {"[server]\ntrusted_proxies = [\"not a network\"]\n", "cardea.toml:2", "", ""},
      {"[store]\nurl = \"oracle://x\"\n", "cardea.toml:2",
       "store.url: \"sqlite:FILE\", \"postgresql://…\" or \"mysql://…\" expected",
       "for example: store.url = \"sqlite:/var/lib/cardea/cardea.db\""},
      {"[log]\nlevel = \"loud\"\n", "cardea.toml:2", "log.level: one of debug, info, warn, error expected",
       "for example: log.level = \"info\""},
      {"[seal]\nkey = \"c2hvcnQ=\"\n", "cardea.toml:2",
       "seal.key: 32 bytes in base64 expected; make one with: openssl rand -base64 32",
       "for example: seal.key = \"…\""},
      {"[public]\nbase_url = \"login.example.com\"\n", "cardea.toml:2",
       "public.base_url: an address such as \"https://login.example.com\" expected, without path",
       "for example: public.base_url = \"https://login.example.com\""},
      {"[public]\nbase_url = \"https://login.example.com/auth\"\n", "cardea.toml:2",
       "public.base_url: an address such as \"https://login.example.com\" expected, without path",
       "for example: public.base_url = \"https://login.example.com\""},
      {"[public]\nbase_url = \"https://login.example.com?a=b\"\n", "cardea.toml:2",
       "public.base_url: an address such as \"https://login.example.com\" expected, without path",
       "for example: public.base_url = \"https://login.example.com\""},
  };
  for (const auto& [toml, where, what, fix] : cases) {
    const auto loaded = load(toml);

    ASSERT_FALSE(loaded) << toml;
    EXPECT_EQ(place(loaded.error()), where) << toml;
    if (!what.empty()) EXPECT_EQ(loaded.error().what, what) << toml;
    if (!fix.empty()) EXPECT_EQ(loaded.error().fix, fix) << toml;
  }
}

TEST_F(ConfigTest, ASyntaxErrorNamesItsLine) {
  const auto loaded = load("[listen]\nhttp = \n");

  ASSERT_FALSE(loaded);
  EXPECT_EQ(place(loaded.error()), "cardea.toml:2");
  EXPECT_FALSE(loaded.error().what.empty());
}

TEST_F(ConfigTest, AMissingFileIsNamed) {
  const auto loaded = load_at("/nowhere/cardea.toml", {});

  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().to_string(), "/nowhere/cardea.toml: cannot read the file");
}

TEST_F(ConfigTest, AFolderIsNoFile) {
  const auto loaded = load_at(folder_.path().string(), {});

  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().where.substr(0, folder_.path().string().size()), folder_.path().string());
}

TEST_F(ConfigTest, AnErrorReadsAsOneText) {
  const ConfigError with_fix{"cardea.toml:3", "unknown key listen.htps", "did you mean listen.https?"};
  const ConfigError without{"cardea.toml", "nothing to listen on", ""};

  EXPECT_EQ(with_fix.to_string(), "cardea.toml:3: unknown key listen.htps\n  did you mean listen.https?");
  EXPECT_EQ(without.to_string(), "cardea.toml: nothing to listen on");
}

TEST_F(ConfigTest, EveryValueOfAFileArrives) {
  const auto config = must(
      load("[listen]\nhttp = \"off\"\nhttps = \"[::]:8443\"\nmetrics = \"localhost:9464\"\nmesh = \"*:8444\"\n"
           "[tls]\ncertificate = \"a.crt\"\nkey = \"a.key\"\n[public]\nbase_url = \"https://login.example.com:8443/\"\n"
           "[store]\nurl = \"sqlite:x.db\"\n[sessions]\nstore = \"redis://cache:6379\"\n"
           "[cell]\nid = \"north\"\nnumber = 7\n[control]\nmode = \"etcd\"\n[limits]\nenabled = false\n"
           "[egress]\nallow = [\"10.0.0.0/8\", \"hooks:443\"]\n[log]\nlevel = \"warn\"\n[hash]\nalgorithm = "
           "\"argon2id\"\n"));

  EXPECT_FALSE(config.http.on);
  EXPECT_EQ(config.https.host, "::");
  EXPECT_EQ(config.https.port, 8443);
  EXPECT_TRUE(config.https.on);
  EXPECT_EQ(config.metrics.host, "127.0.0.1");
  EXPECT_EQ(config.mesh.host, "");
  EXPECT_EQ(config.base_url, "https://login.example.com:8443");
  EXPECT_EQ(config.session_store, SessionStore::redis);
  EXPECT_EQ(config.session_store_url, "redis://cache:6379");
  EXPECT_EQ(config.cell_id, "north");
  EXPECT_EQ(config.cell_number, 7);
  EXPECT_EQ(config.control, ControlMode::etcd);
  EXPECT_FALSE(config.limits_enabled);
  EXPECT_EQ(config.egress_allow, (std::vector<std::string>{"10.0.0.0/8", "hooks:443"}));
  EXPECT_EQ(config.log_level, base::LogLevel::warn);
  EXPECT_EQ(config.hash_algorithm, "argon2id");
}

TEST_F(ConfigTest, AddressesAreHostAndPort) {
  struct Case {
    std::string text, host;
    std::uint16_t port;
    bool on;
  };
  const std::vector<Case> good{{"127.0.0.1:8080", "127.0.0.1", 8080, true},
                               {"[::1]:80", "::1", 80, true},
                               {"8080", "", 8080, true},
                               {":8080", "", 8080, true},
                               {"*:8080", "", 8080, true},
                               {"localhost:0", "127.0.0.1", 0, true},
                               {"off", "", 0, false},
                               {"", "", 0, false}};
  for (const auto& [text, host, port, on] : good) {
    const auto config = must(load(kLeast, {"CARDEA_LISTEN__MESH=" + text}));
    EXPECT_EQ(config.mesh.host, host) << text;
    EXPECT_EQ(config.mesh.port, port) << text;
    EXPECT_EQ(config.mesh.on, on) << text;
  }
  for (const std::string text : {"example.com", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:http",
                                 "1:2:x", "::1", "fe80::1:8080", "[::1]", "[::1:8080", "127.0.0.1 :80"})
    EXPECT_FALSE(load(kLeast, {"CARDEA_LISTEN__MESH=" + text})) << text;
}

TEST_F(ConfigTest, TheEnvironmentWinsOverTheFile) {
  const auto config = must(load(std::string(kLeast) + "[cell]\nid = \"file\"\nregion = \"file\"\n",
                                {"CARDEA_CELL__ID=environment", "CARDEA_EGRESS__ALLOW=10.0.0.0/8, hooks:443,",
                                 "CARDEA_LIMITS__ENABLED=false", "PATH=/bin", "CARDEA_HOME=/x", "broken"}));

  EXPECT_EQ(config.cell_id, "environment");
  EXPECT_EQ(config.cell_region, "file");
  EXPECT_EQ(config.egress_allow, (std::vector<std::string>{"10.0.0.0/8", "hooks:443"}));
  EXPECT_FALSE(config.limits_enabled);
}

TEST_F(ConfigTest, TheEnvironmentAloneWillDo) {
  const auto config = must(load_at("", {"CARDEA_STORE__URL=sqlite:x.db", "CARDEA_LISTEN__HTTP=127.0.0.1:8080"}));

  EXPECT_EQ(config.store_url, "sqlite:x.db");
  EXPECT_EQ(config.base_url, "http://localhost:8080");
}

TEST_F(ConfigTest, AWrongValueOfTheEnvironmentIsNamed) {
  const auto loaded = load(kLeast, {"CARDEA_CELL__NUMBER=many"});

  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().where, "environment CARDEA_CELL__NUMBER");
  EXPECT_EQ(loaded.error().what, "cell.number: a number from 1 to 65535 expected");
}

TEST_F(ConfigTest, AnUnknownNameOfTheEnvironmentGetsTheNearestRightOne) {
  const auto loaded = load(kLeast, {"CARDEA_LISTEN__HTPS=0.0.0.0:8443"});

  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().to_string(),
            "environment CARDEA_LISTEN__HTPS: unknown key\n  did you mean CARDEA_LISTEN__HTTPS?");
}

TEST_F(ConfigTest, TheSealKeyMayComeFromAFile) {
  const auto file = write("key", base::base64_encode(std::string(32, 'k')) + "\n");

  const auto config = must(load(kLeast, {"CARDEA_SEAL__KEY_FILE=" + file}));

  // seal.key_file is a setting of its own: the key is read when it is needed.
  EXPECT_EQ(config.seal_key_file, file);
  EXPECT_EQ(config.seal_key, "");
}

TEST_F(ConfigTest, TheValueOfASecretsFileCountsWithoutItsLineEnd) {
  const auto file = write("smtp", "smtps://user:password@mail.example.com:465\r\n");

  const auto config = must(load(kLeast, {"CARDEA_MAIL__SMTP_URL_FILE=" + file}));

  EXPECT_EQ(config.smtp_url, "smtps://user:password@mail.example.com:465");
}

TEST_F(ConfigTest, ASecretsFileThatCannotBeReadIsNamed) {
  const auto loaded = load(kLeast, {"CARDEA_MAIL__SMTP_URL_FILE=/nowhere/smtp"});

  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().to_string(), "environment CARDEA_MAIL__SMTP_URL_FILE: cannot read /nowhere/smtp");
}

TEST_F(ConfigTest, WhatIsNoSecretDoesNotComeFromAFile) {
  EXPECT_FALSE(load(kLeast, {"CARDEA_CELL__REGION_FILE=" + write("region", "eu")}));
}

TEST_F(ConfigTest, AnErrorNeverShowsASecret) {
  const auto loaded = load(kLeast, {"CARDEA_SEAL__KEY=topsecret"});

  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().to_string().find("topsecret"), std::string::npos);
}

TEST_F(ConfigTest, WhatNoSingleKeyCanTellIsCheckedTogether) {
  struct Case {
    std::string toml, what;
  };
  const std::vector<Case> cases{{"[listen]\nhttp = \"8080\"\n", "store.url is missing"},
                                {"[store]\nurl = \"sqlite:x.db\"\n", "nothing to listen on"},
                                {"[store]\nurl = \"sqlite:x.db\"\n[listen]\nhttps = \"8443\"\n",
                                 "listen.https needs tls.certificate and tls.key"},
                                {"[store]\nurl = \"sqlite:x.db\"\n[listen]\nhttps = \"8443\"\n[tls]\nkey = \"a.key\"\n",
                                 "listen.https needs tls.certificate and tls.key"},
                                {"[store]\nurl = \"postgresql://db/cardea\"\n[listen]\nhttp = \"8080\"\n",
                                 "seal.key or seal.key_file is needed with this database"}};
  for (const auto& [toml, what] : cases) {
    const auto loaded = load(toml);
    ASSERT_FALSE(loaded) << toml;
    EXPECT_EQ(loaded.error().what, what);
    EXPECT_EQ(place(loaded.error()), "cardea.toml");
  }
}

TEST_F(ConfigTest, TheBaseUrlDerivesFromTheListener) {
  EXPECT_EQ(must(load(kLeast)).base_url, "http://localhost:8080");
  EXPECT_EQ(must(load(std::string(kLeast) + "https = \"8443\"\n[tls]\ncertificate = \"c\"\nkey = \"k\"\n")).base_url,
            "https://localhost:8443");
}

TEST_F(ConfigTest, TheDescriptionListsEveryKeyWithItsMeaning) {
  const auto text = describe_config();

  for (const auto& key : config_keys()) {
    const auto dot = key.name.find('.');
    EXPECT_NE(text.find("[" + std::string(key.name.substr(0, dot)) + "]"), std::string::npos) << key.name;
    EXPECT_NE(text.find("# " + std::string(key.meaning) + "\n# " + std::string(key.name.substr(dot + 1)) + " = " +
                        std::string(key.example)),
              std::string::npos)
        << key.name;
  }
}

TEST_F(ConfigTest, EachSectionIsDescribedOnce) {
  const auto text = describe_config();

  for (const std::string section : {"[listen]", "[store]", "[cell]", "[mail]", "[server]", "[log]", "[hash]"})
    EXPECT_EQ(text.find(section), text.rfind(section)) << section;
}

// What the documentation shows has to work.
TEST_F(ConfigTest, EveryExampleIsAValidValue) {
  for (const auto& key : config_keys()) {
    if (key.name == "seal.key" || key.name == "backup.key") continue;  // a real one would be copied
    const auto dot = key.name.find('.');
    const auto toml = "[" + std::string(key.name.substr(0, dot)) + "]\n" + std::string(key.name.substr(dot + 1)) +
                      " = " + std::string(key.example) + "\n";
    const auto loaded = load(toml, {"CARDEA_STORE__URL=sqlite:x.db", "CARDEA_TLS__KEY=k", "CARDEA_TLS__CERTIFICATE=c",
                                    "CARDEA_LISTEN__HTTPS=8443"});
    EXPECT_TRUE(loaded) << key.name << ": " << (loaded ? "" : loaded.error().to_string());
  }
}

}  // namespace
}  // namespace cardea::app
