#pragma once

#include "base/json.h"
#include "model/session.h"

namespace cardea::store {

// A session as JSON, without its id: the document of its row, what a shared store keeps, what a cookie carries.
base::json::object document_of(const model::Session& session);
// Members that are missing stay empty.
model::Session session_from_document(model::SessionId id, const base::json::object& document);

}  // namespace cardea::store
