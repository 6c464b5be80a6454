#include "replicate/quarantine.h"

#include "replicate/intake.h"

namespace cardea::replicate {
namespace {

using base::awaitable;
using base::Result;

constexpr std::size_t kPortion = 50;  // a row may be megabytes

awaitable<Result<void>> retry(const Cell& cell, std::vector<store::Quarantined> rows, Retried& total) {
  for (auto& row : rows) {
    Intake intake(cell, row.peer, row.lane);
    const auto taken = co_await intake.retry(std::move(row));
    if (!taken) co_return base::pass_on(taken);
    ++total.tried;
    total.taken += *taken ? 1 : 0;
  }
  co_return Result<void>{};
}

}  // namespace

awaitable<Result<Retried>> retry_quarantine(const Cell& cell) {
  Retried total;
  for (std::string after;;) {
    auto rows = co_await cell.mesh.quarantined(after, kPortion);
    if (!rows) co_return base::pass_on(rows);
    if (rows->empty()) co_return total;
    after = rows->back().slot;
    if (auto done = co_await retry(cell, std::move(*rows), total); !done) co_return base::pass_on(done);
  }
}

awaitable<Result<Retried>> retry_due(const Cell& cell) {
  Retried total;
  auto rows = co_await cell.mesh.quarantined_due(cell.clock.now(), kPortion);
  if (!rows) co_return base::pass_on(rows);
  if (auto done = co_await retry(cell, std::move(*rows), total); !done) co_return base::pass_on(done);
  co_return total;
}

}  // namespace cardea::replicate
