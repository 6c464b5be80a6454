#include "store/mesh_store.h"

namespace cardea::store {

// A side of the engines that only the mesh asks for: Database stays small for those who stand before one.
MeshStore* mesh_store_of(Database& database) { return dynamic_cast<MeshStore*>(&database); }

}  // namespace cardea::store
