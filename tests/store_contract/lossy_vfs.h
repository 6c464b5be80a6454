#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace cardea::store {

// A disk with a volatile write cache and a mains plug: a SQLite VFS over the default one that keeps what was written in
// memory until it is synced. When the power is cut, what was not synced is gone, and every further call fails, as
// nobody computes without power. One at a time in a process.
class LossyDisk {
 public:
  // What a cut leaves of writes that were not synced: none of them, or an arbitrary half in any order, as disks do.
  enum class Cache { drops_all, keeps_some };

  LossyDisk(Cache cache, std::uint64_t seed);
  ~LossyDisk();
  LossyDisk(const LossyDisk&) = delete;
  LossyDisk& operator=(const LossyDisk&) = delete;

  // The name to open databases with.
  const std::string& vfs() const { return name_; }

  // The power goes at the `steps`-th write, truncation or sync from now, instead of it.
  void cut_after(std::uint64_t steps);
  bool is_cut() const;
  // Writes are refused for lack of space from now on, or no longer.
  void set_full(bool full);
  // All databases must be closed.
  void power_on();

  struct State;

 private:
  std::string name_;
  std::unique_ptr<State> state_;
};

}  // namespace cardea::store
