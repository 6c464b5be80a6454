#include "api/manage/resource.h"

namespace cardea::api {
namespace {

using enum FieldType;
using enum FieldAccess;
using enum FieldFormat;

std::vector<Field> resource_server_fields() {
  return {{.name = "id", .access = read_only},
          {.name = "identifier", .access = create_only, .required = true, .min = 1, .max = 600, .format = no_spaces},
          {.name = "name", .max = 200, .format = name},
          {.name = "is_system", .type = boolean, .access = read_only},
          {.name = "scopes",
           .type = objects,
           .max_items = 1000,
           .members = {{.name = "value", .required = true, .min = 1, .max = 280, .format = no_spaces},
                       {.name = "description", .max = 500}}},
          {.name = "signing_alg", .values = {"HS256", "RS256", "RS512", "PS256", "ES256"}, .fallback = "\"RS256\""},
          {.name = "signing_secret", .min = 16, .max = 1024, .read_scope = "update:resource_servers"},
          {.name = "token_lifetime", .type = integer, .max = 2'592'000, .fallback = "86400"},
          {.name = "token_lifetime_for_web", .type = integer, .max = 2'592'000, .fallback = "7200"},
          {.name = "allow_offline_access", .type = boolean, .fallback = "false"},
          {.name = "skip_consent_for_verifiable_first_party_clients", .type = boolean, .fallback = "false"},
          {.name = "enforce_policies", .type = boolean},
          {.name = "token_dialect",
           .values = {"access_token", "access_token_authz", "rfc9068_profile", "rfc9068_profile_authz"}},
          {.name = "consent_policy", .type = any},
          {.name = "authorization_details", .type = any},
          {.name = "token_encryption", .type = any},
          {.name = "proof_of_possession", .type = any},
          {.name = "subject_type_authorization",
           .type = object,
           .members = {{.name = "user",
                        .type = object,
                        .members = {{.name = "policy", .values = {"allow_all", "deny_all", "require_client_grant"}}}},
                       {.name = "client",
                        .type = object,
                        .members = {{.name = "policy", .values = {"deny_all", "require_client_grant"}}}}}},
          {.name = "client_id", .access = read_only}};
}

// `document` is the API as it will be stored.
std::string check(const Document& document) {
  if (base::get_int_or(document, "token_lifetime_for_web", 0) > base::get_int_or(document, "token_lifetime", 86400))
    return "Payload validation error: 'token_lifetime_for_web must not exceed token_lifetime'.";
  return {};
}

std::string on_create(const Resource::Snapshot&, Document& document) {
  if (base::get_int_or(document, "token_lifetime", 0) < base::get_int_or(document, "token_lifetime_for_web", 0))
    document["token_lifetime_for_web"] = document["token_lifetime"];
  return check(document);
}

std::string on_update(const Resource::Snapshot&, const Document& current, Document& changes) {
  if (base::get_bool_or(current, "is_system", false)) {
    for (const auto* immutable : {"scopes", "name", "signing_alg", "signing_secret", "subject_type_authorization"})
      if (changes.contains(immutable))
        return std::string("Payload validation error: 'A system API keeps its ") + immutable + "'.";
  }
  Document result = current;
  for (const auto& change : changes) result[change.key()] = change.value();
  // A shorter lifetime shortens the other one with it, unless that was given too.
  const auto lifetime = base::get_int_or(result, "token_lifetime", 86400);
  if (!changes.contains("token_lifetime_for_web") && base::get_int_or(result, "token_lifetime_for_web", 0) > lifetime)
    result["token_lifetime_for_web"] = changes["token_lifetime_for_web"] = lifetime;
  return check(result);
}

std::optional<ManagementError> on_delete(const Document& current) {
  if (!base::get_bool_or(current, "is_system", false)) return std::nullopt;
  return ManagementError{403, "System APIs cannot be deleted.", "operation_not_supported"};
}

}  // namespace

Resource resource_servers_resource() {
  Resource r;
  r.kind = store::Kind::resource_server;
  r.path = "/resource-servers";
  r.noun = "resource server";
  r.list_key = "resource_servers";
  r.public_id = "id";
  r.found_by_name = true;
  r.missing = {404, "The resource server does not exist", "inexistent_resource_server"};
  r.taken = {409, "A resource server with the same identifier already exists", "resource_server_conflict"};
  r.read_scopes = {"read:resource_servers"};
  r.create_scopes = {"create:resource_servers"};
  r.update_scopes = {"update:resource_servers"};
  r.delete_scopes = {"delete:resource_servers"};
  r.fields = resource_server_fields();
  r.filters = {{.parameter = "identifiers", .member = "identifier"}};
  r.on_create = on_create;
  r.on_update = on_update;
  r.on_delete = on_delete;
  return r;
}

}  // namespace cardea::api
