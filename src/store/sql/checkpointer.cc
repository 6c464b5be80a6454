#include "store/sql/checkpointer.h"

#include <chrono>

namespace cardea::store {
namespace {

// 1 MB and 32 MB. Often, because a commit that meets a long one waits for it at the disk (bench/scale: 20 ms for 2,000
// pages); a long log makes the start after a crash long. That of an import spares writing the same pages again.
constexpr int kOften = 250, kMost = 8'000;
constexpr int kOftenInImport = 16'000, kMostInImport = 64'000;
// Who cannot be waited for any longer: the log grows on instead.
constexpr auto kLongestWait = std::chrono::seconds(5);

}  // namespace

Checkpointer::Checkpointer(const SqliteFile& file, SqliteSession& writer, base::Log& log)
    : often_(file.import ? kOftenInImport : kOften),
      most_(file.import ? kMostInImport : kMost),
      wait_at_(most_),
      writer_(writer),
      log_(log),
      session_(file, SqliteUse::read_write) {
  thread_ = std::thread([this] { loop(); });
  writer_.on_commit([this](int pages) { grown(pages); });
}

Checkpointer::~Checkpointer() {
  writer_.on_commit(nullptr);
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

// Under steady load new pages come while others are brought over, so the log begins anew only when the writer waits
// once until all are; there are few left then. A reader of an old state, such as a backup, keeps the log from being
// emptied: then the wait is not repeated until the log has grown by as much again.
void Checkpointer::grown(int pages) {
  std::unique_lock lock(mutex_);
  if (pages < pages_) {  // it has begun anew
    asked_ = done_ = 0;
    wait_at_ = most_;
  }
  pages_ = pages;
  const bool wait = pages >= wait_at_;
  if (!wait && pages - asked_ < often_) return;
  asked_ = pages;
  wanted_ = true;
  changed_.notify_all();
  if (!wait) return;
  wait_at_ = pages + most_;
  for (int runs = 0; runs < 2 && done_ < pages && !stopping_; ++runs) {  // the first may have begun before this commit
    wanted_ = true;
    changed_.notify_all();
    if (!changed_.wait_for(lock, kLongestWait, [&] { return !wanted_ || stopping_; })) return;
  }
}

void Checkpointer::loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return wanted_ || stopping_; });
    if (stopping_) return;
    lock.unlock();
    const auto done = session_.checkpoint();
    lock.lock();
    if (done)
      done_ = *done;
    else
      log_.warn("store: the write-ahead log was not brought into the file", {{"reason", done.error().reason}});
    wanted_ = false;
    changed_.notify_all();
  }
}

}  // namespace cardea::store
