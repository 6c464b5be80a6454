#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "model/ids.h"

namespace cardea::model {

enum class PasswordPolicy { none, low, fair, good, excellent };

// Where users come from. `document` is the whole object of the Management API.
struct Connection {
  std::string row_id;
  std::string id;        // "con_" + 16
  std::string name;      // unique in the tenant, immutable
  std::string strategy;  // "auth0" is a database of our own
  std::string display_name;
  std::vector<std::string> realms;
  std::vector<ClientId> enabled_clients;
  PasswordPolicy password_policy = PasswordPolicy::good;
  int password_min_length = 0;  // 0 = what the policy says
  bool requires_username = false;
  int username_min = 1;
  int username_max = 15;
  bool disable_signup = false;
  bool brute_force_protection = true;
  base::json::object document;

  bool enabled_for(const ClientId& client) const;
};

// Takes `enabled_clients` as it is stored or as the Management API shows it.
Connection connection_from_document(std::string row_id, const base::json::object& document);

// `enabled_clients` is stored as {"<client_id>": true}, so that every client is a field group of its own; the
// Management API shows the sorted array, also when there are none.
base::json::object with_enabled_clients_as_array(base::json::object document);
// The reverse; a document without the member stays without it.
base::json::object with_enabled_clients_as_set(base::json::object document);

}  // namespace cardea::model
