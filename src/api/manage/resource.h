#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/manage/field.h"
#include "api/manage/management_call.h"
#include "api/manage/paging.h"
#include "base/clock.h"
#include "store/configuration.h"
#include "store/kind.h"

namespace cardea::api {

// A query parameter of a list: keeps the rows whose member equals it (a list parameter: any of its values).
struct Filter {
  std::string_view parameter;
  std::string_view member;
  bool is_bool = false;
  bool substring = false;  // ignores case
};

// Everything about one kind of configuration object: five operations come from this description alone. What a
// description cannot say is one of the functions; each may be empty.
struct Resource {
  store::Kind kind;
  std::string_view path;       // "/clients"
  std::string_view noun;       // "client": for descriptions of events
  std::string_view list_key;   // "clients"
  std::string_view public_id;  // member that {id} names
  bool found_by_name = false;  // {id} may also be the unique name (resource servers by identifier)
  ManagementError missing;     // 404
  ManagementError taken;       // 409
  std::vector<std::string_view> read_scopes, create_scopes, update_scopes, delete_scopes;
  // Members whose change needs a scope of its own, {member, scope}. Every other one needs the first of update_scopes.
  std::vector<std::pair<std::string_view, std::string_view>> member_scopes;
  std::vector<Field> fields;
  std::vector<Filter> filters;
  PagingRules paging;

  using Snapshot = identity::TenantSnapshot;
  // "" or the message of a 400. May add to the document (ids are given by the store).
  std::function<std::string(const Snapshot&, base::json::object& document)> on_create;
  std::function<std::string(const Snapshot&, const base::json::object& current, base::json::object& changes)> on_update;
  // What the API shows beyond the stored members.
  std::function<void(const Snapshot&, base::json::object& document)> on_show;
  // Some objects may not go.
  std::function<std::optional<ManagementError>(const base::json::object& current)> on_delete;
};

// Registers GET list, POST, GET, PATCH and DELETE of the resource. `resource` is kept.
void add_resource(ManagementRouter& router, store::Database& database, store::Configuration& configuration,
                  const base::Clock& clock, Resource resource);

// The stored object as this token may see it: only the members of the description, without those whose read_scope is
// missing, with what on_show adds.
base::json::object shown(const Resource& resource, const ManagementCall& call, base::json::object document);

// insufficient_scope when the token may not change one of the members: a scope reaches no further than its own.
std::optional<ManagementError> check_member_scopes(const Resource& resource, const ManagementToken& token,
                                                   const base::json::object& changes);

// The resources of the first slice.
Resource clients_resource();
Resource connections_resource();
Resource resource_servers_resource();
Resource client_grants_resource();

}  // namespace cardea::api
