#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cardea::app {

// The candidate with the fewest edits (Levenshtein) from `name`; "" when even the nearest is far off.
std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace cardea::app
