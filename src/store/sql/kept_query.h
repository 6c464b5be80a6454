#pragma once

#include <soci/soci.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "store/sql/sql_link.h"

namespace cardea::store {

// What a parameter of type long long takes of a number that may be larger.
inline long long clamped(std::uint64_t number) {
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<long long>::max());
  return static_cast<long long>(std::min(number, kMost));
}

// The parameters of a statement that has so many of them that no type can name each.
using Cell = std::variant<long long, std::string>;
using Cells = std::vector<Cell>;

// A statement that is prepared at its first use and lives as long as its session, with its parameters and its columns
// as members: preparing costs three times as much as running. Parameters and columns are std::string or long long, in
// the order of the text; columns must not be NULL. `Parameters` is a tuple of them, or Cells, of which each call gives
// as many of the same types. Throws soci::soci_error, and NotStorable for a parameter.
template <class Parameters, class Columns>
class KeptQuery;

template <class Parameters, class... C>
class KeptQuery<Parameters, std::tuple<C...>> {
 public:
  KeptQuery(const SqlLink& link, std::string sql) : link_(link), sql_(std::move(sql)) {}
  KeptQuery(const KeptQuery&) = delete;
  KeptQuery& operator=(const KeptQuery&) = delete;

  // Calls `row` with the columns of each row; it may move them out. Always runs to the end, since a statement that is
  // still open keeps the write-ahead log from being checkpointed.
  template <class Row, class... Arguments>
  void each(Row row, Arguments&&... arguments) {
    set(std::forward<Arguments>(arguments)...);
    const Running running(*this);
    auto& statement = prepared();
    try {
      statement.execute(false);
      while (statement.fetch()) std::apply(row, columns_);
    } catch (const soci::soci_error&) {
      bind_again();
      throw;
    }
  }

  // The same for a statement without result. Gives how many rows it touched.
  template <class... Arguments>
  long long run(Arguments&&... arguments) {
    set(std::forward<Arguments>(arguments)...);
    const Running running(*this);
    auto& statement = prepared();
    try {
      statement.execute(true);
    } catch (const soci::soci_error&) {
      bind_again();
      throw;
    }
    return statement.get_affected_rows();
  }

 private:
  struct Running {
    explicit Running(KeptQuery& query) : of(query) { of.link_.watch.begin(); }
    ~Running() { of.link_.watch.end(of.sql_); }
    KeptQuery& of;
  };

  soci::statement& prepared() {
    if (statement_) return *statement_;
    soci::statement statement(link_.session);
    each_of(parameters_, [&](auto& value) { statement.exchange(soci::use(value)); });
    std::apply([&](auto&... value) { (statement.exchange(soci::into(value)), ...); }, columns_);
    statement.alloc();
    statement.prepare(sql_);
    statement.define_and_bind();
    return statement_.emplace(std::move(statement));
  }

  // A statement that fails forgets to free the parameters that SOCI has copied.
  void bind_again() {
    statement_->undefine_and_bind();
    statement_->define_and_bind();
  }

  template <class... Arguments>
  void set(Arguments&&... arguments) {
    set_each(parameters_, std::forward<Arguments>(arguments)...);
    bool storable = true;
    if (!link_.dialect.nul_in_text)
      each_of(parameters_, [&](const auto& value) { storable = storable && !holds_nul(value); });
    if (!storable) throw NotStorable();
  }
  template <class... P, class... Arguments>
  static void set_each(std::tuple<P...>& parameters, Arguments&&... arguments) {
    static_assert(sizeof...(Arguments) == sizeof...(P));
    std::apply([&](auto&... parameter) { ((parameter = std::forward<Arguments>(arguments)), ...); }, parameters);
  }
  // The statement keeps the addresses, and a variant that stays of its type keeps them too.
  static void set_each(Cells& parameters, std::span<Cell> arguments) {
    parameters.resize(arguments.size());
    std::ranges::move(arguments, parameters.begin());
  }
  template <class... P, class Use>
  static void each_of(std::tuple<P...>& parameters, Use use) {
    std::apply([&](auto&... parameter) { (use(parameter), ...); }, parameters);
  }
  template <class Use>
  static void each_of(Cells& parameters, Use use) {
    for (auto& parameter : parameters) std::visit(use, parameter);
  }
  static bool holds_nul(long long) { return false; }
  static bool holds_nul(const std::string& text) { return text.find('\0') != std::string::npos; }

  const SqlLink link_;
  const std::string sql_;
  Parameters parameters_;
  std::tuple<C...> columns_;
  std::optional<soci::statement> statement_;
};

}  // namespace cardea::store
