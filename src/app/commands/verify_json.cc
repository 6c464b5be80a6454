#include "app/commands/verify_json.h"

#include <fmt/format.h>

#include "base/url.h"

namespace cardea::app {
namespace {

constexpr std::size_t kLongestRemark = 200;

// What OAuth ("error", "error_description") and the Management API ("errorCode", "message") say.
std::string error_of(const std::string& body) {
  const auto parsed = base::parse_json(body);
  if (!parsed || !parsed->is_object()) return {};
  const auto& object = parsed->get_object();
  auto code = base::get_string_or(object, "errorCode", base::get_string_or(object, "error"));
  auto text = base::get_string_or(object, "error_description", base::get_string_or(object, "message"));
  if (!text.empty()) code += (code.empty() ? "" : ": ") + text;
  return code.empty() ? "" : " " + code.substr(0, kLongestRemark);
}

std::string name_of(const http::OutgoingRequest& request) {
  const auto url = base::Url::parse(request.url);
  return fmt::format("{} {}", request.method, url ? url->path : request.url);
}

}  // namespace

base::awaitable<base::Result<base::json::value>> call_json(http::Client& client, http::OutgoingRequest request,
                                                           int wanted) {
  const auto name = name_of(request);
  request.headers.set("Accept", "application/json");
  auto answer = co_await client.send(std::move(request));
  if (!answer) co_return base::fail(answer.error().code, fmt::format("{}: {}", name, answer.error().reason));
  if (answer->status != wanted)
    co_return base::fail(base::Errc::unavailable,
                         fmt::format("{} answered {}{}", name, answer->status, error_of(answer->body)));
  if (answer->body.empty()) co_return base::json::value(nullptr);
  auto parsed = base::parse_json(answer->body);
  if (!parsed) co_return base::fail(base::Errc::unavailable, fmt::format("{} answered with no JSON", name));
  co_return std::move(*parsed);
}

base::awaitable<base::Result<base::json::object>> call_json_object(http::Client& client, http::OutgoingRequest request,
                                                                   int wanted) {
  const auto name = name_of(request);
  auto answer = co_await call_json(client, std::move(request), wanted);
  if (!answer) co_return base::pass_on(answer);
  if (!answer->is_object()) co_return base::fail(base::Errc::unavailable, name + " answered with no JSON object");
  co_return std::move(answer->get_object());
}

}  // namespace cardea::app
