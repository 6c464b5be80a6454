#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "store/kind.h"

namespace cardea::store {
namespace {

// The lines of the table that belong to a kind.
std::string section_of(const std::string& page, std::string_view kind, int number) {
  const std::string title = "| `" + std::string(kind) + "` (" + std::to_string(number) + ")";
  const auto begin = page.find(title);
  if (begin == std::string::npos) return {};
  auto end = page.find("\n| `", begin);
  return page.substr(begin, end - begin);
}

std::string_view word(Merge merge) {
  switch (merge) {
    case Merge::latest:
      return "latest";
    case Merge::or_flag:
      return "flag";
    case Merge::maximum:
      return "maximum";
    case Merge::counter:
      return "counter";
    case Merge::claim_map:
      return "claims";
    case Merge::owner:
      return "owner";
    case Merge::progress:
      return "progress";
  }
  return {};
}

TEST(RecordsPageTest, the_page_says_what_the_code_does) {
  std::ostringstream page;
  page << std::ifstream(std::string(CARDEA_SOURCE_DIR) + "/docs/design/records.md").rdbuf();

  for (const auto& schema : all_kinds()) {
    const auto section = section_of(page.str(), schema.table.substr(4), static_cast<int>(schema.kind));
    ASSERT_NE(section, "") << schema.table;
    EXPECT_EQ(section.substr(0, section.find('\n')).find(", expires") != std::string::npos, schema.expires)
        << schema.table;
    for (const auto& group : schema.groups) {
      const std::string name = std::string(group.name) + (group.per_key ? "`.key`" : ":");
      std::istringstream lines(section);
      std::string line, found;
      while (std::getline(lines, line))
        if (line.find(" " + name) != std::string::npos) found = line;
      ASSERT_NE(found, "") << schema.table << " " << group.name;
      EXPECT_NE(found.find("| C" + std::to_string(static_cast<int>(group.data_class)) + " | " +
                           std::string(word(group.merge)) + " |"),
                std::string::npos)
          << schema.table << " " << group.name << ": " << found;
    }
  }
}

TEST(RecordsPageTest, kinds_are_well_formed) {
  for (const auto& schema : all_kinds()) {
    EXPECT_EQ(&schema_of(schema.kind), &schema);
    EXPECT_EQ(std::ranges::count_if(schema.groups, [](const auto& group) { return group.members.empty(); }), 1)
        << schema.table;
    EXPECT_LE(schema.lookups.size(), 3U) << schema.table;
    for (const auto& group : schema.groups) {
      EXPECT_EQ(group.name.find('.'), std::string_view::npos) << group.name;
      EXPECT_TRUE(!group.per_key || group.members.size() == 1) << group.name;
    }
    for (const auto& lookup : schema.lookups)
      EXPECT_FALSE(group_of_member(schema, lookup.member).per_key) << schema.table << " " << lookup.name;
  }
}

}  // namespace
}  // namespace cardea::store
