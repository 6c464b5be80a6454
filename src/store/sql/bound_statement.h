#pragma once

#include <soci/soci.h>

#include <functional>
#include <string>
#include <vector>

namespace cardea::store {

// Where a parameter or a column lives.
struct BoundPlace {
  void* data = nullptr;
  soci::details::exchange_type type = soci::details::x_stdstring;

  std::string& text() const { return *static_cast<std::string*>(data); }
  // Of a type that is no text.
  long long number() const;
  void set_number(long long number) const;
};

// What the statements of our own backends for SOCI share: parameters and columns are std::string, int or long long,
// bound by their position. Everything else throws soci::soci_error.
class BoundStatement : public soci::details::statement_backend {
 public:
  void alloc() override {}
  int get_number_of_rows() override { return 1; }
  std::string get_parameter_name(int) const override { return "?"; }  // for what(), which nobody shows
  std::string rewrite_for_procedure_call(const std::string&) override { not_supported(); }
  int prepare_for_describe() override { not_supported(); }
  void describe_column(int, soci::data_type&, std::string&) override { not_supported(); }
  soci::details::standard_into_type_backend* make_into_type_backend() override;
  soci::details::standard_use_type_backend* make_use_type_backend() override;
  soci::details::vector_into_type_backend* make_vector_into_type_backend() override { not_supported(); }
  soci::details::vector_use_type_backend* make_vector_use_type_backend() override { not_supported(); }

  [[noreturn]] static void not_supported();

 protected:
  const std::vector<BoundPlace>& parameters() const { return parameters_; }
  const std::vector<BoundPlace>& columns() const { return columns_; }

 private:
  class Column;
  class Parameter;
  static void put(std::vector<BoundPlace>& places, int& position, void* data, soci::details::exchange_type type);

  std::vector<BoundPlace> parameters_, columns_;
};

// The text of a statement with what the engine writes in place of each ":name" and of each part in quotes, which are of
// one kind and may be in it twice for once. "::" is no parameter.
std::string rewrite_text(const std::string& sql, const std::function<std::string()>& parameter,
                         const std::function<std::string(std::string)>& quoted);

}  // namespace cardea::store
