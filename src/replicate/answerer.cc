#include "replicate/answerer.h"

#include <algorithm>

#include "replicate/digest.h"
#include "replicate/wire/row_codec.h"

namespace cardea::replicate {
namespace {

using base::awaitable;
using base::Errc;
using base::Result;

constexpr std::uint32_t kMostScanned = 50'000;
constexpr int kMostKeys = 500;
constexpr std::size_t kMostBytes = 8 << 20;
constexpr std::size_t kLongestId = 1024;

bool is_place(const mesh::Place& place) {
  return place.tenant().size() <= kLongestId && place.id().size() <= kLongestId;
}

std::size_t scanned(std::uint32_t most) { return std::clamp<std::uint32_t>(most, 1, kMostScanned); }

void write_place(const std::optional<ScanPlace>& place, const std::function<mesh::Place*()>& to) {
  if (!place) return;
  auto* out = to();
  out->set_tenant(place->tenant);
  out->set_id(place->id);
}

}  // namespace

awaitable<base::Error> Answerer::run() {
  while (true) {
    auto frame = co_await channel_.receive();
    if (!frame) {
      channel_.close();
      co_return frame.error();
    }
    if (!frame->has_inquiry()) continue;  // of a newer program
    mesh::Frame out;
    *out.mutable_reply() = co_await answer(std::move(*frame->mutable_inquiry()));
    if (auto sent = co_await channel_.send(out); !sent) {
      channel_.close();
      co_return sent.error();
    }
  }
}

awaitable<mesh::Reply> Answerer::answer(mesh::Inquiry inquiry) {
  mesh::Reply reply;
  auto done = co_await answer(inquiry, reply);
  if (done) done = co_await add_heads(reply);
  if (!done) {
    reply.Clear();
    reply.set_trouble(done.error().reason);
  }
  reply.set_number(inquiry.number());
  co_return reply;
}

awaitable<Result<void>> Answerer::answer(const mesh::Inquiry& inquiry, mesh::Reply& reply) {
  switch (inquiry.question_case()) {
    case mesh::Inquiry::kDigest:
      co_return co_await digest(inquiry.digest(), *reply.mutable_digest());
    case mesh::Inquiry::kVersions:
      co_return co_await versions(inquiry.versions(), *reply.mutable_versions());
    case mesh::Inquiry::kRows:
      co_return co_await rows(inquiry.rows(), *reply.mutable_rows());
    case mesh::Inquiry::kStanding:
      co_return co_await standing(*reply.mutable_standing());
    case mesh::Inquiry::QUESTION_NOT_SET:
      break;
  }
  co_return base::fail(Errc::invalid, "a question that is not known here");
}

// After the rows were read: what is in the answer is not behind it in the feed.
awaitable<Result<void>> Answerer::add_heads(mesh::Reply& reply) {
  const auto hot = co_await cell_.database.feed_head(store::Lane::hot);
  if (!hot) co_return base::pass_on(hot);
  const auto bulk = co_await cell_.database.feed_head(store::Lane::bulk);
  if (!bulk) co_return base::pass_on(bulk);
  reply.set_head_hot(*hot);
  reply.set_head_bulk(*bulk);
  co_return Result<void>{};
}

awaitable<Result<void>> Answerer::digest(const mesh::DigestQuestion& question, mesh::Digest& out) {
  const auto comparison = read_comparison(question.of());
  if (!comparison) co_return base::pass_on(comparison);
  if (!is_place(question.after())) co_return base::fail(Errc::invalid, "a place that is none");
  Digest digest;
  const auto end = co_await scan(cell_, comparison->kind, {question.after().tenant(), question.after().id()},
                                 scanned(question.most()), [&](const store::RowVersion& row) {
                                   if (standing_of(row, *comparison) == Standing::compared) digest.add(row);
                                 });
  if (!end) co_return base::pass_on(end);
  for (const auto sum : digest.sums) out.add_sums(sum);
  out.set_rows(digest.rows);
  write_place(*end, [&] { return out.mutable_next(); });
  co_return Result<void>{};
}

awaitable<Result<void>> Answerer::versions(const mesh::VersionsQuestion& question, mesh::Versions& out) {
  const auto comparison = read_comparison(question.of());
  if (!comparison) co_return base::pass_on(comparison);
  if (!is_place(question.after())) co_return base::fail(Errc::invalid, "a place that is none");
  const auto wanted = read_buckets(question.buckets());
  const auto end = co_await scan(cell_, comparison->kind, {question.after().tenant(), question.after().id()},
                                 scanned(question.most()), [&](const store::RowVersion& row) {
                                   const auto where = standing_of(row, *comparison);
                                   if (where == Standing::outside || !wanted[bucket_of(row)]) return;
                                   auto& version = *out.add_versions();
                                   version.set_tenant(row.tenant.value);
                                   version.set_id(row.id);
                                   version.set_version(version_of(row));
                                   version.set_old_tombstone(where == Standing::old_tombstone);
                                 });
  if (!end) co_return base::pass_on(end);
  write_place(*end, [&] { return out.mutable_next(); });
  co_return Result<void>{};
}

// Those that are too much for one answer are left out: they are asked for again.
awaitable<Result<void>> Answerer::rows(const mesh::RowsQuestion& question, mesh::Rows& out) {
  const auto comparison = read_comparison([&] {
    mesh::Comparison of;
    of.set_kind(question.kind());
    return of;
  }());
  if (!comparison) co_return base::pass_on(comparison);
  if (question.keys_size() > kMostKeys) co_return base::fail(Errc::invalid, "too many rows at once");
  std::size_t bytes = 0;
  for (const auto& place : question.keys()) {
    if (!is_place(place)) co_return base::fail(Errc::invalid, "a place that is none");
    if (bytes > kMostBytes) break;
    const store::Key key{model::TenantId(place.tenant()), comparison->kind, place.id()};
    const auto found = co_await cell_.mesh.stored({key});
    if (!found) co_return base::pass_on(found);
    for (const auto& record : *found) {
      out.add_rows(write_row(record).SerializeAsString());
      bytes += out.rows().rbegin()->size();
    }
    out.set_looked_at(out.looked_at() + 1);
  }
  co_return Result<void>{};
}

awaitable<Result<void>> Answerer::standing(mesh::Standing& out) {
  const auto follower = follower_of(cell_.database, peer_, incarnation_);
  const auto hot = co_await cell_.database.cursor(follower, store::Lane::hot);
  if (!hot) co_return base::pass_on(hot);
  const auto bulk = co_await cell_.database.cursor(follower, store::Lane::bulk);
  if (!bulk) co_return base::pass_on(bulk);
  const auto size = co_await cell_.mesh.quarantine_size();
  if (!size) co_return base::pass_on(size);
  out.set_applied_hot(*hot);
  out.set_applied_bulk(*bulk);
  out.set_quarantined(size->rows);
  co_return Result<void>{};
}

}  // namespace cardea::replicate
