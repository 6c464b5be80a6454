#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/json.h"
#include "model/ids.h"
#include "store/kind.h"
#include "store/stamp.h"

namespace cardea::store {

// Names a row: (tenant, kind, id). `id` is an internal ULID or another value that is never reused.
struct Key {
  model::TenantId tenant;
  Kind kind;
  std::string id;

  auto operator<=>(const Key&) const = default;
};

// A row as it replicates: field groups, each a JSON value under one stamp. Unknown groups and members are kept.
// docs/design/records.md lists the groups of every kind.
struct Record {
  Key key;
  base::json::object groups;                         // group name → value
  std::map<std::string, Stamp, std::less<>> stamps;  // group name → version; set by the store
  bool deleted = false;                              // tombstone: groups are empty
  base::Time expires_at{};                           // Time{} = never. Past it the row does not exist

  // The groups laid out as one object (see KindSchema::groups), for parsing and for APIs.
  base::json::object document() const;
  // The same, moved out of the groups; for one who is done with them or will set_document() again.
  base::json::object take_document();
  // The reverse: splits `document` into groups. Groups that it does not mention are removed.
  void set_document(base::json::object document);
};

}  // namespace cardea::store
