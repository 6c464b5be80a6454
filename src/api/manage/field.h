#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace cardea::api {

// An object as the API shows it and the store keeps it.
using Document = base::json::object;

enum class FieldType { string, boolean, integer, strings, object, objects, any };

enum class FieldAccess {
  read_write,
  create_only,  // immutable afterwards
  read_only     // shown, never taken
};

// Texts that a string (or each item of a list of strings) must be.
enum class FieldFormat {
  free,
  name,       // no '<' or '>'
  url,        // absolute, with a scheme and a host; custom schemes too
  https_url,  // https, not loopback
  email,
  phone,  // ^\+[0-9]{1,15}$
  slug,   // letters, digits, '-'; begins and ends with a letter or digit
  no_spaces
};

// One member of a resource of the Management API: everything that validation, presentation, documentation and the
// dashboard need to know. A resource is a list of these (see clients.cc); nothing else is said about its fields
// anywhere.
struct Field {
  std::string_view name;
  FieldType type = FieldType::string;
  FieldAccess access = FieldAccess::read_write;
  bool required = false;      // at creation
  std::int64_t min = 0;       // length of a string, or of an item; value of an integer
  std::int64_t max = 0;       // the same; 0 = the default bound of the type
  std::size_t max_items = 0;  // of lists; 0 = 1000
  FieldFormat format = FieldFormat::free;
  std::vector<std::string_view> values;  // the only ones allowed; empty = any
  std::vector<Field> members;            // of an object, or of each of `objects`; empty = free-form JSON
  std::string_view fallback;             // JSON that creation stores when the member is absent; "" = stays absent
  std::string_view read_scope;           // only tokens with this scope see it; "" = all
};

// Checks a body against the fields and gives what is to be stored: at creation with fallbacks, and null members left
// out; at an update as given, null meaning "remove". An update replaces whole members, so what is within an object is
// treated as at creation in both. Lengths count characters. The error is the message of the 400:
// "Payload validation error: 'Additional properties not allowed: x'."
base::Result<base::json::object, std::string> check_creation(const std::vector<Field>& fields,
                                                             const base::json::object& body);
base::Result<base::json::object, std::string> check_update(const std::vector<Field>& fields,
                                                           const base::json::object& body);

// Whether the text is of the format.
bool is_of_format(FieldFormat format, std::string_view text);

}  // namespace cardea::api
