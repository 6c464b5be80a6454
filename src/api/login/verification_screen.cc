#include "api/login/screens.h"
#include "base/percent.h"

namespace cardea::api {
namespace {

using Status = EmailVerificationPage::Status;

struct Outcome {
  Status status;
  const char* code;  // for result_url (reference §7)
};

Outcome outcome_of(identity::AccountRecovery::Refusal why) {
  if (why == identity::AccountRecovery::Refusal::used) return {Status::already_verified, "already_verified"};
  return {Status::expired, "access_expired"};
}

}  // namespace

base::awaitable<http::Response> open_verification_link(PageFlow flow, http::Request request) {
  auto visit = co_await flow.open_without_transaction(std::move(request));
  if (!visit) co_return visit.error();
  const auto verified = co_await flow.services().recovery.verify_email(visit->context, visit->field("ticket"));
  if (!verified && verified.error().why == identity::AccountRecovery::Refusal::unavailable)
    co_return show_error(visit->request, &visit->context, 503, "temporarily_unavailable", "")
        .header("Retry-After", "2");

  const auto outcome = verified ? Outcome{Status::success, "success"} : outcome_of(verified.error().why);
  if (verified && !verified->result_url.empty()) {
    std::vector<std::pair<std::string, std::string>> pairs{{"success", "true"}, {"code", outcome.code}};
    if (verified->include_email_in_redirect) pairs.emplace_back("email", verified->email);
    co_return http::Response::redirect(302, base::append_query(verified->result_url, pairs));
  }
  EmailVerificationPage page;
  page.status = outcome.status;
  if (verified) {
    const auto* client = visit->context.tenant->client(verified->client.value);
    if (client != nullptr) page.continue_url = client->initiate_login_uri;
  }
  co_return show(flow.page_context(*visit), page, verified || page.status == Status::already_verified ? 200 : 400);
}

}  // namespace cardea::api
