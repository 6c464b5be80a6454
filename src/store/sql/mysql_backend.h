#pragma once

#include <mysql.h>
#include <soci/soci.h>

#include <memory>
#include <string>

namespace cardea::store {

// A failure that the server or the client library of MySQL and MariaDB reports.
class MysqlError final : public soci::soci_error {
 public:
  // `message` may quote values, as the server's do: see mysql_reason().
  MysqlError(unsigned code, std::string state, const std::string& message)
      : soci_error(message), code_(code), state_(std::move(state)) {}

  unsigned code() const { return code_; }  // 2000 to 2999: of the client library
  const std::string& sqlstate() const { return state_; }

 private:
  unsigned code_;
  std::string state_;
};

struct MysqlCloser {
  void operator()(MYSQL* handle) const { mysql_close(handle); }
};
using MysqlHandle = std::unique_ptr<MYSQL, MysqlCloser>;

// A backend for SOCI on the prepared statements of the client library: values travel in binary form beside the text of
// a statement and never in it. SOCI's own one writes them into the text. Parameters and columns are std::string, int or
// long long and never NULL; names in "double quotes" are taken as the standard has them. One thread at a time.
class MysqlBackend final : public soci::details::session_backend {
 public:
  // An open connection.
  explicit MysqlBackend(MysqlHandle handle) : handle_(std::move(handle)) {}

  MYSQL* handle() { return handle_.get(); }
  // Whether a transaction is open and nothing in it has failed.
  bool can_commit() const { return open_ && !failed_; }

  // Before anything runs. After a failure the server goes on as if nothing had happened, or, after a deadlock, without
  // a transaction at all: only a ROLLBACK is let through. Throws MysqlError.
  void before(const std::string& sql) const;
  // Throws it as a MysqlError.
  [[noreturn]] void failed(unsigned code, const char* state, const char* message);
  // Runs a text without parameters and results.
  void run(const std::string& sql);
  unsigned long long affected() { return mysql_affected_rows(handle_.get()); }

  bool is_connected() override { return mysql_ping(handle_.get()) == 0; }
  void begin() override { run("START TRANSACTION"); }
  void commit() override { run("COMMIT"); }
  void rollback() override { run("ROLLBACK"); }
  std::string get_dummy_from_table() const override { return "dual"; }
  std::string get_backend_name() const override { return "mysql"; }
  soci::details::statement_backend* make_statement_backend() override;
  soci::details::rowid_backend* make_rowid_backend() override;
  soci::details::blob_backend* make_blob_backend() override;

 private:
  MysqlHandle handle_;
  bool open_ = false;
  bool failed_ = false;
};

// The statement as MySQL wants it: "?" for each :name, `name` for each "name". Texts in 'quotes' stay as they are.
std::string mysql_text(const std::string& sql);

}  // namespace cardea::store
