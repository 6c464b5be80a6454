#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/percent.h"

namespace cardea::oauth {

// The parameters of one protocol request, decoded from a query, a form or a JSON body. Unknown ones are kept and
// ignored (Authentication API reference §1).
class Parameters {
 public:
  Parameters() = default;
  explicit Parameters(std::vector<base::QueryPair> pairs) : pairs_(std::move(pairs)) {}
  // Of a JSON body: texts as they are, numbers and booleans as text, arrays of texts joined by spaces ("scope");
  // everything else is left out.
  static Parameters from_json(const base::json::object& body);

  // "" when absent: a parameter without a value counts as omitted (RFC 6749 §3.1). Views live as long as this.
  std::string_view get(std::string_view name) const;
  bool has(std::string_view name) const { return !get(name).empty(); }
  // The first name that occurs twice, which makes the request invalid (RFC 6749 §3.1, §3.2).
  std::optional<std::string> repeated() const;

  const std::vector<base::QueryPair>& pairs() const { return pairs_; }

 private:
  std::vector<base::QueryPair> pairs_;
};

}  // namespace cardea::oauth
