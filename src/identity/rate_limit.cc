#include "identity/rate_limit.h"

namespace cardea::identity {

RateLimit::RateLimit(const base::Clock& clock, Limits limits, std::string purpose, double size, base::Duration refill,
                     std::size_t max_tracked)
    : limits_(limits), purpose_(std::move(purpose)), bucket_{size, refill}, local_(clock, size, refill, max_tracked) {}

base::awaitable<bool> RateLimit::allows(std::string name) {
  if (!limits_.on) co_return true;
  const bool here = local_.take(name);
  if (limits_.shared == nullptr) co_return here;
  const auto everywhere = co_await limits_.shared->take(purpose_ + '\0' + name, bucket_);
  co_return everywhere ? *everywhere : here;
}

}  // namespace cardea::identity
