#include "store/follower.h"

namespace cardea::store {
namespace {

constexpr base::Duration kPollEvery{100};
constexpr std::size_t kPortion = 500;
constexpr std::array kLanes = {Lane::hot, Lane::bulk};

}  // namespace

Follower::Follower(std::string name, From from, Database& database, std::shared_ptr<Alarm> alarm, base::Log& log,
                   Handler handler, Wake wake)
    : name_(std::move(name)),
      from_(from),
      database_(database),
      alarm_(std::move(alarm)),
      log_(log),
      handler_(std::move(handler)) {
  database_.on_news([ring = alarm_] { ring->ring(); });
  if (wake == Wake::at_commit) database_.on_commit([ring = alarm_](const CommitMark&) { ring->ring(); });
}

Follower::~Follower() { alarm_->close(); }

base::awaitable<base::Result<void>> Follower::find_position() {
  for (const Lane lane : kLanes) {
    auto& position = position_[static_cast<std::size_t>(lane)];
    if (from_ == From::start) continue;
    const auto found = from_ == From::now ? co_await database_.feed_head(lane) : co_await database_.cursor(name_, lane);
    if (!found) co_return base::pass_on(found);
    position = *found;
  }
  positioned_ = true;
  co_return base::Result<void>{};
}

base::awaitable<base::Result<std::size_t>> Follower::catch_up(Lane lane) {
  auto& position = position_[static_cast<std::size_t>(lane)];
  std::size_t total = 0;
  while (true) {
    auto entries = co_await database_.feed(lane, position, kPortion);
    if (!entries) co_return base::pass_on(entries);
    if (entries->empty()) co_return total;
    const std::uint64_t last = entries->back().lseq;
    const std::size_t count = entries->size();
    const auto handled = co_await handler_(std::move(*entries));
    if (!handled) co_return base::pass_on(handled);
    if (from_ == From::stored_cursor) {
      const auto stored = co_await database_.set_cursor(name_, lane, last);
      if (!stored) co_return base::pass_on(stored);
    }
    position = last;
    total += count;
  }
}

base::awaitable<base::Result<std::size_t>> Follower::catch_up() {
  if (!positioned_) {
    const auto found = co_await find_position();
    if (!found) co_return base::pass_on(found);
  }
  std::size_t total = 0;
  for (const Lane lane : kLanes) {
    const auto handled = co_await catch_up(lane);
    if (!handled) co_return base::pass_on(handled);
    total += *handled;
  }
  co_return total;
}

base::awaitable<void> Follower::run() {
  while (!stopping_) {
    const auto handled = co_await catch_up();
    if (!handled)
      log_.warn("store: a follower could not go on", {{"follower", name_}, {"reason", handled.error().reason}});
    if (!stopping_) co_await alarm_->wait(kPollEvery);
  }
}

void Follower::stop() {
  stopping_ = true;
  alarm_->close();
}

}  // namespace cardea::store
