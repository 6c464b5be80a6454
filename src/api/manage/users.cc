#include "api/manage/users.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>

#include "api/manage/field.h"
#include "api/manage/manage_routes.h"
#include "api/manage/paging.h"
#include "api/manage/user_list.h"
#include "identity/sign_up.h"

namespace cardea::api {
namespace {

using enum FieldType;
using enum FieldAccess;
using Answer = base::awaitable<base::Result<http::Response, ManagementError>>;

constexpr std::size_t kSearchWindow = 1000;
constexpr std::size_t kMostSorted = 100'000;

const std::vector<Field>& user_fields() {
  static const std::vector<Field> fields = {
      {.name = "user_id", .access = create_only, .min = 1, .max = 255, .format = FieldFormat::no_spaces},
      {.name = "connection", .min = 1, .max = 128},
      {.name = "email", .min = 3, .max = 254, .format = FieldFormat::email},
      {.name = "email_verified", .type = boolean},
      {.name = "verify_email", .type = boolean},
      {.name = "username", .min = 1, .max = 128, .format = FieldFormat::no_spaces},
      {.name = "phone_number", .format = FieldFormat::phone},
      {.name = "phone_verified", .type = boolean},
      {.name = "password", .min = 1, .max = 1024},
      {.name = "name", .min = 1, .max = 300},
      {.name = "nickname", .min = 1, .max = 300},
      {.name = "given_name", .min = 1, .max = 150},
      {.name = "family_name", .min = 1, .max = 150},
      {.name = "picture", .max = 2048, .format = FieldFormat::url},
      {.name = "blocked", .type = boolean},
      {.name = "user_metadata", .type = FieldType::object},
      {.name = "app_metadata", .type = FieldType::object},
      {.name = "client_id", .max = 255},
  };
  return fields;
}

ManagementError no_user() { return {404, "The user does not exist.", "inexistent_user"}; }

ManagementError write_error(const base::Error& error) {
  if (error.code == base::Errc::already_exists) return {409, "The user already exists.", "auth0_idp_error"};
  if (error.code == base::Errc::not_found) return no_user();
  return from_store(error);
}

ManagementError password_error(const identity::NewPassword::Refused& refused) {
  if (refused.why == identity::NewPassword::Refusal::overloaded)
    return {503, "Too many passwords to hash. Try again.", ""};
  return {400, "PasswordStrengthError: Password is too weak", "invalid_body"};
}

base::awaitable<base::Result<model::User, ManagementError>> find_user(const ManageServices& services,
                                                                      const ManagementCall& call) {
  const std::string id(call.param("id"));
  if (id.size() > 255 || id.find('|') == std::string::npos)
    co_return std::unexpected(ManagementError{400, "Object didn't pass validation for format user-id", "invalid_uri"});
  auto user = co_await services.users.find_by_user_id(call.tenant(), model::UserId(id));
  if (user) co_return std::move(*user);
  if (user.error().code == base::Errc::not_found) co_return std::unexpected(no_user());
  co_return std::unexpected(from_store(user.error()));
}

// The members that only creation and updates know.
void drop_commands(Document& document) {
  for (const auto* name : {"password", "verify_email", "connection", "client_id"}) document.erase(name);
}

std::string lower_email(Document& document) {
  auto* email = document.if_contains("email");
  if (email == nullptr || !email->is_string()) return {};
  auto normal = identity::normalise_email(std::string_view(email->get_string()));
  if (!normal) return "Payload validation error: 'Object didn't pass validation for format email' on property email.";
  *email = *normal;
  return {};
}

// Names that only the server writes may not hide in app_metadata (reference §3.5).
std::string check_app_metadata(const Document& document) {
  static constexpr std::array<std::string_view, 19> kReserved{
      "__tenant",       "_id",        "blocked",        "clientID",         "created_at",
      "email_verified", "email",      "globalClientID", "global_client_id", "identities",
      "lastIP",         "lastLogin",  "loginsCount",    "metadata",         "multifactor_last_modified",
      "multifactor",    "updated_at", "user_id",        "usernames"};
  const auto* metadata = base::get_object(document, "app_metadata");
  if (metadata == nullptr) return {};
  for (const auto& member : *metadata) {
    const std::string_view key = member.key();
    if (std::ranges::find(kReserved, key) != kReserved.end())
      return fmt::format("Payload validation error: 'Additional properties not allowed: {}' on property app_metadata.",
                         key);
  }
  return {};
}

Answer list_users(ManageServices services, ManagementCall call) {
  auto page = parse_paging(call.query, {.offset_window = kSearchWindow});
  if (!page) co_return base::pass_on(page);
  auto selection = FieldSelection::parse(call.query);
  if (!selection) co_return base::pass_on(selection);
  if (const auto engine = call.query.get("search_engine"); engine && *engine != "v3")
    co_return std::unexpected(invalid_query("search_engine", "Only v3 is supported"));
  std::optional<UserQuery> query;
  if (const auto text = call.query.get("q"); text && !text->empty()) {
    auto parsed = UserQuery::parse(*text);
    if (!parsed) co_return std::unexpected(invalid_query("q", parsed.error()));
    query = std::move(*parsed);
  }

  const auto start = page->page * page->per_page;
  UserScan scan{.query = query ? &*query : nullptr,
                .connection = call.query.get_or_empty("connection"),
                .skip = start,
                .limit = page->per_page,
                .total = page->style == PageRequest::Style::totals};
  ListedUsers listed;
  if (const auto sort = call.query.get("sort"); sort && !sort->empty()) {
    auto before = parse_user_sort(*sort);
    if (!before) co_return base::pass_on(before);
    scan.skip = 0;
    scan.limit = kMostSorted;
    auto all = co_await walk_users(services, call, scan);
    if (!all) co_return base::pass_on(all);
    std::ranges::sort(all->users, *before);
    listed.total = all->total;
    for (std::size_t i = start; i < std::min(start + page->per_page, all->users.size()); ++i)
      listed.users.push_back(std::move(all->users[i]));
  } else {
    auto found = co_await walk_users(services, call, scan);
    if (!found) co_return base::pass_on(found);
    listed = std::move(*found);
  }

  std::vector<Document> rows;
  for (auto& user : listed.users) {
    auto row = co_await shown_user(services, call, std::move(user));
    if (!row) co_return base::pass_on(row);
    selection->apply(*row);
    rows.push_back(std::move(*row));
  }
  co_return http::Response::json(200, lay_out_page(*page, "users", std::move(rows), listed.total, ""));
}

Answer users_by_email(ManageServices services, ManagementCall call) {
  const auto email = call.query.get("email");
  if (!email || email->empty()) co_return std::unexpected(invalid_query("email", "Missing required property: email"));
  auto selection = FieldSelection::parse(call.query);
  if (!selection) co_return base::pass_on(selection);
  auto users = co_await services.users.find_by_email(call.tenant(), identity::normalise_email(*email).value_or(""));
  if (!users) co_return std::unexpected(from_store(users.error()));
  base::json::array rows;
  for (auto& user : *users) {
    auto row = co_await shown_user(services, call, std::move(user));
    if (!row) co_return base::pass_on(row);
    selection->apply(*row);
    rows.push_back(std::move(*row));
  }
  co_return http::Response::json(200, rows);
}

Answer create_user(ManageServices services, ManagementCall call) {
  auto document = check_creation(user_fields(), call.body);
  if (!document) co_return std::unexpected(invalid_body(document.error()));
  const auto connection_name = base::get_string_or(*document, "connection");
  if (connection_name.empty())
    co_return std::unexpected(invalid_body("Payload validation error: 'Missing required property: connection'."));
  const auto* connection = call.context.tenant->connection(connection_name);
  if (connection == nullptr) co_return std::unexpected(invalid_body("The connection does not exist."));
  if (auto wrong = lower_email(*document); !wrong.empty()) co_return std::unexpected(invalid_body(std::move(wrong)));
  if (auto wrong = check_app_metadata(*document); !wrong.empty())
    co_return std::unexpected(invalid_body(std::move(wrong)));
  if (connection->requires_username && !document->contains("username"))
    co_return std::unexpected(invalid_body("Payload validation error: 'Missing required property: username'."));
  if (!document->contains("email") && !document->contains("username") && !document->contains("phone_number"))
    co_return std::unexpected(invalid_body("Payload validation error: 'Missing required property: email'."));
  auto password = base::get_string_or(*document, "password");
  if (password.empty())
    co_return std::unexpected(invalid_body("Payload validation error: 'Missing required property: password'."));

  auto hash = co_await services.new_password.hash(*connection, std::move(password));
  if (!hash) co_return std::unexpected(password_error(hash.error()));
  const bool verified = base::get_bool_or(*document, "email_verified", false);
  const bool send = document->contains("email") && base::get_bool_or(*document, "verify_email", !verified);
  drop_commands(*document);
  if (!document->contains("email_verified")) (*document)["email_verified"] = false;

  model::User user;
  const auto written = co_await services.database.write([&](store::Transaction& t) -> base::Result<void> {
    auto created = services.users.create_in(t, call.tenant(), connection_name, connection->strategy, *document, *hash);
    if (!created) return base::pass_on(created);
    user = std::move(*created);
    if (send) {
      if (auto sent = services.mail.send_verification_in(t, call.context, user, model::ClientId{}); !sent) return sent;
    }
    t.append_event(call.event("Create a User", t.now()));
    return {};
  });
  if (!written) co_return std::unexpected(write_error(written.error()));
  auto shown = co_await shown_user(services, call, std::move(user));
  if (!shown) co_return base::pass_on(shown);
  co_return http::Response::json(201, *shown);
}

Answer read_user(ManageServices services, ManagementCall call) {
  auto selection = FieldSelection::parse(call.query);
  if (!selection) co_return base::pass_on(selection);
  auto user = co_await find_user(services, call);
  if (!user) co_return base::pass_on(user);
  auto shown = co_await shown_user(services, call, std::move(*user));
  if (!shown) co_return base::pass_on(shown);
  selection->apply(*shown);
  co_return http::Response::json(200, *shown);
}

// Which changes may not travel together (reference §3.5, update rules).
std::string check_together(const Document& changes) {
  const bool email = changes.contains("email"), username = changes.contains("username"),
             password = changes.contains("password");
  if (email && (username || password)) return "Cannot update email and username or password simultaneously";
  if (username && password) return "Cannot update username and password simultaneously";
  return {};
}

Answer update_user(ManageServices services, ManagementCall call) {
  auto user = co_await find_user(services, call);
  if (!user) co_return base::pass_on(user);
  auto changes = check_update(user_fields(), call.body);
  if (!changes) co_return std::unexpected(invalid_body(changes.error()));
  if (auto refused = check_user_scopes(call.token, *changes)) co_return std::unexpected(*refused);
  if (auto wrong = lower_email(*changes); !wrong.empty()) co_return std::unexpected(invalid_body(std::move(wrong)));
  if (auto wrong = check_together(*changes); !wrong.empty()) co_return std::unexpected(invalid_body(std::move(wrong)));
  if (auto wrong = check_app_metadata(*changes); !wrong.empty())
    co_return std::unexpected(invalid_body(std::move(wrong)));

  std::string hash;
  if (auto password = base::get_string_or(*changes, "password"); !password.empty()) {
    const auto* connection = call.context.tenant->connection(user->connection);
    if (connection == nullptr || connection->strategy != "auth0")
      co_return std::unexpected(ManagementError{400, "The user has no password here.", "operation_not_supported"});
    auto hashed = co_await services.new_password.hash(*connection, std::move(password));
    if (!hashed) co_return std::unexpected(password_error(hashed.error()));
    hash = std::move(*hashed);
  }
  const bool blocks = base::get_bool_or(*changes, "blocked", false) && !user->blocked;
  const bool send = changes->contains("email") && base::get_bool_or(*changes, "verify_email", false);
  if (changes->contains("email") && !changes->contains("email_verified")) (*changes)["email_verified"] = false;
  drop_commands(*changes);

  std::vector<model::Session> elsewhere;
  if (blocks || !hash.empty()) elsewhere = co_await services.ending.elsewhere(call.tenant(), user->key);
  model::User updated;
  const auto written = co_await services.database.write([&](store::Transaction& t) -> base::Result<void> {
    auto result = services.users.update_in(t, call.tenant(), user->key, *changes);
    if (!result) return base::pass_on(result);
    updated = std::move(*result);
    if (!hash.empty()) {
      if (auto set = services.users.set_password_in(t, call.tenant(), user->key, hash); !set) return set;
      if (auto ended = services.ending.end_all_in(t, call.context, user->key, elsewhere, "password-changed"); !ended)
        return ended;
    }
    if (blocks) {
      if (auto ended = services.ending.end_all_in(t, call.context, user->key, elsewhere, "account-deactivated"); !ended)
        return ended;
    }
    if (send) {
      if (auto sent = services.mail.send_verification_in(t, call.context, updated, model::ClientId{}); !sent)
        return sent;
    }
    t.append_event(call.event("Update a User", t.now()));
    return {};
  });
  if (!written) co_return std::unexpected(write_error(written.error()));
  if (!hash.empty() || changes->contains("blocked")) co_await services.passwords.unblock(call.tenant(), updated.email);
  auto shown = co_await shown_user(services, call, std::move(updated));
  if (!shown) co_return base::pass_on(shown);
  co_return http::Response::json(200, *shown);
}

Answer delete_user(ManageServices services, ManagementCall call) {
  auto user = co_await find_user(services, call);
  if (!user && user.error().status == 404) co_return http::Response::no_content();
  if (!user) co_return base::pass_on(user);
  const auto elsewhere = co_await services.ending.elsewhere(call.tenant(), user->key);
  const auto written = co_await services.database.write([&](store::Transaction& t) -> base::Result<void> {
    if (auto ended = services.ending.end_all_in(t, call.context, user->key, elsewhere, "account-deleted"); !ended)
      return ended;
    if (auto erased = services.users.erase_in(t, call.tenant(), user->key);
        !erased && erased.error().code != base::Errc::not_found)
      return erased;
    t.append_event(call.event("Delete a User", t.now()));
    return {};
  });
  if (!written) co_return std::unexpected(write_error(written.error()));
  co_return http::Response::no_content();
}

}  // namespace

base::awaitable<base::Result<Document, ManagementError>> shown_user(const ManageServices& services,
                                                                    const ManagementCall& call, model::User user) {
  auto identities = co_await services.users.identities(call.tenant(), user.key);
  if (!identities) co_return std::unexpected(from_store(identities.error()));
  Document out = std::move(user.document);
  for (const auto* internal : {"connection", "provider", "logins", "sessions_revoked_at", "key"}) out.erase(internal);
  base::json::array list;
  for (auto& identity : *identities) {
    Document item{{"connection", identity.connection},
                  {"user_id", identity.user_id},
                  {"provider", identity.provider},
                  {"isSocial", identity.is_social}};
    if (!identity.profile_data.empty()) item["profileData"] = std::move(identity.profile_data);
    list.push_back(std::move(item));
  }
  out["identities"] = std::move(list);
  if (!base::get_bool_or(out, "blocked", false)) out.erase("blocked");
  co_return out;
}

std::optional<ManagementError> check_user_scopes(const ManagementToken& token, const Document& changes) {
  const auto beyond = [](const auto& change) { return change.key() != "app_metadata"; };
  if (token.has("update:users") || std::ranges::none_of(changes, beyond)) return std::nullopt;
  return ManagementError{403, "Insufficient scope, expected any of: update:users", "insufficient_scope"};
}

void add_user_routes(ManagementRouter& router, const ManageServices& services) {
  router.add("GET", "/users", {"read:users", "read:user_idp_tokens"}, bind(services, list_users));
  router.add("POST", "/users", {"create:users"}, bind(services, create_user));
  router.add("GET", "/users/{id}", {"read:users", "read:user_idp_tokens"}, bind(services, read_user));
  router.add("PATCH", "/users/{id}", {"update:users", "update:users_app_metadata"}, bind(services, update_user));
  router.add("DELETE", "/users/{id}", {"delete:users"}, bind(services, delete_user));
  router.add("GET", "/users-by-email", {"read:users"}, bind(services, users_by_email));
}

}  // namespace cardea::api
