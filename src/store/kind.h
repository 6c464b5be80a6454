#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace cardea::store {

// Numbers are part of the feed and of the wire: never reuse one.
enum class Kind : std::uint16_t {
  tenant = 1,
  client = 2,
  connection = 3,
  resource_server = 4,
  client_grant = 5,
  user = 6,
  identity = 7,
  credential = 8,
  session = 9,
  consumption = 10,  // of codes, login steps, assertions (their content is in sealed artifacts)
  refresh_family = 11,
  consent = 12,
  signing_key = 13,
  ticket = 14,
  claim = 15,
  user_permission = 16,  // one row per directly assigned permission
  member = 17,           // what operators have decided about a cell, under its number, of the system tenant
};

// Classes of data (REPLICATION.md §2.1). C4 is not kept in records.
enum class DataClass : std::uint8_t { c1 = 1, c2 = 2, c3 = 3 };

// `hot` carries C1, `bulk` C2 and C3.
enum class Lane : std::uint8_t { hot = 0, bulk = 1 };

enum class Merge : std::uint8_t {
  latest,     // register: highest stamp wins
  or_flag,    // once true, true for ever
  maximum,    // the greater number
  counter,    // per cell slots, own slot only, sum
  claim_map,  // REPLICATION.md §2.6
  owner,      // the home cell's value; highest (epoch, stamp)
  progress    // as owner, but the greater number comes before the stamp
};

// A set of members that share an invariant, hence one stamp.
struct GroupSchema {
  std::string_view name;
  DataClass data_class;
  Merge merge;
  std::vector<std::string_view> members;  // of the document; empty = every member that no other group names
  bool per_key = false;  // `members` is one object; each of its keys is a group "<name>.<key>" of its own
};

// A column that rows are found by: the string at `member` of the document. Not unique; names are unique by claims.
struct LookupSchema {
  std::string_view name;
  std::string_view member;
  std::string_view unless = "";  // a flag of the document that takes the row out of the look-up
};

struct KindSchema {
  Kind kind;
  std::string_view table;
  std::vector<GroupSchema> groups;    // one of them has no members: the rest
  std::vector<LookupSchema> lookups;  // at most three
  bool expires = false;               // rows carry expires_at
};

const KindSchema& schema_of(Kind kind);
std::span<const KindSchema> all_kinds();

// The group that a name in a record stands for: "email", "user_metadata.<key>". nullptr: of a newer version.
const GroupSchema* find_group(const KindSchema& schema, std::string_view name);
// The group that keeps a member of the document.
const GroupSchema& group_of_member(const KindSchema& schema, std::string_view member);
// The class of the row's life: its deletion is as critical as its most critical group.
DataClass life_class(const KindSchema& schema);

// What nodes keep in memory: they want to hear at once of a change that another node has made.
constexpr bool kept_in_memory(Kind kind) {
  return kind == Kind::tenant || kind == Kind::client || kind == Kind::connection || kind == Kind::resource_server ||
         kind == Kind::client_grant || kind == Kind::signing_key;
}

constexpr Lane lane_of(DataClass data_class) { return data_class == DataClass::c1 ? Lane::hot : Lane::bulk; }

}  // namespace cardea::store
