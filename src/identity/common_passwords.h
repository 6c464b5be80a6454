#pragma once

#include <string_view>

namespace cardea::identity {

// Whether `lower_case` is among the passwords that guessing starts with: the short list of words, rows of keys and
// names that every published count of leaked passwords has at its top, with the endings people put behind them.
bool is_common_password(std::string_view lower_case);

}  // namespace cardea::identity
