#include "replicate/applier.h"

namespace cardea::replicate {

using base::awaitable;
using base::Result;

awaitable<Result<std::uint64_t>> Applier::position() { co_return co_await cell_.database.cursor(follower_, lane_); }

awaitable<Result<Applier::Outcome>> Applier::apply(const mesh::Batch& batch) {
  std::vector<std::string> rows(batch.rows().begin(), batch.rows().end());
  co_return co_await intake_.take(std::move(rows), Intake::Position{follower_, batch.last()});
}

awaitable<Result<bool>> Applier::is_complete() {
  const auto flag = co_await cell_.database.cursor(completeness_of(follower_), lane_);
  if (!flag) co_return base::pass_on(flag);
  co_return *flag != 0;
}

awaitable<Result<void>> Applier::set_complete() {
  co_return co_await cell_.database.set_cursor(completeness_of(follower_), lane_, 1);
}

}  // namespace cardea::replicate
