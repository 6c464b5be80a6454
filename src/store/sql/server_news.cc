#include "store/sql/server_news.h"

#include <chrono>

namespace cardea::store {
namespace {

constexpr auto kLook = std::chrono::milliseconds(250);  // whether the end has come
constexpr auto kPause = std::chrono::seconds(2);        // before a new connection

}  // namespace

ServerNews::ServerNews(const ServerEngine& engine, base::Log& log)
    : engine_(engine), log_(log), thread_([this] { run(); }) {}

ServerNews::~ServerNews() {
  {
    const std::scoped_lock lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void ServerNews::on_news(std::function<void()> hear) {
  const std::scoped_lock lock(mutex_);
  listeners_.push_back(std::move(hear));
}

bool ServerNews::stopping() {
  const std::scoped_lock lock(mutex_);
  return stop_;
}

void ServerNews::tell() {
  const std::scoped_lock lock(mutex_);
  for (const auto& hear : listeners_) hear();
}

void ServerNews::run() {
  while (!stopping()) {
    if (!listen_until_broken()) return;
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kPause, [this] { return stop_; });
  }
}

bool ServerNews::listen_until_broken() {
  const auto session = engine_.connect();
  if (!session) return true;
  try {
    if (!(*session)->listen()) {
      log_.debug("store: this server brings no news; changes of other nodes are looked for");
      return false;
    }
    available_ = true;
    tell();  // what was missed
    while (!stopping())
      if ((*session)->wait_for_news(kLook)) tell();
  } catch (const soci::soci_error&) {  // the workers say more
  }
  return true;
}

}  // namespace cardea::store
