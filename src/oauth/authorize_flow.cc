#include "oauth/authorize_flow.h"

#include <algorithm>

#include "identity/audit.h"
#include "oauth/id_token_hint.h"

namespace cardea::oauth {

// One request on its way through the endpoint.
struct AuthorizeFlow::Visit {
  identity::RequestContext context;
  AuthorizationRequest request;
  identity::LoginTransaction transaction;
  std::string session_cookie;
  const model::Client* client = nullptr;
  ApiAccess access;
  std::optional<model::Session> session;  // live, and fits the request
  std::optional<model::User> user;        // of that session

  const model::TenantId& tenant() const { return context.tenant->tenant.id; }
};

namespace {

std::vector<base::QueryPair> error_parameters(const Refusal& refusal) {
  return {{"error", std::string(to_string(refusal.code))}, {"error_description", refusal.description}};
}

std::string text_of_silent_refusal(RefusalCode code) {
  if (code == RefusalCode::consent_required) return "Consent required";
  if (code == RefusalCode::account_selection_required) return "Account selection required";
  return "Login required";
}

bool names_connection(const model::Connection& connection, const std::string& wanted) {
  return connection.name == wanted || std::ranges::find(connection.realms, wanted) != connection.realms.end();
}

// Single sign-on only where this client could have signed the person in itself, and to whom it asked for.
bool session_fits(const identity::RequestContext& context, const AuthorizationRequest& request,
                  const model::Session& session) {
  const auto* connection = context.tenant->connection(session.connection);
  if (!connection || !connection->enabled_for(request.client_id)) return false;
  if (!request.connection.empty() && !names_connection(*connection, request.connection)) return false;
  if (request.id_token_hint.empty()) return true;
  const auto hint = read_id_token_hint(*context.tenant, context.address.issuer, request.id_token_hint);
  return hint && hint->user == session.user_id;
}

bool anybody_can_sign_in(const identity::TenantSnapshot& tenant, const model::ClientId& client) {
  return std::ranges::any_of(tenant.connections, [&](const auto& entry) { return entry.second.enabled_for(client); });
}

identity::LoginTransaction new_transaction(const AuthorizationRequest& request, std::string_view browser_cookie) {
  identity::LoginTransaction transaction;
  transaction.browser = identity::LoginTransactions::browser_hash(browser_cookie);
  transaction.client = request.client_id;
  transaction.request = request.to_json();
  transaction.connection = request.connection;
  transaction.login_hint = request.login_hint;
  transaction.locale = request.ui_locales;
  transaction.signup_first = request.screen_hint == "signup";
  return transaction;
}

Refusal lost_login() {
  return {RefusalCode::invalid_request, "The login has expired or was started in another browser."};
}

}  // namespace

std::vector<base::QueryPair> outgoing_parameters(const identity::RequestContext& context, const ClientAnswer& answer) {
  auto parameters = answer.parameters;
  if (!answer.target.state.empty()) parameters.emplace_back("state", answer.target.state);
  if (context.tenant->tenant.authorization_response_iss) parameters.emplace_back("iss", context.address.issuer);
  return parameters;
}

base::awaitable<AuthorizeFlow::Outcome> AuthorizeFlow::begin(identity::RequestContext context, Parameters parameters,
                                                             Browser browser) {
  auto request = parse_authorization_request(parameters, *context.tenant);
  if (!request) {
    auto& fault = request.error();
    if (!fault.target) co_return OnPage{std::move(fault.refusal)};
    co_return ClientAnswer{std::move(*fault.target), error_parameters(fault.refusal)};
  }
  Visit visit{.context = std::move(context), .request = std::move(*request)};
  visit.transaction = new_transaction(visit.request, browser.browser_cookie);
  visit.session_cookie = std::move(browser.session_cookie);
  co_return co_await proceed(visit);
}

base::awaitable<AuthorizeFlow::Outcome> AuthorizeFlow::resume(identity::RequestContext context, std::string state,
                                                              Browser browser) {
  auto transaction = parts_.transactions.open(context, state, browser.browser_cookie);
  if (!transaction) co_return OnPage{lost_login(), true};
  Visit visit{.context = std::move(context)};
  visit.request = AuthorizationRequest::from_json(transaction->request);
  visit.transaction = std::move(*transaction);
  visit.session_cookie = std::move(browser.session_cookie);
  co_return co_await proceed(visit);
}

base::awaitable<AuthorizeFlow::Outcome> AuthorizeFlow::proceed(Visit& visit) {
  visit.client = visit.context.tenant->client(visit.request.client_id.view());
  if (!visit.client) co_return OnPage{lost_login(), true};  // deleted meanwhile
  auto access = access_of_user(*visit.context.tenant, visit.context.address.issuer, *visit.client,
                               {.audience = visit.request.audience, .scopes = visit.request.scopes});
  if (!access) co_return refuse_to_client(visit, access.error());
  visit.access = std::move(*access);
  if (visit.transaction.declined)
    co_return refuse_to_client(visit, {RefusalCode::access_denied, "User did not authorize the request"});
  if (auto found = co_await find_person(visit); !found) co_return refuse_to_client(visit, found.error());
  const auto missing = co_await consent_missing(visit);
  if (!missing) co_return refuse_to_client(visit, missing.error());

  Circumstances now;
  now.now = parts_.clock.now();
  now.signed_in = visit.session.has_value();
  if (now.signed_in) now.auth_time = visit.session->auth_time;
  now.authenticated = visit.transaction.authenticated;
  now.account_chosen = visit.transaction.account_chosen;
  now.consented = visit.transaction.consented;
  now.consent_missing = *missing;
  now.sso_disabled = visit.client->sso_disabled;
  const auto decision = decide(visit.request, now);
  switch (decision.step) {
    case NextStep::answer:
      co_return co_await answer(visit);
    case NextStep::refuse:
      co_return refuse_to_client(visit, {decision.error, text_of_silent_refusal(decision.error), "fsa"});
    case NextStep::login:
      if (!anybody_can_sign_in(*visit.context.tenant, visit.request.client_id))
        co_return refuse_to_client(visit, {RefusalCode::invalid_request, "no connections enabled for the client"});
      break;
    case NextStep::choose_account:
    case NextStep::consent:
      break;
  }
  co_return interaction(visit, decision.step);
}

base::awaitable<base::Result<void, Refusal>> AuthorizeFlow::find_person(Visit& visit) {
  const base::Result<void, Refusal> nobody;
  auto found = co_await parts_.sessions.find_with_user(visit.context, visit.session_cookie);
  if (!found && found.error().code == base::Errc::not_found) co_return nobody;
  if (!found) co_return std::unexpected(refusal_of(found.error()));
  auto& [session, user] = *found;
  // Another tab has signed somebody else in meanwhile.
  const bool chosen_here = visit.transaction.session == session.id;
  if (visit.transaction.session && !chosen_here) co_return nobody;
  if (user.blocked && chosen_here) co_return refuse(RefusalCode::unauthorized, "user is blocked");
  if (user.blocked) co_return nobody;
  // Who has just signed in for this request did so at a connection that the pages chose.
  if (!visit.transaction.authenticated && !session_fits(visit.context, visit.request, session)) co_return nobody;
  visit.session = std::move(session);
  visit.user = std::move(user);
  co_return nobody;
}

base::awaitable<base::Result<bool, Refusal>> AuthorizeFlow::consent_missing(Visit& visit) {
  if (!visit.user || visit.transaction.consented) co_return false;
  if (!consent_needed(*visit.client, visit.access.api, visit.request.target.redirect_uri)) co_return false;
  const auto consent =
      co_await parts_.consents.find(visit.tenant(), visit.user->key, visit.request.client_id, visit.access.audience());
  if (consent) co_return intersect(visit.access.scopes, consent->scope).size() < visit.access.scopes.size();
  if (consent.error().code != base::Errc::not_found) co_return std::unexpected(refusal_of(consent.error()));
  co_return true;
}

base::awaitable<AuthorizeFlow::Outcome> AuthorizeFlow::answer(Visit& visit) {
  auto touched = co_await parts_.sessions.touch(visit.context, *visit.session, visit.request.client_id);
  // Ended this very moment. A store that cannot be written to now does not keep people out.
  if (!touched && touched.error().code == base::Errc::not_found) {
    if (visit.request.prompt.none)
      co_return refuse_to_client(visit, {RefusalCode::login_required, "Login required", "fsa"});
    co_return interaction(visit, NextStep::login);
  }
  auto parameters = co_await answer_parameters(visit);
  if (!parameters) co_return refuse_to_client(visit, parameters.error());
  if (visit.request.prompt.none)
    note(visit, "ssa", "Successful silent authentication");
  else if (!visit.transaction.authenticated)
    note(visit, "s", "Successful login by an existing session");
  auto cookie = touched ? parts_.sessions.renewed_cookie(visit.context, *visit.session, *touched) : std::string();
  co_return ClientAnswer{visit.request.target, std::move(*parameters), std::move(cookie)};
}

base::awaitable<base::Result<std::vector<base::QueryPair>, Refusal>> AuthorizeFlow::answer_parameters(Visit& visit) {
  const auto& request = visit.request;
  const bool say_auth_time = request.max_age.has_value() || request.prompt.login;
  std::vector<base::QueryPair> parameters;
  std::string code;
  if (request.response_type.code) {
    code = parts_.codes.issue(visit.tenant(), {.client = request.client_id,
                                               .redirect_uri = request.target.redirect_uri,
                                               .redirect_uri_given = request.redirect_uri_given,
                                               .code_challenge = request.code_challenge,
                                               .plain_challenge = request.plain_challenge,
                                               .session = visit.session->id,
                                               .user = visit.user->key,
                                               .audience = visit.access.audience(),
                                               .scopes = visit.access.scopes,
                                               .nonce = request.nonce,
                                               .auth_time = visit.session->auth_time,
                                               .say_auth_time = say_auth_time});
    parameters.emplace_back("code", code);
  }
  if (!request.response_type.front_channel()) co_return parameters;

  TokenSubject subject{.client = *visit.client};
  subject.user = &*visit.user;
  subject.access = visit.access;
  subject.session = visit.session->id;
  subject.nonce = request.nonce;
  subject.auth_time = visit.session->auth_time;
  subject.say_auth_time = say_auth_time;
  subject.from_front_channel = true;
  std::erase(subject.access.scopes, "offline_access");
  if (auto ready = co_await parts_.issuing.prepare(visit.context, subject, "authorize"); !ready)
    co_return base::pass_on(ready);
  std::string access_token;
  if (request.response_type.token) {
    auto token = parts_.issuing.minting().access_token(visit.context, subject);
    if (!token) co_return std::unexpected(refusal_of(token.error()));
    access_token = std::move(token->text);
    parameters.emplace_back("access_token", access_token);
    parameters.emplace_back("token_type", "Bearer");
    parameters.emplace_back("expires_in", std::to_string(token->lifetime.count()));
    if (!subject.access.scopes.empty()) parameters.emplace_back("scope", join_scopes(subject.access.scopes));
  }
  if (request.response_type.id_token) {
    auto id_token = parts_.issuing.minting().id_token(visit.context, subject, access_token, code);
    if (!id_token) co_return std::unexpected(refusal_of(id_token.error()));
    parameters.emplace_back("id_token", std::move(*id_token));
  }
  co_return parameters;
}

AuthorizeFlow::Outcome AuthorizeFlow::refuse_to_client(const Visit& visit, Refusal refusal) {
  note(visit, refusal.event.empty() ? (visit.request.prompt.none ? "fsa" : "f") : std::string_view(refusal.event),
       refusal.description);
  return ClientAnswer{visit.request.target, error_parameters(refusal)};
}

AuthorizeFlow::Interaction AuthorizeFlow::interaction(const Visit& visit, NextStep step) const {
  auto transaction = visit.transaction;
  auto request = visit.request;
  request.audience = visit.access.audience();  // with the tenant's default applied: what the user agrees to
  // The page shows the scopes that there are. One that the API gets tomorrow must not count as agreed to.
  if (step == NextStep::consent) request.scopes = visit.access.scopes;
  transaction.request = request.to_json();
  // The consent page has to know whose consent it is, also when the session came from the cookie.
  if (step == NextStep::consent && visit.session) transaction.session = visit.session->id;
  return {step, step == NextStep::login && transaction.signup_first,
          parts_.transactions.seal(visit.context, transaction)};
}

void AuthorizeFlow::note(const Visit& visit, std::string_view type, std::string_view description) {
  identity::AuditDetails details;
  details.client_id = visit.request.client_id.value;
  details.description = description;
  details.audience = visit.access.audience();
  details.scope = join_scopes(visit.access.scopes);
  if (visit.user) {
    details.user_id = visit.user->user_id.value;
    details.user_name = visit.user->email.empty() ? visit.user->username : visit.user->email;
  }
  if (visit.session) {
    details.connection = visit.session->connection;
    details.details["session_id"] = visit.session->id.value;
  }
  parts_.events.post(identity::make_event(visit.context, type, std::move(details), parts_.clock.now()));
}

}  // namespace cardea::oauth
