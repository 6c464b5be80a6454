#pragma once

#include <libpq-fe.h>
#include <soci/soci.h>

#include <chrono>
#include <memory>
#include <string>

namespace cardea::store {

// A failure that the server or libpq reports.
class PostgresError final : public soci::soci_error {
 public:
  // `message` may quote values, as the server's details do: see postgres_reason().
  PostgresError(std::string sqlstate, const std::string& message)
      : soci_error(message), sqlstate_(std::move(sqlstate)) {}

  // Five characters; empty when the server has not said it.
  const std::string& sqlstate() const { return sqlstate_; }

 private:
  std::string sqlstate_;
};

struct PostgresCloser {
  void operator()(PGconn* handle) const { PQfinish(handle); }
  void operator()(PGresult* result) const { PQclear(result); }
};
using PostgresHandle = std::unique_ptr<PGconn, PostgresCloser>;
using PostgresResult = std::unique_ptr<PGresult, PostgresCloser>;

// A backend for SOCI on libpq. SOCI's own one connects and says its first SET without a deadline and before anybody
// can have the socket. Parameters and columns are std::string, int or long long and never NULL. A prepared statement
// stays at the server until the connection ends. One thread at a time.
class PostgresBackend final : public soci::details::session_backend {
 public:
  // An open connection.
  explicit PostgresBackend(PostgresHandle handle) : handle_(std::move(handle)) {}

  PGconn* handle() { return handle_.get(); }
  // Gives what the server has answered; throws PostgresError when it is a failure, or none.
  PostgresResult checked(PGresult* answer);
  // The same for a short text without results; a server that says nothing for `patience` loses the connection.
  void run_within(std::chrono::milliseconds patience, const std::string& sql);
  std::string name_statement() { return "s" + std::to_string(++named_); }

  bool is_connected() override { return PQstatus(handle_.get()) == CONNECTION_OK; }
  void begin() override { checked(PQexec(handle_.get(), "BEGIN")); }
  void commit() override { checked(PQexec(handle_.get(), "COMMIT")); }
  void rollback() override { checked(PQexec(handle_.get(), "ROLLBACK")); }
  std::string get_dummy_from_table() const override { return ""; }
  std::string get_backend_name() const override { return "postgresql"; }
  soci::details::statement_backend* make_statement_backend() override;
  soci::details::rowid_backend* make_rowid_backend() override;
  soci::details::blob_backend* make_blob_backend() override;

 private:
  void await_answer(std::chrono::milliseconds patience);

  PostgresHandle handle_;
  unsigned long long named_ = 0;
};

// The statement as PostgreSQL wants it: $1, $2 … for each :name. Texts in 'quotes', names in "quotes" and casts with ::
// stay as they are.
std::string postgres_text(const std::string& sql);

}  // namespace cardea::store
