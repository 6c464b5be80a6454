#pragma once

#include <soci/soci.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "store/sql/sql_link.h"

namespace cardea::store {

// What a parameter of type long long takes of a number that may be larger.
inline long long clamped(std::uint64_t number) {
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<long long>::max());
  return static_cast<long long>(std::min(number, kMost));
}

// A statement that is prepared at its first use and lives as long as its session, with its parameters and its columns
// as members: preparing costs three times as much as running. Parameters and columns are std::string or long long, in
// the order of the text; columns must not be NULL. Throws soci::soci_error, and NotStorable for a parameter.
template <class Parameters, class Columns>
class KeptQuery;

template <class... P, class... C>
class KeptQuery<std::tuple<P...>, std::tuple<C...>> {
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
    std::apply([&](auto&... value) { (statement.exchange(soci::use(value)), ...); }, parameters_);
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
    static_assert(sizeof...(Arguments) == sizeof...(P));
    set_each(std::index_sequence_for<P...>{}, std::forward<Arguments>(arguments)...);
  }
  template <std::size_t... I, class... Arguments>
  void set_each(std::index_sequence<I...>, Arguments&&... arguments) {
    ((std::get<I>(parameters_) = std::forward<Arguments>(arguments)), ...);
    if (!link_.dialect.nul_in_text && (holds_nul(std::get<I>(parameters_)) || ...)) throw NotStorable();
  }
  static bool holds_nul(long long) { return false; }
  static bool holds_nul(const std::string& text) { return text.find('\0') != std::string::npos; }

  const SqlLink link_;
  const std::string sql_;
  std::tuple<P...> parameters_;
  std::tuple<C...> columns_;
  std::optional<soci::statement> statement_;
};

}  // namespace cardea::store
