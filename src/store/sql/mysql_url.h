#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace cardea::store {

// As the `--ssl-mode` of MySQL's own programs.
enum class MysqlTls {
  disabled,
  preferred,       // when the server offers it; the certificate is not looked at
  required,        // the same, and never without
  verify_ca,       // signed by `ca`
  verify_identity  // and made out to the name that we call
};

// What a URL says about a server of MySQL or MariaDB.
struct MysqlTarget {
  struct Host {
    std::string name;
    unsigned port = 3306;
  };

  std::vector<Host> hosts;  // tried in turn; of `socket` one that is not used
  std::string socket;       // a file; empty: TCP
  std::string user, password, database;
  MysqlTls tls = MysqlTls::preferred;
  std::string ca, certificate, key;  // files, PEM
  unsigned connect_timeout = 2;      // seconds, for each host

  // "host:port,host:port/database", for people.
  std::string place() const;
};

// "mysql://user:password@host:port,host:port/database?…" with the options ssl-mode, ssl-ca, ssl-cert, ssl-key,
// connect_timeout (1 to 60) and socket; all percent-encoded where needed. invalid: it is none. The text, which holds
// the password, is never in an error.
base::Result<MysqlTarget> parse_mysql_url(std::string_view url);

}  // namespace cardea::store
