#pragma once

#include <string>

#include "base/clock.h"
#include "base/random.h"

namespace cardea::base {

// A new ULID: 48 bits of milliseconds, 80 random bits, 26 characters of Crockford's base 32 that sort by time.
std::string new_ulid(const Clock& clock, Random& random);
std::string new_ulid(Time now, Random& random);

}  // namespace cardea::base
