#include "api/manage/user_list.h"

#include <algorithm>

#include "api/manage/users.h"

namespace cardea::api {
namespace {

constexpr std::size_t kScanPage = 1000;

// Identities have rows of their own; they are read only for queries that ask about them.
base::awaitable<base::Result<bool, ManagementError>> takes(const ManageServices& services, const ManagementCall& call,
                                                           const UserQuery& query, const model::User& user) {
  if (!query.mentions("identities")) co_return query.matches(user.document);
  auto whole = co_await shown_user(services, call, user);
  if (!whole) co_return base::pass_on(whole);
  co_return query.matches(*whole);
}

base::awaitable<base::Result<bool, ManagementError>> takes(const ManageServices& services, const ManagementCall& call,
                                                           const UserScan& scan, const model::User& user) {
  if (!scan.connection.empty() && user.connection != scan.connection) co_return false;
  if (scan.query == nullptr) co_return true;
  co_return co_await takes(services, call, *scan.query, user);
}

}  // namespace

base::awaitable<base::Result<ListedUsers, ManagementError>> walk_users(const ManageServices& services,
                                                                       const ManagementCall& call, UserScan scan) {
  ListedUsers out;
  const bool to_the_end = scan.total && !scan.takes_all();
  const auto enough = [&] { return !to_the_end && out.users.size() >= scan.limit; };
  std::string after;
  do {
    const auto wanted = scan.takes_all() ? scan.skip + scan.limit - out.total : kScanPage;
    auto page = co_await services.users.page(call.tenant(), after, std::min(wanted, kScanPage));
    if (!page) co_return std::unexpected(from_store(page.error()));
    for (const auto& row : page->rows) {
      auto user = model::user_from_document(model::UserKey(row.key.id), row.document());
      const auto taken = co_await takes(services, call, scan, user);
      if (!taken) co_return base::pass_on(taken);
      if (*taken && out.total++ >= scan.skip && out.users.size() < scan.limit) out.users.push_back(std::move(user));
    }
    after = page->next;
  } while (!after.empty() && !enough());
  if (!scan.total || to_the_end) co_return out;
  const auto total = co_await services.database.count(call.tenant(), store::Kind::user);
  if (!total) co_return std::unexpected(from_store(total.error()));
  out.total = *total;
  co_return out;
}

base::Result<UserOrder, ManagementError> parse_user_sort(std::string_view sort) {
  const auto colon = sort.rfind(':');
  const auto field = std::string(sort.substr(0, colon));
  const auto order = colon == std::string_view::npos ? std::string_view() : sort.substr(colon + 1);
  if (field.empty() || (order != "1" && order != "-1"))
    return std::unexpected(invalid_query("sort", "Expected field:1 or field:-1"));
  const bool ascending = order == "1";
  return [field, ascending](const model::User& a, const model::User& b) {
    const auto text = [&field](const model::User& user) {
      const auto* value = user.document.if_contains(field);
      return value == nullptr     ? std::string()
             : value->is_string() ? std::string(std::string_view(value->get_string()))
                                  : base::json::serialize(*value);
    };
    const auto rank = [&text](const model::User& user) {
      return std::pair(text(user), user.key);
    };  // ties: the older first
    return ascending ? rank(a) < rank(b) : rank(b) < rank(a);
  };
}

}  // namespace cardea::api
