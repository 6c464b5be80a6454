#pragma once

#include <cstdint>

#include "replicate/applier.h"
#include "replicate/channel.h"

namespace cardea::replicate {

// What is known of a lane of a peer's feed.
struct LaneStatus {
  std::uint64_t position = 0;        // applied here
  std::uint64_t head = 0;            // at the peer, as it said last
  base::Time closed;                 // all that was committed there before is applied here
  std::chrono::nanoseconds heard{};  // when it said something, on the steady clock; 0 = never
  std::uint64_t rows = 0, changed = 0, refused = 0, held = 0;
  bool complete = false;  // it has once been applied to its end, with all that it has of ours

  std::uint64_t behind() const { return head > position ? head - position : 0; }
};

// Follows one lane of a peer's feed over one connection: pulls, applies, acknowledges. One executor.
class Puller {
 public:
  struct Limits {
    std::uint32_t rows = 1'000, bytes = 2 << 20, window = 4;
  };

  // All must outlive it.
  Puller(Applier& applier, Channel& channel, LaneStatus& status, const base::Clock& clock, Limits limits)
      : applier_(applier), channel_(channel), status_(status), clock_(clock), limits_(limits) {}

  // After the Hellos of both. Gives why it ended; the channel is closed then.
  base::awaitable<base::Error> run();

 private:
  base::awaitable<base::Result<void>> pull();
  base::awaitable<base::Result<void>> take(const mesh::Frame& frame);
  base::awaitable<base::Result<void>> take_batch(const mesh::Batch& batch);
  base::awaitable<base::Result<void>> note_completeness();

  Applier& applier_;
  Channel& channel_;
  LaneStatus& status_;
  const base::Clock& clock_;
  const Limits limits_;
};

}  // namespace cardea::replicate
