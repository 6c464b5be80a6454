#pragma once

#include <string>
#include <vector>

namespace cardea::api {

// Every scope of the Management API, "read:users" …, without the `…:current_user…` ones that users get for themselves.
const std::vector<std::string>& management_scopes();

}  // namespace cardea::api
