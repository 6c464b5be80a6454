#include "app/backup/s3_client.h"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <exception>

#include "app/backup/s3_answers.h"
#include "store/alarm.h"

namespace cardea::app {
namespace {

constexpr int kTries = 5;
constexpr auto kFirstPause = std::chrono::milliseconds(250);
constexpr auto kTimeout = std::chrono::seconds(120);

using Answer = base::Result<http::OutgoingResponse>;

bool worth_another_try(const Answer& answer) {
  if (!answer) return answer.error().code == base::Errc::unavailable;
  return answer->status == 429 || answer->status >= 500;
}

base::Errc code_of(int status) {
  if (status == 404) return base::Errc::not_found;
  if (status == 401 || status == 403) return base::Errc::denied;
  return status == 412 ? base::Errc::conflict : base::Errc::unavailable;
}

Answer checked(Answer answer, const std::string& host) {
  if (!answer) return base::fail(answer.error().code, fmt::format("{}: {}", host, answer.error().reason));
  if (answer->status >= 200 && answer->status < 300) return answer;
  return base::fail(code_of(answer->status),
                    fmt::format("{} answers {}{}", host, answer->status, s3_error_code(answer->body)));
}

}  // namespace

base::Result<http::OutgoingRequest> S3Client::request_of(const Call& call) const {
  // A bucket in the path has no slash behind it: some servers sign its name only.
  const bool bare = call.key.empty() && !place_.base.empty();
  S3Request request{call.method, place_.host, bare ? place_.base : place_.base + "/" + call.key, call.query,
                    call.headers};
  sign(request, call.body, place_.credentials, clock_.now());
  http::OutgoingRequest out;
  out.method = call.method;
  const auto query = encoded_query(call.query);
  out.url = fmt::format("{}://{}{}{}{}", place_.scheme, place_.host, encoded_path(request.path),
                        query.empty() ? "" : "?", query);
  for (const auto& [name, value] : request.headers)
    if (name != "host") out.headers.add(name, value);
  out.body = call.body;
  out.timeout = kTimeout;
  out.max_response_bytes = call.most;
  return out;
}

base::awaitable<Answer> S3Client::send(Call call) {
  auto pause = kFirstPause;
  for (int tried = 1;; ++tried) {
    // Signed anew: a signature is good for some minutes only.
    auto request = request_of(call);
    if (!request) co_return base::pass_on(request);
    auto answer = co_await http_.send(std::move(*request));
    if (tried == kTries || !worth_another_try(answer)) co_return checked(std::move(answer), place_.host);
    const auto alarm = store::make_alarm(co_await boost::asio::this_coro::executor);
    co_await alarm->wait(pause);
    pause *= 2;
  }
}

Answer S3Client::call(Call call) {
  std::exception_ptr failure;
  Answer out = base::fail(base::Errc::unavailable, "not sent");
  boost::asio::co_spawn(context_, send(std::move(call)), [&](std::exception_ptr error, Answer answer) {
    failure = std::move(error);
    out = std::move(answer);
  });
  context_.restart();
  context_.run();  // until the client has let go of it too
  if (failure) std::rethrow_exception(failure);
  return out;
}

}  // namespace cardea::app
