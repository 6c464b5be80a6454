#include "api/login/screens.h"

#include "api/login/page_assets.h"

namespace cardea::api {
namespace {

using Screen = base::awaitable<http::Response> (*)(PageFlow, http::Request);

constexpr std::size_t kMaxForm = 64 * 1024;

base::awaitable<http::Response> asset(http::Request request) {
  auto found = find_page_asset(request.path);
  if (!found) co_return http::Response::text(404, "Not Found");
  http::Response response;
  response.header("Content-Type", found->content_type);
  response.cache(found->immutable ? "public, max-age=31536000, immutable" : "public, max-age=3600");
  response.cacheable_etag = true;
  response.body = std::move(found->body);
  co_return response;
}

}  // namespace

PasswordRules password_rules_of(const model::Connection& connection) {
  PasswordRules rules;
  switch (connection.password_policy) {
    case model::PasswordPolicy::none:
      rules.min_length = 1;
      break;
    case model::PasswordPolicy::low:
      rules.min_length = 6;
      break;
    case model::PasswordPolicy::fair:
      rules.lower = rules.upper = rules.digit = true;
      break;
    case model::PasswordPolicy::good:
      rules.three_of_four = true;
      break;
    case model::PasswordPolicy::excellent:
      rules.min_length = 10;
      rules.three_of_four = true;
      rules.max_repeats = 2;
      break;
  }
  if (connection.password_min_length > 0) rules.min_length = connection.password_min_length;
  return rules;
}

namespace {

// Of a page that makes or changes accounts.
template <Screen screen>
base::awaitable<http::Response> unless_read_only(PageFlow flow, http::Request request) {
  if (!flow.services().contexts.read_only()) co_return co_await screen(std::move(flow), std::move(request));
  const auto context = co_await flow.services().contexts.of(request);
  co_return show_error(request, context ? &*context : nullptr, 403, "read_only_mode",
                       "This is not possible at the moment. Please try again later.");
}

}  // namespace

void add_login_routes(http::Router& router, const LoginServices& services) {
  const PageFlow flow(services);
  http::RouteOptions options;
  options.max_body = kMaxForm;
  const auto add = [&](const char* method, const char* path, Screen screen) {
    router.add(
        method, path, [flow, screen](http::Request request) { return screen(flow, std::move(request)); }, options);
  };
  add("GET", "/u/login", show_login);
  add("POST", "/u/login", answer_login);
  add("GET", "/u/signup", unless_read_only<show_signup>);
  add("POST", "/u/signup", unless_read_only<answer_signup>);
  add("GET", "/u/consent", show_consent);
  add("POST", "/u/consent", answer_consent);
  add("GET", "/u/account", show_accounts);
  add("POST", "/u/account", answer_accounts);
  add("GET", "/u/reset-password/request/{connection}", unless_read_only<show_reset_request>);
  add("POST", "/u/reset-password/request/{connection}", unless_read_only<answer_reset_request>);
  add("GET", "/u/reset-verify", open_reset_link);
  add("GET", "/u/reset-password/change", show_reset_change);
  add("POST", "/u/reset-password/change", unless_read_only<answer_reset_change>);
  add("GET", "/u/email-verification", unless_read_only<open_verification_link>);
  add("GET", "/u/logout", show_logout);
  add("POST", "/u/logout", answer_logout);
  router.add("GET", "/u/assets/{name}", asset);
}

}  // namespace cardea::api
