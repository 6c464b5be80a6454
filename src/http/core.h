#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/wait_traits.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "http/compression.h"
#include "http/entity_tag.h"
#include "http/round.h"
#include "http/server_state.h"

namespace cardea::http {

using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, base::Executor>;
using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, base::Executor>;
using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                boost::asio::wait_traits<std::chrono::steady_clock>, base::Executor>;

class Connection;

// Everything of a server that belongs to one io_context: used on its thread only, so without locks.
class Core {
 public:
  Core(boost::asio::io_context& context, ServerState& state);

  boost::asio::io_context& context() { return context_; }
  Round& round() { return round_; }
  // Looks after the deadlines of all connections here, every options.deadline_check, until stop_ticking().
  void start_ticking();
  void stop_ticking();
  void enlist(Connection* connection) { connections_.insert(connection); }
  void strike(Connection* connection) { connections_.erase(connection); }
  const std::unordered_set<Connection*>& connections() const { return connections_; }

  // The wall time as RFC 9110 §5.6.7 writes it; good until the next call.
  std::string_view date();
  // 32 hex digits, unique: a counter behind a bijective scrambler, seeded once.
  std::string next_request_id();
  // The compressed form of a body that repeats, from a small store; empty when it does not shrink.
  std::shared_ptr<const std::string> compressed(const BodyHash& hash, std::string_view body, Coding coding);

 private:
  void tick();

  struct KeyHash {
    std::size_t operator()(const std::pair<BodyHash, Coding>& key) const {
      return static_cast<std::size_t>(key.first.low) + static_cast<std::size_t>(key.second);
    }
  };

  boost::asio::io_context& context_;
  ServerState& state_;
  Round round_;
  Timer timer_;
  bool ticking_ = false;
  std::unordered_set<Connection*> connections_;
  std::int64_t date_second_ = -1;
  std::string date_;
  std::uint64_t id_seed_[2] = {};
  std::uint64_t id_count_ = 0;
  std::unordered_map<std::pair<BodyHash, Coding>, std::shared_ptr<const std::string>, KeyHash> compressed_;
  std::size_t compressed_bytes_ = 0;
};

}  // namespace cardea::http
