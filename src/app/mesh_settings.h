#pragma once

#include <memory>

#include "app/config.h"
#include "base/result.h"
#include "replicate/tls/mesh_tls.h"
#include "replicate/topology.h"

namespace cardea::app {

// What the configuration says of the mesh, read from its files.
struct MeshSettings {
  replicate::Topology topology;
  std::unique_ptr<replicate::MeshTls> tls;  // nullptr: this cell is in no mesh
};

// invalid: a wrong setting.
base::Result<MeshSettings> open_mesh_settings(const Config& config);

}  // namespace cardea::app
