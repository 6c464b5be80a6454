#pragma once

#include <cstdint>
#include <functional>
#include <istream>
#include <string>
#include <string_view>

#include "base/async.h"
#include "base/json.h"
#include "base/result.h"
#include "identity/session_ending.h"
#include "store/imported_users.h"

namespace cardea::app {

struct ImportCounts {
  std::uint64_t read = 0, created = 0, updated = 0, existed = 0, refused = 0;

  base::json::object to_json() const;
};

// Reads users from a file and writes them, some hundred in one unit of work and several units at a time. A second run
// over the same file finds its users there, so an import that broke off is simply run again.
class UserImport {
 public:
  // Ends the sessions of users whose password changes or who are blocked, as the Management API does.
  struct Ending {
    identity::SessionEnding& sessions;
    identity::RequestContext context;
  };
  struct Hooks {
    std::function<void(std::uint64_t line, std::string_view reason)> refused;
    std::function<void(const ImportCounts&)> progress;  // after each unit
  };

  // All must outlive it. The database is open for imports (store::Surroundings::import).
  UserImport(store::Database& database, store::Users& users, store::ImportedUsers::Target target, Ending ending,
             Hooks hooks);

  // All of `in`, with `at_once` ≥ 1 units under way. Its error ends the import: what was counted is written.
  base::awaitable<base::Result<ImportCounts>> run(std::istream& in, std::size_t at_once);

 private:
  class Run;

  store::Database& database_;
  store::ImportedUsers imported_;
  const model::TenantId tenant_;
  const bool overwrites_;
  const Ending ending_;
  const Hooks hooks_;
};

}  // namespace cardea::app
