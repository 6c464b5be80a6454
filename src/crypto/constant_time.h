#pragma once

#include <string_view>

namespace cardea::crypto {

// Compares secrets: the time depends on the lengths only, never on where the contents differ.
bool equal_constant_time(std::string_view a, std::string_view b);

}  // namespace cardea::crypto
