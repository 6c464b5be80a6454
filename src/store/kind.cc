#include "store/kind.h"

#include <algorithm>
#include <stdexcept>

namespace cardea::store {
namespace {

using enum DataClass;
using enum Merge;

// docs/design/records.md explains the choices. A group without members takes what no other group names.
std::vector<KindSchema> make_kinds() {
  std::vector<KindSchema> kinds;
  kinds.push_back({Kind::tenant,
                   "rec_tenant",
                   {{"lifecycle", c1, latest, {"id", "name", "domains", "created_at"}},
                    {"keys", c1, latest, {"wrapped_keys"}},
                    {"settings", c2, latest, {"settings"}, true},
                    {"other", c2, latest, {}}}});
  kinds.push_back({Kind::client,
                   "rec_client",
                   {{"identity", c1, latest, {"client_id"}},
                    {"secret", c1, latest, {"client_secret"}},
                    {"settings", c2, latest, {}}}});
  kinds.push_back({Kind::connection,
                   "rec_connection",
                   {{"identity", c1, latest, {"id", "name", "strategy"}},
                    {"enabled_clients", c2, latest, {"enabled_clients"}, true},
                    {"settings", c2, latest, {}}}});
  kinds.push_back({Kind::resource_server,
                   "rec_resource_server",
                   {{"identity", c1, latest, {"id", "identifier"}},
                    {"secret", c1, latest, {"signing_secret"}},
                    {"settings", c2, latest, {}}}});
  kinds.push_back(
      {Kind::client_grant,
       "rec_client_grant",
       {{"identity", c1, latest, {"id", "client_id", "audience", "subject_type"}}, {"settings", c2, latest, {}}},
       {{"client_id", "client_id"}, {"audience", "audience"}}});
  kinds.push_back({Kind::user,
                   "rec_user",
                   {{"identity", c1, latest, {"user_id", "connection", "provider", "created_at"}},
                    {"email", c1, latest, {"email", "email_verified"}},
                    {"username", c1, latest, {"username"}},
                    {"phone", c1, latest, {"phone_number", "phone_verified"}},
                    {"blocked", c1, latest, {"blocked"}},
                    {"sessions", c1, maximum, {"sessions_revoked_at"}},
                    {"user_metadata", c2, latest, {"user_metadata"}, true},
                    {"app_metadata", c2, latest, {"app_metadata"}, true},
                    {"login", c3, maximum, {"last_login", "last_ip"}},
                    {"logins", c3, counter, {"logins"}, true},
                    {"password_reset", c3, maximum, {"last_password_reset"}},
                    {"profile", c2, latest, {}}},
                   {{"email", "email"}}});
  kinds.push_back({Kind::identity, "rec_identity", {{"identity", c1, latest, {}}}, {{"user", "user"}}});
  kinds.push_back({Kind::credential, "rec_credential", {{"credential", c1, latest, {}}}, {{"user", "user"}}});
  kinds.push_back({Kind::session,
                   "rec_session",
                   {{"life", c1, or_flag, {"revoked"}},
                    {"clients", c3, latest, {"clients"}, true},
                    {"activity", c3, owner, {"last_seen_at", "idle_expires_at"}},
                    {"login", c3, owner, {}}},
                   {{"user", "user", "revoked"}},
                   true});
  kinds.push_back({Kind::consumption, "rec_consumption", {{"consumption", c3, latest, {}}}, {}, true});
  kinds.push_back(
      {Kind::refresh_family,
       "rec_refresh_family",
       {{"life", c1, or_flag, {"revoked"}},
        {"owner", c1, owner, {"home", "home_epoch"}},
        {"generation", c3, progress, {"generation", "last_consumed", "consumed", "last_used_at", "idle_expires_at"}},
        {"grant",
         c1,
         latest,
         {"user", "user_id", "client", "user_client", "session", "audience", "scope", "auth_time", "created_at",
          "expires_at"}},
        {"other", c3, owner, {}}},  // moves with expires_at of the row, that is with each use
       {{"user", "user", "revoked"}, {"session", "session", "revoked"}, {"user_client", "user_client", "revoked"}},
       true});
  kinds.push_back({Kind::consent, "rec_consent", {{"consent", c2, latest, {}}}, {{"user", "user"}}});
  kinds.push_back({Kind::signing_key,
                   "rec_signing_key",
                   {{"state", c1, latest, {"state", "activate_at", "current_since", "current_until", "revoked_at"}},
                    {"key", c1, latest, {}}}});
  kinds.push_back({Kind::ticket, "rec_ticket", {{"ticket", c1, latest, {}}}, {{"user", "user"}}, true});
  kinds.push_back({Kind::claim, "rec_claim", {{"candidates", c1, claim_map, {}}}});
  kinds.push_back({Kind::user_permission, "rec_user_permission", {{"permission", c1, latest, {}}}, {{"user", "user"}}});
  kinds.push_back({Kind::member, "rec_member", {{"mark", c1, latest, {}}}});
  return kinds;
}

const std::vector<KindSchema>& kinds() {
  static const std::vector<KindSchema> table = make_kinds();
  return table;
}

}  // namespace

const KindSchema& schema_of(Kind kind) {
  const auto index = static_cast<std::size_t>(kind);
  if (index == 0 || index > kinds().size()) throw std::invalid_argument("no such kind of record");
  return kinds()[index - 1];
}

std::span<const KindSchema> all_kinds() { return kinds(); }

const GroupSchema* find_group(const KindSchema& schema, std::string_view name) {
  const auto found = std::ranges::find(schema.groups, name.substr(0, name.find('.')), &GroupSchema::name);
  return found == schema.groups.end() ? nullptr : &*found;
}

const GroupSchema& group_of_member(const KindSchema& schema, std::string_view member) {
  const auto names_it = [&](const GroupSchema& group) {
    return std::ranges::find(group.members, member) != group.members.end();
  };
  const auto found = std::ranges::find_if(schema.groups, names_it);
  if (found != schema.groups.end()) return *found;
  return *std::ranges::find_if(schema.groups, [](const GroupSchema& group) { return group.members.empty(); });
}

DataClass life_class(const KindSchema& schema) {
  return std::ranges::min_element(schema.groups, {}, &GroupSchema::data_class)->data_class;
}

}  // namespace cardea::store
