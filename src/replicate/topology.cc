#include "replicate/topology.h"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>

namespace cardea::replicate {
namespace {

using base::Errc;
using base::Result;

std::unexpected<base::Error> wrong(const toml::node& where, const std::string& what) {
  return base::fail(Errc::invalid, fmt::format("topology, line {}: {}", where.source().begin.line, what));
}

// "host:port" or "[IPv6]:port".
Result<MeshAddress> read_address(const toml::node& node) {
  const auto text = node.value<std::string>().value_or("");
  const auto colon = text.rfind(':');
  MeshAddress out;
  if (colon != std::string::npos) {
    out.host = text.substr(0, colon);
    const auto* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, out.port);
    if (error != std::errc{} || stop != end) out.port = 0;
  }
  if (out.host.size() > 2 && out.host.front() == '[' && out.host.back() == ']')
    out.host = out.host.substr(1, out.host.size() - 2);
  else if (out.host.find(':') != std::string::npos)
    out.host.clear();
  if (out.host.empty() || out.port == 0) return wrong(node, "an address of the mesh is HOST:PORT");
  return out;
}

// 0: none.
model::CellNumber cell_number(std::int64_t number) {
  return number < 1 || number > UINT16_MAX ? 0 : static_cast<model::CellNumber>(number);
}

Result<Member> read_member(const toml::table& table) {
  Member out;
  for (const auto& [name, value] : table) {
    if (name == "number")
      out.number = cell_number(value.value<std::int64_t>().value_or(0));
    else if (name == "id")
      out.id = value.value<std::string>().value_or("");
    else if (name == "region")
      out.region = value.value<std::string>().value_or("");
    else if (name == "provider")
      out.provider = value.value<std::string>().value_or("");
    else if (name == "mesh" && value.is_array())
      for (const auto& item : *value.as_array()) {
        auto address = read_address(item);
        if (!address) return base::pass_on(address);
        out.mesh.push_back(std::move(*address));
      }
    else
      return wrong(
          value, fmt::format("a cell has number, id, region, provider and mesh = [\"HOST:PORT\"], not {}", name.str()));
  }
  if (out.number == 0) return wrong(table, "a cell has a number from 1 to 65535");
  if (out.id.empty()) return wrong(table, "a cell has an id");
  return out;
}

Result<Topology> read_table(const toml::table& table) {
  Topology out;
  for (const auto& [name, value] : table) {
    if (name != "cell" || !value.is_array()) return wrong(value, "only tables [[cell]] are known");
    for (const auto& item : *value.as_array()) {
      if (!item.is_table()) return wrong(item, "only tables [[cell]] are known");
      auto member = read_member(*item.as_table());
      if (!member) return base::pass_on(member);
      if (out.find(member->number) != nullptr) return wrong(item, "a number is there twice");
      if (std::ranges::any_of(out.members, [&](const auto& known) { return known.id == member->id; }))
        return wrong(item, "an id is there twice");
      out.members.push_back(std::move(*member));
    }
  }
  if (out.members.empty()) return base::fail(Errc::invalid, "topology: no [[cell]] in it");
  return out;
}

}  // namespace

Result<Topology> Topology::parse(std::string_view text) {
  try {
    return read_table(toml::parse(text));
  } catch (const toml::parse_error& error) {
    return base::fail(Errc::invalid,
                      fmt::format("topology, line {}: {}", error.source().begin.line, error.description()));
  }
}

Result<Topology> Topology::read(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return base::fail(Errc::invalid, "topology.file: cannot read " + file);
  return parse(std::string(std::istreambuf_iterator<char>(in), {}));
}

const Member* Topology::find(model::CellNumber number) const {
  const auto found = std::ranges::find(members, number, &Member::number);
  return found == members.end() ? nullptr : &*found;
}

}  // namespace cardea::replicate
