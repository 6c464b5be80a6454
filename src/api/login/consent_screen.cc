#include "api/browser_cookies.h"
#include "api/login/screens.h"
#include "oauth/authorization_request.h"

namespace cardea::api {
namespace {

// Who is asked, for what.
struct Question {
  model::Session session;
  model::User user;
  oauth::AuthorizationRequest wanted;
  const model::ResourceServer* api = nullptr;  // nullptr: identity scopes only
};

// Consent is given by the signed-in user of this browser; without one the login starts again.
base::awaitable<base::Result<Question, http::Response>> open_question(const PageFlow& flow, const PageVisit& visit) {
  const auto login = http::Response::redirect(302, flow.page_address(visit, "/u/login"));
  auto session = co_await flow.services().sessions.find(visit.context, session_cookie_of(visit.request));
  if (!session) co_return std::unexpected(login);
  // Somebody else has signed in meanwhile, in another tab.
  if (visit.transaction.session && *visit.transaction.session != session->id) co_return std::unexpected(login);
  auto user = co_await flow.services().users.find(visit.context.tenant->tenant.id, session->user);
  if (!user) co_return std::unexpected(login);

  Question question;
  question.session = std::move(*session);
  question.user = std::move(*user);
  question.wanted = oauth::AuthorizationRequest::from_json(visit.transaction.request);
  question.api = visit.context.tenant->resource_server(question.wanted.audience);
  co_return question;
}

ConsentGroup identity_group(const Question& question) {
  ConsentGroup group;
  for (const auto& scope : question.wanted.scopes)
    if (oauth::is_identity_scope(scope)) group.scopes.push_back({scope, ""});
  return group;
}

ConsentGroup api_group(const Question& question) {
  ConsentGroup group;
  group.title = question.api->name.empty() ? question.api->identifier : question.api->name;
  for (const auto& scope : question.api->scopes)
    if (oauth::has_scope(question.wanted.scopes, scope.value)) group.scopes.push_back({scope.value, scope.description});
  return group;
}

ConsentPage consent_page(const Question& question) {
  ConsentPage page;
  page.user_name = question.user.email.empty() ? question.user.name : question.user.email;
  if (auto group = identity_group(question); !group.scopes.empty()) page.groups.push_back(std::move(group));
  if (question.api != nullptr) page.groups.push_back(api_group(question));
  return page;
}

model::Consent to_consent(const PageVisit& visit, const Question& question) {
  model::Consent consent;
  consent.user = question.user.key;
  consent.user_id = question.user.user_id;
  consent.client = visit.client->client_id;
  consent.audience = question.wanted.audience;
  consent.scope = question.wanted.scopes;
  return consent;
}

}  // namespace

base::awaitable<http::Response> show_consent(PageFlow flow, http::Request request) {
  auto visit = co_await flow.open(std::move(request));
  if (!visit) co_return visit.error();
  auto question = co_await open_question(flow, *visit);
  if (!question) co_return question.error();
  co_return show(flow.page_context(*visit), consent_page(*question));
}

base::awaitable<http::Response> answer_consent(PageFlow flow, http::Request request) {
  auto visit = co_await flow.open(std::move(request));
  if (!visit) co_return visit.error();
  auto question = co_await open_question(flow, *visit);
  if (!question) co_return question.error();

  const auto action = visit->field("action");
  if (action == "deny") {
    visit->transaction.declined = true;
    co_return flow.resume(*visit);
  }
  if (action != "accept") co_return show(flow.page_context(*visit), consent_page(*question), 400);

  const auto written = co_await flow.services().database.write([&](store::Transaction& t) {
    return flow.services().consents.add_in(t, visit->context.tenant->tenant.id, to_consent(*visit, *question));
  });
  if (!written)
    co_return show_error(visit->request, &visit->context, 503, "temporarily_unavailable", "")
        .header("Retry-After", "2");
  visit->transaction.consented = true;
  co_return flow.resume(*visit);
}

}  // namespace cardea::api
