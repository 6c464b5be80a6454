#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "http/core.h"
#include "http/request_builder.h"
#include "http/request_parser.h"

namespace cardea::http {

// One client's connection: reads requests, calls the handler, writes answers in order. Lives on one Core's thread.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<ServerState> state, Core& core, Socket socket, IpAddress peer, const Listener& listener);
  ~Connection();

  // Serves until the connection ends. The cancellation slot of whoever spawns it must be signal().slot().
  base::awaitable<void> run();

  boost::asio::cancellation_signal& signal() { return signal_; }
  // Ends whatever waits longer than it may.
  void check_deadline(std::chrono::nanoseconds now);
  // Ends an idle connection at once and any other after its answer.
  void drain();
  // Ends everything at once.
  void abort();

 private:
  enum class Phase { opening, idle, head, body, handling, writing, lingering };
  struct Exchange;

  void enter(Phase phase, std::chrono::nanoseconds now, base::Duration patience);
  std::string_view unread() const { return std::string_view(in_).substr(begin_, end_ - begin_); }

  base::awaitable<bool> open();
  base::awaitable<bool> read_proxy_header();
  base::awaitable<bool> handshake();
  // One request and its answer; false: the connection must end.
  base::awaitable<bool> serve_one();
  base::awaitable<bool> read_head();
  base::awaitable<bool> read_body();
  base::awaitable<bool> refuse(int status, const char* reason);
  base::awaitable<Response> handle(Request request, Exchange& exchange);
  base::awaitable<bool> answer(Response response, Exchange& exchange);
  base::awaitable<bool> fill();
  base::awaitable<bool> write(std::string_view first, std::string_view second);
  // How many bytes of both could be sent without waiting; kAgain or kBroken when none.
  long try_write(std::string_view first, std::string_view second);
  base::awaitable<void> close();

  RouteLimits limits_of(const RequestHead& head) const;
  bool must_redirect(const Request& request) const;
  Exchange begin_exchange(const Request& request);
  void finish_exchange(const Exchange& exchange, int status, std::size_t bytes, base::json::object log_fields);
  // > 0: bytes; 0: the end; kAgain: wait as `wait_for_write_` says.
  long outcome(int result);
  long tls_read(char* to, std::size_t size);
  long tls_write(std::string_view bytes);
  base::awaitable<bool> wait(bool for_write);

  static constexpr long kAgain = -1;
  static constexpr long kBroken = -2;

  const std::shared_ptr<ServerState> state_;
  const std::shared_ptr<const TlsContext> tls_;  // kept while ssl_ is
  Core& core_;
  Socket socket_;
  IpAddress peer_;
  std::string peer_text_;
  const Listener& listener_;
  ssl_st* ssl_ = nullptr;
  bool wait_for_write_ = false;

  RequestParser parser_;
  std::string in_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::string out_;
  std::size_t served_ = 0;

  Phase phase_ = Phase::opening;
  std::chrono::nanoseconds phase_started_{};
  std::chrono::nanoseconds deadline_ = std::chrono::nanoseconds::max();
  std::size_t phase_bytes_ = 0;
  bool expired_ = false;
  bool aborted_ = false;
  bool linger_ = false;  // an answer was the last: closing must not reset the connection before it arrives
  boost::asio::cancellation_signal signal_;
};

}  // namespace cardea::http
