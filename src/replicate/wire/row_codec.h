#pragma once

#include "base/result.h"
#include "replicate/wire/mesh.pb.h"
#include "store/record.h"

namespace cardea::replicate {

// A row as it goes over the wire, to the last stamp: what arrives is what was sent.
mesh::Row write_row(const store::Record& record);

// invalid: not a row that this program could have made or a newer one could make; the reason holds no value of the row.
// not_found: of a kind that only a newer program knows.
base::Result<store::Record> read_row(const mesh::Row& row);

}  // namespace cardea::replicate
