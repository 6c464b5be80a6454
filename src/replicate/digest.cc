#include "replicate/digest.h"

#include <algorithm>
#include <charconv>

#include "store/hybrid_clock.h"

namespace cardea::replicate {
namespace {

using base::awaitable;
using base::Errc;
using base::Result;

constexpr std::size_t kPage = 500;  // about a millisecond

// FNV-1a, with the finish of MurmurHash3 that lets every bit depend on all.
class Hash {
 public:
  Hash& add(std::string_view text) {
    for (const char c : text) step(static_cast<unsigned char>(c));
    return add(text.size());
  }
  Hash& add(std::uint64_t number) {
    for (int shift = 0; shift < 64; shift += 8) step(static_cast<unsigned char>(number >> shift));
    return *this;
  }
  std::uint64_t finish() const {
    auto out = value_;
    out = (out ^ (out >> 33)) * 0xff51afd7ed558ccdULL;
    out = (out ^ (out >> 33)) * 0xc4ceb9fe1a85ec53ULL;
    return out ^ (out >> 33);
  }

 private:
  void step(unsigned char byte) { value_ = (value_ ^ byte) * 0x100000001b3ULL; }
  std::uint64_t value_ = 0xcbf29ce484222325ULL;
};

// Of {"_deleted":[hlc,cell]}, which is all that a tombstone has.
std::uint64_t time_of_tombstone(std::string_view stamps) {
  const auto at = stamps.find('[');
  std::uint64_t out = 0;
  if (at != std::string_view::npos) std::from_chars(stamps.data() + at + 1, stamps.data() + stamps.size(), out);
  return out;
}

}  // namespace

Standing standing_of(const store::RowVersion& row, const Comparison& comparison) {
  if (row.expires_at != 0 && row.expires_at <= base::to_millis(comparison.expired_by)) return Standing::outside;
  const bool old = row.deleted && time_of_tombstone(row.stamps) < comparison.tombstones_before;
  return old ? Standing::old_tombstone : Standing::compared;
}

std::size_t bucket_of(const store::RowVersion& row) {
  return Hash().add(row.tenant.value).add(row.id).finish() % kBuckets;
}

std::uint64_t version_of(const store::RowVersion& row) {
  return Hash()
      .add(row.tenant.value)
      .add(row.id)
      .add(row.stamps)
      .add(row.deleted ? 1U : 0U)
      .add(static_cast<std::uint64_t>(row.expires_at))
      .finish();
}

void Digest::add(const store::RowVersion& row) {
  sums[bucket_of(row)] += version_of(row);
  ++rows;
}

Buckets Digest::difference(const Digest& other) const {
  Buckets out;
  for (std::size_t i = 0; i < kBuckets; ++i) out[i] = sums[i] != other.sums[i];
  return out;
}

awaitable<Result<std::optional<ScanPlace>>> scan(const Cell& cell, store::Kind kind, ScanPlace place, std::size_t most,
                                                 EachVersion each) {
  const auto breath = cell.make_alarm();
  while (most > 0) {
    const auto limit = std::min(most, kPage);
    auto rows = co_await cell.mesh.versions(kind, model::TenantId(place.tenant), place.id, limit);
    if (!rows) co_return base::pass_on(rows);
    for (const auto& row : *rows) each(row);
    if (rows->size() < limit) co_return std::nullopt;
    place = {rows->back().tenant.value, rows->back().id};
    most -= limit;
    co_await breath->wait(base::Duration{0});
  }
  co_return place;
}

mesh::Comparison write_comparison(const Comparison& comparison) {
  mesh::Comparison out;
  out.set_kind(static_cast<std::uint32_t>(comparison.kind));
  out.set_expired_by(base::to_millis(comparison.expired_by));
  out.set_tombstones_before(comparison.tombstones_before);
  return out;
}

Result<Comparison> read_comparison(const mesh::Comparison& comparison) {
  for (const auto& schema : store::all_kinds())
    if (static_cast<std::uint32_t>(schema.kind) == comparison.kind())
      return Comparison{schema.kind, base::from_millis(comparison.expired_by()), comparison.tombstones_before()};
  return base::fail(Errc::invalid, "a kind that is not known here");
}

std::string write_buckets(const Buckets& buckets) {
  std::string out(kBuckets / 8, '\0');
  for (std::size_t i = 0; i < kBuckets; ++i)
    if (buckets[i]) out[i / 8] = static_cast<char>(static_cast<unsigned char>(out[i / 8]) | (1U << (i % 8)));
  return out;
}

Buckets read_buckets(std::string_view bytes) {
  Buckets out;
  for (std::size_t i = 0; i < kBuckets && i / 8 < bytes.size(); ++i)
    out[i] = ((static_cast<unsigned char>(bytes[i / 8]) >> (i % 8)) & 1U) != 0;
  return out;
}

}  // namespace cardea::replicate
