#include "store/confirmed_database.h"

namespace cardea::store {

base::awaitable<base::Result<CommitMark>> ConfirmedDatabase::write(Body body) {
  auto mark = co_await own_->write(std::move(body));
  if (!mark) co_return mark;
  if (auto confirmed = co_await durability_.confirm(*mark); !confirmed) co_return base::pass_on(confirmed);
  co_return mark;
}

}  // namespace cardea::store
