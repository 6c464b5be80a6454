#include "replicate/puller.h"

#include <algorithm>

namespace cardea::replicate {

using base::awaitable;
using base::Errc;
using base::Result;

awaitable<base::Error> Puller::run() {
  auto going = co_await pull();
  while (going) {
    const auto frame = co_await channel_.receive();
    if (frame) status_.heard = clock_.steady();
    going = frame ? co_await take(*frame) : Result<void>(base::pass_on(frame));
  }
  channel_.close();
  co_return going.error();
}

awaitable<Result<void>> Puller::pull() {
  const auto position = co_await applier_.position();
  if (!position) co_return base::pass_on(position);
  status_.position = *position;
  const auto complete = co_await applier_.is_complete();
  if (!complete) co_return base::pass_on(complete);
  status_.complete = *complete;
  mesh::Frame frame;
  auto& pull = *frame.mutable_pull();
  pull.set_all(!*complete);
  pull.set_since(*position);
  pull.set_most_rows(limits_.rows);
  pull.set_most_bytes(limits_.bytes);
  pull.set_window(limits_.window);
  co_return co_await channel_.send(frame);
}

awaitable<Result<void>> Puller::take(const mesh::Frame& frame) {
  switch (frame.content_case()) {
    case mesh::Frame::kBatch:
      co_return co_await take_batch(frame.batch());
    case mesh::Frame::kBeat:
      status_.head = frame.beat().head();
      if (status_.behind() == 0) status_.closed = base::from_millis(frame.beat().closed_wall());
      co_return co_await note_completeness();
    case mesh::Frame::kBye:
      co_return base::fail(Errc::unavailable, "the peer has ended it");
    default:
      co_return Result<void>{};  // of a newer program
  }
}

awaitable<Result<void>> Puller::note_completeness() {
  if (status_.complete || status_.behind() > 0) co_return Result<void>{};
  auto set = co_await applier_.set_complete();
  status_.complete = set.has_value();
  co_return set;
}

// A batch that does not begin where the last one ended would leave a gap for ever.
awaitable<Result<void>> Puller::take_batch(const mesh::Batch& batch) {
  if (batch.first() != status_.position || batch.last() < batch.first())
    co_return base::fail(Errc::invalid, "a batch of another position");
  const auto outcome = co_await applier_.apply(batch);
  if (!outcome) co_return base::pass_on(outcome);
  status_.position = batch.last();
  status_.head = std::max(batch.head(), batch.last());
  if (batch.closed_wall() != 0) status_.closed = base::from_millis(batch.closed_wall());
  status_.rows += outcome->rows;
  status_.changed += outcome->changed;
  status_.refused += outcome->refused;
  status_.held += outcome->held;
  if (auto noted = co_await note_completeness(); !noted) co_return noted;
  mesh::Frame frame;
  frame.mutable_ack()->set_number(batch.number());
  co_return co_await channel_.send(frame);
}

}  // namespace cardea::replicate
