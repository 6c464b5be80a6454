#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "base/snapshot.h"
#include "store/database.h"

namespace cardea::store {

// Who wants to hear of commits. Safe from any thread: telling does not wait for adding.
class CommitListeners {
 public:
  void add(CommitListener listener) {
    const std::scoped_lock lock(adding_);
    const auto before = all_.load();
    auto after = before ? *before : std::vector<CommitListener>{};
    after.push_back(std::move(listener));
    all_.store(std::make_shared<const std::vector<CommitListener>>(std::move(after)));
  }

  void tell(const CommitMark& mark) const {
    if (const auto all = all_.load())
      for (const auto& listener : *all) listener(mark);
  }

 private:
  std::mutex adding_;
  base::Snapshot<std::vector<CommitListener>> all_;
};

}  // namespace cardea::store
