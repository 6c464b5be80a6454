#include "api/login/screens.h"
#include "base/percent.h"

namespace cardea::api {
namespace {

LoginPage login_page(const PageFlow& flow, const PageVisit& visit, const model::Connection& connection) {
  LoginPage page;
  page.identifier = connection.requires_username ? Identifier::email_or_username : Identifier::email;
  page.show_signup = !connection.disable_signup;
  page.signup_url = flow.page_address(visit, "/u/signup");
  page.forgot_url = flow.page_address(visit, "/u/reset-password/request/" + base::percent_encode(connection.name));
  return page;
}

struct Explained {
  int status;
  FieldError error;
};

Explained explain(identity::LoginRefusal refusal) {
  switch (refusal) {
    case identity::LoginRefusal::wrong_credentials:
      return {400, {"", "wrong-credentials"}};
    case identity::LoginRefusal::blocked:
      return {403, {"", "user-blocked"}};
    case identity::LoginRefusal::too_many_attempts:
      return {429, {"", "too-many-requests"}};
    case identity::LoginRefusal::overloaded:
      return {503, {"", "unavailable"}};
    case identity::LoginRefusal::unavailable:
      return {503, {"", "unavailable"}};
  }
  return {500, {"", "something-went-wrong"}};
}

http::Response no_connection(const PageFlow& flow, const PageVisit& visit) {
  ErrorPage page;
  page.error_code = "invalid_request";
  page.detail = "no connection is enabled for this application";
  return show(flow.page_context(visit), page, 400);
}

}  // namespace

base::awaitable<http::Response> show_login(PageFlow flow, http::Request request) {
  auto visit = co_await flow.open(std::move(request));
  if (!visit) co_return visit.error();
  const auto* connection = PageFlow::database_of(*visit);
  if (connection == nullptr) co_return no_connection(flow, *visit);

  auto page = login_page(flow, *visit, *connection);
  page.username = visit->transaction.login_hint;
  co_return show(flow.page_context(*visit), page);
}

base::awaitable<http::Response> answer_login(PageFlow flow, http::Request request) {
  auto visit = co_await flow.open(std::move(request));
  if (!visit) co_return visit.error();
  const auto* connection = PageFlow::database_of(*visit);
  if (connection == nullptr) co_return no_connection(flow, *visit);

  auto page = login_page(flow, *visit, *connection);
  page.username = visit->field("username");
  const std::string password(visit->form.get("password").value_or(""));
  if (page.username.empty())
    page.errors.push_back({"username", connection->requires_username ? "no-username" : "no-email"});
  if (password.empty()) page.errors.push_back({"password", "no-password"});
  if (!page.errors.empty()) co_return show(flow.page_context(*visit), page, 400);

  auto user =
      co_await flow.services().passwords.check(visit->context, *visit->client, *connection, page.username, password);
  if (!user) {
    const auto explained = explain(user.error());
    page.errors.push_back(explained.error);
    auto response = show(flow.page_context(*visit), page, explained.status);
    if (explained.status == 503) response.header("Retry-After", "2");
    co_return response;
  }
  const auto name = connection->name;
  co_return co_await flow.sign_in(std::move(*visit), std::move(*user), name);
}

}  // namespace cardea::api
