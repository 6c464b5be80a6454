#include "api/browser_cookies.h"
#include "api/login/screens.h"
#include "base/percent.h"
#include "identity/session_choice.h"

namespace cardea::api {
namespace {

// The accounts that this browser is signed in with: at most one, as the session is shared by all applications.
base::awaitable<base::Result<model::Session>> session_of(const PageFlow& flow, const PageVisit& visit) {
  const auto cookie = session_cookie_of(visit.request);
  if (cookie.empty()) co_return base::fail(base::Errc::not_found, "no session");
  co_return co_await flow.services().sessions.find(visit.context, cookie);
}

}  // namespace

base::awaitable<http::Response> show_accounts(PageFlow flow, http::Request request) {
  auto visit = co_await flow.open(std::move(request));
  if (!visit) co_return visit.error();
  const auto session = co_await session_of(flow, *visit);
  if (!session) co_return http::Response::redirect(302, flow.page_address(*visit, "/u/login"));
  const auto user = co_await flow.services().users.find(visit->context.tenant->tenant.id, session->user);
  if (!user) co_return http::Response::redirect(302, flow.page_address(*visit, "/u/login"));

  AccountChooserPage page;
  AccountChoice choice;
  choice.id = session->id.value;
  choice.name = user->name;
  choice.email = user->email.empty() ? user->username : user->email;
  // The picture that everybody has by default lies with a third party: initials stand in for it.
  if (!user->picture.starts_with("https://s.gravatar.com/")) choice.picture_url = user->picture;
  page.accounts.push_back(std::move(choice));
  co_return show(flow.page_context(*visit), page);
}

base::awaitable<http::Response> answer_accounts(PageFlow flow, http::Request request) {
  auto visit = co_await flow.open(std::move(request));
  if (!visit) co_return visit.error();
  if (visit->field("action") == "another")
    co_return http::Response::redirect(302, flow.page_address(*visit, "/u/login"));

  // The cookie decides who this is, not the form: the form only says that the account was chosen.
  const auto session = co_await session_of(flow, *visit);
  if (!session || session->id.value != visit->field("account"))
    co_return http::Response::redirect(302, flow.page_address(*visit, "/u/login"));
  identity::choose_session(visit->transaction, session->id);
  visit->transaction.account_chosen = true;
  co_return flow.resume(*visit);
}

}  // namespace cardea::api
