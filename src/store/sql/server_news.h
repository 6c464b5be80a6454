#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "base/log.h"
#include "store/sql/server_session.h"

namespace cardea::store {

// Hears from a server that another node has committed something which nodes keep in memory (PostgreSQL's NOTIFY), on a
// connection and a thread of its own. Only to look sooner: news may be lost, and followers look every 100 ms anyway.
class ServerNews {
 public:
  // Both must outlive it.
  ServerNews(const ServerEngine& engine, base::Log& log);
  ~ServerNews();

  // Whether the server takes and brings news; false until it is known.
  bool available() const { return available_; }
  // `hear` is called from the thread; it must be quick. Safe from any thread.
  void on_news(std::function<void()> hear);

 private:
  void run();
  // False: this server has no such thing.
  bool listen_until_broken();
  bool stopping();
  void tell();

  const ServerEngine& engine_;
  base::Log& log_;
  std::atomic<bool> available_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::function<void()>> listeners_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace cardea::store
