#pragma once

#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

#include "api/manage/manage_services.h"
#include "api/manage/management_call.h"
#include "api/manage/user_query.h"
#include "base/async.h"

namespace cardea::api {

// Which users a list is about, and how much of them. What it refers to must stay alive until the list is there.
struct UserScan {
  const UserQuery* query = nullptr;  // nullptr: all
  std::string_view connection;       // empty: all
  std::size_t skip = 0, limit = 0;
  bool total = false;  // whether to count those beyond the limit

  bool takes_all() const { return query == nullptr && connection.empty(); }
};

struct ListedUsers {
  std::vector<model::User> users;
  std::size_t total = 0;
};

// In the order in which they were made. Reads no more than the page, and to the end only for a total of some of the
// users: all of them are counted by the store, a quarter of a second for a million on SQLite.
base::awaitable<base::Result<ListedUsers, ManagementError>> walk_users(const ManageServices& services,
                                                                       const ManagementCall& call, UserScan scan);

// "created_at:-1", "email:1". An error 400 for another form.
using UserOrder = std::function<bool(const model::User&, const model::User&)>;
base::Result<UserOrder, ManagementError> parse_user_sort(std::string_view sort);

}  // namespace cardea::api
