#include "app/backup/file_target.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "app/backup/backup_name.h"

namespace cardea::app {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPartial = ".partial";
constexpr auto kAbandonedAfter = std::chrono::hours(24);

std::unexpected<base::Error> failed(const std::string& path) {
  const auto code = errno == ENOENT ? base::Errc::not_found : base::Errc::unavailable;
  return base::fail(code, path + ": " + std::generic_category().message(errno));
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }
  void close() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
  }

 private:
  int number_;
};

base::Result<void> sync_folder(const std::string& folder) {
  const Descriptor handle(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (handle.number() < 0 || ::fsync(handle.number()) != 0) return failed(folder);
  return {};
}

class FileSink final : public store::ArchiveSink {
 public:
  FileSink(int file, std::string path) : file_(file), path_(std::move(path)), partial_(path_ + std::string(kPartial)) {}
  ~FileSink() override {
    if (!finished_) ::unlink(partial_.c_str());
  }

  base::Result<void> write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const auto written = ::write(file_.number(), bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return failed(partial_);
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
  }

  base::Result<void> finish() override {
    if (::fsync(file_.number()) != 0) return failed(partial_);
    file_.close();
    if (::rename(partial_.c_str(), path_.c_str()) != 0) return failed(path_);
    finished_ = true;
    return sync_folder(fs::path(path_).parent_path());
  }

 private:
  Descriptor file_;
  const std::string path_, partial_;
  bool finished_ = false;
};

class FileSource final : public store::ArchiveSource {
 public:
  FileSource(int file, std::string path) : file_(file), path_(std::move(path)) {}

  base::Result<std::string> read(std::size_t most) override {
    std::string out(most, '\0');
    ssize_t got = 0;
    do {
      got = ::read(file_.number(), out.data(), out.size());
    } while (got < 0 && errno == EINTR);
    if (got < 0) return failed(path_);
    out.resize(static_cast<std::size_t>(got));
    return out;
  }

 private:
  Descriptor file_;
  const std::string path_;
};

class FileTarget final : public BackupTarget {
 public:
  explicit FileTarget(std::string path) : single_(path.ends_with(kBackupSuffix)), path_(fs::absolute(path).string()) {}

  std::string place() const override { return path_; }

  base::Result<std::vector<StoredBackup>> list(std::uint16_t cell) override {
    if (single_) return list_one();
    std::vector<StoredBackup> out;
    std::error_code error;
    fs::directory_iterator files(path_, error);
    for (; !error && files != fs::directory_iterator(); files.increment(error)) {
      const auto name = files->path().filename().string();
      const auto known = BackupName::parse(name);
      if (!known || known->cell != cell || !files->is_regular_file(error)) continue;
      out.push_back({name, files->file_size(error), known->made_at});
    }
    if (error == std::errc::no_such_file_or_directory)
      return base::fail(base::Errc::not_found, path_ + ": " + error.message());
    if (error) return base::fail(base::Errc::unavailable, path_ + ": " + error.message());
    std::ranges::sort(out, {}, [](const auto& backup) { return std::pair(backup.made_at, backup.name); });
    return out;
  }

  base::Result<std::unique_ptr<store::ArchiveSink>> create(const std::string& name) override {
    const auto folder = single_ ? fs::path(path_).parent_path() : fs::path(path_);
    if (!single_ && ::mkdir(path_.c_str(), S_IRWXU) != 0 && errno != EEXIST) return failed(path_);
    const std::string path = single_ ? path_ : (folder / name).string();
    const std::string partial = path + std::string(kPartial);
    // What a killed process left of the same file is in the way.
    if (single_)
      ::unlink(partial.c_str());
    else
      remove_abandoned(name);
    const int file = ::open(partial.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file < 0) return failed(partial);
    return std::make_unique<FileSink>(file, path);
  }

  base::Result<std::unique_ptr<store::ArchiveSource>> open(const std::string& name) override {
    const auto path = path_of(name);
    if (!path) return base::pass_on(path);
    const int file = ::open(path->c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return failed(*path);
    return std::make_unique<FileSource>(file, *path);
  }

  base::Result<void> remove(const std::string& name) override {
    const auto path = path_of(name);
    if (!path) return base::pass_on(path);
    if (::unlink(path->c_str()) != 0) return failed(*path);
    return {};
  }

 private:
  base::Result<std::vector<StoredBackup>> list_one() const {
    struct stat status{};
    if (::stat(path_.c_str(), &status) != 0) return failed(path_);
    return std::vector<StoredBackup>{{fs::path(path_).filename().string(), static_cast<std::uint64_t>(status.st_size),
                                      base::from_seconds(status.st_mtime)}};
  }

  // What backups of this cell that were killed have left, a day ago or longer.
  void remove_abandoned(const std::string& name) const {
    const auto mine = BackupName::parse(name);
    std::error_code error;
    std::vector<std::string> abandoned;
    for (fs::directory_iterator files(path_, error); !error && files != fs::directory_iterator();
         files.increment(error)) {
      auto other = files->path().filename().string();
      if (!other.ends_with(kPartial)) continue;
      const auto known = BackupName::parse(other.substr(0, other.size() - kPartial.size()));
      if (mine && known && known->cell == mine->cell && known->made_at + kAbandonedAfter < mine->made_at)
        abandoned.push_back(files->path().string());
    }
    for (const auto& path : abandoned) ::unlink(path.c_str());
  }

  base::Result<std::string> path_of(const std::string& name) const {
    if (single_) return path_;
    if (name.empty() || name.find('/') != std::string::npos || name.starts_with('.'))
      return base::fail(base::Errc::invalid, "not the name of a backup");
    return (fs::path(path_) / name).string();
  }

  const bool single_;
  const std::string path_;
};

}  // namespace

std::unique_ptr<BackupTarget> open_file_target(std::string path) {
  return std::make_unique<FileTarget>(std::move(path));
}

}  // namespace cardea::app
