#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "jobs/mail_transport.h"
#include "tests/store_contract/temporary_folder.h"
#include "tests/store_contract/wait.h"

namespace cardea::jobs {
namespace {

using store::wait;

class Lines final : public base::Log {
 public:
  void write(base::LogLevel, std::string_view message, Fields) override { lines.emplace_back(message); }
  std::vector<std::string> lines;
};

struct FolderTransportTest : testing::Test {
  std::string read(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  store::TemporaryFolder temporary;
  const std::filesystem::path folder = std::filesystem::path(temporary.path()) / "made" / "mail";
  Lines log;
};

TEST_F(FolderTransportTest, EachMailIsAFileForItsOwnerOnly) {
  const auto transport = open_folder_transport(folder.string(), log);
  ASSERT_TRUE(transport);

  ASSERT_TRUE(wait((*transport)->send({"ID1", "a@b.c", "d@e.f", "Subject: one\r\n\r\n"})));
  ASSERT_TRUE(wait((*transport)->send({"ID2", "a@b.c", "d@e.f", "Subject: two\r\n\r\n"})));

  EXPECT_EQ(read(folder / "ID1.eml"), "Subject: one\r\n\r\n");
  EXPECT_EQ(read(folder / "ID2.eml"), "Subject: two\r\n\r\n");
  struct stat about{};
  ASSERT_EQ(::stat((folder / "ID1.eml").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600u);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 2);
}

TEST_F(FolderTransportTest, TheLogSaysOnceWhereMailsGo) {
  ASSERT_TRUE(open_folder_transport(folder.string(), log));

  EXPECT_EQ(log.lines, std::vector<std::string>{"no mail.smtp_url: mails go to " + folder.string()});
}

TEST_F(FolderTransportTest, AMailSentTwiceIsOneFile) {
  const auto transport = open_folder_transport(folder.string(), log);
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(wait((*transport)->send({"ID1", "a@b.c", "d@e.f", "again"})));

  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
}

TEST_F(FolderTransportTest, IdsCannotLeaveTheFolder) {
  const auto transport = open_folder_transport(folder.string(), log);
  for (const auto* id : {"../evil", "a/b", "", "a\nb"})
    EXPECT_FALSE(wait((*transport)->send({id, "a@b.c", "d@e.f", "x"})));

  EXPECT_TRUE(std::filesystem::is_empty(folder));
}

TEST_F(FolderTransportTest, AFolderThatCannotBeMadeIsAWrongSetting) {
  std::filesystem::create_directories(folder.parent_path());
  std::ofstream(folder) << "a file";

  EXPECT_FALSE(open_folder_transport((folder / "below").string(), log));
}

}  // namespace
}  // namespace cardea::jobs
