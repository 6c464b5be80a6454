#include "base/json.h"

namespace cardea::base {

Result<json::value> parse_json(std::string_view text) {
  json::parse_options options;
  options.max_depth = 32;
  boost::system::error_code error;
  json::value value = json::parse(text, error, {}, options);
  if (error) return fail(Errc::invalid, "not JSON: " + error.message());
  return value;
}

std::optional<std::string_view> get_string(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string_view(value->get_string());
}

std::string get_string_or(const json::object& object, std::string_view name, std::string_view fallback) {
  return std::string(get_string(object, name).value_or(fallback));
}

bool get_bool_or(const json::object& object, std::string_view name, bool fallback) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_bool() ? value->get_bool() : fallback;
}

std::int64_t get_int_or(const json::object& object, std::string_view name, std::int64_t fallback) {
  const auto* value = object.if_contains(name);
  if (value == nullptr || !value->is_number()) return fallback;
  boost::system::error_code error;
  const auto number = value->to_number<std::int64_t>(error);
  return error ? fallback : number;
}

std::vector<std::string> get_strings(const json::object& object, std::string_view name) {
  std::vector<std::string> out;
  const auto* value = object.if_contains(name);
  if (value == nullptr || !value->is_array()) return out;
  for (const auto& item : value->get_array())
    if (item.is_string()) out.emplace_back(std::string_view(item.get_string()));
  return out;
}

const json::object* get_object(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value == nullptr ? nullptr : value->if_object();
}

json::array to_json_array(const std::vector<std::string>& strings) {
  json::array out;
  for (const auto& s : strings) out.emplace_back(s);
  return out;
}

}  // namespace cardea::base
