#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "jobs/mail_transport.h"

namespace cardea::jobs {
namespace {

using base::Errc;
using base::Result;

// Closes and, unless it was kept, removes the file.
class HalfWritten {
 public:
  explicit HalfWritten(std::string path)
      : path_(std::move(path)),
        file_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR)) {}
  ~HalfWritten() {
    if (file_ < 0) return;
    ::close(file_);
    if (!kept_) ::unlink(path_.c_str());
  }
  HalfWritten(const HalfWritten&) = delete;
  HalfWritten& operator=(const HalfWritten&) = delete;

  bool write(std::string_view text) {
    if (file_ < 0) return false;
    while (!text.empty()) {
      const auto count = ::write(file_, text.data(), text.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(count));
    }
    return ::fsync(file_) == 0;
  }
  bool keep_as(const std::string& path) {
    kept_ = ::rename(path_.c_str(), path.c_str()) == 0;
    return kept_;
  }

 private:
  const std::string path_;
  const int file_;
  bool kept_ = false;
};

bool is_id(std::string_view id) {
  return !id.empty() && id.size() <= 64 && std::ranges::all_of(id, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  });
}

class FolderTransport final : public MailTransport {
 public:
  explicit FolderTransport(std::string folder) : folder_(std::move(folder)) {}

  base::awaitable<Result<void>> send(OutgoingMessage message) override {
    if (!is_id(message.id)) co_return base::fail(Errc::invalid, "a mail without a proper id");
    HalfWritten file(folder_ + "/." + message.id + ".tmp");
    if (!file.write(message.message) || !file.keep_as(folder_ + "/" + message.id + ".eml"))
      co_return base::fail(Errc::unavailable, "mail.folder: " + std::string(std::strerror(errno)));
    co_return Result<void>{};
  }

 private:
  const std::string folder_;
};

}  // namespace

Result<std::unique_ptr<MailTransport>> open_folder_transport(const std::string& folder, base::Log& log) {
  std::error_code error;
  if (std::filesystem::create_directories(folder, error); error)
    return base::fail(Errc::invalid, "mail.folder " + folder + ": " + error.message());
  // Links in mails are rights.
  if (::access(folder.c_str(), W_OK | X_OK) != 0)
    return base::fail(Errc::invalid, "mail.folder " + folder + ": " + std::strerror(errno));
  log.info("no mail.smtp_url: mails go to " + folder);
  return std::make_unique<FolderTransport>(folder);
}

}  // namespace cardea::jobs
