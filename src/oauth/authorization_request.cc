#include "oauth/authorization_request.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/url.h"
#include "oauth/pkce.h"
#include "oauth/redirect_uri.h"

namespace cardea::oauth {
namespace {

using Fault = std::unexpected<AuthorizationFault>;

constexpr std::size_t kMaxRequest = 4096;

struct Bound {
  std::string_view name;
  std::size_t size;
};
constexpr std::array kBounds{Bound{"state", 2048},     Bound{"nonce", 512},          Bound{"scope", 2048},
                             Bound{"audience", 1024},  Bound{"login_hint", 320},     Bound{"ui_locales", 256},
                             Bound{"screen_hint", 64}, Bound{"connection", 128},     Bound{"realm", 128},
                             Bound{"acr_values", 512}, Bound{"code_challenge", 128}, Bound{"id_token_hint", 3072}};

Fault on_page(RefusalCode code, std::string description) {
  return Fault(AuthorizationFault{{code, std::move(description)}, std::nullopt});
}

// Answers the client once it is known where that is.
class Judge {
 public:
  explicit Judge(AnswerTarget target) : target_(std::move(target)) {}
  Fault refuse(RefusalCode code, std::string description) const {
    return Fault(AuthorizationFault{{code, std::move(description)}, target_});
  }

