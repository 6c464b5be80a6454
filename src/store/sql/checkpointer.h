#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "store/sql/sqlite_session.h"

namespace cardea::store {

// Brings what is committed from the write-ahead log of a file into the file itself, on a thread and a connection of its
// own: in a large file the pages are all over it, and a commit that had to write them would keep others waiting.
class Checkpointer {
 public:
  // `writer` is the connection whose commits it follows; both must outlive it. Throws soci::soci_error.
  Checkpointer(const SqliteFile& file, SqliteSession& writer, base::Log& log);
  ~Checkpointer();

 private:
  // On the writer's thread, after each commit: the log has so many pages now.
  void grown(int pages);
  void loop();

  const int often_, most_;  // pages of the log: after so many new ones; the writer waits at so many
  int wait_at_;             // the writer's
  SqliteSession& writer_;
  base::Log& log_;
  SqliteSession session_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int pages_ = 0;  // in the log
  int asked_ = 0;  // at the last run
  int done_ = 0;   // of them in the file
  bool wanted_ = false, stopping_ = false;
  std::thread thread_;
};

}  // namespace cardea::store
