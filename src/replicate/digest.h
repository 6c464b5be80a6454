#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <functional>
#include <optional>

#include "replicate/cell.h"
#include "replicate/wire/mesh.pb.h"
#include "store/mesh_store.h"

namespace cardea::replicate {

// What is compared to find a row that two cells do not have alike (REPLICATION.md §2.15): the rows of a kind fall into
// buckets by their ids, and of each bucket the hashes of (row, versions) are added up. Equal sums: equal rows, but for
// chance, which is not asked to withstand an attacker: both cells are ours.
inline constexpr std::size_t kBuckets = 1024;
using Buckets = std::bitset<kBuckets>;

// Which rows count. The one who asks says it, so that the clocks of two cells do not make a difference.
struct Comparison {
  store::Kind kind{};
  base::Time expired_by;                // rows that end until then are left out: one side may have swept them
  std::uint64_t tombstones_before = 0;  // older ones are left out: one side may have collected them
};

enum class Standing { compared, old_tombstone, outside };
Standing standing_of(const store::RowVersion& row, const Comparison& comparison);
std::size_t bucket_of(const store::RowVersion& row);
std::uint64_t version_of(const store::RowVersion& row);

struct Digest {
  std::array<std::uint64_t, kBuckets> sums{};
  std::uint64_t rows = 0;

  void add(const store::RowVersion& row);
  Buckets difference(const Digest& other) const;
};

// Behind which row a scan goes on.
struct ScanPlace {
  std::string tenant, id;
};
// Calls `each` for the rows of a kind behind `place`, `most` of them, a few at a time, so that the loop does other
// things between. Gives where it stopped; nullopt: that was all.
using EachVersion = std::function<void(const store::RowVersion&)>;
base::awaitable<base::Result<std::optional<ScanPlace>>> scan(const Cell& cell, store::Kind kind, ScanPlace place,
                                                             std::size_t most, EachVersion each);

mesh::Comparison write_comparison(const Comparison& comparison);
// invalid: a kind that is not known here.
base::Result<Comparison> read_comparison(const mesh::Comparison& comparison);
std::string write_buckets(const Buckets& buckets);
Buckets read_buckets(std::string_view bytes);

}  // namespace cardea::replicate
