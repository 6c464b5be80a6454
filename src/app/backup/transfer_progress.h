#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace cardea::app {

// A line on the terminal that says how far a backup, restore or copy is; nothing where standard error is no terminal.
class TransferProgress {
 public:
  explicit TransferProgress(std::string_view verb);
  // Clears the line.
  ~TransferProgress();
  TransferProgress(const TransferProgress&) = delete;
  TransferProgress& operator=(const TransferProgress&) = delete;

  // For store::ArchiveTools; this object must outlive it.
  std::function<void(std::string_view table, std::uint64_t rows)> callback();

 private:
  const std::string_view verb_;
  const bool live_;
};

}  // namespace cardea::app
