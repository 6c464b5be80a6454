#pragma once

#include <boost/asio/redirect_error.hpp>
#include <string>

#include "replicate/channel.h"
#include "tests/simulation/world.h"

namespace cardea::simulation {

// A connection over a network that delays, in order, until it breaks: then both ends fail, and what was under way is
// lost.
class Wire : public std::enable_shared_from_this<Wire> {
 public:
  class End final : public replicate::Channel {
   public:
    End(std::shared_ptr<Wire> wire, bool first) : wire_(std::move(wire)), first_(first) {}
    ~End() override { wire_->cut(); }

    base::awaitable<base::Result<mesh::Frame>> receive() override {
      boost::system::error_code error;
      const auto bytes = co_await wire_->towards(first_).async_receive(
          boost::asio::redirect_error(boost::asio::use_awaitable_t<base::Executor>(), error));
      if (error) co_return base::fail(base::Errc::unavailable, "the wire was cut");
      mesh::Frame frame;
      if (!frame.ParseFromString(bytes)) co_return base::fail(base::Errc::invalid, "not a frame");
      co_return frame;
    }
    base::awaitable<base::Result<void>> send(const mesh::Frame& frame) override {
      if (wire_->cut_) co_return base::fail(base::Errc::unavailable, "the wire was cut");
      auto sent = frame;
      if (wire_->tamper_ && *wire_->tamper_) (*wire_->tamper_)(sent);
      wire_->carry(!first_, sent.SerializeAsString());
      co_return base::Result<void>{};
    }
    void close() override { wire_->cut(); }

   private:
    const std::shared_ptr<Wire> wire_;
    const bool first_;
  };

  // What is sent passes through `tamper`, when there is one.
  using Tamper = std::function<void(mesh::Frame&)>;
  Wire(World& world, base::Duration slowest, const Tamper* tamper = nullptr)
      : world_(world), slowest_(slowest), tamper_(tamper) {}

  void cut() {
    cut_ = true;
    for (auto* queue : {&to_first_, &to_second_}) queue->close();
  }
  bool is_cut() const { return cut_; }

 private:
  using Queue = boost::asio::experimental::basic_channel<base::Executor, boost::asio::experimental::channel_traits<>,
                                                         void(boost::system::error_code, std::string)>;

  Queue& towards(bool first) { return first ? to_first_ : to_second_; }
  void carry(bool to_first, std::string bytes) {
    auto& arrives = to_first ? first_arrives_ : second_arrives_;
    const auto delay = base::Duration(world_.below(static_cast<std::uint64_t>(slowest_.count()) + 1));
    arrives = std::max(arrives, world_.now() + delay);
    world_.at(arrives - world_.now(), [self = weak_from_this(), to_first, bytes = std::move(bytes)] {
      const auto wire = self.lock();
      if (wire && !wire->cut_) wire->towards(to_first).try_send(boost::system::error_code{}, bytes);
    });
  }

  static constexpr std::size_t kRoom = 100'000;
  World& world_;
  const base::Duration slowest_;
  const Tamper* const tamper_;
  Queue to_first_{world_.executor(), kRoom}, to_second_{world_.executor(), kRoom};
  base::Time first_arrives_, second_arrives_;
  bool cut_ = false;
};

}  // namespace cardea::simulation
