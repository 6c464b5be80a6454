#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "oauth/grant.h"

namespace cardea::oauth {

// The grants of this server by grant_type. Filled at start, immutable from then on.
class Grants {
 public:
  // The first of a type counts.
  Grants& add(std::unique_ptr<Grant> grant) {
    grants_.push_back(std::move(grant));
    return *this;
  }

  // nullptr: unsupported.
  Grant* find(std::string_view type) const {
    for (const auto& grant : grants_)
      if (grant->type() == type) return grant.get();
    return nullptr;
  }

 private:
  std::vector<std::unique_ptr<Grant>> grants_;
};

}  // namespace cardea::oauth
