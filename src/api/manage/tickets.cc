#include "api/manage/field.h"
#include "api/manage/manage_routes.h"

namespace cardea::api {
namespace {

using enum FieldType;
using Answer = base::awaitable<base::Result<http::Response, ManagementError>>;

constexpr std::int64_t kDefaultSeconds = 432'000;

const std::vector<Field>& ticket_fields() {
  static const std::vector<Field> fields = {
      {.name = "user_id", .min = 1, .max = 255},
      {.name = "email", .max = 254, .format = FieldFormat::email},
      {.name = "connection_id", .max = 64},
      {.name = "result_url", .max = 2048, .format = FieldFormat::url},
      {.name = "client_id", .max = 255},
      {.name = "ttl_sec", .type = integer, .max = 2'592'000},
      {.name = "mark_email_as_verified", .type = boolean},
      {.name = "includeEmailInRedirect", .type = boolean},
      {.name = "identity", .type = FieldType::object},
  };
  return fields;
}

// By user_id, or by e-mail within a connection.
base::awaitable<base::Result<model::User, ManagementError>> find_user(const ManageServices& services,
                                                                      const ManagementCall& call,
                                                                      const Document& body) {
  const auto user_id = base::get_string_or(body, "user_id");
  base::Result<model::User> user = base::fail(base::Errc::not_found, "no user named");
  if (!user_id.empty()) {
    user = co_await services.users.find_by_user_id(call.tenant(), model::UserId(user_id));
  } else {
    for (const auto& [name, connection] : call.context.tenant->connections) {
      if (connection.id != base::get_string_or(body, "connection_id")) continue;
      user =
          co_await services.users.find_by_identifier(call.tenant(), name, "email", base::get_string_or(body, "email"));
    }
  }
  if (user) co_return std::move(*user);
  if (user.error().code != base::Errc::not_found) co_return std::unexpected(from_store(user.error()));
  co_return std::unexpected(ManagementError{404, "The user does not exist.", "inexistent_user"});
}

Answer make_ticket(ManageServices services, ManagementCall call, std::string type) {
  auto body = check_creation(ticket_fields(), call.body);
  if (!body) co_return std::unexpected(invalid_body(body.error()));
  auto user = co_await find_user(services, call, *body);
  if (!user) co_return base::pass_on(user);

  model::Ticket ticket;
  ticket.type = type;
  ticket.user = user->key;
  ticket.email = user->email;
  ticket.client = model::ClientId(base::get_string_or(*body, "client_id"));
  ticket.result_url = base::get_string_or(*body, "result_url");
  ticket.include_email_in_redirect = base::get_bool_or(*body, "includeEmailInRedirect", false);
  ticket.mark_email_as_verified = base::get_bool_or(*body, "mark_email_as_verified", false);
  auto seconds = base::get_int_or(*body, "ttl_sec", kDefaultSeconds);
  if (seconds == 0) seconds = kDefaultSeconds;

  std::string link;
  const auto written = co_await services.database.write([&](store::Transaction& t) -> base::Result<void> {
    ticket.expires_at = t.now() + std::chrono::seconds(seconds);
    auto made = services.mail.make_link_in(t, call.context, ticket);
    if (!made) return base::pass_on(made);
    link = std::move(*made);
    t.append_event(call.event("Create a ticket", t.now()));
    return {};
  });
  if (!written) co_return std::unexpected(from_store(written.error()));
  co_return http::Response::json(201, Document{{"ticket", link}});
}

Answer verification_ticket(ManageServices services, ManagementCall call) {
  co_return co_await make_ticket(services, std::move(call), "verify_email");
}

Answer password_ticket(ManageServices services, ManagementCall call) {
  co_return co_await make_ticket(services, std::move(call), "reset_password");
}

}  // namespace

void add_ticket_routes(ManagementRouter& router, const ManageServices& services) {
  router.add("POST", "/tickets/email-verification", {"create:user_tickets"}, bind(services, verification_ticket));
  router.add("POST", "/tickets/password-change", {"create:user_tickets"}, bind(services, password_ticket));
}

}  // namespace cardea::api
