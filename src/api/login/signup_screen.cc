#include "api/login/screens.h"

namespace cardea::api {
namespace {

SignupPage signup_page(const PageFlow& flow, const PageVisit& visit, const model::Connection& connection) {
  SignupPage page;
  page.ask_username = connection.requires_username;
  page.rules = password_rules_of(connection);
  page.login_url = flow.page_address(visit, "/u/login");
  return page;
}

FieldError explain(const identity::SignUp::Refusal& refusal) {
  switch (refusal.why) {
    case identity::SignUpRefusal::disabled:
      return {"", "signup-disabled"};
    case identity::SignUpRefusal::invalid_email:
      return {"email", "invalid-email"};
    case identity::SignUpRefusal::invalid_username:
      return {"username", "invalid-username"};
    case identity::SignUpRefusal::invalid_profile:
      return {"", "signup-failed"};
    case identity::SignUpRefusal::weak_password:
      return {"password", "password-too-weak"};
    case identity::SignUpRefusal::user_exists:
      return {"", "signup-failed"};
    case identity::SignUpRefusal::username_exists:
      return {"username", "username-taken"};
    case identity::SignUpRefusal::too_many:
      return {"", "too-many-requests"};
    case identity::SignUpRefusal::overloaded:
      return {"", "unavailable"};
    case identity::SignUpRefusal::unavailable:
      return {"", "unavailable"};
  }
  return {"", "something-went-wrong"};
}

int status_of(identity::SignUpRefusal why) {
  if (why == identity::SignUpRefusal::too_many) return 429;
  const bool busy = why == identity::SignUpRefusal::overloaded || why == identity::SignUpRefusal::unavailable;
  return busy ? 503 : 400;
}

// The page needs a connection that takes new users.
const model::Connection* open_connection(const PageVisit& visit) {
  const auto* connection = PageFlow::database_of(visit);
  return connection != nullptr && !connection->disable_signup ? connection : nullptr;
}

http::Response disabled(const PageFlow& flow, const PageVisit& visit) {
  ErrorPage page;
  page.key = "signup-disabled";
  page.back_url = flow.page_address(visit, "/u/login");
  return show(flow.page_context(visit), page, 403);
}

}  // namespace

base::awaitable<http::Response> show_signup(PageFlow flow, http::Request request) {
  auto visit = co_await flow.open(std::move(request));
  if (!visit) co_return visit.error();
  const auto* connection = open_connection(*visit);
  if (connection == nullptr) co_return disabled(flow, *visit);

  auto page = signup_page(flow, *visit, *connection);
  page.email = visit->transaction.login_hint;
  co_return show(flow.page_context(*visit), page);
}

base::awaitable<http::Response> answer_signup(PageFlow flow, http::Request request) {
  auto visit = co_await flow.open(std::move(request));
  if (!visit) co_return visit.error();
  const auto* connection = open_connection(*visit);
  if (connection == nullptr) co_return disabled(flow, *visit);

  auto page = signup_page(flow, *visit, *connection);
  page.email = visit->field("email");
  page.username = visit->field("username");
  identity::NewUser user;
  user.email = page.email;
  if (connection->requires_username) user.username = page.username;
  user.password = visit->form.get("password").value_or("");
  if (user.email.empty()) page.errors.push_back({"email", "no-email"});
  if (connection->requires_username && user.username.empty()) page.errors.push_back({"username", "no-username"});
  if (user.password.empty()) page.errors.push_back({"password", "no-password"});
  if (!page.errors.empty()) co_return show(flow.page_context(*visit), page, 400);

  auto created = co_await flow.services().sign_up.create(visit->context, *visit->client, *connection, std::move(user));
  if (!created) {
    auto error = explain(created.error());
    if (created.error().why == identity::SignUpRefusal::user_exists &&
        visit->context.tenant->tenant.enable_public_signup_user_exists_error)
      error = {"email", "email-in-use"};
    page.errors.push_back(std::move(error));
    co_return show(flow.page_context(*visit), page, status_of(created.error().why));
  }
  const auto name = connection->name;
  co_return co_await flow.sign_in(std::move(*visit), std::move(*created), name);
}

}  // namespace cardea::api
