#include "store/archive/table.h"

#include <algorithm>

#include "store/kind.h"

namespace cardea::store {
namespace {

Column text(std::string name) { return {std::move(name), false}; }
Column number(std::string name) { return {std::move(name), true}; }

Table record_table(const KindSchema& schema) {
  Table table{std::string(schema.table), {text("tenant"), text("id")}, 2};
  for (const auto& lookup : schema.lookups) table.columns.push_back(text("by_" + std::string(lookup.name)));
  for (const auto* name : {"scope", "deleted", "expires_at"}) table.columns.push_back(number(name));
  for (const auto* name : {"ver", "doc"}) table.columns.push_back(text(name));
  return table;
}

std::vector<Table> make_tables() {
  std::vector<Table> out;
  for (const auto& schema : all_kinds()) out.push_back(record_table(schema));
  out.push_back(
      {"feed", {number("lane"), number("lseq"), text("tenant"), number("kind"), text("id"), number("via_cell")}, 2});
  out.push_back({"feed_head", {number("lane"), number("next"), number("term")}, 1});
  out.push_back({"outbox", {text("ulid"), number("lane"), text("tenant"), number("kind"), text("id")}, 1});
  out.push_back({"events", {number("seq"), text("tenant"), text("type"), number("at"), text("body")}, 1});
  out.push_back(
      {std::string(kEventOutbox), {text("ulid"), text("tenant"), text("type"), number("at"), text("body")}, 1});
  out.push_back({"cursor", {text("peer"), text("incarnation"), number("lane"), number("lseq")}, 3});
  out.push_back({"peer_ack", {text("peer"), text("incarnation"), number("lane"), number("lseq"), number("at")}, 3});
  out.push_back({"repl_quarantine",
                 {text("slot"), number("peer"), number("lane"), text("tenant"), number("kind"), text("id"),
                  text("bytes"), text("reason"), number("at"), number("due")},
                 1});
  out.push_back(
      {"job", {number("id"), text("tenant"), text("queue"), number("run_at"), number("attempts"), text("body")}, 1});
  return out;
}

}  // namespace

std::string in_sql(const Table& table) { return '"' + table.name + '"'; }

std::size_t size_of(const Row& row) {
  std::size_t out = 0;
  for (const auto& value : row)
    if (const auto* text = std::get_if<std::string>(&value)) out += text->size();
  return out;
}

const std::vector<Table>& archived_tables() {
  static const std::vector<Table> tables = make_tables();
  return tables;
}

const Table* find_table(std::string_view name) {
  const auto found = std::ranges::find(archived_tables(), name, &Table::name);
  return found == archived_tables().end() ? nullptr : &*found;
}

}  // namespace cardea::store
