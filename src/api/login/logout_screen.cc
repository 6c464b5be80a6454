#include "api/browser_cookies.h"
#include "api/login/screens.h"

namespace cardea::api {
namespace {

// What /oidc/logout wants to be confirmed: a sealed artifact "logout" {session, redirect}.
struct LogoutRequest {
  model::SessionId session;
  std::string redirect;  // checked against the allowed addresses when it was sealed; may be empty
};

base::Result<LogoutRequest> open_request(const PageFlow& flow, const PageVisit& visit) {
  const auto content = flow.services().artifacts.open(visit.context.tenant->tenant.id, "logout", visit.state());
  if (!content) return base::pass_on(content);
  return LogoutRequest{model::SessionId(base::get_string_or(content->body, "session")),
                       base::get_string_or(content->body, "redirect")};
}

http::Response lost(const PageFlow& flow, const PageVisit& visit) {
  ErrorPage page;
  page.key = "transaction-not-found";
  return show(flow.page_context(visit), page, 400);
}

// Confirmed only by the browser that holds the session.
base::awaitable<std::optional<model::Session>> held_session(const PageFlow& flow, const PageVisit& visit,
                                                            const LogoutRequest& wanted) {
  auto session = co_await flow.services().sessions.find(visit.context, session_cookie_of(visit.request));
  if (!session || session->id != wanted.session) co_return std::nullopt;
  co_return std::move(*session);
}

}  // namespace

base::awaitable<http::Response> show_logout(PageFlow flow, http::Request request) {
  auto visit = co_await flow.open_without_transaction(std::move(request));
  if (!visit) co_return visit.error();
  if (visit->state().empty()) co_return show(flow.page_context(*visit), LogoutCompletePage{});
  const auto wanted = open_request(flow, *visit);
  if (!wanted) co_return lost(flow, *visit);

  auto context = flow.page_context(*visit);
  context.state = visit->state();
  LogoutConfirmPage page;
  const auto session = co_await flow.services().sessions.find(visit->context, session_cookie_of(visit->request));
  if (session) {
    const auto user = co_await flow.services().users.find(visit->context.tenant->tenant.id, session->user);
    if (user) page.user_name = user->email.empty() ? user->name : user->email;
  }
  co_return show(context, page);
}

base::awaitable<http::Response> answer_logout(PageFlow flow, http::Request request) {
  auto visit = co_await flow.open_without_transaction(std::move(request));
  if (!visit) co_return visit.error();
  const auto wanted = open_request(flow, *visit);
  if (!wanted) co_return lost(flow, *visit);

  LogoutCompletePage page;
  if (visit->field("action") != "accept") {
    page.aborted = true;
    co_return show(flow.page_context(*visit), page);
  }
  if (auto session = co_await held_session(flow, *visit, *wanted)) {
    const auto ended = co_await flow.services().ending.end(visit->context, std::move(*session), "rp-logout");
    if (!ended && ended.error().code != base::Errc::not_found)
      co_return show_error(visit->request, &visit->context, 503, "temporarily_unavailable", "")
          .header("Retry-After", "2");
  }
  auto response = wanted->redirect.empty() ? show(flow.page_context(*visit), page)
                                           : http::Response::redirect(302, wanted->redirect);
  clear_session_cookie(visit->request, response);
  co_return response;
}

}  // namespace cardea::api
