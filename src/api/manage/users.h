#pragma once

#include <optional>

#include "api/manage/manage_services.h"
#include "api/manage/management_call.h"

namespace cardea::api {

// A user as the API shows it, with `identities`.
base::awaitable<base::Result<base::json::object, ManagementError>> shown_user(const ManageServices& services,
                                                                              const ManagementCall& call,
                                                                              model::User user);

// insufficient_scope when the token may not make the change: update:users_app_metadata alone opens app_metadata and
// nothing else.
std::optional<ManagementError> check_user_scopes(const ManagementToken& token, const base::json::object& changes);

}  // namespace cardea::api
