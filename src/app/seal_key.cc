#include "app/seal_key.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "base/base64.h"

namespace cardea::app {
namespace {

// Of a file; 0 for what has no rights worth a look (a pipe, say) or is not there.
mode_t rights_of(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) ? status.st_mode & 0777U : 0;
}

base::Result<crypto::SealKey> from_file(const std::string& path, std::string_view what = "seal key") {
  if ((rights_of(path) & S_IWOTH) != 0)
    return base::fail(base::Errc::invalid,
                      path + " holds the " + std::string(what) + " and everybody can write it: chmod 600 it");
  std::ifstream in(path);
  std::string text((std::istreambuf_iterator<char>(in)), {});
  while (text.ends_with('\n') || text.ends_with('\r') || text.ends_with(' ')) text.pop_back();
  if (text.empty()) return base::fail(base::Errc::invalid, "cannot read the " + std::string(what) + " from " + path);
  auto key = crypto::SealKey::from_base64(text);
  if (!key) return base::fail(base::Errc::invalid, path + " does not hold 32 bytes in base64");
  return key;
}

// Exclusive creation: when two processes start at once, the second reads what the first wrote.
base::Result<void> create_file(const std::string& path, base::Random& random) {
  const std::string temporary = path + "." + base::random_hex(random, 8);
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return base::fail(base::Errc::invalid, "cannot write " + temporary);
  const std::string text = base::base64_encode(base::random_bytes(random, 32)) + "\n";
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
  ::close(fd);
  const bool linked = written && (::link(temporary.c_str(), path.c_str()) == 0 || errno == EEXIST);
  ::unlink(temporary.c_str());
  if (!linked) return base::fail(base::Errc::invalid, "cannot write " + path);
  return {};
}

// Where the key is when the settings name none.
std::string key_beside_database(const Config& config) {
  return config.store_url.substr(std::string_view("sqlite:").size()) + ".seal-key";
}

// Empty: the key is in the settings themselves.
std::string key_file(const Config& config) {
  if (!config.seal_key.empty()) return "";
  return config.seal_key_file.empty() ? key_beside_database(config) : config.seal_key_file;
}

}  // namespace

base::Result<crypto::SealKey> open_seal_key(const Config& config, base::Random& random) {
  if (config.seal_key.empty() && config.seal_key_file.empty()) {
    const auto path = key_beside_database(config);
    if (::access(path.c_str(), F_OK) != 0)
      if (auto made = create_file(path, random); !made) return base::pass_on(made);
  }
  return read_seal_key(config);
}

base::Result<crypto::SealKey> read_seal_key(const Config& config) {
  if (!config.seal_key.empty()) return crypto::SealKey::from_base64(config.seal_key);
  return from_file(key_file(config));
}

std::vector<std::string> shared_key_files(const Config& config) {
  std::vector<std::string> out;
  for (auto path : {key_file(config), config.backup_key_file})
    if (!path.empty() && (rights_of(path) & (S_IRWXG | S_IRWXO)) != 0) out.push_back(std::move(path));
  return out;
}

base::Result<std::optional<crypto::SealKey>> read_backup_key(const Config& config) {
  if (config.backup_key.empty() && config.backup_key_file.empty()) return std::optional<crypto::SealKey>();
  auto key = config.backup_key.empty() ? from_file(config.backup_key_file, "backup key")
                                       : crypto::SealKey::from_base64(config.backup_key);
  if (!key) return base::pass_on(key);
  return std::optional<crypto::SealKey>(std::move(*key));
}

}  // namespace cardea::app
