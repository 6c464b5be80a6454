#include "store/redis/redis_connection.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace cardea::store {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Socket = asio::basic_stream_socket<tcp, base::Executor>;
using Resolver = asio::ip::basic_resolver<tcp, base::Executor>;
using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, base::Executor>;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable_t<base::Executor>());
// Of one answer: nothing that we ask for is so long.
constexpr std::size_t kLongestAnswer = 8 << 20;

std::unexpected<base::Error> lost(const RedisAddress& address, std::string_view what) {
  return base::fail(base::Errc::unavailable, "Redis at " + address.text() + ": " + std::string(what));
}

}  // namespace

// A socket and what waits for its answers. Its coroutines keep it alive.
class RedisConnection::Link : public std::enable_shared_from_this<Link> {
 public:
  explicit Link(const base::Executor& loop) : loop_(loop), socket_(loop) {}

  base::awaitable<boost::system::error_code> open(const RedisAddress& address) {
    Resolver resolver(loop_);
    auto [unresolved, found] = co_await resolver.async_resolve(address.host, std::to_string(address.port), kAwait);
    if (unresolved) co_return unresolved;
    auto [refused, endpoint] = co_await asio::async_connect(socket_, found, kAwait);
    if (refused) co_return refused;
    boost::system::error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    asio::co_spawn(loop_, read(shared_from_this()), asio::detached);
    co_return boost::system::error_code{};
  }

  // nullopt: closed, or too late.
  base::awaitable<std::optional<std::vector<RedisReply>>> call(std::string bytes, std::size_t count,
                                                               base::Duration patience, std::size_t most) {
    if (closed_ || waiting_.size() >= most) co_return std::nullopt;
    const auto self = shared_from_this();
    const auto waiter = std::make_shared<Waiter>(loop_, count);
    waiting_.push_back(waiter);
    outgoing_ += bytes;
    if (!writing_) asio::co_spawn(loop_, write(self), asio::detached);
    if (!waiter->over) {
      waiter->timer.expires_after(patience);
      co_await waiter->timer.async_wait(kAwait);
    }
    if (waiter->replies.size() == count) co_return std::move(waiter->replies);
    close();
    co_return std::nullopt;
  }

  // Everybody who waits is told that nothing will come.
  void close() {
    if (std::exchange(closed_, true)) return;
    boost::system::error_code ignored;
    socket_.close(ignored);
    for (const auto& waiter : waiting_) waiter->finish();
    waiting_.clear();
  }
  bool closed() const { return closed_; }

 private:
  struct Waiter {
    Waiter(const base::Executor& loop, std::size_t replies_wanted) : timer(loop), wanted(replies_wanted) {}
    void finish() {
      over = true;
      timer.cancel();
    }
    Timer timer;
    std::size_t wanted;
    std::vector<RedisReply> replies;
    bool over = false;
  };

  static base::awaitable<void> write(std::shared_ptr<Link> self) {
    self->writing_ = true;
    while (!self->closed_ && !self->outgoing_.empty()) {
      const auto bytes = std::exchange(self->outgoing_, {});
      auto [failed, written] = co_await asio::async_write(self->socket_, asio::buffer(bytes), kAwait);
      if (failed) self->close();
    }
    self->writing_ = false;
  }

  static base::awaitable<void> read(std::shared_ptr<Link> self) {
    std::array<char, 16 << 10> buffer;
    std::size_t incomplete = 0;
    while (!self->closed_) {
      auto [failed, size] = co_await self->socket_.async_read_some(asio::buffer(buffer), kAwait);
      if (failed) break;
      incomplete += size;
      self->reader_.feed({buffer.data(), size});
      const auto taken = self->take_replies();
      if (!taken || (!*taken && incomplete > kLongestAnswer)) break;
      if (*taken) incomplete = 0;
    }
    self->close();
  }

