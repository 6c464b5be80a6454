#include "api/login/screens.h"
#include "base/percent.h"

namespace cardea::api {
namespace {

using Recovery = identity::AccountRecovery;

Identifier identifier_of(const model::Connection& connection) {
  return connection.requires_username ? Identifier::email_or_username : Identifier::email;
}

// The connection named in the path, when it has passwords of its own that users may change.
const model::Connection* connection_of(const PageVisit& visit) {
  const auto* connection = visit.context.tenant->connection(visit.request.param("connection"));
  return connection != nullptr && connection->strategy == "auth0" ? connection : nullptr;
}

// A login may be under way (state) or not (a link in a mail program, /.well-known/change-password).
base::awaitable<base::Result<PageVisit, http::Response>> open_visit(const PageFlow& flow, http::Request request) {
  auto visit = co_await flow.open_without_transaction(request);
  if (!visit || visit->state().empty()) co_return visit;
  co_return co_await flow.open(std::move(request));
}

std::string back_address(const PageFlow& flow, const PageVisit& visit) {
  return visit.client != nullptr ? flow.page_address(visit, "/u/login") : std::string();
}

http::Response unknown_connection(const PageVisit& visit) {
  return show_error(visit.request, &visit.context, 404, "not_found", "no such connection");
}

http::Response refuse(const PageFlow& flow, const PageVisit& visit, Recovery::Refusal why) {
  ResetErrorPage page;
  page.reason = why == Recovery::Refusal::used ? ResetErrorPage::Reason::used : ResetErrorPage::Reason::expired;
  return show(flow.page_context(visit), page, 400);
}

bool is_busy(Recovery::Refusal why) {
  return why == Recovery::Refusal::overloaded || why == Recovery::Refusal::unavailable;
}

http::Response busy(const PageVisit& visit) {
  return show_error(visit.request, &visit.context, 503, "temporarily_unavailable", "").header("Retry-After", "2");
}

// The form for a good ticket: whose account, and what its connection asks of passwords.
base::awaitable<ResetChangePage> change_page(const PageFlow& flow, const PageVisit& visit,
                                             const model::Ticket& ticket) {
  ResetChangePage page;
  page.username = ticket.email;
  const auto user = co_await flow.services().users.find(visit.context.tenant->tenant.id, ticket.user);
  if (!user) co_return page;
  if (page.username.empty()) page.username = user->email.empty() ? user->username : user->email;
  if (const auto* connection = visit.context.tenant->connection(user->connection))
    page.rules = password_rules_of(*connection);
  co_return page;
}

}  // namespace

base::awaitable<http::Response> show_reset_request(PageFlow flow, http::Request request) {
  auto visit = co_await open_visit(flow, std::move(request));
  if (!visit) co_return visit.error();
  const auto* connection = connection_of(*visit);
  if (connection == nullptr) co_return unknown_connection(*visit);

  ResetRequestPage page;
  page.identifier = identifier_of(*connection);
  page.identifier_value = visit->transaction.login_hint;
  page.back_url = back_address(flow, *visit);
  co_return show(flow.page_context(*visit), page);
}

base::awaitable<http::Response> answer_reset_request(PageFlow flow, http::Request request) {
  auto visit = co_await open_visit(flow, std::move(request));
  if (!visit) co_return visit.error();
  const auto* connection = connection_of(*visit);
  if (connection == nullptr) co_return unknown_connection(*visit);

  std::string identifier = visit->field("email");
  if (identifier.empty()) identifier = visit->field("username");
  if (identifier.empty()) {
    ResetRequestPage page;
    page.identifier = identifier_of(*connection);
    page.back_url = back_address(flow, *visit);
    page.errors.push_back({page.identifier == Identifier::email ? "email" : "username", "no-email"});
    co_return show(flow.page_context(*visit), page, 400);
  }

  const auto client = visit->client != nullptr ? visit->client->client_id : model::ClientId{};
  const auto asked = co_await flow.services().recovery.request_reset(visit->context, *connection, client, identifier);
  if (!asked) co_return busy(*visit);

  ResetEmailSentPage page;
  page.identifier = identifier_of(*connection);
  page.identifier_value = identifier;
  page.back_url = back_address(flow, *visit);
  co_return show(flow.page_context(*visit), page);
}

// The link in the mail. It shows the form right here: mail scanners that follow links use nothing up.
base::awaitable<http::Response> open_reset_link(PageFlow flow, http::Request request) {
  co_return co_await show_reset_change(std::move(flow), std::move(request));
}

base::awaitable<http::Response> show_reset_change(PageFlow flow, http::Request request) {
  auto visit = co_await flow.open_without_transaction(std::move(request));
  if (!visit) co_return visit.error();
  const auto secret = visit->field("ticket");
  const auto ticket = co_await flow.services().recovery.look_at(visit->context, secret);
  if (!ticket) co_return is_busy(ticket.error().why) ? busy(*visit) : refuse(flow, *visit, ticket.error().why);

  auto context = flow.page_context(*visit);
  context.action_url = "/u/reset-password/change?ticket=" + base::percent_encode(secret);
  co_return show(context, co_await change_page(flow, *visit, *ticket));
}

base::awaitable<http::Response> answer_reset_change(PageFlow flow, http::Request request) {
  auto visit = co_await flow.open_without_transaction(std::move(request));
  if (!visit) co_return visit.error();
  const auto query = http::Form::parse(visit->request.query);
  const std::string secret(query ? query->get("ticket").value_or("") : "");
  const auto ticket = co_await flow.services().recovery.look_at(visit->context, secret);
  if (!ticket) co_return is_busy(ticket.error().why) ? busy(*visit) : refuse(flow, *visit, ticket.error().why);

  auto context = flow.page_context(*visit);
  context.action_url = "/u/reset-password/change?ticket=" + base::percent_encode(secret);
  auto page = co_await change_page(flow, *visit, *ticket);
  const std::string password(visit->form.get("password-reset").value_or(""));
  const std::string again(visit->form.get("re-enter-password").value_or(""));
  if (password.empty())
    page.errors.push_back({"password-reset", "no-password"});
  else if (again.empty())
    page.errors.push_back({"re-enter-password", "no-re-enter-password"});
  else if (password != again)
    page.errors.push_back({"re-enter-password", "password-mismatch"});
  if (!page.errors.empty()) co_return show(context, page, 400);

  const auto changed = co_await flow.services().recovery.change_password(visit->context, secret, password);
  if (!changed) {
    if (is_busy(changed.error().why)) co_return busy(*visit);
    if (changed.error().why != Recovery::Refusal::weak_password) co_return refuse(flow, *visit, changed.error().why);
    page.errors.push_back({"password-reset", "password-too-weak"});
    co_return show(context, page, 400);
  }
  if (!changed->result_url.empty()) {
    co_return http::Response::redirect(
        302, base::append_query(changed->result_url, {{"success", "true"}, {"code", "success"}}));
  }
  ResetSuccessPage success;
  const auto* client = visit->context.tenant->client(changed->client.value);
  if (client != nullptr) success.continue_url = client->initiate_login_uri;
  co_return show(flow.page_context(*visit), success);
}

}  // namespace cardea::api
