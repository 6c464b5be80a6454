#include "store/archive/store_session.h"

#include <fmt/format.h>

#include "store/sql/dialect.h"
#include "store/sql/migrations.h"
#include "store/sql/open_server.h"
#include "store/sql/open_sqlite.h"
#include "store/sql/server_session.h"
#include "store/sql/sqlite_session.h"

namespace cardea::store {
namespace {

// Counting or clearing a large table takes longer than what serving needs.
constexpr ServerLimits kUnhurried{.statement = std::chrono::hours{48}};

using Opened = base::Result<std::unique_ptr<StoreSession>>;

class SqliteStoreSession final : public StoreSession {
 public:
  SqliteStoreSession(const std::string& path, SqliteUse use) : place_(path), session_({path}, use) {}
  soci::session& soci() override { return session_.soci(); }
  std::string reason_of(const soci::soci_error& error) override { return store::reason_of(error); }
  const std::string& place() const override { return place_; }

 private:
  std::string place_;
  SqliteSession session_;
};

class ServerStoreSession final : public StoreSession {
 public:
  ServerStoreSession(std::unique_ptr<ServerSession> session, std::string place)
      : session_(std::move(session)), place_(std::move(place)) {}
  soci::session& soci() override { return session_->soci(); }
  std::string reason_of(const soci::soci_error& error) override { return session_->trouble_of(error).error.reason; }
  const std::string& place() const override { return place_; }

 private:
  std::unique_ptr<ServerSession> session_;
  std::string place_;
};

Opened open_sqlite_session(std::string_view url, SessionUse use) {
  const auto path = sqlite_path(url);
  if (!path) return base::pass_on(path);
  if (use == SessionUse::fill)
    if (auto made = make_private_sqlite_file(*path); !made) return base::pass_on(made);
  try {
    const bool fill = use == SessionUse::fill;
    return std::make_unique<SqliteStoreSession>(*path, fill ? SqliteUse::read_write : SqliteUse::read_only);
  } catch (const soci::soci_error& error) {
    return base::fail(base::Errc::unavailable, *path + ": " + store::reason_of(error));
  }
}

Opened open_server_session(std::string_view url) {
  const auto engine = server_engine(url, kUnhurried);
  if (!engine) return base::pass_on(engine);
  auto session = (*engine)->connect();
  if (!session) return base::fail(session.error().code, (*engine)->place() + ": " + session.error().reason);
  return std::make_unique<ServerStoreSession>(std::move(*session), (*engine)->place());
}

// The one place of archives that names the engines.
Opened open_engine(std::string_view url, SessionUse use) {
  if (url.starts_with("sqlite:")) return open_sqlite_session(url, use);
  if (is_server_url(url)) return open_server_session(url);
  return base::fail(base::Errc::invalid, "not the URL of a store: sqlite:FILE, postgresql://… or mysql://… expected");
}

base::Result<void> check_schema(soci::session& session) {
  const int version = schema_version(session);
  if (version == newest_schema()) return {};
  if (version == 0) return base::fail(base::Errc::invalid, "there is no store of cardea in this database");
  if (version < newest_schema())
    return base::fail(base::Errc::invalid, fmt::format("the database has schema {}, this program needs {}: run cardea "
                                                       "db migrate first",
                                                       version, newest_schema()));
  return base::fail(base::Errc::invalid, fmt::format("the database has schema {}, made by a newer version; this one "
                                                     "knows {} and would lose what is new: use the newer program",
                                                     version, newest_schema()));
}

}  // namespace

base::Result<std::unique_ptr<StoreSession>> open_session(std::string_view url, SessionUse use) {
  auto opened = open_engine(url, use);
  if (!opened) return opened;
  auto prepared = with_reasons(**opened, [&](soci::session& session) -> base::Result<void> {
    if (use == SessionUse::fill)
      if (const auto done = migrate(session); !done) return base::pass_on(done);
    return check_schema(session);
  });
  if (!prepared) {
    if (prepared.error().code == base::Errc::invalid)
      return base::fail(base::Errc::invalid, (*opened)->place() + ": " + prepared.error().reason);
    return base::pass_on(prepared);
  }
  return opened;
}

Snapshot::Snapshot(StoreSession& session) : session_(session) {
  const auto& dialect = dialect_of(session.soci());
  if (!dialect.before_snapshot.empty()) session.soci() << std::string(dialect.before_snapshot);
  session.soci() << std::string(dialect.begin_snapshot);
}

Snapshot::~Snapshot() {
  try {
    session_.soci() << "ROLLBACK";
  } catch (const soci::soci_error&) {  // the connection is gone, and with it the transaction
  }
}

bool has_table(soci::session& session, const Table& table) {
  return table.name != kEventOutbox || dialect_of(session).several_writers();
}

StoreIdentity read_identity(soci::session& session) {
  StoreIdentity out;
  int cell = 0;
  long long epoch = 0, ceiling = 0;
  session << "SELECT cell_id, incarnation, \"schema\", epoch, hlc_ceiling FROM meta", soci::into(cell),
      soci::into(out.incarnation), soci::into(out.schema), soci::into(epoch), soci::into(ceiling);
  out.cell = static_cast<std::uint16_t>(cell);
  out.epoch = epoch;
  out.hlc_ceiling = ceiling;
  return out;
}

}  // namespace cardea::store
