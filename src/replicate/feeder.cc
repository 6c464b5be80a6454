#include "replicate/feeder.h"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include "replicate/wire/row_codec.h"

namespace cardea::replicate {
namespace {

using base::awaitable;
using base::Errc;
using base::Result;

constexpr base::Duration kBeatEvery{250};
constexpr base::Duration kKeepEvery{1'000};
constexpr const char* kSetBack = "a peer has applied more of our feed than there is: this store was set back";
constexpr std::uint32_t kMostRows = 10'000, kMostBytes = 4 << 20, kMostWindow = 16;

}  // namespace

Feeder::Feeder(const Cell& cell, model::CellNumber peer, store::Lane lane, Channel& channel, ReceiptListener& receipts)
    : cell_(cell),
      peer_(peer),
      lane_(lane),
      channel_(channel),
      receipts_(receipts),
      incarnation_(cell.database.incarnation()),
      alarm_(cell.make_alarm()) {
  cell_.bell.add(alarm_);
}

awaitable<base::Error> Feeder::run() {
  using namespace boost::asio::experimental::awaitable_operators;  // NOLINT: the only way to use them
  auto asked = co_await wait_for_pull();
  if (asked) {
    const auto end = [this](awaitable<Result<void>> part) -> awaitable<Result<void>> {
      auto done = co_await std::move(part);
      ended_ = true;
      channel_.close();
      alarm_->ring();
      co_return done;
    };
    auto [fed, heard] = co_await (end(feed()) && end(hear_acks()));
    asked = fed ? std::move(heard) : std::move(fed);
  }
  channel_.close();
  co_return asked ? base::Error{Errc::unavailable, "the connection has ended"} : asked.error();
}

awaitable<Result<void>> Feeder::wait_for_pull() {
  auto frame = co_await channel_.receive();
  if (!frame) co_return base::pass_on(frame);
  if (!frame->has_pull()) co_return base::fail(Errc::invalid, "a peer that does not begin with a pull");
  pull_ = std::move(*frame->mutable_pull());
  pull_.set_most_rows(std::clamp(pull_.most_rows(), 1U, kMostRows));
  pull_.set_most_bytes(std::clamp(pull_.most_bytes(), 1U, kMostBytes));
  pull_.set_window(std::clamp(pull_.window(), 1U, kMostWindow));
  position_ = applied_ = pull_.since();
  const auto head = co_await cell_.database.feed_head(lane_);
  if (!head) co_return base::pass_on(head);
  if (*head < position_) co_return base::fail(Errc::conflict, kSetBack);
  co_return co_await keep_position();
}

awaitable<Result<void>> Feeder::feed() {
  auto said = cell_.clock.steady();
  while (!ended_) {
    if (in_flight_.size() < pull_.window()) {
      const auto sent = co_await send_next();
      if (!sent) co_return base::pass_on(sent);
      if (*sent) {
        if (auto kept = co_await keep_position(); !kept) co_return kept;
        said = cell_.clock.steady();
        continue;
      }
    }
    co_await alarm_->wait(cell_.look_every);
    if (auto kept = co_await keep_position(); !kept) co_return kept;
    if (ended_ || cell_.clock.steady() - said < kBeatEvery) continue;
    if (auto beaten = co_await send_beat(); !beaten) co_return beaten;
    said = cell_.clock.steady();
  }
  co_return Result<void>{};
}

// Rows that the peer has sent itself and that stand as it sent them are passed over; its position moves on anyway.
awaitable<Result<bool>> Feeder::send_next() {
  const auto looked = cell_.clock.now();
  auto changes = co_await cell_.database.changes(lane_, position_, pull_.most_rows(), pull_.most_bytes());
  if (!changes) co_return base::pass_on(changes);
  head_ = changes->head;
  looked_ = true;
  if (head_ < position_) co_return base::fail(Errc::conflict, kSetBack);
  if (changes->last == head_) closed_ = looked;
  if (changes->last == position_) co_return false;

  mesh::Frame frame;
  auto& batch = *frame.mutable_batch();
  InFlight sent{.number = ++number_, .last = changes->last, .rows = {}};
  for (const auto& change : changes->rows) {
    if (change.via == peer_ && !pull_.all()) continue;
    batch.add_rows(write_row(change.row).SerializeAsString());
    store::Stamp highest;
    for (const auto& [group, stamp] : change.row.stamps) highest = std::max(highest, stamp);
    sent.rows.push_back({change.row.key, highest});
  }
  batch.set_number(sent.number);
  batch.set_first(position_);
  batch.set_last(changes->last);
  batch.set_head(head_);
  if (closed_ == looked) batch.set_closed_wall(base::to_millis(closed_));
  position_ = changes->last;
  in_flight_.push_back(std::move(sent));
  if (auto done = co_await channel_.send(frame); !done) co_return base::pass_on(done);
  co_return true;
}

awaitable<Result<void>> Feeder::send_beat() {
  mesh::Frame frame;
  auto& beat = *frame.mutable_beat();
  beat.set_wall(base::to_millis(cell_.clock.now()));
  beat.set_head(head_);
  beat.set_closed_wall(base::to_millis(closed_));
  co_return co_await channel_.send(frame);
}

awaitable<Result<void>> Feeder::hear_acks() {
  while (true) {
    const auto frame = co_await channel_.receive();
    if (!frame) co_return base::pass_on(frame);
    if (frame->has_bye()) co_return base::fail(Errc::unavailable, "the peer has ended it");
    if (!frame->has_ack()) continue;
    if (auto taken = take_ack(frame->ack().number()); !taken) co_return taken;
    alarm_->ring();
  }
}

// Batches are applied in order. An acknowledgement proves what its batch carried, and nothing else.
Result<void> Feeder::take_ack(std::uint64_t number) {
  if (in_flight_.empty() || in_flight_.front().number != number)
    return base::fail(Errc::invalid, "an acknowledgement of what was not sent");
  receipts_.applied(peer_, lane_, in_flight_.front().rows);
  applied_ = in_flight_.front().last;
  in_flight_.pop_front();
  return {};
}

// Tombstones are collected by it (REPLICATION.md §2.8), which has time.
awaitable<Result<void>> Feeder::keep_position() {
  const auto now = cell_.clock.steady();
  if (kept_ && (*kept_ == applied_ || now - kept_at_ < kKeepEvery)) co_return Result<void>{};
  kept_at_ = now;
  kept_ = applied_;
  const store::PeerAck ack{peer_, lane_, applied_, cell_.clock.now()};
  co_return co_await cell_.mesh.apply([&](store::Transaction&, store::PeerTables& tables) -> Result<void> {
    tables.acknowledge(incarnation_, ack);
    return {};
  });
}

}  // namespace cardea::replicate
