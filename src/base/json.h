#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace cardea::base {

namespace json = boost::json;

// Parses one JSON text: UTF-8 only, at most 32 levels deep, nothing after it, no duplicate members kept silently
// (the last wins, as ECMAScript does). invalid: says what and where. The caller bounds the size.
Result<json::value> parse_json(std::string_view text);

// Reads of an optional member; absent, null and another type all give the fallback.
std::optional<std::string_view> get_string(const json::object& object, std::string_view name);
std::string get_string_or(const json::object& object, std::string_view name, std::string_view fallback = "");
bool get_bool_or(const json::object& object, std::string_view name, bool fallback);
std::int64_t get_int_or(const json::object& object, std::string_view name, std::int64_t fallback);
// Strings of an array; members that are no strings are left out.
std::vector<std::string> get_strings(const json::object& object, std::string_view name);
// nullptr when absent or not an object.
const json::object* get_object(const json::object& object, std::string_view name);

json::array to_json_array(const std::vector<std::string>& strings);

}  // namespace cardea::base
