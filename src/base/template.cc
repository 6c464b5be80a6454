#include "base/template.h"

#include <kainjow/mustache.hpp>
#include <map>
#include <optional>
#include <tuple>

#include "base/embedded_files.h"

namespace cardea::base {
namespace {

namespace mustache = kainjow::mustache;

mustache::data to_data(const json::value& value) {
  switch (value.kind()) {
    case json::kind::object: {
      mustache::data object(mustache::data::type::object);
      for (const auto& [key, member] : value.get_object()) object[std::string(key)] = to_data(member);
      return object;
    }
    case json::kind::array: {
      mustache::list list;
      for (const auto& item : value.get_array()) list.push_back(to_data(item));
      return list;
    }
    case json::kind::string:
      if (value.get_string().empty()) return false;
      return std::string(std::string_view(value.get_string()));
    case json::kind::bool_:
      return value.get_bool();
    case json::kind::null:
      return false;
    case json::kind::int64:
    case json::kind::uint64:
    case json::kind::double_:
      return json::serialize(value);
  }
  return false;
}

constexpr int kDeepest = 8;

// Puts the partials in; nullopt when a file is missing or they include each other.
std::optional<std::string> expand(std::string_view path, std::string_view content, int depth) {
  const auto source = embedded_file(path);
  if (!source || depth > kDeepest) return std::nullopt;
  const auto slash = path.rfind('/') + 1;
  const auto folder = path.substr(0, slash);
  const auto ending = path.substr(path.find('.', slash));

  std::string expanded;
  std::string_view rest = *source;
  while (true) {
    const auto start = rest.find("{{>");
    expanded += rest.substr(0, start);
    if (start == std::string_view::npos) return expanded;
    const auto end = rest.find("}}", start);
    if (end == std::string_view::npos) return std::nullopt;
    auto name = rest.substr(start + 3, end - start - 3);
    if (name == "content") name = content;
    auto partial = expand(std::string(folder) + std::string(name) + std::string(ending), content, depth + 1);
    if (!partial) return std::nullopt;
    if (partial->ends_with('\n')) partial->pop_back();
    expanded += *partial;
    rest.remove_prefix(end + 2);
  }
}

using Key = std::tuple<std::string, std::string, Escape>;

// Rendering may write into the parsed template, so each thread has its own.
mustache::mustache* parsed(std::string_view path, std::string_view content, Escape escape) {
  thread_local std::map<Key, mustache::mustache> templates;
  Key key{path, content, escape};
  auto at = templates.find(key);
  if (at == templates.end()) {
    const auto source = expand(path, content, 0);
    if (!source) return nullptr;
    mustache::mustache made(*source);
    if (!made.is_valid()) return nullptr;
    if (escape == Escape::none) made.set_custom_escape([](const std::string& text) { return text; });
    at = templates.emplace(std::move(key), std::move(made)).first;
  }
  return &at->second;
}

}  // namespace

std::string render_template(std::string_view path, std::string_view content, const json::object& data, Escape escape) {
  mustache::mustache* made = parsed(path, content, escape);
  return made == nullptr ? std::string() : made->render(to_data(data));
}

}  // namespace cardea::base
