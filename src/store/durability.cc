#include "store/durability.h"

#include <algorithm>

namespace cardea::store {

base::awaitable<base::Result<void>> Durability::confirm(CommitMark mark) {
  if (receipts_ == nullptr || mark.written.empty()) co_return base::Result<void>{};
  const auto strictest = std::ranges::min_element(mark.written, {}, &CommitMark::Written::data_class)->data_class;
  const std::size_t cells = receipts_->required(strictest);
  if (cells == 0) co_return base::Result<void>{};
  // Only what is of that class is waited for: bulk data in the same unit must not delay it.
  std::erase_if(mark.written, [&](const auto& written) { return receipts_->required(written.data_class) == 0; });
  co_return co_await receipts_->await_applied(std::move(mark), cells);
}

}  // namespace cardea::store
