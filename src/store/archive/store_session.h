#pragma once

#include <soci/soci.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/archive/manifest.h"
#include "store/archive/table.h"

namespace cardea::store {

// A connection to the database of a cell for work on all of it, beside the nodes that serve. One thread.
class StoreSession {
 public:
  virtual ~StoreSession() = default;
  virtual soci::session& soci() = 0;
  // What went wrong, without values of rows.
  virtual std::string reason_of(const soci::soci_error& error) = 0;
  // The file, or host:port/database: for people, without a password.
  virtual const std::string& place() const = 0;
};

enum class SessionUse {
  read,  // the database exists and has the schema that this program knows
  fill   // made, where it is a file that is missing, and migrated
};

// `url` as in store.url. invalid: no such URL, a folder, or another schema. unavailable: it cannot be reached.
base::Result<std::unique_ptr<StoreSession>> open_session(std::string_view url, SessionUse use);

// Calls `work(session)`; what a statement throws becomes unavailable, with the place in front.
template <class Work>
auto with_reasons(StoreSession& session, Work work) -> std::invoke_result_t<Work, soci::session&> {
  try {
    return work(session.soci());
  } catch (const soci::soci_error& error) {
    return base::fail(base::Errc::unavailable, session.place() + ": " + session.reason_of(error));
  } catch (const std::invalid_argument& error) {  // NotStorable: see store/sql/dialect.h
    return base::fail(base::Errc::invalid, session.place() + ": " + error.what());
  }
}

// A transaction that sees the database as it is now, whatever others commit meanwhile. Throws soci::soci_error.
class Snapshot {
 public:
  explicit Snapshot(StoreSession& session);
  ~Snapshot();
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

 private:
  StoreSession& session_;
};

// Whether the engine has the table: kEventOutbox only where several writers are.
bool has_table(soci::session& session, const Table& table);

// The row of `meta`. Throws soci::soci_error.
StoreIdentity read_identity(soci::session& session);

}  // namespace cardea::store
