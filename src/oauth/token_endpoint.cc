#include "oauth/token_endpoint.h"

#include "identity/audit.h"
#include "oauth/claims_writer.h"

namespace cardea::oauth {
namespace {

base::Result<ApiAccess, Refusal> resolve_access(const TokenRequest& request, const Entitlement& entitlement) {
  const auto& tenant = *request.context.tenant;
  if (!entitlement.for_user) return access_of_client(tenant, request.client, entitlement.asked);
  return access_of_user(tenant, request.context.address.issuer, request.client, entitlement.asked);
}

// A client that serves people from its own back end may say whose address the request is about (reference §1).
void take_forwarded_address(TokenCall& call, const model::Client& client) {
  if (!client.is_token_endpoint_ip_header_trusted || !is_confidential(client)) return;
  if (!call.forwarded_for.empty()) call.context.ip = call.forwarded_for;
}

}  // namespace

// One issue under way.
struct TokenEndpoint::Issue {
  Entitlement entitlement;
  TokenSubject subject;
  std::optional<model::RefreshFamily> family;  // new, or the grant's: a token of it is to be given out
  model::Generation generation = 1;
  std::optional<Refusal> refused;  // by the grant's part of the unit of work
};

base::awaitable<base::Result<std::string, Refusal>> TokenEndpoint::issue(TokenCall call) {
  if (const auto name = call.parameters.repeated())
    co_return refuse(RefusalCode::invalid_request, "Repeated parameter: " + name->substr(0, 64));
  const auto type = call.parameters.get("grant_type");
  if (type.empty()) co_return refuse(RefusalCode::invalid_request, "Missing required parameter: grant_type");
  auto* grant = parts_.grants.find(type);
  if (!grant)
    co_return refuse(RefusalCode::unsupported_grant_type,
                     "Unsupported grant type: " + std::string(type.substr(0, 128)));

  const auto client = co_await parts_.clients.authenticate(call.context, call.parameters, call.authorization);
  if (!client) {
    parts_.events.post(event(call.context, grant->events().failure,
                             call.context.tenant->client(call.parameters.get("client_id")), nullptr,
                             client.error().description));
    co_return base::pass_on(client);
  }
  take_forwarded_address(call, **client);
  auto answer = co_await issue_by(*grant, TokenRequest{call.context, call.parameters, **client});
  if (!answer && !answer.error().recorded) {
    const auto& refusal = answer.error();
    parts_.events.post(event(call.context, refusal.event.empty() ? grant->events().failure : refusal.event, *client,
                             nullptr, refusal.description));
  }
  co_return answer;
}

base::awaitable<base::Result<std::string, Refusal>> TokenEndpoint::issue_by(Grant& grant, const TokenRequest& request) {
  if (!grant.allowed_for(request.client))
    co_return refuse(RefusalCode::unauthorized_client,
                     "Grant type '" + std::string(grant.type()) + "' not allowed for the client.");
  auto entitlement = grant.examine(request);
  if (!entitlement) co_return base::pass_on(entitlement);
  auto access = resolve_access(request, *entitlement);
  if (!access) co_return base::pass_on(access);
  if (auto proven = co_await grant.authenticate(request, *entitlement); !proven) co_return base::pass_on(proven);
  if (auto loaded = co_await load_user(request, *entitlement); !loaded) co_return base::pass_on(loaded);

  Issue issue{.entitlement = std::move(*entitlement), .subject = {.client = request.client}};
  auto& subject = issue.subject;
  subject.user = issue.entitlement.loaded ? &*issue.entitlement.loaded : nullptr;
  subject.access = std::move(*access);
  subject.session = issue.entitlement.session;
  subject.nonce = issue.entitlement.nonce;
  subject.auth_time = issue.entitlement.auth_time;
  subject.say_auth_time = issue.entitlement.say_auth_time;
  subject.gty = issue.entitlement.gty;
  if (auto ready = co_await parts_.issuing.prepare(request.context, subject, grant.type()); !ready)
    co_return base::pass_on(ready);
  if (auto recorded = co_await record(grant, request, issue); !recorded) co_return base::pass_on(recorded);
  co_return answer(request, issue);
}

base::awaitable<base::Result<void, Refusal>> TokenEndpoint::load_user(const TokenRequest& request,
                                                                      Entitlement& entitlement) {
  if (!entitlement.for_user || entitlement.loaded) co_return base::Result<void, Refusal>{};
  auto user = co_await parts_.users.find(request.tenant(), entitlement.user);
  if (!user && user.error().code == base::Errc::not_found)
    co_return refuse(RefusalCode::invalid_grant, entitlement.gone);
  if (!user) co_return std::unexpected(refusal_of(user.error()));
  entitlement.loaded = std::move(*user);
  co_return base::Result<void, Refusal>{};
}

base::awaitable<base::Result<void, Refusal>> TokenEndpoint::record(Grant& grant, const TokenRequest& request,
                                                                   Issue& issue) {
  auto& subject = issue.subject;
  if (grant.opens_family()) {
    if (subject.user && offline_access_allowed(subject.access, request.client)) {
      auto family = parts_.refresh_tokens.new_family(request.client, parts_.database.cell());
      family.user = subject.user->key;
      family.user_id = subject.user->user_id;
      family.session = subject.session;
      family.audience = subject.access.audience();
      family.auth_time = subject.auth_time;
      // What was granted before RBAC: permissions given later must show at the next refresh.
      family.scope = issue.entitlement.asked.bound ? *issue.entitlement.asked.scopes : subject.access.scopes;
      issue.family = std::move(family);
    } else {
      std::erase(subject.access.scopes, "offline_access");
    }
  }
  if (!grant.records() && !issue.family) {
    const auto events = grant.events();
    parts_.events.post(event(request.context, events.success, &request.client, &issue, events.description));
    co_return base::Result<void, Refusal>{};
  }
  const auto mark = co_await parts_.database.write(
      [&](store::Transaction& transaction) { return record_in(transaction, grant, request, issue); });
  if (!mark) co_return std::unexpected(refusal_of(mark.error()));
  if (issue.refused) co_return std::unexpected(*issue.refused);
  co_return base::Result<void, Refusal>{};
}

// Runs on a thread of the store, perhaps more than once: writes nothing of `issue` that it reads again.
base::Result<void> TokenEndpoint::record_in(store::Transaction& transaction, Grant& grant, const TokenRequest& request,
                                            Issue& issue) {
  const auto opened = grant.opens_family() && issue.family ? &*issue.family : nullptr;
  auto recorded = grant.record_in(transaction, request, issue.entitlement, opened);
  if (!recorded) return base::pass_on(recorded);

  issue.refused = std::move(recorded->refused);
  const auto events = grant.events();
  if (issue.refused) {
    issue.refused->recorded = true;
    transaction.append_event(event(request.context,
                                   issue.refused->event.empty() ? events.failure : issue.refused->event,
                                   &request.client, &issue, issue.refused->description));
    return {};
  }
  if (opened)
    if (auto created = parts_.families.create_in(transaction, request.tenant(), *opened); !created) return created;
  if (recorded->family) {
    issue.family = std::move(recorded->family);
    issue.generation = recorded->generation;
  }
  transaction.append_event(event(request.context, events.success, &request.client, &issue, events.description));
  return {};
}

base::Result<std::string, Refusal> TokenEndpoint::answer(const TokenRequest& request, const Issue& issue) const {
  const auto& minting = parts_.issuing.minting();
  const auto access_token = minting.access_token(request.context, issue.subject);
  if (!access_token) return std::unexpected(refusal_of(access_token.error()));

  ClaimsWriter body(2048);
  body.text("access_token", access_token->text);
  if (issue.family)
    body.text("refresh_token", parts_.refresh_tokens.issue(request.tenant(), *issue.family, issue.generation));
  if (issue.subject.user && has_scope(issue.subject.access.scopes, "openid")) {
    const auto id_token = minting.id_token(request.context, issue.subject);
    if (!id_token) return std::unexpected(refusal_of(id_token.error()));
    body.text("id_token", *id_token);
  }
  if (!issue.subject.access.scopes.empty()) body.text("scope", join_scopes(issue.subject.access.scopes));
  body.number("expires_in", access_token->lifetime.count());
  body.text("token_type", "Bearer");
  return std::move(body).finish();
}

model::Event TokenEndpoint::event(const identity::RequestContext& context, std::string_view type,
                                  const model::Client* client, const Issue* issue, std::string_view description) const {
  identity::AuditDetails details;
  if (client) {
    details.client_id = client->client_id.value;
    details.client_name = client->name;
  }
  details.description = description;
  if (issue) {
    const auto& subject = issue->subject;
    details.audience = subject.access.audience();
    details.scope = join_scopes(subject.access.scopes);
    details.connection = issue->entitlement.connection;
    if (subject.user) {
      details.user_id = subject.user->user_id.value;
      details.user_name = subject.user->email.empty() ? subject.user->username : subject.user->email;
      if (details.connection.empty()) details.connection = subject.user->connection;
    }
  }
  return identity::make_event(context, type, std::move(details), parts_.clock.now());
}

}  // namespace cardea::oauth
