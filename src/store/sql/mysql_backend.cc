#include "store/sql/mysql_backend.h"

#include <algorithm>
#include <cctype>
#include <new>
#include <stdexcept>
#include <vector>

namespace cardea::store {
namespace {

using soci::details::exchange_type;
using soci::details::statement_backend;

[[noreturn]] void not_supported() { throw soci::soci_error("not supported by this backend"); }

struct StatementCloser {
  void operator()(MYSQL_STMT* statement) const { mysql_stmt_close(statement); }
};

// Where a parameter or a column lives.
struct Place {
  void* data = nullptr;
  exchange_type type = soci::details::x_stdstring;

  std::string& text() const { return *static_cast<std::string*>(data); }
};

class Statement final : public statement_backend {
 public:
  explicit Statement(MysqlBackend& backend) : backend_(backend) {}

  void alloc() override {}
  void clean_up() override { statement_.reset(); }
  void prepare(const std::string& query, soci::details::statement_type) override;
  exec_fetch_result execute(int number) override;
  exec_fetch_result fetch(int number) override;
  long long get_affected_rows() override { return affected_; }
  int get_number_of_rows() override { return 1; }
  std::string get_parameter_name(int) const override { return "?"; }  // for what(), which nobody shows
  std::string rewrite_for_procedure_call(const std::string&) override { not_supported(); }
  int prepare_for_describe() override { not_supported(); }
  void describe_column(int, soci::data_type&, std::string&) override { not_supported(); }
  soci::details::standard_into_type_backend* make_into_type_backend() override;
  soci::details::standard_use_type_backend* make_use_type_backend() override;
  soci::details::vector_into_type_backend* make_vector_into_type_backend() override { not_supported(); }
  soci::details::vector_use_type_backend* make_vector_use_type_backend() override { not_supported(); }

  static void put(std::vector<Place>& places, int& position, void* data, exchange_type type);
  std::vector<Place>& parameters() { return parameters_; }
  std::vector<Place>& columns() { return columns_; }

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
  std::vector<Place> parameters_, columns_;
  std::vector<MYSQL_BIND> parameter_binds_, column_binds_;
  std::vector<long long> numbers_;
  std::vector<unsigned long> lengths_;
  long long affected_ = 0;
};

class Column final : public soci::details::standard_into_type_backend {
 public:
  explicit Column(Statement& statement) : statement_(statement) {}
  void define_by_pos(int& position, void* data, exchange_type type) override {
    Statement::put(statement_.columns(), position, data, type);
  }
  void pre_fetch() override {}
  void post_fetch(bool, bool, soci::indicator* indicator) override {
    if (indicator != nullptr) *indicator = soci::i_ok;
  }
  void clean_up() override {}

 private:
  Statement& statement_;
};

class Parameter final : public soci::details::standard_use_type_backend {
 public:
  explicit Parameter(Statement& statement) : statement_(statement) {}
  void bind_by_pos(int& position, void* data, exchange_type type, bool) override {
    Statement::put(statement_.parameters(), position, data, type);
  }
  void bind_by_name(const std::string&, void*, exchange_type, bool) override { not_supported(); }
  void pre_use(const soci::indicator*) override {}
  void post_use(bool, soci::indicator*) override {}
  void clean_up() override {}

 private:
  Statement& statement_;
};

void Statement::put(std::vector<Place>& places, int& position, void* data, exchange_type type) {
  using namespace soci::details;
  if (type != x_stdstring && type != x_integer && type != x_long_long) not_supported();
  places.resize(std::max(places.size(), static_cast<std::size_t>(position)));
  places[static_cast<std::size_t>(position - 1)] = {data, type};
  ++position;
}

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
  if (parameters_.size() != mysql_stmt_param_count(statement_.get()))
    throw std::logic_error("a statement with other parameters than its text");
  parameter_binds_.assign(parameters_.size(), MYSQL_BIND{});
  numbers_.assign(parameters_.size(), 0);
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    auto& bind = parameter_binds_[i];
    const auto& place = parameters_[i];
    if (place.type == soci::details::x_stdstring) {
      bind.buffer_type = MYSQL_TYPE_STRING;
      bind.buffer = place.text().data();
      bind.buffer_length = place.text().size();
    } else {
      numbers_[i] = place.type == soci::details::x_integer ? *static_cast<int*>(place.data)
                                                           : *static_cast<long long*>(place.data);
      bind.buffer_type = MYSQL_TYPE_LONGLONG;
      bind.buffer = &numbers_[i];
    }
  }
  if (parameters_.empty()) return;
  if (mysql_stmt_bind_param(statement_.get(), parameter_binds_.data()) != 0) failed();
}

// Texts have no room at first: their lengths come with the row, and then they are fetched into the string itself.
void Statement::bind_columns() {
  if (columns_.size() != mysql_stmt_field_count(statement_.get()))
    throw std::logic_error("a statement with other columns than its text");
  column_binds_.assign(columns_.size(), MYSQL_BIND{});
  numbers_.assign(columns_.size(), 0);
  lengths_.assign(columns_.size(), 0);
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    auto& bind = column_binds_[i];
    const bool text = columns_[i].type == soci::details::x_stdstring;
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
  if (columns_.empty()) {
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
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const auto& place = columns_[i];
    if (place.type == soci::details::x_integer) *static_cast<int*>(place.data) = static_cast<int>(numbers_[i]);
    if (place.type == soci::details::x_long_long) *static_cast<long long*>(place.data) = numbers_[i];
    if (place.type != soci::details::x_stdstring) continue;
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

soci::details::standard_into_type_backend* Statement::make_into_type_backend() { return new Column(*this); }
soci::details::standard_use_type_backend* Statement::make_use_type_backend() { return new Parameter(*this); }

// What ends at `begin`'s own character; two of them are one that belongs to the text.
std::size_t end_of_quoted(const std::string& sql, std::size_t begin) {
  for (auto at = begin + 1; at < sql.size(); ++at) {
    if (sql[at] != sql[begin]) continue;
    if (at + 1 == sql.size() || sql[at + 1] != sql[begin]) return at + 1;
    ++at;
  }
  return sql.size();
}

bool in_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

}  // namespace

std::string mysql_text(const std::string& sql) {
  std::string out;
  for (std::size_t at = 0; at < sql.size();) {
    const char c = sql[at];
    if (c == '\'' || c == '"') {
      const auto end = end_of_quoted(sql, at);
      auto quoted = sql.substr(at, end - at);
      if (c == '"') std::ranges::replace(quoted, '"', '`');
      out += quoted;
      at = end;
    } else if (c == ':' && at + 1 < sql.size() && in_name(sql[at + 1])) {
      out += '?';
      do ++at;
      while (at < sql.size() && in_name(sql[at]));
    } else {
      out += c;
      ++at;
    }
  }
  return out;
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
soci::details::rowid_backend* MysqlBackend::make_rowid_backend() { not_supported(); }
soci::details::blob_backend* MysqlBackend::make_blob_backend() { not_supported(); }

}  // namespace cardea::store
