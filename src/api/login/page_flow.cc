#include "api/login/page_flow.h"

#include "api/browser_cookies.h"
#include "api/login/locale.h"
#include "base/percent.h"
#include "identity/audit.h"
#include "identity/session_choice.h"

namespace cardea::api {
namespace {

const base::json::object* text_overrides(const model::Tenant& tenant) {
  return base::get_object(tenant.settings, "custom_text");
}

PageContext context_for(const http::Request& request, const identity::RequestContext& context) {
  const auto& tenant = context.tenant->tenant;
  PageContext page;
  page.locale = context.locale;
  page.branding = branding_of(tenant);
  page.text_overrides = text_overrides(tenant);
  page.request_id = request.request_id;
  page.support_email = tenant.support_email;
  page.support_url = tenant.support_url;
  return page;
}

// Where a person whose login was lost can start over; "" when nobody said.
std::string start_over_address(const identity::RequestContext& context) {
  return context.tenant->tenant.default_redirection_uri;
}

http::Response lost(const PageVisit& visit, const base::Error& why) {
  const auto address = start_over_address(visit.context);
  if (!address.empty() && why.code != base::Errc::denied) return http::Response::redirect(302, address);
  ErrorPage page;
  page.key = "transaction-not-found";
  return show(context_for(visit.request, visit.context), page, 400);
}

}  // namespace

Branding branding_of(const model::Tenant& tenant) {
  Branding branding;
  branding.company_name = tenant.friendly_name.empty() ? tenant.name : tenant.friendly_name;
  branding.logo_url = tenant.picture_url;
  const auto* stored = base::get_object(tenant.settings, "branding");
  if (stored == nullptr) return branding;
  if (const auto logo = base::get_string(*stored, "logo_url")) branding.logo_url = *logo;
  branding.favicon_url = base::get_string_or(*stored, "favicon_url");
  if (const auto* colors = base::get_object(*stored, "colors")) {
    branding.primary_color = base::get_string_or(*colors, "primary");
    branding.page_background = base::get_string_or(*colors, "page_background");
  }
  return branding;
}

std::string page_locale(const http::Request& request, const identity::RequestContext& context,
                        std::string_view ui_locales) {
  return choose_locale(ui_locales, request.cookies().get(kLocaleCookie).value_or(""),
                       request.header("accept-language").value_or(""), context.tenant->tenant.enabled_locales);
}

http::Response show_error(const http::Request& request, const identity::RequestContext* context, int status,
                          std::string_view error, std::string_view description) {
  PageContext page_context;
  page_context.request_id = request.request_id;
  if (context != nullptr) {
    auto with_locale = *context;
    with_locale.locale = page_locale(request, *context, "");
    page_context = context_for(request, with_locale);
  }
  ErrorPage page;
  page.error_code = error;
  page.detail = description;
  return show(page_context, page, status);
}

std::string PageVisit::field(std::string_view name) const {
  std::string_view text = form.get(name).value_or("");
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return std::string(text);
}

base::awaitable<base::Result<PageVisit, http::Response>> PageFlow::open_without_transaction(
    http::Request request) const {
  auto context = co_await services_.contexts.of(request);
  if (!context) {
    const bool unknown = context.error().code == base::Errc::not_found;
    co_return std::unexpected(
        show_error(request, nullptr, unknown ? 404 : 503, unknown ? "not_found" : "temporarily_unavailable", ""));
  }
  context->locale = page_locale(request, *context, "");

  const bool post = request.method == "POST";
  if (post && request.content_type() != "application/x-www-form-urlencoded")
    co_return std::unexpected(show_error(request, &*context, 415, "invalid_request", "a form is expected"));
  auto form = http::Form::parse(post ? request.body : request.query);
  if (!form || form->first_repeated())
    co_return std::unexpected(show_error(request, &*context, 400, "invalid_request", "malformed parameters"));
  PageVisit visit;
  visit.context = std::move(*context);
  visit.form = std::move(*form);
  visit.request = std::move(request);
  co_return visit;
}

base::awaitable<base::Result<PageVisit, http::Response>> PageFlow::open(http::Request request) const {
  auto visit = co_await open_without_transaction(std::move(request));
  if (!visit) co_return base::pass_on(visit);

  auto transaction = services_.transactions.open(visit->context, visit->state(), browser_cookie_of(visit->request));
  if (!transaction) co_return std::unexpected(lost(*visit, transaction.error()));
  visit->transaction = std::move(*transaction);
  visit->client = visit->context.tenant->client(visit->transaction.client.value);
  if (visit->client == nullptr) co_return std::unexpected(lost(*visit, {base::Errc::not_found, "the client is gone"}));
  visit->context.locale = page_locale(visit->request, visit->context, visit->transaction.locale);
  co_return visit;
}

const model::Connection* PageFlow::database_of(const PageVisit& visit) {
  const auto& tenant = *visit.context.tenant;
  if (!visit.transaction.connection.empty()) {
    const auto* asked = tenant.realm(visit.transaction.connection);
    if (asked != nullptr && asked->strategy == "auth0" && asked->enabled_for(visit.client->client_id)) return asked;
  }
  const auto databases = tenant.databases_for(visit.client->client_id);
  return databases.empty() ? nullptr : databases.front();
}

PageContext PageFlow::page_context(const PageVisit& visit) const {
  auto page = context_for(visit.request, visit.context);
  if (visit.client != nullptr) {
    page.client_name = visit.client->name;
    page.client_logo_url = visit.client->logo_uri;
    page.state = visit.state();
  }
  return page;
}

std::string PageFlow::page_address(const PageVisit& visit, std::string_view path) const {
  return std::string(path) + "?state=" + base::percent_encode(visit.state());
}

http::Response PageFlow::resume(const PageVisit& visit) const {
  const auto state = services_.transactions.seal(visit.context, visit.transaction);
  return http::Response::redirect(302, "/authorize/resume?state=" + base::percent_encode(state));
}

base::awaitable<http::Response> PageFlow::sign_in(PageVisit visit, model::User user, std::string connection) const {
  std::optional<model::Session> previous;
  if (const auto cookie = session_cookie_of(visit.request); !cookie.empty()) {
    auto earlier = co_await services_.sessions.find(visit.context, cookie);
    if (earlier) previous = std::move(*earlier);
  }

  model::Session session;
  const auto written = co_await services_.database.write([&](store::Transaction& t) -> base::Result<void> {
    auto started = services_.sessions.start_in(t, visit.context, user, {"pwd"}, previous);
    if (!started) return base::pass_on(started);
    session = std::move(*started);
    if (auto counted = services_.users.record_login_in(t, visit.context.tenant->tenant.id, user.key, visit.context.ip);
        !counted)
      return counted;
    identity::AuditDetails details;
    details.client_id = visit.client->client_id.value;
    details.client_name = visit.client->name;
    details.connection = connection;
    details.user_id = user.user_id.value;
    details.user_name = user.email.empty() ? user.username : user.email;
    details.details["session_id"] = session.id.value;
    t.append_event(identity::make_event(visit.context, "s", std::move(details), t.now()));
    return {};
  });
  const auto started = written ? co_await services_.sessions.started(visit.context, session) : base::pass_on(written);
  if (!started)
    co_return show_error(visit.request, &visit.context, 503, "temporarily_unavailable", "").header("Retry-After", "2");

  identity::choose_session(visit.transaction, session.id);
  visit.transaction.authenticated = true;
  visit.transaction.account_chosen = true;
  auto response = resume(visit);
  set_session_cookie(visit.request, response, visit.context.tenant->tenant,
                     services_.sessions.cookie(visit.context, session));
  co_return response;
}

}  // namespace cardea::api
