#include "store/standby/shipping.h"

#include "store/standby/standby_unit.h"

namespace cardea::store {
namespace {

using base::awaitable;
using base::Errc;
using base::Result;

constexpr std::size_t kPortion = 200;
constexpr std::string_view kRows = "ship", kEvents = "ship events";

awaitable<Result<std::size_t>> ship_rows(Database& side, Database& main, Lane lane) {
  std::size_t shipped = 0;
  auto position = co_await side.cursor(std::string(kRows), lane);
  if (!position) co_return base::pass_on(position);
  for (;;) {
    const auto entries = co_await side.feed(lane, *position, kPortion);
    if (!entries) co_return base::pass_on(entries);
    if (entries->empty()) co_return shipped;
    std::vector<Record> rows;
    for (const auto& entry : *entries) {
      if (!lives_aside(entry.key.kind)) continue;
      auto row = co_await side.get(entry.key);
      if (row) rows.push_back(std::move(*row));
      if (!row && row.error().code != Errc::not_found) co_return base::pass_on(row);
    }
    std::size_t news = 0;
    const auto merged = co_await main.write([&](Transaction& transaction) -> Result<void> {
      news = 0;  // it may run again
      for (const auto& row : rows) {
        const auto changed = transaction.merge(row, 0);
        if (!changed) return base::pass_on(changed);
        news += *changed ? 1 : 0;
      }
      return {};
    });
    if (!merged) co_return base::pass_on(merged);
    shipped += news;
    *position = entries->back().lseq;
    if (auto kept = co_await side.set_cursor(std::string(kRows), lane, *position); !kept) co_return base::pass_on(kept);
  }
}

awaitable<Result<std::size_t>> ship_events(Database& side, Database& main) {
  std::size_t shipped = 0;
  auto position = co_await side.cursor(std::string(kEvents), Lane::bulk);
  if (!position) co_return base::pass_on(position);
  for (;;) {
    const auto events = co_await side.all_events_after(*position, kPortion);
    if (!events) co_return base::pass_on(events);
    if (events->empty()) co_return shipped;
    const auto appended = co_await main.write([&](Transaction& transaction) -> Result<void> {
      for (const auto& event : *events) transaction.append_event(event);
      return {};
    });
    if (!appended) co_return base::pass_on(appended);
    shipped += events->size();
    *position = events->back().seq;
    if (auto kept = co_await side.set_cursor(std::string(kEvents), Lane::bulk, *position); !kept)
      co_return base::pass_on(kept);
  }
}

}  // namespace

awaitable<Result<Shipped>> ship(Database& side, Database& main) {
  Shipped shipped;
  for (const Lane lane : {Lane::hot, Lane::bulk}) {
    const auto rows = co_await ship_rows(side, main, lane);
    if (!rows) co_return base::pass_on(rows);
    shipped.rows += *rows;
  }
  const auto events = co_await ship_events(side, main);
  if (!events) co_return base::pass_on(events);
  shipped.events = *events;
  co_return shipped;
}

awaitable<Result<void>> ship_rows_anew(Database& side) {
  for (const Lane lane : {Lane::hot, Lane::bulk})
    if (auto kept = co_await side.set_cursor(std::string(kRows), lane, 0); !kept) co_return base::pass_on(kept);
  co_return Result<void>{};
}

awaitable<Result<std::uint64_t>> shipped_events(Database& side) {
  return side.cursor(std::string(kEvents), Lane::bulk);
}

}  // namespace cardea::store
