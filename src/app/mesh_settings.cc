#include "app/mesh_settings.h"

namespace cardea::app {

base::Result<MeshSettings> open_mesh_settings(const Config& config) {
  if (config.topology_file.empty()) {
    if (config.mesh.on) return base::fail(base::Errc::invalid, "listen.mesh: needs topology.file");
    return MeshSettings{};
  }
  if (config.cell_role == CellRole::standby)
    return base::fail(base::Errc::invalid, "topology.file: a standby is not in the mesh");
  if (config.control != ControlMode::static_control)
    return base::fail(base::Errc::invalid, "control.mode: cells are controlled by operators so far: static");
  auto topology = replicate::Topology::read(config.topology_file);
  if (!topology) return base::pass_on(topology);
  if (topology->find(config.cell_number) == nullptr)
    return base::fail(base::Errc::invalid,
                      "topology.file: does not name this cell, number " + std::to_string(config.cell_number));
  auto tls = replicate::MeshTls::open({config.mesh_authority, config.mesh_certificate, config.mesh_key});
  if (!tls) return base::pass_on(tls);
  return MeshSettings{std::move(*topology), std::move(*tls)};
}

}  // namespace cardea::app
