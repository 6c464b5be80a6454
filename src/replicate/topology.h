#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/ids.h"

namespace cardea::replicate {

struct MeshAddress {
  std::string host;
  std::uint16_t port = 0;
};

// One cell as its peers know it.
struct Member {
  model::CellNumber number = 0;
  std::string id, region, provider;
  std::vector<MeshAddress> mesh;  // its nodes, tried in turn
};

// The cells of a deployment (`topology.file`): who may speak in the mesh, and where.
struct Topology {
  std::vector<Member> members;

  // TOML with a table [[cell]] for each: number, id, mesh = ["host:port", …], and region and provider if wanted.
  // invalid: the reason says where and what.
  static base::Result<Topology> parse(std::string_view toml);
  static base::Result<Topology> read(const std::string& file);

  const Member* find(model::CellNumber number) const;
};

}  // namespace cardea::replicate
