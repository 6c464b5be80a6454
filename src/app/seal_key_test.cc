#include "app/seal_key.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <barrier>
#include <fstream>
#include <iterator>
#include <thread>

#include "base/base64.h"
#include "crypto/system_random.h"
#include "tests/store_contract/temporary_folder.h"

namespace cardea::app {
namespace {

class SealKeyTest : public testing::Test {
 protected:
  Config config() const {
    Config config;
    config.store_url = "sqlite:" + database();
    return config;
  }
  std::string database() const { return (folder_.path() / "cardea.db").string(); }
  std::string key_file() const { return database() + ".seal-key"; }

  static std::string content(const std::string& path) {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  store::TemporaryFolder folder_;
  crypto::SystemRandom random_;
};

TEST_F(SealKeyTest, IsMadeOnceAndOnlyItsOwnerReadsIt) {
  ASSERT_TRUE(open_seal_key(config(), random_));
  const auto first = content(key_file());
  ASSERT_TRUE(open_seal_key(config(), random_));

  struct stat status{};
  ASSERT_EQ(::stat(key_file().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  EXPECT_EQ(content(key_file()), first);
  EXPECT_EQ(base::base64_decode(first.substr(0, first.size() - 1)).value_or("").size(), 32U);
}

TEST_F(SealKeyTest, LeavesNoOtherFilesBehind) {
  ASSERT_TRUE(open_seal_key(config(), random_));

  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder_.path())) ++files;
  EXPECT_EQ(files, 1U);
}

TEST_F(SealKeyTest, IsTheSameAtEachStart) {
  const auto one = open_seal_key(config(), random_);
  const auto other = open_seal_key(config(), random_);

  ASSERT_TRUE(one && other);
  EXPECT_EQ(one->bytes(), other->bytes());
}

TEST_F(SealKeyTest, TwoThatStartAtOnceGetTheSameKey) {
  for (int round = 0; round < 20; ++round) {
    std::filesystem::remove(key_file());
    std::vector<std::string> keys(2);
    std::barrier start(2);
    {
      std::vector<std::jthread> starters;
      for (std::size_t i = 0; i < 2; ++i)
        starters.emplace_back([&, i] {
          crypto::SystemRandom random;
          start.arrive_and_wait();
          if (const auto key = open_seal_key(config(), random)) keys[i] = key->bytes();
        });
    }
    EXPECT_EQ(keys[0].size(), 32U) << round;
    EXPECT_EQ(keys[0], keys[1]) << round;
  }
}

TEST_F(SealKeyTest, TheConfiguredKeyWinsOverFiles) {
  auto settings = config();
  settings.seal_key = base::base64_encode(std::string(32, 'k'));
  settings.seal_key_file = "/nowhere";

  EXPECT_TRUE(open_seal_key(settings, random_));
  EXPECT_FALSE(std::filesystem::exists(key_file()));
}

TEST_F(SealKeyTest, AFileThatIsMissingOrHoldsNoKeyIsNamed) {
  auto settings = config();
  settings.seal_key_file = (folder_.path() / "seal.key").string();
  const auto missing = open_seal_key(settings, random_);
  std::ofstream(settings.seal_key_file) << "too short\n";
  std::filesystem::permissions(settings.seal_key_file, std::filesystem::perms::owner_read);
  const auto wrong = open_seal_key(settings, random_);

  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error(),
            (base::Error{base::Errc::invalid, "cannot read the seal key from " + settings.seal_key_file}));
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error(),
            (base::Error{base::Errc::invalid, settings.seal_key_file + " does not hold 32 bytes in base64"}));
}

TEST_F(SealKeyTest, AFileThatEverybodyCanWriteIsRefusedAndOneThatOthersReadIsNamed) {
  ASSERT_TRUE(open_seal_key(config(), random_));
  const auto backup = (folder_.path() / "backup.key").string();
  std::filesystem::copy_file(key_file(), backup);
  auto settings = config();
  settings.backup_key_file = backup;
  const auto with_mode = [&](mode_t mode) {
    EXPECT_EQ(::chmod(key_file().c_str(), mode), 0);
    EXPECT_EQ(::chmod(backup.c_str(), mode), 0);
  };

  for (const mode_t mode : {0602U, 0666U, 0777U}) {
    with_mode(mode);
    const auto key = open_seal_key(settings, random_);
    ASSERT_FALSE(key) << mode;
    EXPECT_EQ(key.error().code, base::Errc::invalid);
    EXPECT_EQ(key.error().reason, key_file() + " holds the seal key and everybody can write it: chmod 600 it");
    EXPECT_EQ(read_backup_key(settings).error().code, base::Errc::invalid) << mode;
  }
  for (const mode_t mode : {0600U, 0400U, 0640U, 0440U, 0644U, 0664U}) {
    with_mode(mode);
    EXPECT_TRUE(open_seal_key(settings, random_)) << mode;
    EXPECT_TRUE(read_backup_key(settings)) << mode;
    const bool shared = (mode & 0077U) != 0;
    EXPECT_EQ(shared_key_files(settings), shared ? (std::vector{key_file(), backup}) : std::vector<std::string>{})
        << mode;
  }
}

TEST_F(SealKeyTest, AFolderThatCannotBeWrittenIsNamed) {
  auto settings = config();
  settings.store_url = "sqlite:/nowhere/cardea.db";

  const auto key = open_seal_key(settings, random_);

  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().code, base::Errc::invalid);
  EXPECT_NE(key.error().reason.find("/nowhere/cardea.db.seal-key"), std::string::npos);
}

}  // namespace
}  // namespace cardea::app
