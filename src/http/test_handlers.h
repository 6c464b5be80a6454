#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/json.h"
#include "http/server.h"

namespace cardea::http::testing {

inline constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

// Says what it was asked.
inline Handler echo() {
  return [](Request request) -> base::awaitable<Response> {
    base::json::object out{{"method", request.method},
                           {"path", request.path},
                           {"query", request.query},
                           {"host", request.host},
                           {"scheme", request.scheme},
                           {"remote", request.remote_address},
                           {"loopback", request.from_loopback},
                           {"id", request.request_id},
                           {"body", request.body}};
    co_return Response::json(200, out);
  };
}

inline Handler always(Response response) {
  return [response](Request) -> base::awaitable<Response> { co_return response; };
}

inline base::awaitable<void> pause(base::Duration duration) {
  using Executor = base::Executor;
  using Wait = boost::asio::wait_traits<std::chrono::steady_clock>;
  boost::asio::basic_waitable_timer<std::chrono::steady_clock, Wait, Executor> timer(
      co_await boost::asio::this_coro::executor);
  timer.expires_after(duration);
  co_await timer.async_wait(boost::asio::use_awaitable_t<Executor>{});
}

inline base::json::object parsed(const std::string& body) { return base::parse_json(body).value().as_object(); }

}  // namespace cardea::http::testing
