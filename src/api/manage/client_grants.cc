#include <algorithm>

#include "api/manage/resource.h"

namespace cardea::api {
namespace {

using enum FieldType;
using enum FieldAccess;

std::vector<Field> client_grant_fields() {
  return {{.name = "id", .access = read_only},
          {.name = "client_id", .access = create_only, .required = true, .min = 1, .max = 255},
          {.name = "audience", .access = create_only, .required = true, .min = 1, .max = 600},
          {.name = "scope", .type = strings, .min = 1, .max = 280},
          {.name = "subject_type", .access = create_only, .values = {"client", "user"}, .fallback = "\"client\""},
          {.name = "organization_usage", .values = {"deny", "allow", "require"}},
          {.name = "allow_any_organization", .type = boolean},
          {.name = "authorization_details_types", .type = strings, .max = 255},
          {.name = "allow_all_scopes", .type = boolean},
          {.name = "is_system", .type = boolean, .access = read_only}};
}

// Every scope must be one of the API's.
std::string check_scopes(const Resource::Snapshot& tenant, std::string_view audience, const Document& document) {
  const auto* api = tenant.resource_server(audience);
  if (api == nullptr) return {};
  for (const auto& scope : base::get_strings(document, "scope")) {
    if (!api->has_scope(scope))
      return "Payload validation error: 'Some scopes are not defined in the resource server: " + scope +
             "' on property scope.";
  }
  return {};
}

std::string on_create(const Resource::Snapshot& tenant, Document& document) {
  const auto audience = base::get_string_or(document, "audience");
  if (tenant.client(base::get_string_or(document, "client_id")) == nullptr)
    return "Payload validation error: 'The client does not exist' on property client_id.";
  if (tenant.resource_server(audience) == nullptr)
    return "Payload validation error: 'The resource server does not exist' on property audience.";
  if (!document.contains("scope")) document["scope"] = base::json::array{};
  return check_scopes(tenant, audience, document);
}

std::string on_update(const Resource::Snapshot& tenant, const Document& current, Document& changes) {
  return check_scopes(tenant, base::get_string_or(current, "audience"), changes);
}

}  // namespace

Resource client_grants_resource() {
  Resource r;
  r.kind = store::Kind::client_grant;
  r.path = "/client-grants";
  r.noun = "client grant";
  r.list_key = "client_grants";
  r.public_id = "id";
  r.missing = {404, "The client grant does not exist", "inexistent_client_grant"};
  r.taken = {409, "A client grant for this client and audience already exists", "client_grant_conflict"};
  r.read_scopes = {"read:client_grants"};
  r.create_scopes = {"create:client_grants"};
  r.update_scopes = {"update:client_grants"};
  r.delete_scopes = {"delete:client_grants"};
  r.fields = client_grant_fields();
  r.filters = {{.parameter = "audience", .member = "audience"},
               {.parameter = "client_id", .member = "client_id"},
               {.parameter = "subject_type", .member = "subject_type"}};
  r.paging.checkpoint = true;
  r.on_create = on_create;
  r.on_update = on_update;
  return r;
}

}  // namespace cardea::api