  // Whether there were any.
  base::Result<bool> take_replies() {
    for (bool any = false;; any = true) {
      auto reply = reader_.next();
      if (!reply) return base::pass_on(reply);
      if (!*reply) return any;
      if (waiting_.empty()) return base::fail(base::Errc::invalid, "an answer to no question");
      const auto waiter = waiting_.front();
      waiter->replies.push_back(std::move(**reply));
      if (waiter->replies.size() < waiter->wanted) continue;
      waiting_.pop_front();
      waiter->finish();
    }
  }

  const base::Executor loop_;
  Socket socket_;
  RedisReplyReader reader_;
  std::deque<std::shared_ptr<Waiter>> waiting_;
  std::string outgoing_;
  bool writing_ = false, closed_ = false;
};

RedisConnection::RedisConnection(base::Executor loop, RedisAddress address, RedisLogin login, const RedisLimits& limits,
                                 const base::Clock& clock)
    : loop_(std::move(loop)), address_(std::move(address)), login_(std::move(login)), limits_(limits), gate_(clock) {}

RedisConnection::~RedisConnection() {
  if (link_) link_->close();
}

base::awaitable<base::Result<std::vector<RedisReply>>> RedisConnection::call(std::vector<RedisCommand> commands) {
  auto link = co_await connected();
  if (!link) co_return base::pass_on(link);
  std::string bytes;
  for (const auto& command : commands) bytes += to_wire(command);
  auto replies = co_await (*link)->call(std::move(bytes), commands.size(), limits_.reply, limits_.waiting);
  if (!replies) co_return lost(address_, "no answer in time");
  co_return std::move(*replies);
}

base::awaitable<base::Result<std::shared_ptr<RedisConnection::Link>>> RedisConnection::connected() {
  if (link_ && !link_->closed()) co_return link_;
  // Those who come while somebody connects look again when that is over.
  for (Timer timer(loop_); connecting_;) {
    timer.expires_after(std::chrono::milliseconds(2));
    co_await timer.async_wait(kAwait);
  }
  if (link_ && !link_->closed()) co_return link_;
  if (!gate_.enter()) co_return lost(address_, "cannot be reached");
  connecting_ = true;
  auto link = co_await connect();
  connecting_ = false;
  gate_.leave(link.has_value());
  if (link) link_ = *link;
  co_return link;
}

base::awaitable<base::Result<std::shared_ptr<RedisConnection::Link>>> RedisConnection::connect() {
  const auto link = std::make_shared<Link>(loop_);
  const auto timer = std::make_shared<Timer>(loop_, limits_.connect);
  timer->async_wait([link, timer](boost::system::error_code cancelled) {
    if (!cancelled) link->close();
  });
  const auto failed = co_await link->open(address_);
  if (failed || link->closed()) {
    timer->cancel();
    link->close();
    co_return lost(address_, failed ? failed.message() : "does not answer");
  }
  const auto greeted = co_await greet(*link);
  timer->cancel();
  if (greeted && !link->closed()) co_return link;
  link->close();
  if (!greeted) co_return base::pass_on(greeted);
  co_return lost(address_, "does not answer");
}

base::awaitable<base::Result<void>> RedisConnection::greet(Link& link) {
  std::vector<RedisCommand> commands;
  if (!login_.user.empty())
    commands.push_back({"AUTH", login_.user, login_.password});
  else if (!login_.password.empty())
    commands.push_back({"AUTH", login_.password});
  if (login_.database > 0) commands.push_back({"SELECT", std::to_string(login_.database)});
  commands.push_back(login_.must_be_master ? RedisCommand{"ROLE"} : RedisCommand{"PING"});
  std::string bytes;
  for (const auto& command : commands) bytes += to_wire(command);
  const auto replies = co_await link.call(std::move(bytes), commands.size(), limits_.connect, 1);
  if (!replies) co_return lost(address_, "does not answer");
  for (const auto& reply : *replies)
    if (reply.is_error()) co_return lost(address_, reply.text.substr(0, reply.text.find(' ')));
  const auto& last = replies->back();
  if (login_.must_be_master && (last.list.empty() || last.list.front().text != "master"))
    co_return lost(address_, "is no master");
  co_return base::Result<void>{};
}

}  // namespace cardea::store
