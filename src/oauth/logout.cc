#include "oauth/logout.h"

#include "base/percent.h"
#include "oauth/id_token_hint.h"
#include "oauth/redirect_uri.h"

namespace cardea::oauth {
namespace {

constexpr std::string_view kPurpose = "logout";
constexpr auto kQuestionLifetime = std::chrono::minutes(30);

std::string not_allowed(std::string_view parameter, std::string_view url) {
  return "The \"" + std::string(parameter) + "\" querystring parameter \"" + std::string(url.substr(0, 256)) +
         "\" is not defined as a valid URL in the allowed logout URLs.";
}

// "" when nothing was asked for and there is no default.
base::Result<std::string, Refusal> logout_target(const identity::TenantSnapshot& tenant, const model::Client* client,
                                                 std::string_view parameter, std::string_view wanted) {
  const auto& allowed = client ? client->allowed_logout_urls : tenant.tenant.allowed_logout_urls;
  if (wanted.size() > 2048) return refuse(RefusalCode::invalid_request, not_allowed(parameter, wanted));
  if (wanted.empty()) {
    const bool usable = client && !allowed.empty() && allowed.front().find('*') == std::string::npos;
    return usable ? allowed.front() : std::string();
  }
  if (!is_logout_url(allowed, wanted)) return refuse(RefusalCode::invalid_request, not_allowed(parameter, wanted));
  return std::string(wanted);
}

// What a request for an RP-initiated logout is about.
struct RpRequest {
  const model::Client* client = nullptr;
  model::SessionId hinted;  // the session that the caller knows of
  std::string redirect;
};

base::Result<RpRequest, Refusal> read_rp_request(const identity::RequestContext& context,
                                                 const Parameters& parameters) {
  if (const auto name = parameters.repeated())
    return refuse(RefusalCode::invalid_request, "Repeated parameter: " + name->substr(0, 64));
  RpRequest request;
  std::string client_id(parameters.get("client_id"));
  if (const auto token = parameters.get("id_token_hint"); !token.empty()) {
    const auto hint = read_id_token_hint(*context.tenant, context.address.issuer, token);
    if (!hint) return refuse(RefusalCode::invalid_request, "Invalid id_token_hint");
    if (!client_id.empty() && client_id != hint->client.view())
      return refuse(RefusalCode::invalid_request, "The client_id does not match the id_token_hint");
    client_id = hint->client.value;
    request.hinted = hint->session;
  } else {
    request.hinted = model::SessionId{std::string(parameters.get("logout_hint").substr(0, 256))};
  }
  if (!client_id.empty()) {
    request.client = context.tenant->client(client_id);
    if (!request.client) return refuse(RefusalCode::invalid_request, "Unknown client: " + client_id.substr(0, 64));
  }
  const auto wanted = parameters.get("post_logout_redirect_uri");
  if (wanted.empty()) return request;
  auto target = logout_target(*context.tenant, request.client, "post_logout_redirect_uri", wanted);
  if (!target) return base::pass_on(target);
  request.redirect = std::move(*target);
  const auto state = parameters.get("state");
  if (state.size() > 2048) return refuse(RefusalCode::invalid_request, "Parameter too long: state");
  if (!state.empty()) request.redirect = base::append_query(request.redirect, {{"state", std::string(state)}});
  return request;
}

}  // namespace

Logout::Logout(identity::SessionService& sessions, identity::SessionEnding& ending, const store::Artifacts& artifacts,
               const base::Clock& clock)
    : sessions_(sessions), ending_(ending), artifacts_(artifacts), clock_(clock) {}

base::awaitable<Logout::Outcome> Logout::end(identity::RequestContext context, std::optional<model::Session> session,
                                             std::string redirect) {
  if (session) {
    const auto ended = co_await ending_.end(std::move(context), std::move(*session), "rp-logout");
    if (!ended && ended.error().code != base::Errc::not_found) co_return refusal_of(ended.error());
  }
  co_return Done{std::move(redirect)};
}

base::awaitable<Logout::Outcome> Logout::v2(identity::RequestContext context, Parameters parameters,
                                            std::string session_cookie) {
  if (const auto name = parameters.repeated())
    co_return Refusal{RefusalCode::invalid_request, "Repeated parameter: " + name->substr(0, 64)};
  const auto client_id = parameters.get("client_id");
  const auto* client = context.tenant->client(client_id);
  if (!client_id.empty() && !client)
    co_return Refusal{RefusalCode::invalid_request, "Unknown client: " + std::string(client_id.substr(0, 64))};
  auto target = logout_target(*context.tenant, client, "returnTo", parameters.get("returnTo"));
  if (!target) co_return target.error();

  std::optional<model::Session> session;
  if (!session_cookie.empty()) {
    auto found = co_await sessions_.find(context, std::move(session_cookie));
    if (!found && found.error().code == base::Errc::unavailable) co_return refusal_of(found.error());
    if (found) session = std::move(*found);
  }
  co_return co_await end(std::move(context), std::move(session), std::move(*target));
}

base::awaitable<Logout::Outcome> Logout::rp_initiated(identity::RequestContext context, Parameters parameters,
                                                      std::string session_cookie) {
  auto request = read_rp_request(context, parameters);
  if (!request) co_return request.error();

  base::Result<model::Session> session = base::fail(base::Errc::not_found, "no session");
  if (!session_cookie.empty()) session = co_await sessions_.find(context, std::move(session_cookie));
  if (!session && session.error().code == base::Errc::unavailable) co_return refusal_of(session.error());
  // Without a session here there is nothing to ask about; who has the ID token may end the session that it names.
  if (!session) {
    if (parameters.has("id_token_hint") && !request->hinted.empty())
      if (auto ended = co_await ending_.end_named(context, request->hinted, "rp-logout"); !ended)
        co_return refusal_of(ended.error());
    co_return co_await end(std::move(context), std::nullopt, std::move(request->redirect));
  }
  if (request->hinted == session->id || !context.tenant->tenant.oidc_logout_prompt_enabled)
    co_return co_await end(std::move(context), std::move(*session), std::move(request->redirect));
  const base::json::object question{{"session", session->id.value}, {"redirect", request->redirect}};
  co_return Confirm{artifacts_.seal(context.tenant->tenant.id, kPurpose, question, clock_.now() + kQuestionLifetime)};
}

}  // namespace cardea::oauth
