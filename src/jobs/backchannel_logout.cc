#include "jobs/backchannel_logout.h"

#include "base/percent.h"

namespace cardea::jobs {
namespace {

using base::Errc;
using base::Result;

constexpr auto kTimeout = std::chrono::seconds(5);
constexpr std::size_t kMaxAnswer = 16 * 1024;

model::Event make_event(const model::Job& job, std::string_view type, std::string_view description, base::Time now) {
  model::Event event;
  event.tenant = job.tenant;
  event.type = std::string(type);
  event.at = now;
  event.body = {
      {"description", description},
      {"client_id", base::get_string_or(job.body, "client_id")},
      {"user_id", base::get_string_or(job.body, "sub")},
      {"details",
       {{"session_id", base::get_string_or(job.body, "sid")}, {"url", base::get_string_or(job.body, "url")}}}};
  return event;
}

http::OutgoingRequest request_for(const model::Job& job, const std::string& logout_token) {
  http::OutgoingRequest request;
  request.method = "POST";
  request.url = base::get_string_or(job.body, "url");
  request.headers.set("Content-Type", "application/x-www-form-urlencoded");
  request.body = "logout_token=" + base::form_encode(logout_token);
  request.timeout = kTimeout;
  request.max_response_bytes = kMaxAnswer;
  return request;
}

Result<void> judge(int status) {
  if (status == 200 || status == 204) return {};
  const auto reason = "the client answered " + std::to_string(status);
  return base::fail(status == 400 ? Errc::denied : Errc::unavailable, reason);
}

}  // namespace

BackchannelLogout::BackchannelLogout(http::Client& client, store::Database& database, LogoutTokenMinter mint)
    : client_(client), database_(database), mint_(std::move(mint)) {}

base::awaitable<Result<void>> BackchannelLogout::run(model::Job job) {
  const auto token = co_await mint_(job);
  if (!token) co_return base::pass_on(token);
  const auto answer = co_await client_.send(request_for(job, *token));
  if (!answer) co_return base::pass_on(answer);
  if (auto judged = judge(answer->status); !judged) co_return judged;

  const auto mark = co_await database_.write([&](store::Transaction& transaction) -> Result<void> {
    transaction.append_event(
        make_event(job, "oidc_backchannel_logout_succeeded", "Back-channel logout delivered", transaction.now()));
    return {};
  });
  if (!mark) co_return base::pass_on(mark);
  co_return Result<void>{};
}

JobHandler BackchannelLogout::handler() {
  return [this](model::Job job) { return run(std::move(job)); };
}

Worker::Options BackchannelLogout::worker_options() {
  Worker::Options options;
  options.queue = kBackchannelLogoutQueue;
  options.concurrency = 16;
  options.lease = std::chrono::seconds(30);
  options.max_attempts = 4;
  options.first_delay = std::chrono::seconds(2);
  options.longest_delay = std::chrono::seconds(30);
  options.woken_by = {store::Kind::session};
  options.obituary = [](const model::Job& job, const base::Error& error, base::Time now) {
    return std::optional(make_event(job, "oidc_backchannel_logout_failed", error.reason, now));
  };
  return options;
}

}  // namespace cardea::jobs
