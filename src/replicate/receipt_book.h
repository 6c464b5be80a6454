#pragma once

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "replicate/control/control_view.h"
#include "replicate/receipts.h"
#include "store/alarm.h"
#include "store/durability.h"

namespace cardea::replicate {

// When a write of class C1 is acknowledged (REPLICATION.md §2.1).
enum class Acknowledgement {
  async,      // when it is durable in its own cell
  semi_sync,  // when so many other cells have it
  sync        // when all other cells that are not marked down have it
};

// What becomes of one that was not confirmed in time. It stands here in any case.
enum class Unconfirmed {
  by_change,  // refused when it changes what was there (a revocation, a password); else answered, as degraded
  refuse,
  degrade
};

// Which changes other cells have confirmed, and who waits for that. Safe from any thread.
class ReceiptBook final : public store::Receipts, public ReceiptListener {
 public:
  struct Policy {
    Acknowledgement acknowledgement = Acknowledgement::semi_sync;
    std::size_t cells = 1;  // K of semi_sync
    base::Duration patience{1'000};
    Unconfirmed unconfirmed = Unconfirmed::by_change;
  };
  using MakeAlarm = std::function<std::shared_ptr<store::Alarm>(const base::Executor&)>;

  // All must outlive it; `make_alarm` makes one for the executor of a waiting coroutine.
  ReceiptBook(Policy policy, const ControlView& control, const base::Clock& clock, base::Log& log,
              MakeAlarm make_alarm);

  std::size_t required(store::DataClass data_class) const override;
  base::awaitable<base::Result<void>> await_applied(store::CommitMark mark, std::size_t cells) override;

  void applied(model::CellNumber peer, store::Lane lane, const std::vector<Carried>& rows) override;

  // Since when writes are acknowledged that no other cell may have; nothing when none is. Ends when a peer confirms a
  // write in time again.
  std::optional<base::Time> degraded_since() const;

  struct Totals {
    std::uint64_t waited = 0, refused = 0, degraded = 0;
    double seconds = 0;  // all waits together
  };
  Totals totals() const;

 private:
  // One write that waits. A cell has confirmed it when none of the rows is missing there.
  struct Wait {
    std::shared_ptr<store::Alarm> alarm;
    std::size_t rows = 0, cells = 0;
    std::map<model::CellNumber, std::set<std::size_t>> seen;
    bool done() const;
  };
  struct Awaited {
    store::Stamp stamp;
    Wait* wait;
    std::size_t row;
  };
  struct Recent {
    model::CellNumber peer;
    Carried row;
  };

  class Entry;

  void enter(Wait& wait, const store::CommitMark& mark);
  void leave(const Wait& wait, const store::CommitMark& mark);
  void remember(model::CellNumber peer, const Carried& row);
  bool is_done(const Wait& wait) const;
  base::Result<void> end(const store::CommitMark& mark, bool confirmed, std::chrono::nanoseconds waited);

  const Policy policy_;
  const ControlView& control_;
  const base::Clock& clock_;
  base::Log& log_;
  const MakeAlarm make_alarm_;

  mutable std::mutex mutex_;
  std::multimap<store::Key, Awaited> awaited_;
  // Receipts of the hot lane: one may be here before its writer has begun to wait.
  std::multimap<store::Key, Recent> recent_;
  std::deque<std::multimap<store::Key, Recent>::iterator> by_age_;
  std::optional<base::Time> degraded_since_;
  Totals totals_;
};

}  // namespace cardea::replicate
