#include "api/auth/database_connection.h"
#include "api/auth/endpoints.h"
#include "api/auth/oauth_answers.h"
#include "api/auth/request_parameters.h"

namespace cardea::api {
namespace {

using identity::SignUpRefusal;

http::Response signup_error(std::string_view code, std::string_view description) {
  return http::Response::json(
      400, base::json::object{
               {"name", "BadRequestError"}, {"code", code}, {"description", description}, {"statusCode", 400}});
}

http::Response password_error(const identity::PasswordVerdict& verdict) {
  base::json::object body{{"name", "PasswordStrengthError"}, {"message", "Password is too weak"},
                          {"code", "invalid_password"},      {"description", verdict.rules},
                          {"policy", verdict.policy},        {"statusCode", 400}};
  switch (verdict.fault) {
    case identity::PasswordFault::none:
    case identity::PasswordFault::strength:
      break;
    case identity::PasswordFault::dictionary:
      body["name"] = "PasswordDictionaryError";
      body["code"] = "password_dictionary_error";
      body["message"] = body["description"] = "Password is too common";
      break;
    case identity::PasswordFault::personal_info:
      body["name"] = "PasswordNoUserInfoError";
      body["code"] = "password_no_user_info_error";
      body["message"] = body["description"] = "Password contains user information";
      break;
  }
  return http::Response::json(400, body);
}

http::Response refusal(const identity::SignUp::Refusal& refused, const model::Tenant& tenant) {
  const bool may_tell = tenant.enable_public_signup_user_exists_error;
  switch (refused.why) {
    case SignUpRefusal::disabled:
      break;
    case SignUpRefusal::invalid_email:
      return signup_error("invalid_signup", "Invalid sign up: the email is missing or not valid");
    case SignUpRefusal::invalid_username:
      return signup_error("invalid_signup", "Invalid sign up: the username is missing or not valid");
    case SignUpRefusal::invalid_profile:
      return signup_error("invalid_signup", "Invalid sign up: a profile field is not valid");
    case SignUpRefusal::weak_password:
      return password_error(refused.verdict);
    case SignUpRefusal::user_exists:
      if (may_tell) return signup_error("user_exists", "The user already exists.");
      break;
    case SignUpRefusal::username_exists:
      if (may_tell) return signup_error("username_exists", "The username provided is in use already.");
      break;
    case SignUpRefusal::too_many:
      return oauth_error(429, "too_many_requests", "Too many sign-ups from this address. Try again in a moment.")
          .header("Retry-After", "2");
    case SignUpRefusal::overloaded:
    case SignUpRefusal::unavailable:
      return no_context({base::Errc::unavailable, "sign-up"});
  }
  return signup_error("invalid_signup", "Invalid sign up");
}

identity::NewUser new_user(const base::json::object& body) {
  identity::NewUser user;
  user.email = base::get_string_or(body, "email");
  user.username = base::get_string_or(body, "username");
  user.phone_number = base::get_string_or(body, "phone_number");
  user.password = base::get_string_or(body, "password");
  for (const auto name : {"given_name", "family_name", "name", "nickname", "picture"})
    if (const auto value = base::get_string(body, name)) user.profile[name] = *value;
  if (const auto* metadata = base::get_object(body, "user_metadata")) user.user_metadata = *metadata;
  return user;
}

// `_id` without the provider's prefix (reference §10).
base::json::object created(const model::User& user) {
  const auto& id = user.user_id.value;
  base::json::object answer{{"_id", id.substr(id.find('|') + 1)}, {"email_verified", user.email_verified}};
  for (const auto name : {"email", "username", "phone_number", "given_name", "family_name", "name", "nickname",
                          "picture", "user_metadata"})
    if (const auto* value = user.document.if_contains(name)) answer[name] = *value;
  if (!user.phone_number.empty()) answer["phone_verified"] = user.phone_verified;
  return answer;
}

}  // namespace

// POST /dbconnections/signup
base::awaitable<http::Response> database_signup(const AuthServices& services, http::Request request) {
  const auto context = co_await services.contexts.of(request);
  if (!context) co_return no_context(context.error());
  const auto body = json_body(request);
  if (!body) co_return body.error();
  const auto call = find_database(*context->tenant, *body);
  if (!call) co_return call.error();

  auto user = new_user(*body);
  if (user.password.empty()) co_return oauth_error(400, "invalid_request", "password is required");
  const auto made = co_await services.sign_up.create(*context, *call->client, *call->connection, std::move(user));
  if (!made) co_return refusal(made.error(), context->tenant->tenant);
  co_return http::Response::json(200, created(*made));
}

}  // namespace cardea::api
