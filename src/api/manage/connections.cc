#include <algorithm>
#include <array>

#include "api/manage/resource.h"

namespace cardea::api {
namespace {

using enum FieldType;
using enum FieldAccess;
using enum FieldFormat;

// Strategies whose logins this version can do; others are refused rather than stored without effect.
constexpr std::array<std::string_view, 1> kStrategies{"auth0"};

std::vector<Field> database_options() {
  return {{.name = "passwordPolicy", .values = {"none", "low", "fair", "good", "excellent"}},
          {.name = "password_complexity_options",
           .type = object,
           .members = {{.name = "min_length", .type = integer, .min = 1, .max = 128}}},
          {.name = "password_no_personal_info", .type = object, .members = {{.name = "enable", .type = boolean}}},
          {.name = "password_dictionary",
           .type = object,
           .members = {{.name = "enable", .type = boolean},
                       {.name = "dictionary", .type = strings, .max = 50, .max_items = 200}}},
          {.name = "brute_force_protection", .type = boolean},
          {.name = "requires_username", .type = boolean},
          {.name = "validation",
           .type = object,
           .members = {{.name = "username",
                        .type = object,
                        .members = {{.name = "min", .type = integer, .min = 1, .max = 128},
                                    {.name = "max", .type = integer, .min = 1, .max = 128}}}}},
          {.name = "disable_signup", .type = boolean},
          {.name = "disable_self_service_change_password", .type = boolean},
          {.name = "import_mode", .type = boolean},
          {.name = "enabledDatabaseCustomization", .type = boolean},
          {.name = "mfa", .type = object},
          {.name = "authentication_methods", .type = object},
          {.name = "passkey_options", .type = object},
          {.name = "strategy_version", .type = integer, .max = 2},
          {.name = "non_persistent_attrs", .type = strings}};
}

std::vector<Field> connection_fields() {
  return {{.name = "id", .access = read_only},
          {.name = "name", .access = create_only, .required = true, .min = 1, .max = 128, .format = slug},
          {.name = "strategy", .access = create_only, .required = true, .min = 1, .max = 64},
          {.name = "display_name", .max = 128},
          {.name = "options", .type = object, .members = database_options(), .fallback = "{}"},
          {.name = "enabled_clients", .type = strings, .max = 64, .fallback = "[]"},
          {.name = "realms", .type = strings, .max = 128, .max_items = 20},
          {.name = "is_domain_connection", .type = boolean, .fallback = "false"},
          {.name = "show_as_button", .type = boolean},
          {.name = "metadata", .type = object}};
}

// A database connection gets the policy that new ones have; what was asked for stays.
void settle_options(Document& document) {
  auto* options = document.if_contains("options");
  if (options == nullptr || !options->is_object()) return;
  auto& o = options->get_object();
  if (!o.contains("passwordPolicy")) o["passwordPolicy"] = "good";
  if (!o.contains("brute_force_protection")) o["brute_force_protection"] = true;
  if (!o.contains("mfa")) o["mfa"] = {{"active", true}, {"return_enroll_settings", true}};
  if (!o.contains("strategy_version")) o["strategy_version"] = 2;
}

std::string on_create(const Resource::Snapshot&, Document& document) {
  const auto strategy = base::get_string_or(document, "strategy");
  if (std::ranges::find(kStrategies, strategy) == kStrategies.end())
    return "Payload validation error: 'No enum match for: " + strategy + "' on property strategy.";
  settle_options(document);
  if (!document.contains("realms")) document["realms"] = base::json::array{document["name"]};
  return {};
}

std::string on_update(const Resource::Snapshot&, const Document&, Document& changes) {
  settle_options(changes);
  return {};
}

}  // namespace

Resource connections_resource() {
  Resource r;
  r.kind = store::Kind::connection;
  r.path = "/connections";
  r.noun = "connection";
  r.list_key = "connections";
  r.public_id = "id";
  r.missing = {404, "The connection does not exist", "inexistent_connection"};
  r.taken = {409, "A connection with the same name already exists", "connection_conflict"};
  r.read_scopes = {"read:connections"};
  r.create_scopes = {"create:connections"};
  r.update_scopes = {"update:connections"};
  r.delete_scopes = {"delete:connections"};
  r.fields = connection_fields();
  r.filters = {{.parameter = "strategy", .member = "strategy"}, {.parameter = "name", .member = "name"}};
  r.paging.checkpoint = true;
  r.on_create = on_create;
  r.on_update = on_update;
  return r;
}

}  // namespace cardea::api
