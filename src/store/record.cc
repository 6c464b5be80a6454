#include "store/record.h"

namespace cardea::store {
namespace {

base::json::object& object_at(base::json::object& parent, std::string_view name) {
  auto& value = parent[name];
  if (!value.is_object()) value = base::json::object(parent.storage());
  return value.get_object();
}

// Copies from constant groups, moves from others.
template <class Groups>
base::json::object lay_out(const KindSchema& schema, Groups& groups) {
  base::json::object out;
  for (auto& [name, value] : groups) {
    const auto* group = find_group(schema, name);
    if (group == nullptr) continue;  // of a newer version: kept, not shown
    const auto dot = std::string_view(name).find('.');
    if (group->per_key && dot != std::string_view::npos) {
      object_at(out, group->members.front())[std::string_view(name).substr(dot + 1)] = std::move(value);
    } else if (auto* members = value.if_object()) {
      for (auto& [member, content] : *members) {
        if (group->per_key && out.contains(member)) continue;  // its keys came first and say more
        out[member] = std::move(content);
      }
    }
  }
  return out;
}

}  // namespace

base::json::object Record::document() const { return lay_out(schema_of(key.kind), groups); }

base::json::object Record::take_document() { return lay_out(schema_of(key.kind), groups); }

void Record::set_document(base::json::object document) {
  const auto& schema = schema_of(key.kind);
  base::json::object out;
  for (auto& [name, value] : groups)
    if (find_group(schema, name) == nullptr) out[name] = std::move(value);
  for (auto& [member, value] : document) {
    const auto& group = group_of_member(schema, member);
    auto* content = group.per_key ? value.if_object() : nullptr;
    if (content == nullptr || content->empty()) {
      object_at(out, group.name)[member] = std::move(value);
      continue;
    }
    for (auto& [name, item] : *content) out[std::string(group.name) + "." + std::string(name)] = std::move(item);
  }
  groups = std::move(out);
}

}  // namespace cardea::store
