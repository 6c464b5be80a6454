#include <algorithm>

#include "api/manage/field.h"
#include "api/manage/manage_routes.h"
#include "api/manage/paging.h"

namespace cardea::api {
namespace {

using Answer = base::awaitable<base::Result<http::Response, ManagementError>>;

const std::vector<Field>& body_fields() {
  static const std::vector<Field> fields = {
      {.name = "permissions",
       .type = FieldType::objects,
       .required = true,
       .max_items = 1000,
       .members = {{.name = "resource_server_identifier", .required = true, .min = 1, .max = 600},
                   {.name = "permission_name", .required = true, .min = 1, .max = 280}}}};
  return fields;
}

struct Permission {
  std::string audience;
  std::string name;
};

base::Result<std::vector<Permission>, ManagementError> permissions_of(const Document& body) {
  auto document = check_creation(body_fields(), body);
  if (!document) return std::unexpected(invalid_body(document.error()));
  std::vector<Permission> out;
  for (const auto& item : document->at("permissions").get_array()) {
    const auto& permission = item.get_object();
    out.push_back({base::get_string_or(permission, "resource_server_identifier"),
                   base::get_string_or(permission, "permission_name")});
  }
  return out;
}

base::awaitable<base::Result<model::User, ManagementError>> find_user(const ManageServices& services,
                                                                      const ManagementCall& call) {
  auto user = co_await services.users.find_by_user_id(call.tenant(), model::UserId(std::string(call.param("id"))));
  if (user) co_return std::move(*user);
  if (user.error().code != base::Errc::not_found) co_return std::unexpected(from_store(user.error()));
  co_return std::unexpected(ManagementError{404, "The user does not exist.", "inexistent_user"});
}

Answer list(ManageServices services, ManagementCall call) {
  auto page = parse_paging(call.query, {});
  if (!page) co_return base::pass_on(page);
  auto user = co_await find_user(services, call);
  if (!user) co_return base::pass_on(user);

  std::vector<Document> rows;
  for (const auto& [identifier, api] : call.context.tenant->resource_servers) {
    auto names = co_await services.users.permissions(call.tenant(), user->key, identifier);
    if (!names) co_return std::unexpected(from_store(names.error()));
    for (const auto& name : *names) {
      const auto scope = std::ranges::find(api.scopes, name, &model::ApiScope::value);
      if (scope == api.scopes.end()) continue;  // the API no longer has it
      const Document source{{"source_id", ""}, {"source_name", ""}, {"source_type", "DIRECT"}};
      rows.push_back({{"permission_name", name},
                      {"description", scope->description},
                      {"resource_server_identifier", identifier},
                      {"resource_server_name", api.name},
                      {"sources", base::json::array{source}}});
    }
  }
  std::ranges::sort(rows, {}, [](const Document& row) { return base::json::serialize(row); });
  co_return http::Response::json(200, lay_out(*page, "permissions", std::move(rows)));
}

// Adds or removes; both write one event.
base::awaitable<base::Result<void, ManagementError>> change(const ManageServices& services, const ManagementCall& call,
                                                            bool add) {
  auto wanted = permissions_of(call.body);
  if (!wanted) co_return base::pass_on(wanted);
  auto user = co_await find_user(services, call);
  if (!user) co_return base::pass_on(user);
  for (const auto& permission : *wanted) {
    const auto* api = call.context.tenant->resource_server(permission.audience);
    if (add && (api == nullptr || !api->has_scope(permission.name)))
      co_return std::unexpected(
          invalid_body("Payload validation error: 'No such permission: " + permission.name + "'."));
  }
  const auto written = co_await services.database.write([&](store::Transaction& t) -> base::Result<void> {
    for (const auto& permission : *wanted) {
      auto done =
          add ? services.users.grant_permission_in(t, call.tenant(), user->key, permission.audience, permission.name)
              : services.users.remove_permission_in(t, call.tenant(), user->key, permission.audience, permission.name);
      if (!done && done.error().code != base::Errc::not_found && done.error().code != base::Errc::already_exists)
        return done;
    }
    t.append_event(call.event(add ? "Add permissions to a user" : "Remove permissions from a user", t.now()));
    return {};
  });
  if (!written) co_return std::unexpected(from_store(written.error()));
  co_return base::Result<void, ManagementError>{};
}

Answer grant(ManageServices services, ManagementCall call) {
  auto done = co_await change(services, call, true);
  if (!done) co_return base::pass_on(done);
  auto response = http::Response::json(201, nullptr);
  response.body.clear();
  co_return response;
}

Answer remove(ManageServices services, ManagementCall call) {
  auto done = co_await change(services, call, false);
  if (!done) co_return base::pass_on(done);
  co_return http::Response::no_content();
}

}  // namespace

void add_user_permission_routes(ManagementRouter& router, const ManageServices& services) {
  router.add("GET", "/users/{id}/permissions", {"read:users"}, bind(services, list));
  router.add("POST", "/users/{id}/permissions", {"update:users"}, bind(services, grant));
  router.add("DELETE", "/users/{id}/permissions", {"update:users"}, bind(services, remove));
}

}  // namespace cardea::api
