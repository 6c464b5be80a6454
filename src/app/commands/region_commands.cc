#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "app/commands/commands.h"
#include "app/foundation.h"
#include "app/run_now.h"
#include "base/clock.h"
#include "crypto/certificate.h"
#include "replicate/control/static_control.h"
#include "replicate/tls/mesh_tls.h"

namespace cardea::app {
namespace {

namespace fs = std::filesystem;
using base::Errc;
using base::Result;

constexpr int kDaysOfAuthority = 3650;

// Never overwrites: what others trust is in it.
Result<void> write_new(const fs::path& file, const std::string& content, mode_t mode) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) return base::fail(Errc::invalid, fmt::format("{}: {}", file.string(), std::strerror(errno)));
  const bool written = ::write(fd, content.data(), content.size()) == static_cast<ssize_t>(content.size());
  const bool kept = ::fsync(fd) == 0;
  ::close(fd);
  if (!written || !kept) return base::fail(Errc::unavailable, fmt::format("{}: not written", file.string()));
  return {};
}

Result<void> write_pair(const fs::path& folder, const std::string& name, const crypto::SelfSigned& made) {
  std::error_code ignored;
  fs::create_directories(folder, ignored);
  if (auto key = write_new(folder / (name + ".key"), made.private_key_pem, 0600); !key) return key;
  return write_new(folder / (name + ".crt"), made.certificate_pem, 0644);
}

Result<std::string> read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in)
    return base::fail(Errc::invalid, fmt::format("{}: cannot be read; run first: cardea region init", file.string()));
  return std::string(std::istreambuf_iterator<char>(in), {});
}

Result<crypto::SelfSigned> read_authority(const fs::path& folder) {
  auto certificate = read(folder / "authority.crt");
  if (!certificate) return base::pass_on(certificate);
  auto key = read(folder / "authority.key");
  if (!key) return base::pass_on(key);
  return crypto::SelfSigned{std::move(*certificate), std::move(*key)};
}

}  // namespace

int region_init(const std::string& folder, const Output& output) {
  const auto authority = crypto::make_authority("Cardea mesh", kDaysOfAuthority, base::SystemClock());
  if (!authority) return output.failure(authority.error());
  if (auto written = write_pair(folder, "authority", *authority); !written) return output.failure(written.error());
  output.object({{"certificate", (fs::path(folder) / "authority.crt").string()},
                 {"key", (fs::path(folder) / "authority.key").string()}});
  return 0;
}

int region_certificate(const RegionCertificate& options, const Output& output) {
  const auto authority = read_authority(options.folder);
  if (!authority) return output.failure(authority.error());
  const auto name = fmt::format("cell-{}", options.cell);
  const auto issued = crypto::issue_certificate(*authority, name, {replicate::mesh_name(options.cell)}, options.days,
                                                base::SystemClock());
  if (!issued) return output.failure(issued.error());
  if (auto written = write_pair(options.folder, name, *issued); !written) return output.failure(written.error());
  output.object({{"cell", options.cell},
                 {"certificate", (fs::path(options.folder) / (name + ".crt")).string()},
                 {"key", (fs::path(options.folder) / (name + ".key")).string()}});
  return 0;
}

int region_mark(Config config, std::uint16_t cell, bool down, const Output& output) {
  if (!config.in_mesh()) return output.failure({Errc::invalid, "topology.file: not set, so there are no other cells"});
  const auto topology = replicate::Topology::read(config.topology_file);
  if (!topology) return output.failure(topology.error());
  if (topology->find(cell) == nullptr)
    return output.failure({Errc::not_found, fmt::format("topology.file: does not name a cell {}", cell)});
  auto foundation = Foundation::open(std::move(config));
  if (!foundation) return output.failure(foundation.error());
  const auto state = down ? replicate::MemberState::down : replicate::MemberState::active;
  const auto epoch = run_now(replicate::mark_member(*(*foundation)->database, cell, state));
  if (!epoch) return output.failure(epoch.error());
  output.object({{"cell", cell}, {"state", down ? "down" : "active"}, {"epoch", *epoch}});
  return 0;
}

}  // namespace cardea::app
