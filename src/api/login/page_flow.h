#pragma once

#include <optional>
#include <string>

#include "api/login/page_renderer.h"
#include "api/request_contexts.h"
#include "base/random.h"
#include "http/form.h"
#include "http/request.h"
#include "http/response.h"
#include "identity/account_recovery.h"
#include "identity/login_transaction.h"
#include "identity/password_login.h"
#include "identity/session_ending.h"
#include "identity/session_service.h"
#include "identity/sign_up.h"
#include "store/one_time.h"
#include "store/users.h"

namespace cardea::api {

// What the login pages work with; app/ fills it. All must outlive the router.
struct LoginServices {
  const RequestContexts& contexts;
  const identity::LoginTransactions& transactions;
  identity::SessionService& sessions;
  identity::PasswordLogin& passwords;
  identity::SignUp& sign_up;
  identity::AccountRecovery& recovery;
  identity::SessionEnding& ending;
  const store::Artifacts& artifacts;
  store::Database& database;
  store::Users& users;
  store::Consents& consents;
  const base::Clock& clock;
};

// A request to a page that belongs to a login: whose, in which transaction, with which fields.
struct PageVisit {
  http::Request request;
  identity::RequestContext context;
  identity::LoginTransaction transaction;
  const model::Client* client = nullptr;  // of context.tenant's snapshot
  http::Form form;                        // of a POST; of the query else

  // The trimmed value of a field; "" when absent.
  std::string field(std::string_view name) const;
  std::string state() const { return field("state"); }
};

// The shared steps of all pages.
class PageFlow {
 public:
  explicit PageFlow(const LoginServices& services) : services_(services) {}

  // Reads the request, finds the tenant and opens the transaction of its `state`. The error is the answer to give: an
  // unknown host, a malformed form, a lost or foreign transaction (then on to where a login can start over).
  base::awaitable<base::Result<PageVisit, http::Response>> open(http::Request request) const;

  // Tenant and form only, for pages that no login leads to (mailed links).
  base::awaitable<base::Result<PageVisit, http::Response>> open_without_transaction(http::Request request) const;

  // The database connection of this login; nullptr when the client has none.
  static const model::Connection* database_of(const PageVisit& visit);

  PageContext page_context(const PageVisit& visit) const;

  // 302 to /authorize/resume with the transaction as it is now.
  http::Response resume(const PageVisit& visit) const;
  // The address of another page of the same login, with its state.
  std::string page_address(const PageVisit& visit, std::string_view path) const;

  // Notes a login that has just succeeded: session, last_login, event; sets the cookie and goes on to resume().
  base::awaitable<http::Response> sign_in(PageVisit visit, model::User user, std::string connection) const;

  const LoginServices& services() const { return services_; }

 private:
  LoginServices services_;
};

// A rendered page as a response with the policy that it needs.
template <class Page>
http::Response show(const PageContext& context, const Page& page, int status = 200) {
  auto response = http::Response::html(status, render(context, page));
  response.content_security_policy = login_csp(Page::kReach);
  response.header("Referrer-Policy", "same-origin");
  return response;
}

// What a page says when the answer may not go to the application. `context` may be nullptr (unknown host).
http::Response show_error(const http::Request& request, const identity::RequestContext* context, int status,
                          std::string_view error, std::string_view description);

// The language of the page: ui_locales of the login, cookie, Accept-Language, tenant.
std::string page_locale(const http::Request& request, const identity::RequestContext& context,
                        std::string_view ui_locales);

Branding branding_of(const model::Tenant& tenant);

}  // namespace cardea::api
