#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace cardea::oauth {

// Writes one JSON object straight into text: tokens are made tens of thousands of times a second, and a tree of values
// would cost more than an ES256 signature's share of the time. Texts must be UTF-8. The caller repeats no name.
class ClaimsWriter {
 public:
  explicit ClaimsWriter(std::size_t expected_size = 512);

  void text(std::string_view name, std::string_view value);
  void number(std::string_view name, std::int64_t value);
  void flag(std::string_view name, bool value);
  void texts(std::string_view name, const std::vector<std::string>& values);
  void value(std::string_view name, const base::json::value& value);

  // Members that `replaced` has are passed over from now on: they come from elsewhere. nullptr: none. It must stay
  // alive.
  void pass_over(const base::json::object* replaced) { replaced_ = replaced; }

  // The object; the writer is spent.
  std::string finish() &&;

 private:
  // False when the member is to be passed over.
  bool name(std::string_view name);
  void quoted(std::string_view text);

  std::string out_;
  const base::json::object* replaced_ = nullptr;
};

}  // namespace cardea::oauth
