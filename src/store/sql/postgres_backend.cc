#include "store/sql/postgres_backend.h"

#include <poll.h>
#include <sys/socket.h>

#include <charconv>
#include <stdexcept>
#include <vector>

#include "store/sql/bound_statement.h"

namespace cardea::store {
namespace {

using soci::details::statement_backend;

long long number_in(std::string_view text) {
  long long out = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (wrong != std::errc{} || end != text.data() + text.size()) throw soci::soci_error("a column is not a number");
  return out;
}

class Statement final : public BoundStatement {
 public:
  explicit Statement(PostgresBackend& backend) : backend_(backend) {}

  void clean_up() override { answer_.reset(); }
  void prepare(const std::string& query, soci::details::statement_type type) override;
  exec_fetch_result execute(int number) override;
  exec_fetch_result fetch(int number) override;
  long long get_affected_rows() override;

 private:
  // Points into the parameters themselves and into numbers_.
  std::vector<const char*> values();
  PGresult* run(const std::vector<const char*>& values);
  void take_row();

  PostgresBackend& backend_;
  std::string sql_, name_;  // without a name it runs once
  std::vector<std::string> numbers_;
  PostgresResult answer_;
  int row_ = 0;
};

void Statement::prepare(const std::string& query, soci::details::statement_type type) {
  sql_ = postgres_text(query);
  if (type == soci::details::st_one_time_query) return;
  name_ = backend_.name_statement();
  backend_.checked(PQprepare(backend_.handle(), name_.c_str(), sql_.c_str(), 0, nullptr));
}

std::vector<const char*> Statement::values() {
  std::vector<const char*> out;
  numbers_.assign(parameters().size(), "");
  for (std::size_t i = 0; i < parameters().size(); ++i) {
    const auto& place = parameters()[i];
    if (place.type != soci::details::x_stdstring) {
      numbers_[i] = std::to_string(place.number());
      out.push_back(numbers_[i].c_str());
      continue;
    }
    // libpq would cut it there.
    if (place.text().find('\0') != std::string::npos) throw soci::soci_error("a text with the byte 0");
    out.push_back(place.text().c_str());
  }
  return out;
}

PGresult* Statement::run(const std::vector<const char*>& values) {
  const int count = static_cast<int>(values.size());
  if (!name_.empty())
    return PQexecPrepared(backend_.handle(), name_.c_str(), count, values.data(), nullptr, nullptr, 0);
  return PQexecParams(backend_.handle(), sql_.c_str(), count, nullptr, values.data(), nullptr, nullptr, 0);
}

statement_backend::exec_fetch_result Statement::execute(int number) {
  answer_.reset();
  answer_ = backend_.checked(run(values()));
  row_ = 0;
  if (columns().empty()) return ef_no_data;
  if (columns().size() != static_cast<std::size_t>(PQnfields(answer_.get())))
    throw std::logic_error("a statement with other columns than its text");
  return number > 0 ? fetch(number) : ef_success;
}

statement_backend::exec_fetch_result Statement::fetch(int) {
  if (row_ >= PQntuples(answer_.get())) return ef_no_data;
  take_row();
  ++row_;
  return ef_success;
}

void Statement::take_row() {
  for (std::size_t i = 0; i < columns().size(); ++i) {
    const int column = static_cast<int>(i);
    if (PQgetisnull(answer_.get(), row_, column) != 0) throw soci::soci_error("a column is NULL");
    const std::string_view value(PQgetvalue(answer_.get(), row_, column),
                                 static_cast<std::size_t>(PQgetlength(answer_.get(), row_, column)));
    const auto& place = columns()[i];
    if (place.type == soci::details::x_stdstring)
      place.text().assign(value);
    else
      place.set_number(number_in(value));
  }
}

long long Statement::get_affected_rows() {
  const std::string_view count = PQcmdTuples(answer_.get());
  return count.empty() ? 0 : number_in(count);
}

}  // namespace

std::string postgres_text(const std::string& sql) {
  int number = 0;
  return rewrite_text(sql, [&] { return '$' + std::to_string(++number); }, [](std::string quoted) { return quoted; });
}

PostgresResult PostgresBackend::checked(PGresult* answer) {
  PostgresResult result(answer);
  if (result == nullptr) throw PostgresError("", PQerrorMessage(handle_.get()));
  const auto status = PQresultStatus(result.get());
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY) return result;
  const char* state = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
  throw PostgresError(state == nullptr ? "" : state, PQresultErrorMessage(result.get()));
}

void PostgresBackend::await_answer(std::chrono::milliseconds patience) {
  while (PQisBusy(handle_.get()) != 0) {
    pollfd waiting{.fd = PQsocket(handle_.get()), .events = POLLIN, .revents = 0};
    const bool silent = waiting.fd >= 0 && ::poll(&waiting, 1, static_cast<int>(patience.count())) == 0;
    if (silent) ::shutdown(waiting.fd, SHUT_RDWR);
    const bool read = PQconsumeInput(handle_.get()) != 0;
    if (silent) throw PostgresError("", "the server does not answer");
    if (!read) throw PostgresError("", PQerrorMessage(handle_.get()));
  }
}

void PostgresBackend::run_within(std::chrono::milliseconds patience, const std::string& sql) {
  if (PQsendQuery(handle_.get(), sql.c_str()) == 0) throw PostgresError("", PQerrorMessage(handle_.get()));
  PostgresResult last;
  for (;;) {
    await_answer(patience);
    PostgresResult next(PQgetResult(handle_.get()));
    if (next == nullptr) break;
    last = std::move(next);
  }
  checked(last.release());
}

soci::details::statement_backend* PostgresBackend::make_statement_backend() { return new Statement(*this); }
soci::details::rowid_backend* PostgresBackend::make_rowid_backend() { BoundStatement::not_supported(); }
soci::details::blob_backend* PostgresBackend::make_blob_backend() { BoundStatement::not_supported(); }

}  // namespace cardea::store
