#include "model/connection.h"

#include <algorithm>

namespace cardea::model {
namespace {

using base::json::object;

PasswordPolicy password_policy_of(const object& options) {
  const auto name = base::get_string_or(options, "passwordPolicy");
  if (name == "none") return PasswordPolicy::none;
  if (name == "low") return PasswordPolicy::low;
  if (name == "fair") return PasswordPolicy::fair;
  if (name == "excellent") return PasswordPolicy::excellent;
  return PasswordPolicy::good;
}

int bounded(const object* from, std::string_view name, int fallback) {
  const auto value = from ? base::get_int_or(*from, name, fallback) : fallback;
  return value < 1 || value > 128 ? fallback : static_cast<int>(value);
}

int password_min_length_of(const object& options) {
  const auto* newer = base::get_object(options, "password_options");
  const auto* complexity = newer ? base::get_object(*newer, "complexity") : nullptr;
  return bounded(complexity ? complexity : base::get_object(options, "password_complexity_options"), "min_length", 0);
}

// `attributes` excludes `requires_username` and `validation`; it is the newer form of both.
void read_username_rules(const object& options, Connection& connection) {
  const auto* attributes = base::get_object(options, "attributes");
  const auto* username = attributes ? base::get_object(*attributes, "username") : nullptr;
  if (username) {
    const auto* identifier = base::get_object(*username, "identifier");
    const auto* signup = base::get_object(*username, "signup");
    connection.requires_username = (identifier && base::get_bool_or(*identifier, "active", false)) ||
                                   (signup && base::get_string_or(*signup, "status") == "required");
    const auto* validation = base::get_object(*username, "validation");
    connection.username_min = bounded(validation, "min_length", connection.username_min);
    connection.username_max = bounded(validation, "max_length", connection.username_max);
  } else {
    connection.requires_username = base::get_bool_or(options, "requires_username", false);
    const auto* validation = base::get_object(options, "validation");
    const auto* limits = validation ? base::get_object(*validation, "username") : nullptr;
    connection.username_min = bounded(limits, "min", connection.username_min);
    connection.username_max = bounded(limits, "max", connection.username_max);
  }
  connection.username_max = std::max(connection.username_min, connection.username_max);
}

}  // namespace

bool Connection::enabled_for(const ClientId& client) const {
  return std::ranges::find(enabled_clients, client) != enabled_clients.end();
}

Connection connection_from_document(std::string row_id, const object& document) {
  Connection connection;
  connection.row_id = std::move(row_id);
  connection.id = base::get_string_or(document, "id");
  connection.name = base::get_string_or(document, "name");
  connection.strategy = base::get_string_or(document, "strategy");
  connection.display_name = base::get_string_or(document, "display_name");
  const auto* realms = document.if_contains("realms");
  connection.realms =
      realms && realms->is_array() ? base::get_strings(document, "realms") : std::vector<std::string>{connection.name};
  connection.document = with_enabled_clients_as_array(document);
  for (auto& client : base::get_strings(connection.document, "enabled_clients"))
    connection.enabled_clients.emplace_back(std::move(client));
  if (const auto* options = base::get_object(document, "options")) {
    connection.password_policy = password_policy_of(*options);
    connection.password_min_length = password_min_length_of(*options);
    read_username_rules(*options, connection);
    connection.disable_signup = base::get_bool_or(*options, "disable_signup", false);
    connection.brute_force_protection = base::get_bool_or(*options, "brute_force_protection", true);
  }
  return connection;
}

object with_enabled_clients_as_array(object document) {
  auto& clients = document["enabled_clients"];
  if (const auto* set = clients.if_object()) {
    std::vector<std::string> names;
    for (const auto& [name, enabled] : *set)
      if (enabled.is_bool() && enabled.get_bool()) names.emplace_back(name);
    std::ranges::sort(names);
    clients = base::to_json_array(names);
  } else if (!clients.is_array()) {
    clients = base::json::array{};
  }
  return document;
}

object with_enabled_clients_as_set(object document) {
  object set;
  for (const auto& name : base::get_strings(document, "enabled_clients")) set[name] = true;
  if (document.contains("enabled_clients")) document["enabled_clients"] = std::move(set);
  return document;
}

}  // namespace cardea::model
