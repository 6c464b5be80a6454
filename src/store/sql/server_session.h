#pragma once

#include <soci/soci.h>

#include <chrono>
#include <memory>
#include <string>

#include "base/result.h"
#include "store/sql/server_limits.h"

namespace cardea::store {

// What a failure of a statement means.
struct Trouble {
  enum class Kind {
    again,      // the transaction lost a race or was chosen as a deadlock's victim: nothing of it is written
    duplicate,  // the same, because another one has inserted the row
    lost,       // the connection is gone
    other       // the transaction has failed, the connection goes on
  };
  Kind kind = Kind::other;
  base::Error error;  // of `other`, and for the caller when trying again does not help; names no value
};

// One connection to a database server, with our settings. One thread at a time.
class ServerSession {
 public:
  virtual ~ServerSession() = default;
  virtual soci::session& soci() = 0;
  virtual Trouble trouble_of(const soci::soci_error& error) = 0;
  // Whether a COMMIT now would commit: a transaction that has failed is rolled back by it instead.
  virtual bool can_commit() = 0;
  // The file descriptor of the connection. Only to shut it down, from any thread.
  virtual int socket() = 0;
  // From now on wait_for_news() hears what Dialect::tell_news says on other connections. False: there is no such thing.
  virtual bool listen() { return false; }
  // Whether there was anything within `longest`.
  virtual bool wait_for_news(std::chrono::milliseconds longest) {
    (void)longest;
    return false;
  }
};

// Makes the sessions of one database. Safe from any thread.
class ServerEngine {
 public:
  virtual ~ServerEngine() = default;
  // Takes two seconds at most for each address of the server. unavailable, or invalid: the settings are wrong.
  virtual base::Result<std::unique_ptr<ServerSession>> connect() const = 0;
  // "host:port/database", for people.
  virtual std::string place() const = 0;
};

}  // namespace cardea::store
