#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/percent.h"
#include "base/result.h"

namespace cardea::http {

using base::form_encode;
using base::percent_decode;
using base::percent_encode;

// The pairs of an application/x-www-form-urlencoded body or of a query string, decoded, in their order.
class Form {
 public:
  static constexpr std::size_t kMaxPairs = 1000;
  static constexpr std::size_t kMaxBytes = std::size_t{1} << 20;

  Form() = default;

  // Strict: '%' needs two hex digits, '+' is a space, names and values are UTF-8 without NUL. "a" is "a=", empty pieces
  // ("a=1&&b=2") are skipped. invalid: one of these rules, more than kMaxPairs pairs or kMaxBytes bytes, or a pair
  // without a name ("=x").
  static base::Result<Form> parse(std::string_view text);

  // The first value of that name; names compare exactly. Views live as long as the form is not changed.
  std::optional<std::string_view> get(std::string_view name) const;
  // As get, "" when absent: OAuth treats a parameter without a value as omitted (RFC 6749 §3.1).
  std::string_view get_or_empty(std::string_view name) const { return get(name).value_or(std::string_view()); }
  std::vector<std::string_view> all(std::string_view name) const;
  bool has(std::string_view name) const { return get(name).has_value(); }
  bool repeated(std::string_view name) const;
  // The first name that occurs twice: OAuth refuses such requests (RFC 6749 §3.1).
  std::optional<std::string> first_repeated() const;

  void add(std::string name, std::string value) { pairs_.emplace_back(std::move(name), std::move(value)); }
  const std::vector<base::QueryPair>& pairs() const { return pairs_; }
  bool empty() const { return pairs_.empty(); }
  std::string encode() const { return form_encode(pairs_); }

 private:
  std::vector<base::QueryPair> pairs_;
};

}  // namespace cardea::http
