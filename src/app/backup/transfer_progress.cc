#include "app/backup/transfer_progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace cardea::app {

TransferProgress::TransferProgress(std::string_view verb) : verb_(verb), live_(::isatty(STDERR_FILENO) == 1) {}

TransferProgress::~TransferProgress() {
  if (live_) fmt::print(stderr, "\r\033[K");
}

std::function<void(std::string_view, std::uint64_t)> TransferProgress::callback() {
  return [this](std::string_view table, std::uint64_t rows) {
    if (live_) fmt::print(stderr, "\r\033[K{} {}: {} rows", verb_, table, rows);
  };
}

}  // namespace cardea::app
