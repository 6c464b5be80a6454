#include "api/manage/management_call.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "api/manage/recent_writers.h"
#include "identity/audit.h"

namespace cardea::api {
namespace {

constexpr std::size_t kMaxBody = 2 * 1024 * 1024;

std::string joined(const std::vector<std::string_view>& scopes) { return fmt::format("{}", fmt::join(scopes, ",")); }

ManagementError unauthorized(std::string message) { return {401, std::move(message), ""}; }

// RFC 6750 §2.1. The scheme's name is case-insensitive.
std::string bearer_of(const http::Request& request) {
  const auto header = request.header("authorization").value_or("");
  constexpr std::string_view kScheme = "bearer ";
  if (header.size() <= kScheme.size()) return {};
  const bool bearer = std::ranges::equal(header.substr(0, kScheme.size()), kScheme, [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b;
  });
  return bearer ? std::string(header.substr(kScheme.size())) : std::string();
}

// An object, or a list where the operation takes one.
base::Result<base::json::value, ManagementError> body_of(const http::Request& request, BodyShape shape) {
  const bool list = shape == BodyShape::list;
  if (request.method == "GET" || request.method == "HEAD" || request.body.empty()) {
    if (list) return base::json::array{};
    return base::json::object{};
  }
  if (request.content_type() != "application/json")
    return std::unexpected(ManagementError{415, "Unsupported media type; send application/json.", ""});
  auto parsed = base::parse_json(request.body);
  if (!parsed) return std::unexpected(ManagementError{400, "Invalid request payload JSON format", "invalid_body"});
  if (list ? !parsed->is_array() : !parsed->is_object())
    return std::unexpected(invalid_body(std::string("Payload validation error: 'Expected type ") +
                                        (list ? "array" : "object") + " but found another type'."));
  return std::move(*parsed);
}

}  // namespace

bool ManagementToken::has_any(const std::vector<std::string_view>& wanted) const {
  return std::ranges::any_of(wanted, [this](std::string_view scope) { return has(scope); });
}

model::Event ManagementCall::event(std::string_view description, base::Time now) const {
  identity::AuditDetails details;
  details.client_id = token.client_id;
  if (const auto* client = context.tenant->client(token.client_id)) details.client_name = client->name;
  if (!token.subject.ends_with("@clients")) details.user_id = token.subject;
  details.description = description;
  details.details["request"] = {{"method", request.method}, {"path", request.path}};
  return identity::make_event(context, "sapi", std::move(details), now);
}

// What is registered once and never changes when requests come.
struct ManagementRouter::Operation {
  std::vector<std::string_view> scopes;
  BodyShape shape;
  ManagementHandler handler;
  ManagementHandler stale;  // may be empty
};

struct ManagementRouter::Shared {
  const RequestContexts& contexts;
  TokenVerifier verifier;
  RecentWriters writers;
  std::map<std::string, std::shared_ptr<Operation>, std::less<>> reads;  // by pattern

  // Host, token, scopes, query, body: in this order, so that nobody learns anything before they are known.
  base::awaitable<base::Result<ManagementCall, ManagementError>> open(http::Request request,
                                                                      const std::vector<std::string_view>& scopes,
                                                                      BodyShape shape) const {
    auto context = co_await contexts.of(request);
    if (!context) {
      if (context.error().code == base::Errc::not_found)
        co_return std::unexpected(ManagementError{404, "No tenant answers at this host.", ""});
      co_return std::unexpected(from_store(context.error()));
    }
    auto token_text = bearer_of(request);
    if (token_text.empty()) co_return std::unexpected(unauthorized("Missing authentication"));
    auto token = co_await verifier(*context, std::move(token_text));
    if (!token) co_return std::unexpected(unauthorized(token.error()));
    if (!token->has_any(scopes))
      co_return std::unexpected(
          ManagementError{403, "Insufficient scope, expected any of: " + joined(scopes), "insufficient_scope"});

    if (contexts.read_only() && request.method != "GET")
      co_return std::unexpected(from_store({base::Errc::read_only, "a standby"}));
    auto query = http::Form::parse(request.query);
    if (!query)
      co_return std::unexpected(
          ManagementError{400, "Query validation error: malformed query string.", "invalid_query_string"});
    auto body = body_of(request, shape);
    if (!body) co_return base::pass_on(body);

    ManagementCall call;
    call.request = std::move(request);
    call.context = std::move(*context);
    call.token = std::move(*token);
    call.query = std::move(*query);
    if (body->is_array())
      call.items = std::move(body->get_array());
    else
      call.body = std::move(body->get_object());
    co_return call;
  }
};

ManagementRouter::ManagementRouter(http::Router& router, const RequestContexts& contexts, TokenVerifier verifier,
                                   const base::Clock& clock)
    : router_(router), shared_(new Shared{contexts, std::move(verifier), RecentWriters(clock), {}}) {}

ManagementRouter::~ManagementRouter() = default;

namespace {

// A coroutine function, not a lambda: its parameters live as long as it runs.
template <class Shared, class Operation>
base::awaitable<http::Response> run(std::shared_ptr<Shared> shared, std::shared_ptr<const Operation> operation,
                                    http::Request request) {
  auto call = co_await shared->open(std::move(request), operation->scopes, operation->shape);
  if (!call) co_return call.error().to_response();
  const auto tenant_name = call->context.tenant->tenant.name;
  const auto who = call->tenant().value + '\0' + call->token.client_id + '\0' + call->token.subject;
  const bool reads = call->request.method == "GET";
  const bool stale = reads && operation->stale && !shared->writers.has(who);
  auto done = co_await (stale ? operation->stale : operation->handler)(std::move(*call));
  if (!reads) shared->writers.note(who);
  auto response = done ? std::move(*done) : done.error().to_response();
  response.log_fields["tenant"] = tenant_name;
  co_return response;
}

}  // namespace

void ManagementRouter::add(std::string_view method, std::string_view pattern, std::vector<std::string_view> scopes,
                           ManagementHandler handler, BodyShape shape) {
  if (stale_) {
    const auto known = method == "GET" ? shared_->reads.find(pattern) : shared_->reads.end();
    if (known != shared_->reads.end()) known->second->stale = std::move(handler);
    return;
  }
  auto operation = std::make_shared<Operation>(std::move(scopes), shape, std::move(handler));
  if (method == "GET") shared_->reads.emplace(pattern, operation);
  http::RouteOptions options;
  options.max_body = kMaxBody;
  router_.add(
      method, "/api/v2" + std::string(pattern),
      [shared = shared_, operation = std::shared_ptr<const Operation>(std::move(operation))](http::Request request) {
        return run(shared, operation, std::move(request));
      },
      options);
}

}  // namespace cardea::api
