#include "replicate/control/static_control.h"

#include <algorithm>
#include <charconv>

namespace cardea::replicate {
namespace {

using base::awaitable;
using base::Errc;
using base::Result;

constexpr std::size_t kMostMembers = 1'000;

struct Mark {
  model::CellNumber cell = 0;
  MemberState state = MemberState::active;
  std::uint64_t epoch = 0;
};

Mark mark_of(const store::Record& record) {
  const auto document = record.document();
  Mark out;
  const auto& id = record.key.id;
  std::from_chars(id.data(), id.data() + id.size(), out.cell);
  if (base::get_string_or(document, "state") == "down") out.state = MemberState::down;
  out.epoch = static_cast<std::uint64_t>(std::max<std::int64_t>(0, base::get_int_or(document, "epoch", 0)));
  return out;
}

}  // namespace

MemberState StaticControl::state(model::CellNumber cell) const {
  const std::scoped_lock lock(mutex_);
  const auto found = marks_.find(cell);
  return found == marks_.end() ? MemberState::active : found->second;
}

std::uint64_t StaticControl::epoch() const {
  const std::scoped_lock lock(mutex_);
  return epoch_;
}

std::vector<model::CellNumber> StaticControl::others() const {
  std::vector<model::CellNumber> out;
  for (const auto& member : topology_.members)
    if (member.number != self_ && state(member.number) == MemberState::active) out.push_back(member.number);
  return out;
}

awaitable<Result<void>> StaticControl::refresh(store::Database& database) {
  auto page = co_await database.page(model::kSystemTenant, store::Kind::member, "", kMostMembers);
  if (!page) co_return base::pass_on(page);
  const std::scoped_lock lock(mutex_);
  for (const auto& row : page->rows) {
    const auto mark = mark_of(row);
    marks_[mark.cell] = mark.state;
    epoch_ = std::max(epoch_, mark.epoch);
  }
  co_return Result<void>{};
}

awaitable<Result<std::uint64_t>> mark_member(store::Database& database, model::CellNumber cell, MemberState state) {
  std::uint64_t epoch = 0;
  const auto written = co_await database.write([&](store::Transaction& transaction) -> Result<void> {
    auto page = transaction.page(model::kSystemTenant, store::Kind::member, "", kMostMembers);
    if (!page) return base::pass_on(page);
    epoch = 0;
    store::Record record;
    for (auto& row : page->rows) {
      const auto mark = mark_of(row);
      epoch = std::max(epoch, mark.epoch);
      if (mark.cell != cell) continue;
      if (mark.state == state) {
        epoch = mark.epoch;
        return {};
      }
      record = std::move(row);
    }
    record.key = {model::kSystemTenant, store::Kind::member, std::to_string(cell)};
    ++epoch;
    record.set_document({{"state", state == MemberState::down ? "down" : "active"},
                         {"epoch", epoch},
                         {"at", base::to_millis(transaction.now())}});
    return transaction.put(std::move(record));
  });
  if (!written) co_return base::pass_on(written);
  co_return epoch;
}

}  // namespace cardea::replicate
