// The half of Connection that knows requests and answers.
#include "http/connection.h"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <exception>
#include <utility>

#include "http/body_encoding.h"
#include "http/forwarded.h"
#include "http/response_writer.h"

namespace cardea::http {

namespace {

// A body up to this size is copied behind its head: one buffer, one call, one TLS record.
constexpr std::size_t kCopiedBody = 16 * 1024;
constexpr std::size_t kKeptOutput = 32 * 1024;

}  // namespace

// What the answer and the log need to know of a request that the handler has taken.
struct Connection::Exchange {
  std::chrono::nanoseconds started{};
  std::string method;
  std::string path;
  std::string host;
  std::string request_id;
  std::string remote;
  std::string accept_encoding;
  std::string none_match;
  bool strict_transport = false;
  bool http10 = false;
  bool keep_alive = false;
};

base::awaitable<void> Connection::run() {
  if (co_await open()) {
    while (co_await serve_one()) {
    }
  }
  co_await close();
}

base::awaitable<bool> Connection::serve_one() {
  parser_.reset();
  expired_ = false;
  if (!co_await read_head()) co_return false;

  RequestHead& head = parser_.head();
  const Arrival arrival{peer_, peer_text_, ssl_ != nullptr, state_->options.trusted_proxies};
  const bool expects_continue = head.expects_continue && head.has_body();
  const bool http10 = head.version == 10;
  const bool keep_alive = head.keep_alive;
  const auto limits = limits_of(head);
  auto request = build_request(head, arrival);
  if (!request) co_return co_await refuse(request.error(), "bad target or Host");

  if (parser_.state() == RequestParser::State::body) {
    parser_.limit_body(limits.max_body.value_or(state_->options.max_body_bytes));
    if (parser_.state() == RequestParser::State::refused)
      co_return co_await refuse(parser_.refusal(), parser_.reason());
    if (expects_continue && begin_ == end_ && !co_await write("HTTP/1.1 100 Continue\r\n\r\n", {})) co_return false;
    if (!co_await read_body()) co_return false;
  }
  request->body = std::move(parser_.body());
  if (request->request_id.empty()) request->request_id = core_.next_request_id();

  Exchange exchange = begin_exchange(*request);
  exchange.http10 = http10;
  exchange.keep_alive = keep_alive && ++served_ < state_->options.max_requests_per_connection;
  enter(Phase::handling, exchange.started, limits.timeout.value_or(state_->options.handler_timeout));
  Response response;
  if (must_redirect(*request)) {
    const auto name =
        request->host.substr(0, request->host.starts_with('[') ? request->host.find(']') + 1 : request->host.find(':'));
    const auto port =
        state_->options.https_port == 443 ? std::string() : ":" + std::to_string(state_->options.https_port);
    response = Response::redirect(308, "https://" + name + port + request->target);
  } else {
    response = co_await handle(std::move(*request), exchange);
  }
  if (aborted_) co_return false;
  co_return co_await answer(std::move(response), exchange);
}

base::awaitable<bool> Connection::read_head() {
  const auto now = state_->clock.steady();
  if (begin_ == end_)
    enter(Phase::idle, now, served_ == 0 ? state_->options.header_timeout : state_->options.idle_timeout);
  else
    enter(Phase::head, now, state_->options.header_timeout);
  if (state_->draining.load(std::memory_order_relaxed) && served_ > 0 && begin_ == end_) co_return false;
  while (true) {
    if (begin_ < end_) begin_ += parser_.feed(unread());
    if (parser_.state() == RequestParser::State::refused)
      co_return co_await refuse(parser_.refusal(), parser_.reason());
    if (parser_.state() != RequestParser::State::head) co_return true;
    if (co_await fill()) continue;
    if (expired_ && phase_ == Phase::head) co_await refuse(408, "header took too long");
    co_return false;
  }
}

base::awaitable<bool> Connection::read_body() {
  enter(Phase::body, state_->clock.steady(), state_->options.body_timeout);
  phase_bytes_ = end_ - begin_;
  while (true) {
    if (begin_ < end_) begin_ += parser_.feed(unread());
    if (parser_.state() == RequestParser::State::done) co_return true;
    if (parser_.state() == RequestParser::State::refused)
      co_return co_await refuse(parser_.refusal(), parser_.reason());
    if (co_await fill()) continue;
    if (expired_) co_return co_await refuse(408, "body took too long");
    co_return false;
  }
}

// Always false: after a request that we did not understand nobody knows where the next one starts.
base::awaitable<bool> Connection::refuse(int status, const char* reason) {
  expired_ = false;
  Exchange exchange;
  exchange.started = state_->clock.steady();
  exchange.request_id = core_.next_request_id();
  exchange.remote = peer_text_;
  Response response = state_->error_response(status);
  response.log_fields["reason"] = reason;
  co_await answer(std::move(response), exchange);
  co_return false;
}

RouteLimits Connection::limits_of(const RequestHead& head) const {
  return state_->options.limits_of ? state_->options.limits_of(head.method, head.target) : RouteLimits{};
}

bool Connection::must_redirect(const Request& request) const {
  const auto& options = state_->options;
  if (!options.redirect_plain_non_loopback || request.scheme == "https" || is_loopback_host(request.host)) return false;
  for (const auto& prefix : options.redirect_exempt_prefixes)
    if (request.path.starts_with(prefix)) return false;
  return !request.host.empty();
}

Connection::Exchange Connection::begin_exchange(const Request& request) {
  Exchange exchange;
  exchange.started = state_->clock.steady();
  exchange.method = request.method;
  if (state_->options.access_log) {
    exchange.path = request.path.substr(0, 256);
    exchange.host = request.host;
    exchange.remote = request.remote_address;
  }
  exchange.request_id = request.request_id;
  for (const auto field : request.headers) {
    if (field.name.size() == 15 && equal_ignoring_case(field.name, "accept-encoding"))
      exchange.accept_encoding += field.value;
    if (field.name.size() == 13 && equal_ignoring_case(field.name, "if-none-match")) exchange.none_match = field.value;
  }
  exchange.strict_transport = request.scheme == "https" && !is_loopback_host(request.host);
  return exchange;
}

// A handler that throws is a bug; one that is cancelled because it took too long throws too.
base::awaitable<Response> Connection::handle(Request request, Exchange& exchange) {
  Response response;
  std::string what;
  bool failed = true;
  try {
    response = co_await state_->handler(std::move(request));
    failed = false;
  } catch (const std::exception& error) {
    what = error.what();
  } catch (...) {
    what = "unknown exception";
  }
  // What cancelled the handler must not cancel the answer.
  const bool late = std::exchange(expired_, false);
  if (late) co_await boost::asio::this_coro::reset_cancellation_state();
  if (!failed || aborted_) co_return response;
  state_->log.error(
      late ? "a handler took too long" : "a handler failed",
      {{"what", what}, {"method", exchange.method}, {"path", exchange.path}, {"request_id", exchange.request_id}});
  response = state_->error_response(late ? 503 : 500);
  if (late) response.headers.set("Retry-After", "1");
  co_return response;
}

base::awaitable<bool> Connection::answer(Response response, Exchange& exchange) {
  exchange.keep_alive = exchange.keep_alive && !response.close && !state_->draining.load(std::memory_order_relaxed);
  const auto kept =
      encode_body(core_, state_->options, exchange.accept_encoding, exchange.none_match, exchange.method, response);
  const std::string_view body = kept ? std::string_view(*kept) : std::string_view(response.body);
  const bool with_body = exchange.method != "HEAD" && status_has_body(response.status);

  if (out_.capacity() > kKeptOutput) out_ = std::string();
  out_.clear();
  append_head(out_, response,
              {.content_length = body.size(),
               .keep_alive = exchange.keep_alive,
               .http10 = exchange.http10,
               .strict_transport = exchange.strict_transport,
               .request_id = exchange.request_id,
               .date = core_.date()});
  const bool copied = with_body && body.size() <= kCopiedBody;
  if (copied) out_ += body;
  const auto bytes = with_body ? body.size() : 0;
  // The handler is done: its deadline must not cut off what waits to be written.
  enter(Phase::writing, state_->clock.steady(), state_->options.write_timeout);
  co_await core_.round().end();
  auto rest = with_body && !copied ? body : std::string_view();
  // Mostly all goes out at once: that needs no coroutine.
  const long sent = try_write(out_, rest);
  bool written = sent == static_cast<long>(out_.size() + rest.size());
  if (!written && sent != kBroken && sent != 0) {
    const auto done = static_cast<std::size_t>(std::max(sent, 0L));
    const auto of_head = std::min(done, out_.size());
    rest.remove_prefix(done - of_head);
    written = co_await write(std::string_view(out_).substr(of_head), rest);
  }
  finish_exchange(exchange, response.status, bytes, std::move(response.log_fields));
  linger_ = !exchange.keep_alive;
  co_return written&& exchange.keep_alive;
}

void Connection::finish_exchange(const Exchange& exchange, int status, std::size_t bytes, base::json::object fields) {
  const auto took = state_->clock.steady() - exchange.started;
  const auto& metrics = state_->metrics;
  metrics.by_class[static_cast<std::size_t>(std::clamp(status / 100, 1, 5)) - 1].add();
  metrics.seconds.observe(std::chrono::duration<double>(took).count());
  if (!state_->options.access_log) return;
  if (state_->options.describe_host) state_->options.describe_host(exchange.host, fields);
  fields["method"] = exchange.method;
  fields["path"] = exchange.path;
  fields["status"] = status;
  fields["bytes"] = bytes;
  fields["duration_ms"] = std::chrono::duration<double, std::milli>(took).count();
  fields["request_id"] = exchange.request_id;
  fields["remote"] = exchange.remote;
  state_->log.info("request", std::move(fields));
}

}  // namespace cardea::http
