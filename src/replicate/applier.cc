#include "replicate/applier.h"

#include "replicate/wire/row_codec.h"

namespace cardea::replicate {

using base::awaitable;
using base::Errc;
using base::Result;

awaitable<Result<std::uint64_t>> Applier::position() { co_return co_await cell_.database.cursor(follower_, lane_); }

awaitable<Result<Applier::Outcome>> Applier::apply(const mesh::Batch& batch) {
  Outcome outcome{.rows = static_cast<std::uint64_t>(batch.rows_size())};
  const auto rows = read_rows(batch, outcome);
  const auto changed = co_await write(rows, batch.last());
  if (changed) {
    outcome.changed = *changed;
    co_return outcome;
  }
  if (changed.error().code != Errc::invalid) co_return base::pass_on(changed);
  if (auto done = co_await write_each(rows, batch.last(), outcome); !done) co_return base::pass_on(done);
  co_return outcome;
}

Applier::Rows Applier::read_rows(const mesh::Batch& batch, Outcome& outcome) {
  Rows out;
  out.reserve(static_cast<std::size_t>(batch.rows_size()));
  for (const auto& sent : batch.rows()) {
    auto record = read_row(sent);
    if (record)
      out.push_back(std::move(*record));
    else
      refuse({model::TenantId{sent.tenant()}, static_cast<store::Kind>(sent.kind()), sent.id()}, record.error().reason,
             outcome);
  }
  return out;
}

// Gives how many rows changed something.
awaitable<Result<std::uint64_t>> Applier::write(const Rows& rows, std::uint64_t position) {
  std::uint64_t changed = 0;
  const auto written = co_await cell_.database.write([&](store::Transaction& transaction) -> Result<void> {
    changed = 0;
    for (const auto& row : rows) {
      const auto merged = transaction.merge(row, peer_);
      if (!merged) return base::pass_on(merged);
      changed += *merged ? 1 : 0;
    }
    return transaction.set_cursor(follower_, lane_, position);
  });
  if (!written) co_return base::pass_on(written);
  co_return changed;
}

// One of them cannot be stored here: each alone, to find out which.
awaitable<Result<void>> Applier::write_each(const Rows& rows, std::uint64_t position, Outcome& outcome) {
  const auto before = co_await this->position();
  if (!before) co_return base::pass_on(before);
  for (const auto& row : rows) {
    const auto changed = co_await write({row}, *before);
    if (changed) {
      outcome.changed += *changed;
    } else {
      if (changed.error().code != Errc::invalid) co_return base::pass_on(changed);
      refuse(row.key, changed.error().reason, outcome);
    }
  }
  const auto moved = co_await write({}, position);
  if (!moved) co_return base::pass_on(moved);
  co_return Result<void>{};
}

void Applier::refuse(const store::Key& key, const std::string& reason, Outcome& outcome) {
  ++outcome.refused;
  cell_.log.error("replicate: a row of a peer cannot be taken", {{"peer", peer_},
                                                                 {"kind", static_cast<unsigned>(key.kind)},
                                                                 {"id", key.id},
                                                                 {"reason", reason}});
}

}  // namespace cardea::replicate
