#include "store/redis/redis_client.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>

namespace cardea::store {
namespace {

namespace asio = boost::asio;
using base::Errc;
using base::Result;
using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, base::Executor>;

constexpr std::size_t kSlots = 16384;
constexpr int kMostTries = 6;

// "MOVED 3999 10.0.0.1:6381"; an empty host is the node that was asked.
std::optional<RedisAddress> redirection(const std::string& text, const RedisAddress& asked) {
  const auto at = text.rfind(' ');
  const auto colon = text.rfind(':');
  if (at == std::string::npos || colon == std::string::npos || colon < at) return std::nullopt;
  RedisAddress out{text.substr(at + 1, colon - at - 1), 0};
  if (out.host.empty()) out.host = asked.host;
  const auto* end = text.data() + text.size();
  if (std::from_chars(text.data() + colon + 1, end, out.port).ptr != end || out.port == 0) return std::nullopt;
  return out;
}

// The node is there, but not the one to ask, or not yet.
bool shall_try_again(const RedisReply& reply) {
  for (const auto* code : {"READONLY", "LOADING", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "UNBLOCKED"})
    if (reply.is_error(code)) return true;
  return false;
}

}  // namespace

std::uint16_t redis_slot(std::string_view key) {
  if (const auto open = key.find('{'); open != std::string_view::npos)
    if (const auto close = key.find('}', open + 1); close != std::string_view::npos && close > open + 1)
      key = key.substr(open + 1, close - open - 1);
  std::uint16_t crc = 0;  // CRC-16/XMODEM
  for (const char c : key) {
    crc = static_cast<std::uint16_t>(crc ^ (static_cast<std::uint8_t>(c) << 8));
    for (int bit = 0; bit < 8; ++bit)
      crc = static_cast<std::uint16_t>((crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1);
  }
  return crc % kSlots;
}

RedisClient::RedisClient(RedisUrl url, const RedisLimits& limits, const base::Clock& clock, base::Log& log)
    : url_(std::move(url)),
      limits_(limits),
      clock_(clock),
      log_(log),
      guard_(asio::make_work_guard(loop_)),
      thread_([this] { loop_.run(); }) {}

RedisClient::~RedisClient() {
  guard_.reset();
  loop_.stop();
  thread_.join();
}

base::awaitable<Result<RedisReply>> RedisClient::run(std::string key, RedisCommand command) {
  co_return co_await asio::co_spawn(loop_.get_executor(), run_on_loop(std::move(key), std::move(command)),
                                    asio::use_awaitable_t<base::Executor>());
}

base::awaitable<Result<RedisReply>> RedisClient::run_on_loop(std::string key, RedisCommand command) {
  const auto slot = redis_slot(key);
  std::optional<RedisAddress> asking;
  std::string reason = "Redis keeps moving the key";
  Timer pause(loop_.get_executor());
  for (int attempt = 1; attempt <= kMostTries; ++attempt) {
    const auto node = asking ? Result<RedisAddress>(*asking) : co_await node_of(slot);
    auto reply = node ? co_await ask(*node, command, asking.has_value()) : Result<RedisReply>(base::pass_on(node));
    asking.reset();
    if (reply && reply->is_error("MOVED")) {
      if (!slots_.empty()) slots_[slot] = redirection(reply->text, *node);
      continue;
    }
    if (reply && reply->is_error("ASK")) {
      asking = redirection(reply->text, *node);
      continue;
    }
    if (reply && reply->is_error() && !shall_try_again(*reply)) {
      note(false, reply->text.substr(0, 200));
      co_return base::fail(Errc::invalid, "Redis: " + reply->text.substr(0, 200));
    }
    if (reply && !reply->is_error()) {
      note(true, {});
      co_return reply;
    }
    reason = reply ? reply->text.substr(0, reply->text.find(' ')) : reply.error().reason;
    forget_topology();
    // A node that is gone is not waited for: its callers have something else to do.
    if (!reply && attempt >= 2) break;
    pause.expires_after(std::chrono::milliseconds(20 * attempt));
    co_await pause.async_wait(asio::as_tuple(asio::use_awaitable_t<base::Executor>()));
  }
  note(false, reason);
  co_return base::fail(Errc::unavailable, reason);
}

base::awaitable<Result<RedisReply>> RedisClient::ask(const RedisAddress& node, RedisCommand command, bool asking) {
  std::vector<RedisCommand> commands;
  if (asking) commands.push_back({"ASKING"});
  commands.push_back(std::move(command));
  auto replies = co_await connection(node).call(std::move(commands));
  if (!replies) co_return base::pass_on(replies);
  co_return std::move(replies->back());
}

RedisConnection& RedisClient::connection(const RedisAddress& node) {
  auto& slot = nodes_[node];
  if (!slot) {
    const bool sentinel = url_.topology == RedisUrl::Topology::sentinel;
    slot = std::make_unique<RedisConnection>(
        loop_.get_executor(), node, RedisLogin{url_.user, url_.password, url_.database, sentinel}, limits_, clock_);
  }
  return *slot;
}

base::awaitable<Result<RedisAddress>> RedisClient::node_of(std::uint16_t slot) {
  switch (url_.topology) {
    case RedisUrl::Topology::single:
      co_return url_.hosts[host_];
    case RedisUrl::Topology::sentinel:
      if (master_) co_return *master_;
      co_return co_await ask_sentinels();
    case RedisUrl::Topology::cluster:
      break;
  }
  if (slots_.empty())
    if (auto read = co_await read_slots(); !read) co_return base::pass_on(read);
  if (!slots_[slot]) co_return base::fail(Errc::unavailable, "no node of the Redis cluster has the slot of the key");
  co_return *slots_[slot];
}

base::awaitable<Result<RedisAddress>> RedisClient::ask_sentinels() {
  std::string reason = "no sentinel answers";
  for (const auto& host : url_.hosts) {
    auto& sentinel = sentinels_[host];
    if (!sentinel)
      sentinel = std::make_unique<RedisConnection>(loop_.get_executor(), host, RedisLogin{}, limits_, clock_);
    std::vector<RedisCommand> commands;
    commands.push_back({"SENTINEL", "get-master-addr-by-name", url_.master_name});
    auto replies = co_await sentinel->call(std::move(commands));
    if (!replies) {
      reason = replies.error().reason;
      continue;
    }
    const auto& reply = replies->front();
    if (reply.list.size() != 2) {
      reason = "the sentinels know no master of this name";
      continue;
    }
    RedisAddress found{reply.list[0].text, 0};
    std::from_chars(reply.list[1].text.data(), reply.list[1].text.data() + reply.list[1].text.size(), found.port);
    master_ = found;
    co_return found;
  }
  co_return base::fail(Errc::unavailable, reason);
}

base::awaitable<Result<void>> RedisClient::read_slots() {
  std::string reason = "no node of the Redis cluster answers";
  std::vector<RedisAddress> known = url_.hosts;
  for (const auto& [node, connection] : nodes_) known.push_back(node);
  for (const auto& node : known) {
    const auto reply = co_await ask(node, {"CLUSTER", "SLOTS"}, false);
    if (!reply || reply->is_error()) {
      reason = reply ? reply->text.substr(0, 100) : reply.error().reason;
      continue;
    }
    std::vector<std::optional<RedisAddress>> slots(kSlots);
    for (const auto& range : reply->list) {
      if (range.list.size() < 3 || range.list[2].list.size() < 2) continue;
      const auto& host = range.list[2].list[0].text;
      const RedisAddress owner{host.empty() ? node.host : host,
                               static_cast<std::uint16_t>(range.list[2].list[1].number)};
      for (auto slot = range.list[0].number; slot >= 0 && slot <= range.list[1].number; ++slot)
        if (static_cast<std::size_t>(slot) < kSlots) slots[static_cast<std::size_t>(slot)] = owner;
    }
    slots_ = std::move(slots);
    co_return Result<void>{};
  }
  co_return base::fail(Errc::unavailable, reason);
}

void RedisClient::forget_topology() {
  host_ = (host_ + 1) % url_.hosts.size();
  master_.reset();
  slots_.clear();
}

void RedisClient::note(bool answered, const std::string& reason) {
  if (healthy_.exchange(answered) == answered) return;
  if (answered)
    log_.info("redis: answers again");
  else
    log_.error("redis: lost", {{"reason", reason}});
}

}  // namespace cardea::store
