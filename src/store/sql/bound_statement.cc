#include "store/sql/bound_statement.h"

#include <algorithm>
#include <cctype>

namespace cardea::store {

using namespace soci::details;

long long BoundPlace::number() const {
  return type == x_integer ? *static_cast<int*>(data) : *static_cast<long long*>(data);
}

void BoundPlace::set_number(long long number) const {
  if (type == x_integer)
    *static_cast<int*>(data) = static_cast<int>(number);
  else
    *static_cast<long long*>(data) = number;
}

class BoundStatement::Column final : public standard_into_type_backend {
 public:
  explicit Column(BoundStatement& statement) : statement_(statement) {}
  void define_by_pos(int& position, void* data, exchange_type type) override {
    put(statement_.columns_, position, data, type);
  }
  void pre_fetch() override {}
  void post_fetch(bool, bool, soci::indicator* indicator) override {
    if (indicator != nullptr) *indicator = soci::i_ok;
  }
  void clean_up() override {}

 private:
  BoundStatement& statement_;
};

class BoundStatement::Parameter final : public standard_use_type_backend {
 public:
  explicit Parameter(BoundStatement& statement) : statement_(statement) {}
  void bind_by_pos(int& position, void* data, exchange_type type, bool) override {
    put(statement_.parameters_, position, data, type);
  }
  void bind_by_name(const std::string&, void*, exchange_type, bool) override { not_supported(); }
  void pre_use(const soci::indicator*) override {}
  void post_use(bool, soci::indicator*) override {}
  void clean_up() override {}

 private:
  BoundStatement& statement_;
};

void BoundStatement::not_supported() { throw soci::soci_error("not supported by this backend"); }

void BoundStatement::put(std::vector<BoundPlace>& places, int& position, void* data, exchange_type type) {
  if (type != x_stdstring && type != x_integer && type != x_long_long) not_supported();
  places.resize(std::max(places.size(), static_cast<std::size_t>(position)));
  places[static_cast<std::size_t>(position - 1)] = {data, type};
  ++position;
}

standard_into_type_backend* BoundStatement::make_into_type_backend() { return new Column(*this); }
standard_use_type_backend* BoundStatement::make_use_type_backend() { return new Parameter(*this); }

namespace {

std::size_t end_of_quoted(const std::string& sql, std::size_t begin) {
  for (auto at = begin + 1; at < sql.size(); ++at) {
    if (sql[at] != sql[begin]) continue;
    if (at + 1 == sql.size() || sql[at + 1] != sql[begin]) return at + 1;
    ++at;
  }
  return sql.size();
}

bool in_parameter_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

}  // namespace

std::string rewrite_text(const std::string& sql, const std::function<std::string()>& parameter,
                         const std::function<std::string(std::string)>& quoted) {
  std::string out;
  for (std::size_t at = 0; at < sql.size();) {
    const char c = sql[at];
    if (c == '\'' || c == '"') {
      const auto end = end_of_quoted(sql, at);
      out += quoted(sql.substr(at, end - at));
      at = end;
    } else if (sql.compare(at, 2, "::") == 0) {
      out += "::";
      at += 2;
    } else if (c == ':' && at + 1 < sql.size() && in_parameter_name(sql[at + 1])) {
      out += parameter();
      do ++at;
      while (at < sql.size() && in_parameter_name(sql[at]));
    } else {
      out += c;
      ++at;
    }
  }
  return out;
}

}  // namespace cardea::store