 private:
  AnswerTarget target_;
};

// Browsers compare origins; a page of this client may receive messages only where the client said so (reference §5).
bool may_receive_messages(const model::Client& client, std::string_view redirect_uri) {
  const auto url = base::Url::parse(redirect_uri);
  if (!url || !url->is_http()) return false;
  const auto origin = url->origin();
  return std::ranges::any_of(client.web_origins, [&](const auto& known) { return matches_origin(known, origin); });
}

// The parts that decide where errors go.
base::Result<AnswerTarget, AuthorizationFault> find_target(const Parameters& parameters, const model::Client& client,
                                                           const std::optional<ResponseType>& type) {
  AnswerTarget target;
  target.redirect_uri = parameters.get("redirect_uri");
  if (target.redirect_uri.size() > 2048) return on_page(RefusalCode::invalid_request, "redirect_uri is too long");
  if (target.redirect_uri.empty()) {
    if (client.callbacks.empty() || client.callbacks.front().find('*') != std::string::npos)
      return on_page(RefusalCode::invalid_request, "Missing required parameter: redirect_uri");
    target.redirect_uri = client.callbacks.front();
  } else if (!is_callback(client.callbacks, target.redirect_uri)) {
    return on_page(RefusalCode::invalid_request,
                   "Callback URL mismatch. The provided redirect_uri is not in the list of allowed callback URLs.");
  }
  const auto mode = parameters.get("response_mode");
  const auto default_mode = type && type->front_channel() ? ResponseMode::fragment : ResponseMode::query;
  const auto wanted = mode.empty() ? default_mode : parse_response_mode(mode).value_or(default_mode);
  target.mode = wanted;
  // Tokens in a query end up in logs and referrers (OAuth 2.0 Multiple Response Types §3).
  if (type && type->front_channel() && wanted == ResponseMode::query) target.mode = ResponseMode::fragment;
  if (wanted == ResponseMode::web_message && !may_receive_messages(client, target.redirect_uri))
    return on_page(RefusalCode::invalid_request,
                   "The origin of the redirect_uri is not among the allowed web origins.");
  if (parameters.get("state").size() <= 2048) target.state = parameters.get("state");
  return target;
}

std::optional<std::string> too_long(const Parameters& parameters) {
  std::size_t total = parameters.get("redirect_uri").size();
  for (const auto& bound : kBounds) {
    const auto size = parameters.get(bound.name).size();
    if (size > bound.size) return std::string(bound.name);
    total += size;
  }
  return total > kMaxRequest ? std::optional<std::string>("request") : std::nullopt;
}

base::Result<void, AuthorizationFault> read_challenge(const Parameters& parameters, const Judge& judge,
                                                      AuthorizationRequest& request) {
  const auto method = parameters.get("code_challenge_method");
  request.code_challenge = parameters.get("code_challenge");
  request.plain_challenge = method == "plain" || (method.empty() && !request.code_challenge.empty());
  if (!method.empty() && method != "S256" && method != "plain")
    return judge.refuse(RefusalCode::invalid_request, "code_challenge_method must be S256 or plain");
  if (request.code_challenge.empty()) {
    if (!method.empty())
      return judge.refuse(RefusalCode::invalid_request, "Missing required parameter: code_challenge");
    return {};
  }
  if (!is_code_challenge(request.code_challenge, request.plain_challenge))
    return judge.refuse(RefusalCode::invalid_request, "Invalid code_challenge");
  return {};
}

base::Result<void, AuthorizationFault> read_interaction(const Parameters& parameters, const Judge& judge,
                                                        AuthorizationRequest& request) {
  const auto prompt = parse_prompt(parameters.get("prompt"));
  if (!prompt) return judge.refuse(RefusalCode::invalid_request, "Invalid prompt");
  request.prompt = *prompt;
  if (const auto text = parameters.get("max_age"); !text.empty()) {
    std::int64_t seconds = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc{} || end != text.data() + text.size() || seconds < 0)
      return judge.refuse(RefusalCode::invalid_request, "Invalid max_age");
    request.max_age = std::min<std::int64_t>(seconds, 10LL * 365 * 86'400);
  }
  request.login_hint = parameters.get("login_hint");
  request.id_token_hint = parameters.get("id_token_hint");
  request.ui_locales = parameters.get("ui_locales");
  request.screen_hint = parameters.get("screen_hint");
  request.connection = parameters.get(parameters.has("connection") ? "connection" : "realm");
  request.acr_values = parameters.get("acr_values");
  return {};
}

base::Result<void, AuthorizationFault> check_response_type(const Parameters& parameters, const model::Client& client,
                                                           const std::optional<ResponseType>& type,
                                                           const Judge& judge) {
  if (!parameters.has("response_type"))
    return judge.refuse(RefusalCode::invalid_request, "Missing required parameter: response_type");
  if (!type)
    return judge.refuse(RefusalCode::unsupported_response_type,
                        "Unsupported response type: " + std::string(parameters.get("response_type").substr(0, 64)));
  if (type->code && !client.allows_grant("authorization_code"))
    return judge.refuse(RefusalCode::unauthorized_client,
                        "Grant type 'authorization_code' not allowed for the client.");
  // response_type=id_token gives no access and so needs no grant beyond what signing in needs.
  if (type->token && !client.allows_grant("implicit"))
    return judge.refuse(RefusalCode::unauthorized_client, "Grant type 'implicit' not allowed for the client.");
  const auto mode = parameters.get("response_mode");
  if (!mode.empty() && !parse_response_mode(mode))
    return judge.refuse(RefusalCode::invalid_request, "Invalid response_mode");
  if (mode == "query" && type->front_channel())
    return judge.refuse(RefusalCode::invalid_request, "response_mode=query is not allowed for tokens");
  return {};
}

}  // namespace

base::Result<AuthorizationRequest, AuthorizationFault> parse_authorization_request(
    const Parameters& parameters, const identity::TenantSnapshot& tenant) {
  const auto client_id = parameters.get("client_id");
  if (client_id.empty()) return on_page(RefusalCode::invalid_request, "Missing required parameter: client_id");
  const auto* client = tenant.client(client_id);
  if (!client || client->is_global)
    return on_page(RefusalCode::invalid_request, "Unknown client: " + std::string(client_id.substr(0, 64)));
  const auto repeated = parameters.repeated();
  if (repeated == "client_id" || repeated == "redirect_uri" || repeated == "response_mode")
    return on_page(RefusalCode::invalid_request, "Repeated parameter: " + *repeated);
  const auto type = parse_response_type(parameters.get("response_type"));
  auto target = find_target(parameters, *client, type);
  if (!target) return base::pass_on(target);

  const Judge judge(*target);
  if (repeated) return judge.refuse(RefusalCode::invalid_request, "Repeated parameter: " + repeated->substr(0, 64));
  if (const auto name = too_long(parameters))
    return judge.refuse(RefusalCode::invalid_request, "Parameter too long: " + *name);
  if (parameters.has("request") || parameters.has("request_uri"))
    return judge.refuse(RefusalCode::invalid_request, "request and request_uri are not supported");
  if (auto checked = check_response_type(parameters, *client, type, judge); !checked) return base::pass_on(checked);

  AuthorizationRequest request;
  request.client_id = client->client_id;
  request.target = std::move(*target);
  request.redirect_uri_given = parameters.has("redirect_uri");
  request.response_type = *type;
  const auto scopes = parse_scopes(parameters.get("scope"));
  if (!scopes) return judge.refuse(RefusalCode::invalid_scope, "Invalid scope");
  request.scopes = *scopes;
  request.audience = parameters.get(parameters.has("audience") ? "audience" : "resource");
  request.nonce = parameters.get("nonce");
  if (type->id_token && request.nonce.empty())
    return judge.refuse(RefusalCode::invalid_request, "Missing required parameter: nonce");
  if (auto read = read_challenge(parameters, judge, request); !read) return base::pass_on(read);
  if (auto read = read_interaction(parameters, judge, request); !read) return base::pass_on(read);
  return request;
}

}  // namespace cardea::oauth
