#include "store/sql/mysql_backend.h"

#include <algorithm>
#include <new>
#include <stdexcept>
#include <vector>

#include "store/sql/bound_statement.h"

namespace cardea::store {
namespace {

using soci::details::statement_backend;

struct StatementCloser {
  void operator()(MYSQL_STMT* statement) const { mysql_stmt_close(statement); }
};

class Statement final : public BoundStatement {
 public:
  explicit Statement(MysqlBackend& backend) : backend_(backend) {}

  void clean_up() override { statement_.reset(); }
  void prepare(const std::string& query, soci::details::statement_type) override;
  exec_fetch_result execute(int number) override;
  exec_fetch_result fetch(int number) override;
  long long get_affected_rows() override { return affected_; }

 private:
  [[noreturn]] void failed() {
    backend_.failed(mysql_stmt_errno(statement_.get()), mysql_stmt_sqlstate(statement_.get()),
                    mysql_stmt_error(statement_.get()));
  }
  void bind_parameters();
  void bind_columns();
  void take_row();

  MysqlBackend& backend_;
  std::string sql_;
  std::unique_ptr<MYSQL_STMT, StatementCloser> statement_;  // nullptr: runs as text
  std::vector<MYSQL_BIND> parameter_binds_, column_binds_;
  std::vector<long long> numbers_;
  std::vector<unsigned long> lengths_;
  long long affected_ = 0;
};

// BEGIN and ROLLBACK cannot be prepared on MySQL, and what runs once need not.
void Statement::prepare(const std::string& query, soci::details::statement_type) {
  sql_ = mysql_text(query);
  if (sql_.find('?') == std::string::npos && !sql_.starts_with("SELECT")) return;
  backend_.before(sql_);
  statement_.reset(mysql_stmt_init(backend_.handle()));
  if (statement_ == nullptr) throw std::bad_alloc();
  if (mysql_stmt_prepare(statement_.get(), sql_.data(), sql_.size()) != 0) failed();
}

void Statement::bind_parameters() {
  if (parameters().size() != mysql_stmt_param_count(statement_.get()))
    throw std::logic_error("a statement with other parameters than its text");
  parameter_binds_.assign(parameters().size(), MYSQL_BIND{});
  numbers_.assign(parameters().size(), 0);
  for (std::size_t i = 0; i < parameters().size(); ++i) {
    auto& bind = parameter_binds_[i];
    const auto& place = parameters()[i];
    if (place.type == soci::details::x_stdstring) {
      bind.buffer_type = MYSQL_TYPE_STRING;
      bind.buffer = place.text().data();
      bind.buffer_length = place.text().size();
    } else {
      numbers_[i] = place.number();
      bind.buffer_type = MYSQL_TYPE_LONGLONG;
      bind.buffer = &numbers_[i];
    }
  }
  if (parameters().empty()) return;
  if (mysql_stmt_bind_param(statement_.get(), parameter_binds_.data()) != 0) failed();
}

// Texts have no room at first: their lengths come with the row, and then they are fetched into the string itself.
void Statement::bind_columns() {
  if (columns().size() != mysql_stmt_field_count(statement_.get()))
    throw std::logic_error("a statement with other columns than its text");
  column_binds_.assign(columns().size(), MYSQL_BIND{});
  numbers_.assign(columns().size(), 0);
  lengths_.assign(columns().size(), 0);
  for (std::size_t i = 0; i < columns().size(); ++i) {
    auto& bind = column_binds_[i];
    const bool text = columns()[i].type == soci::details::x_stdstring;
    bind.buffer_type = text ? MYSQL_TYPE_STRING : MYSQL_TYPE_LONGLONG;
    bind.buffer = text ? nullptr : &numbers_[i];
    bind.length = &lengths_[i];
  }
  if (mysql_stmt_bind_result(statement_.get(), column_binds_.data()) != 0) failed();
}

statement_backend::exec_fetch_result Statement::execute(int number) {
  backend_.before(sql_);
  if (statement_ == nullptr) {
    backend_.run(sql_);
    affected_ = static_cast<long long>(backend_.affected());
    return ef_no_data;
  }
  mysql_stmt_free_result(statement_.get());
  bind_parameters();
  if (mysql_stmt_execute(statement_.get()) != 0) failed();
  if (columns().empty()) {
    affected_ = static_cast<long long>(mysql_stmt_affected_rows(statement_.get()));
    return ef_no_data;
  }
  bind_columns();
  if (mysql_stmt_store_result(statement_.get()) != 0) failed();
  return number > 0 ? fetch(number) : ef_success;
}

statement_backend::exec_fetch_result Statement::fetch(int) {
  const int got = mysql_stmt_fetch(statement_.get());
  if (got == MYSQL_NO_DATA) {
    mysql_stmt_free_result(statement_.get());
    return ef_no_data;
  }
  if (got != 0 && got != MYSQL_DATA_TRUNCATED) failed();
  take_row();
  return ef_success;
}

void Statement::take_row() {
  for (std::size_t i = 0; i < columns().size(); ++i) {
    const auto& place = columns()[i];
    if (place.type != soci::details::x_stdstring) {
      place.set_number(numbers_[i]);
      continue;
    }
    auto& text = place.text();
    text.resize(lengths_[i]);
    if (text.empty()) continue;
    MYSQL_BIND bind{};
    bind.buffer_type = MYSQL_TYPE_STRING;
    bind.buffer = text.data();
    bind.buffer_length = text.size();
    bind.length = &lengths_[i];
    if (mysql_stmt_fetch_column(statement_.get(), &bind, static_cast<unsigned>(i), 0) != 0) failed();
  }
}

}  // namespace

std::string mysql_text(const std::string& sql) {
  return rewrite_text(
      sql, [] { return "?"; },
      [](std::string quoted) {
        if (quoted.front() == '"') std::ranges::replace(quoted, '"', '`');
        return quoted;
      });
}

void MysqlBackend::before(const std::string& sql) const {
  if (failed_ && sql != "ROLLBACK") throw MysqlError(0, "25000", "a statement of this transaction has failed before");
}

void MysqlBackend::failed(unsigned code, const char* state, const char* message) {
  failed_ = open_;
  throw MysqlError(code, state, message);
}

void MysqlBackend::run(const std::string& sql) {
  auto* handle = handle_.get();
  if (mysql_real_query(handle, sql.data(), sql.size()) != 0)
    failed(mysql_errno(handle), mysql_sqlstate(handle), mysql_error(handle));
  if (mysql_field_count(handle) != 0) {
    if (auto* result = mysql_store_result(handle)) mysql_free_result(result);
    throw std::logic_error("a text with a result");
  }
  if (sql.starts_with("START TRANSACTION")) open_ = true;
  if (sql == "COMMIT" || sql == "ROLLBACK") open_ = failed_ = false;
}

soci::details::statement_backend* MysqlBackend::make_statement_backend() { return new Statement(*this); }
soci::details::rowid_backend* MysqlBackend::make_rowid_backend() { BoundStatement::not_supported(); }
soci::details::blob_backend* MysqlBackend::make_blob_backend() { BoundStatement::not_supported(); }

}  // namespace cardea::store
