#include "app/backup/spooling_target.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace cardea::app {
namespace {

constexpr std::size_t kPiece = std::size_t{1} << 20;

std::unexpected<base::Error> failed(base::Errc code, const std::string& folder) {
  return base::fail(code, "backup.spool_folder: " + folder + ": " + std::generic_category().message(errno));
}

// A file without a name; < 0: errno says why. Not every file system can: then it has one for a moment.
int open_nameless(const std::string& folder) {
  const int file = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file >= 0 || (errno != EOPNOTSUPP && errno != EISDIR)) return file;
  std::string name = folder + "/cardea-backup-XXXXXX";
  const int named = ::mkostemp(name.data(), O_CLOEXEC);  // mode 0600
  if (named >= 0) ::unlink(name.c_str());
  return named;
}

class SpooledSink final : public store::ArchiveSink {
 public:
  SpooledSink(int file, std::string folder, std::unique_ptr<store::ArchiveSink> inner)
      : file_(file), folder_(std::move(folder)), inner_(std::move(inner)) {}
  ~SpooledSink() override { ::close(file_); }

  base::Result<void> write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const auto written = ::write(file_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return failed(base::Errc::unavailable, folder_);
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
  }

  base::Result<void> finish() override {
    std::string piece(kPiece, '\0');
    for (off_t at = 0;;) {
      const auto got = ::pread(file_, piece.data(), piece.size(), at);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return failed(base::Errc::unavailable, folder_);
      if (got == 0) return inner_->finish();
      if (auto done = inner_->write(std::string_view(piece).substr(0, static_cast<std::size_t>(got))); !done)
        return done;
      at += got;
    }
  }

 private:
  const int file_;
  const std::string folder_;
  const std::unique_ptr<store::ArchiveSink> inner_;
};

}  // namespace

base::Result<std::unique_ptr<store::ArchiveSink>> SpoolingTarget::create(const std::string& name) {
  auto sink = inner_.create(name);
  if (!sink || folder_.empty() || !inner_.is_slow()) return sink;
  const int file = open_nameless(folder_);
  if (file < 0) return failed(base::Errc::invalid, folder_);
  return std::make_unique<SpooledSink>(file, folder_, std::move(*sink));
}

}  // namespace cardea::app
