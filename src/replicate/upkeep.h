#pragma once

#include <map>
#include <string>
#include <vector>

#include "replicate/anti_entropy.h"
#include "replicate/recovery.h"
#include "replicate/topology.h"

namespace cardea::replicate {

// What comparisons with one peer have found since the start of this node.
struct ComparisonStatus {
  std::uint64_t passes = 0;  // of one kind each, to their end
  std::uint64_t rows = 0, differences = 0, repairs = 0;
  base::Time last;      // of the last pass
  std::string trouble;  // why the last one did not come to its end
};
struct UpkeepStatus {
  store::QuarantineSize quarantine;
  bool recovering = false;
  std::uint64_t tombstones_collected = 0;
  std::map<model::CellNumber, ComparisonStatus> comparisons;
};

// What a node in the mesh does beside following its peers: looks after the quarantine, compares, collects tombstones,
// and brings a recovery to its end. One executor.
class Upkeep {
 public:
  struct Settings {
    base::Duration critical_every{std::chrono::minutes{10}};  // kinds whose life is of class C1
    base::Duration others_every{std::chrono::hours{24}};
    base::Duration tombstones_after{std::chrono::hours{24}};
  };

  // Both must outlive it.
  Upkeep(const Cell& cell, const Topology& topology, Settings settings);

  Recovery& recovery() { return recovery_; }

  // Before the first peer is followed.
  base::awaitable<base::Result<void>> start();
  // Each second.
  base::awaitable<void> look(std::vector<Recovery::Peer> peers);

  // What is under way ends soon.
  void stop() { stopping_ = true; }

  // Kinds that are to be compared with the peer now.
  std::vector<store::Kind> due(model::CellNumber peer);
  // Over a connection for questions to the peer.
  base::awaitable<void> compare(model::CellNumber peer, std::string incarnation, std::vector<store::Kind> kinds,
                                Channel& channel);
  // No connection was to be had.
  void not_compared(model::CellNumber peer, const std::vector<store::Kind>& kinds, const std::string& reason);

  const UpkeepStatus& status() const { return status_; }

 private:
  base::Duration every(store::Kind kind) const;
  void complain(const char* what, const base::Error& error);
  base::awaitable<void> collect();

  const Cell& cell_;
  const Topology& topology_;
  const Settings settings_;
  Recovery recovery_;
  UpkeepStatus status_;
  std::map<std::pair<model::CellNumber, store::Kind>, std::chrono::nanoseconds> next_;  // on the steady clock
  std::chrono::nanoseconds next_collection_, next_retry_;
  std::string complained_;
  bool stopping_ = false;
};

}  // namespace cardea::replicate
