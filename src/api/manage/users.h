#pragma once

#include "api/manage/manage_services.h"
#include "api/manage/management_call.h"

namespace cardea::api {

// A user as the API shows it, with `identities`.
base::awaitable<base::Result<base::json::object, ManagementError>> shown_user(const ManageServices& services,
                                                                              const ManagementCall& call,
                                                                              model::User user);

}  // namespace cardea::api
