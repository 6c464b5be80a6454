#include "replicate/receipt_book.h"

#include <algorithm>
#include <boost/asio/this_coro.hpp>

namespace cardea::replicate {
namespace {

using base::awaitable;
using base::Errc;
using base::Result;

constexpr std::size_t kMostRecent = 8'192;

// Whether it only adds what was not there: a sign-up. A name that is given again is part of what takes it.
bool only_creates(const store::CommitMark& mark) {
  return std::ranges::all_of(mark.written,
                             [](const auto& row) { return row.created || row.key.kind == store::Kind::claim; });
}

}  // namespace

ReceiptBook::ReceiptBook(Policy policy, const ControlView& control, const base::Clock& clock, base::Log& log,
                         MakeAlarm make_alarm)
    : policy_(policy), control_(control), clock_(clock), log_(log), make_alarm_(std::move(make_alarm)) {}

std::size_t ReceiptBook::required(store::DataClass data_class) const {
  if (data_class != store::DataClass::c1 || policy_.acknowledgement == Acknowledgement::async) return 0;
  const auto others = control_.others().size();
  return policy_.acknowledgement == Acknowledgement::sync ? others : std::min(policy_.cells, others);
}

bool ReceiptBook::Wait::done() const {
  return std::ranges::count_if(seen, [this](const auto& cell) { return cell.second.size() == rows; }) >=
         static_cast<std::ptrdiff_t>(cells);
}

// In the book as long as it lives.
class ReceiptBook::Entry {
 public:
  Entry(ReceiptBook& book, Wait& wait, const store::CommitMark& mark) : book_(book), wait_(wait), mark_(mark) {
    book_.enter(wait_, mark_);
  }
  ~Entry() {
    book_.leave(wait_, mark_);
    wait_.alarm->close();
  }
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;

 private:
  ReceiptBook& book_;
  Wait& wait_;
  const store::CommitMark& mark_;
};

awaitable<Result<void>> ReceiptBook::await_applied(store::CommitMark mark, std::size_t cells) {
  const auto began = clock_.steady();
  Wait wait{.alarm = make_alarm_(co_await boost::asio::this_coro::executor),
            .rows = mark.written.size(),
            .cells = cells,
            .seen = {}};
  const Entry entry(*this, wait, mark);
  bool confirmed = is_done(wait);
  for (auto waited = clock_.steady() - began; !confirmed && waited < policy_.patience;
       waited = clock_.steady() - began) {
    co_await wait.alarm->wait(std::chrono::ceil<base::Duration>(policy_.patience - waited));
    confirmed = is_done(wait);
  }
  co_return end(mark, confirmed, clock_.steady() - began);
}

void ReceiptBook::enter(Wait& wait, const store::CommitMark& mark) {
  const std::scoped_lock lock(mutex_);
  for (std::size_t row = 0; row < mark.written.size(); ++row) {
    const auto& written = mark.written[row];
    awaited_.emplace(written.key, Awaited{written.stamp, &wait, row});
    const auto [first, last] = recent_.equal_range(written.key);
    for (auto known = first; known != last; ++known)
      if (known->second.row.highest >= written.stamp) wait.seen[known->second.peer].insert(row);
  }
}

void ReceiptBook::leave(const Wait& wait, const store::CommitMark& mark) {
  const std::scoped_lock lock(mutex_);
  for (const auto& written : mark.written) {
    const auto [first, last] = awaited_.equal_range(written.key);
    const auto ours = std::find_if(first, last, [&](const auto& entry) { return entry.second.wait == &wait; });
    if (ours != last) awaited_.erase(ours);
  }
}

bool ReceiptBook::is_done(const Wait& wait) const {
  const std::scoped_lock lock(mutex_);
  return wait.done();
}

void ReceiptBook::applied(model::CellNumber peer, store::Lane lane, const std::vector<Carried>& rows) {
  const std::scoped_lock lock(mutex_);
  for (const auto& row : rows) {
    if (lane == store::Lane::hot) remember(peer, row);
    const auto [first, last] = awaited_.equal_range(row.key);
    for (auto entry = first; entry != last; ++entry) {
      const auto& [stamp, wait, index] = entry->second;
      if (row.highest < stamp) continue;
      wait->seen[peer].insert(index);
      if (wait->done()) wait->alarm->ring();
    }
  }
}

void ReceiptBook::remember(model::CellNumber peer, const Carried& row) {
  by_age_.push_back(recent_.emplace(row.key, Recent{peer, row}));
  if (by_age_.size() <= kMostRecent) return;
  recent_.erase(by_age_.front());
  by_age_.pop_front();
}

// Never rolled back: the change is durable here, and others will have it.
Result<void> ReceiptBook::end(const store::CommitMark& mark, bool confirmed, std::chrono::nanoseconds waited) {
  const std::scoped_lock lock(mutex_);
  ++totals_.waited;
  totals_.seconds += std::chrono::duration<double>(waited).count();
  if (confirmed) {
    if (degraded_since_) log_.info("replicate: other cells confirm writes again");
    degraded_since_.reset();
    return {};
  }
  const bool refuse = policy_.unconfirmed == Unconfirmed::refuse ||
                      (policy_.unconfirmed == Unconfirmed::by_change && !only_creates(mark));
  if (refuse) {
    ++totals_.refused;
    return base::fail(Errc::unconfirmed, "not confirmed by as many cells as wanted; it stands here and will replicate");
  }
  ++totals_.degraded;
  if (!degraded_since_) {
    degraded_since_ = clock_.now();
    log_.error("replicate: writes are acknowledged that no other cell has confirmed");
  }
  return {};
}

std::optional<base::Time> ReceiptBook::degraded_since() const {
  const std::scoped_lock lock(mutex_);
  return degraded_since_;
}

ReceiptBook::Totals ReceiptBook::totals() const {
  const std::scoped_lock lock(mutex_);
  return totals_;
}

}  // namespace cardea::replicate
