#include "api/auth/browser_answers.h"

#include "api/auth/authorization_answer.h"
#include "api/auth/oauth_answers.h"
#include "api/browser_cookies.h"
#include "base/percent.h"
#include "base/url.h"
#include "http/form.h"

namespace cardea::api {
namespace {

using oauth::AuthorizeFlow;

std::string own_error_page(const model::Tenant& tenant) {
  const auto* page = base::get_object(tenant.settings, "error_page");
  const auto address = page ? base::get_string_or(*page, "url") : std::string();
  const auto url = base::Url::parse(address);
  return url && url->is_http() ? address : std::string();
}

http::Response show_interaction(const http::Request& request, const AuthorizeFlow::Interaction& interaction,
                                std::string new_browser_cookie) {
  std::string_view page = interaction.signup ? "/u/signup" : "/u/login";
  if (interaction.page == oauth::NextStep::choose_account) page = "/u/account";
  if (interaction.page == oauth::NextStep::consent) page = "/u/consent";
  auto response =
      http::Response::redirect(302, std::string(page) + "?state=" + base::percent_encode(interaction.state));
  if (!new_browser_cookie.empty()) set_browser_cookie(request, response, std::move(new_browser_cookie));
  return response;
}

http::Response show_fault(const AuthServices& services, const http::Request& request,
                          const identity::RequestContext& context, const AuthorizeFlow::OnPage& fault) {
  const auto& start_over = context.tenant->tenant.default_redirection_uri;
  if (fault.lost_login && !start_over.empty()) return http::Response::redirect(302, start_over);
  return browser_error(services, request, context, fault.refusal);
}

}  // namespace

http::Response browser_error(const AuthServices& services, const http::Request& request,
                             const identity::RequestContext& context, const oauth::Refusal& refusal) {
  const auto error = to_string(refusal.code);
  if (const auto address = own_error_page(context.tenant->tenant); !address.empty()) {
    const auto form = http::Form::parse(request.query);
    const std::string client(form ? form->get_or_empty("client_id").substr(0, 64) : std::string_view());
    return http::Response::redirect(302, base::append_query(address, {{"client_id", client},
                                                                      {"lang", context.locale},
                                                                      {"error", std::string(error)},
                                                                      {"error_description", refusal.description},
                                                                      {"tracking", request.request_id}}));
  }
  const int status = status_of(refusal.code);
  auto response = services.error_page(request, &context, status, error, refusal.description);
  if (status == 503) response.header("Retry-After", "2");
  return response;
}

http::Response authorize_answer(const AuthServices& services, const http::Request& request,
                                const identity::RequestContext& context, AuthorizeFlow::Outcome outcome,
                                std::string new_browser_cookie) {
  if (auto* answer = std::get_if<oauth::ClientAnswer>(&outcome)) {
    auto response = answer_client(context, *answer, services.random);
    if (!answer->session_cookie.empty())
      set_session_cookie(request, response, context.tenant->tenant, std::move(answer->session_cookie));
    return response;
  }
  if (const auto* interaction = std::get_if<AuthorizeFlow::Interaction>(&outcome))
    return show_interaction(request, *interaction, std::move(new_browser_cookie));
  return show_fault(services, request, context, std::get<AuthorizeFlow::OnPage>(outcome));
}

http::Response logout_answer(const AuthServices& services, const http::Request& request,
                             const identity::RequestContext& context, const oauth::Logout::Outcome& outcome,
                             std::string_view nowhere) {
  if (const auto* refusal = std::get_if<oauth::Refusal>(&outcome))
    return browser_error(services, request, context, *refusal);
  if (const auto* question = std::get_if<oauth::Logout::Confirm>(&outcome))
    return http::Response::redirect(302, "/u/logout?state=" + base::percent_encode(question->state));

  const auto& redirect = std::get<oauth::Logout::Done>(outcome).redirect;
  auto response = !redirect.empty() ? http::Response::redirect(302, redirect)
                  : nowhere.empty() ? http::Response::text(200, "OK")
                                    : http::Response::redirect(302, nowhere);
  clear_session_cookie(request, response);
  return response;
}

}  // namespace cardea::api
