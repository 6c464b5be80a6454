#include "replicate/anti_entropy.h"

#include <algorithm>

#include "store/hybrid_clock.h"

namespace cardea::replicate {
namespace {

using base::awaitable;
using base::Errc;
using base::Result;
using store::Lane;

constexpr std::size_t kBucketsAtOnce = 64;  // of those that differ: their rows are held in memory
constexpr std::size_t kKeysAtOnce = 200;
constexpr base::Duration kLookEvery{100};
// A row that ends while cells compare may be gone at one of them; a tombstone is collected after a day at the earliest.
constexpr std::chrono::seconds kMargin{60};
constexpr std::chrono::hours kOldTombstone{23};

void write_place(const ScanPlace& place, mesh::Place& out) {
  out.set_tenant(place.tenant);
  out.set_id(place.id);
}

}  // namespace

AntiEntropy::AntiEntropy(const Cell& cell, model::CellNumber peer, std::string follower, Inquirer& inquirer, Pace pace,
                         const bool& stop)
    : cell_(cell),
      peer_(peer),
      follower_(std::move(follower)),
      inquirer_(inquirer),
      pace_(pace),
      stop_(stop),
      intake_(cell, peer, Lane::bulk),
      pause_(cell.make_alarm()) {}

awaitable<Result<Compared>> AntiEntropy::compare(store::Kind kind) {
  const auto now = cell_.clock.now();
  const Comparison comparison{kind, now + kMargin, store::hlc_of(now - kOldTombstone)};
  Compared out{.kind = kind};
  auto different = co_await compare_sums(comparison, out);
  if (!different) co_return base::pass_on(different);
  while (different->any()) {
    Buckets some;
    for (std::size_t i = 0; i < kBuckets && some.count() < kBucketsAtOnce; ++i) some[i] = (*different)[i];
    *different &= ~some;
    if (auto done = co_await repair(comparison, some, out); !done) co_return base::pass_on(done);
  }
  if (out.repairs > 0)
    cell_.log.error("replicate: rows were missing here that the feed should have brought; they are back",
                    {{"peer", peer_}, {"kind", static_cast<unsigned>(kind)}, {"rows", out.repairs}});
  co_return out;
}

// Both at once, portion by portion.
awaitable<Result<Buckets>> AntiEntropy::compare_sums(const Comparison& comparison, Compared& out) {
  Digest ours, theirs;
  ScanPlace our_place, their_place;
  bool more_of_ours = true, more_of_theirs = true;
  while (more_of_ours || more_of_theirs) {
    const auto began = cell_.clock.steady();
    if (more_of_theirs) {
      const auto more = co_await add_theirs(comparison, their_place, theirs);
      if (!more) co_return base::pass_on(more);
      more_of_theirs = *more;
    }
    if (more_of_ours) {
      const auto more = co_await add_ours(comparison, our_place, ours);
      if (!more) co_return base::pass_on(more);
      more_of_ours = *more;
    }
    co_await rest(began);
  }
  out.rows = ours.rows;
  co_return ours.difference(theirs);
}

awaitable<Result<bool>> AntiEntropy::add_theirs(const Comparison& comparison, ScanPlace& place, Digest& to) {
  mesh::Inquiry inquiry;
  auto& question = *inquiry.mutable_digest();
  *question.mutable_of() = write_comparison(comparison);
  write_place(place, *question.mutable_after());
  question.set_most(pace_.portion);
  const auto reply = co_await inquirer_.ask(std::move(inquiry));
  if (!reply) co_return base::pass_on(reply);
  const auto& digest = reply->digest();
  if (digest.sums_size() != static_cast<int>(kBuckets)) co_return base::fail(Errc::invalid, "a digest that is none");
  for (std::size_t i = 0; i < kBuckets; ++i) to.sums[i] += digest.sums(static_cast<int>(i));
  to.rows += digest.rows();
  place = {digest.next().tenant(), digest.next().id()};
  co_return digest.has_next();
}

awaitable<Result<bool>> AntiEntropy::add_ours(const Comparison& comparison, ScanPlace& place, Digest& to) {
  const auto end = co_await scan(cell_, comparison.kind, place, pace_.portion, [&](const store::RowVersion& row) {
    if (standing_of(row, comparison) == Standing::compared) to.add(row);
  });
  if (!end) co_return base::pass_on(end);
  if (*end) place = **end;
  co_return end->has_value();
}

awaitable<Result<AntiEntropy::Rows>> AntiEntropy::list_theirs(const Comparison& comparison, const Buckets& buckets) {
  Rows out;
  ScanPlace place;
  while (true) {
    const auto began = cell_.clock.steady();
    mesh::Inquiry inquiry;
    auto& question = *inquiry.mutable_versions();
    *question.mutable_of() = write_comparison(comparison);
    write_place(place, *question.mutable_after());
    question.set_most(pace_.portion);
    question.set_buckets(write_buckets(buckets));
    const auto reply = co_await inquirer_.ask(std::move(inquiry));
    if (!reply) co_return base::pass_on(reply);
    for (const auto& version : reply->versions().versions())
      out[{version.tenant(), version.id()}] = {version.version(), version.old_tombstone()};
    if (!reply->versions().has_next()) co_return out;
    place = {reply->versions().next().tenant(), reply->versions().next().id()};
    co_await rest(began);
  }
}

awaitable<Result<AntiEntropy::Rows>> AntiEntropy::list_ours(const Comparison& comparison, const Buckets& buckets) {
  Rows out;
  for (std::optional<ScanPlace> place = ScanPlace{}; place;) {
    const auto began = cell_.clock.steady();
    auto end = co_await scan(cell_, comparison.kind, *place, pace_.portion, [&](const store::RowVersion& row) {
      if (standing_of(row, comparison) != Standing::outside && buckets[bucket_of(row)])
        out[{row.tenant.value, row.id}] = {version_of(row), false};
    });
    if (!end) co_return base::pass_on(end);
    place = std::move(*end);
    co_await rest(began);
  }
  co_return out;
}

// A tombstone that is old and of which nothing is here was collected here.
awaitable<Result<void>> AntiEntropy::repair(const Comparison& comparison, const Buckets& buckets, Compared& out) {
  const auto theirs = co_await list_theirs(comparison, buckets);
  if (!theirs) co_return base::pass_on(theirs);
  const auto ours = co_await list_ours(comparison, buckets);
  if (!ours) co_return base::pass_on(ours);
  Keys keys;
  for (const auto& [key, seen] : *theirs) {
    const auto mine = ours->find(key);
    if (mine == ours->end() ? !seen.old_tombstone : mine->second.version != seen.version) keys.push_back(key);
  }
  out.differences += keys.size();
  for (std::span<const Keys::value_type> rest_of_them(keys); !rest_of_them.empty();) {
    const auto some = rest_of_them.first(std::min(kKeysAtOnce, rest_of_them.size()));
    if (auto taken = co_await take(comparison.kind, some, out); !taken) co_return taken;
    rest_of_them = rest_of_them.subspan(some.size());
  }
  co_return Result<void>{};
}

// Once our position has passed what the peer's feed had come to when it read the rows, they should be here.
awaitable<Result<void>> AntiEntropy::take(store::Kind kind, std::span<const Keys::value_type> keys, Compared& out) {
  while (!keys.empty()) {
    mesh::Inquiry inquiry;
    auto& question = *inquiry.mutable_rows();
    question.set_kind(static_cast<std::uint32_t>(kind));
    for (const auto& [tenant, id] : keys) write_place({tenant, id}, *question.add_keys());
    const auto reply = co_await inquirer_.ask(std::move(inquiry));
    if (!reply) co_return base::pass_on(reply);
    const std::size_t looked_at = reply->rows().looked_at();
    if (looked_at == 0 || looked_at > keys.size()) co_return base::fail(Errc::invalid, "an answer to nothing");
    keys = keys.subspan(looked_at);
    if (auto settled = co_await wait_for(reply->head_hot(), reply->head_bulk()); !settled) co_return settled;
    std::vector<std::string> rows(reply->rows().rows().begin(), reply->rows().rows().end());
    const auto taken = co_await intake_.take(std::move(rows), std::nullopt);
    if (!taken) co_return base::pass_on(taken);
    out.repairs += taken->changed;
    out.refused += taken->refused + taken->held;
  }
  co_return Result<void>{};
}

awaitable<Result<void>> AntiEntropy::wait_for(std::uint64_t hot, std::uint64_t bulk) {
  const auto end = cell_.clock.steady() + pace_.settle;
  while (true) {
    const auto our_hot = co_await cell_.database.cursor(follower_, Lane::hot);
    if (!our_hot) co_return base::pass_on(our_hot);
    const auto our_bulk = co_await cell_.database.cursor(follower_, Lane::bulk);
    if (!our_bulk) co_return base::pass_on(our_bulk);
    if (*our_hot >= hot && *our_bulk >= bulk) co_return Result<void>{};
    if (stop_) co_return base::fail(Errc::unavailable, "this node stops");
    if (cell_.clock.steady() > end)
      co_return base::fail(Errc::unavailable, "the feed of the peer has not brought its changes yet");
    co_await pause_->wait(kLookEvery);
  }
}

awaitable<void> AntiEntropy::rest(std::chrono::nanoseconds since) {
  if (pace_.rest == 0) co_return;
  const auto took = std::chrono::ceil<base::Duration>(cell_.clock.steady() - since);
  co_await pause_->wait(std::min<base::Duration>(took * pace_.rest, std::chrono::seconds{1}));
}

}  // namespace cardea::replicate
