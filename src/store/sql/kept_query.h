#pragma once

#include <soci/soci.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <tuple>
#include <utility>

namespace cardea::store {

// What a parameter of type long long takes of a number that may be larger.
inline long long clamped(std::uint64_t number) {
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<long long>::max());
  return static_cast<long long>(std::min(number, kMost));
}

// A statement that is prepared once and lives as long as its session, with its parameters and its columns as members:
// preparing costs three times as much as running. Parameters and columns are std::string or long long, in the order of
// the text; columns must not be NULL. Throws soci::soci_error.
template <class Parameters, class Columns>
class KeptQuery;

template <class... P, class... C>
class KeptQuery<std::tuple<P...>, std::tuple<C...>> {
 public:
  KeptQuery(soci::session& session, const std::string& sql) : statement_(session) {
    std::apply([&](auto&... value) { (statement_.exchange(soci::use(value)), ...); }, parameters_);
    std::apply([&](auto&... value) { (statement_.exchange(soci::into(value)), ...); }, columns_);
    statement_.alloc();
    statement_.prepare(sql);
    statement_.define_and_bind();
  }
  KeptQuery(const KeptQuery&) = delete;
  KeptQuery& operator=(const KeptQuery&) = delete;

  // Calls `row` with the columns of each row; it may move them out. Always runs to the end, since a statement that is
  // still open keeps the write-ahead log from being checkpointed.
  template <class Row, class... Arguments>
  void each(Row row, Arguments&&... arguments) {
    set(std::forward<Arguments>(arguments)...);
    statement_.execute(false);
    while (statement_.fetch()) std::apply(row, columns_);
  }

  // The same for a statement without result. Gives how many rows it touched.
  template <class... Arguments>
  long long run(Arguments&&... arguments) {
    set(std::forward<Arguments>(arguments)...);
    statement_.execute(true);
    return statement_.get_affected_rows();
  }

 private:
  template <class... Arguments>
  void set(Arguments&&... arguments) {
    static_assert(sizeof...(Arguments) == sizeof...(P));
    set_each(std::index_sequence_for<P...>{}, std::forward<Arguments>(arguments)...);
  }
  template <std::size_t... I, class... Arguments>
  void set_each(std::index_sequence<I...>, Arguments&&... arguments) {
    ((std::get<I>(parameters_) = std::forward<Arguments>(arguments)), ...);
  }

  std::tuple<P...> parameters_;
  std::tuple<C...> columns_;
  soci::statement statement_;
};

}  // namespace cardea::store
