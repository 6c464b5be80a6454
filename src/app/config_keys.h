#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "app/config.h"

namespace cardea::app {

// One setting: its name, what it means, and how a value in text form gets into Config.
struct ConfigKey {
  std::string_view name;     // "listen.http"
  std::string_view example;  // as TOML
  std::string_view meaning;
  bool secret = false;  // may also come from a file: CARDEA_…_FILE
  // Returns what is wrong with the value; "" when nothing is. Lists come as their items, everything else as one.
  std::function<std::string(Config&, const std::vector<std::string>&)> set;
};

const std::vector<ConfigKey>& config_keys();

}  // namespace cardea::app
