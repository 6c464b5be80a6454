#include "api/auth/request_parameters.h"

#include <algorithm>

#include "api/auth/oauth_answers.h"
#include "http/form.h"

namespace cardea::api {
namespace {

std::unexpected<http::Response> malformed(std::string description, int status = 400) {
  return std::unexpected(oauth_error(status, "invalid_request", description));
}

base::Result<oauth::Parameters, http::Response> form_parameters(std::string_view text) {
  auto form = http::Form::parse(text);
  if (!form) return malformed("Malformed parameters");
  return oauth::Parameters(form->pairs());
}

bool has_nul(const base::json::value& value) {
  if (value.is_string()) return std::string_view(value.get_string()).find('\0') != std::string_view::npos;
  if (value.is_array()) return std::ranges::any_of(value.get_array(), has_nul);
  if (!value.is_object()) return false;
  return std::ranges::any_of(value.get_object(), [](const auto& member) {
    return std::string_view(member.key()).find('\0') != std::string_view::npos || has_nul(member.value());
  });
}

}  // namespace

base::Result<base::json::object, http::Response> json_body(const http::Request& request) {
  auto parsed = base::parse_json(request.body);
  if (!parsed) return malformed("The body is not valid JSON");
  if (!parsed->is_object()) return malformed("The body must be a JSON object");
  if (has_nul(*parsed)) return malformed("Malformed parameters");
  return std::move(parsed->get_object());
}

base::Result<oauth::Parameters, http::Response> body_parameters(const http::Request& request) {
  const auto type = request.content_type();
  if (type == "application/x-www-form-urlencoded") return form_parameters(request.body);
  if (type == "application/json") {
    auto body = json_body(request);
    if (!body) return base::pass_on(body);
    return oauth::Parameters::from_json(*body);
  }
  if (request.body.empty()) return oauth::Parameters();
  return malformed("The Content-Type must be application/x-www-form-urlencoded or application/json", 415);
}

base::Result<oauth::Parameters, http::Response> query_parameters(const http::Request& request) {
  return form_parameters(request.query);
}

}  // namespace cardea::api
