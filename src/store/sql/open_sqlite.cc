#include "store/sql/open_sqlite.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "store/sql/cell_identity.h"
#include "store/sql/migrations.h"
#include "store/sql/sqlite_database.h"

namespace cardea::store {
namespace {

std::string errno_text() { return std::generic_category().message(errno); }

}  // namespace

// The log and the shared memory beside the file get the file's mode from SQLite.
base::Result<void> make_private_sqlite_file(const std::string& path) {
  const int made = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (made >= 0) {
    ::close(made);  // nobody has locks on a file that is new
    return {};
  }
  if (errno != EEXIST) return base::fail(base::Errc::unavailable, path + ": " + errno_text());
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return base::fail(base::Errc::unavailable, path + ": " + errno_text());
  if (S_ISDIR(status.st_mode)) return base::fail(base::Errc::invalid, path + " is a folder; name a file in it");
  if ((status.st_mode & 077) != 0 && ::chmod(path.c_str(), S_IRUSR | S_IWUSR) != 0)
    return base::fail(base::Errc::unavailable,
                      path + " is open to others, and its mode cannot be changed: " + errno_text());
  return {};
}

base::Result<std::string> sqlite_path(std::string_view url) {
  constexpr std::string_view kScheme = "sqlite:";
  if (!url.starts_with(kScheme)) return base::fail(base::Errc::invalid, "not of the form sqlite:FILE");
  url.remove_prefix(kScheme.size());
  if (url.starts_with("//")) url.remove_prefix(2);
  if (url.empty()) return base::fail(base::Errc::invalid, "sqlite: needs the name of a file");
  if (url == ":memory:" || url.starts_with("file:"))
    return base::fail(base::Errc::invalid, "sqlite: needs a file; a database in memory would forget everything");
  return std::string(url);
}

base::Result<std::unique_ptr<Database>> open_sqlite(const std::string& path, const Surroundings& surroundings,
                                                    const SqliteOptions& options) {
  if (path.empty() || path == ":memory:" || path.find('\0') != std::string::npos)
    return base::fail(base::Errc::invalid, "SQLite needs the name of a file");
  if (const auto made = make_private_sqlite_file(path); !made) return base::pass_on(made);
  const SqliteFile file{path, options.vfs, options.synchronous_full, surroundings.import};
  try {
    base::Result<CellIdentity> identity;
    {
      SqliteSession session(file, SqliteUse::read_write);
      if (const auto done = migrate(session.soci()); !done) return base::pass_on(done);
      identity = identify(session.soci(), surroundings);
    }
    if (!identity) return base::pass_on(identity);
    return std::make_unique<SqliteDatabase>(file, surroundings, std::move(identity->incarnation), identity->hlc_ceiling,
                                            GroupCommit::Limits{options.queue, options.batch}, options.slow,
                                            options.metrics);
  } catch (const soci::soci_error& error) {
    return base::fail(base::Errc::unavailable, path + ": " + reason_of(error));
  }
}

base::Result<SqliteSchema> sqlite_schema(const std::string& path) {
  try {
    SqliteSession session({path}, SqliteUse::read_only);
    return SqliteSchema{schema_version(session.soci()), newest_schema()};
  } catch (const soci::soci_error& error) {
    return base::fail(base::Errc::unavailable, path + ": " + reason_of(error));
  }
}

base::Result<int> migrate_sqlite(const std::string& path) {
  try {
    SqliteSession session({path}, SqliteUse::read_write);
    return migrate(session.soci());
  } catch (const soci::soci_error& error) {
    return base::fail(base::Errc::unavailable, path + ": " + reason_of(error));
  }
}

}  // namespace cardea::store
