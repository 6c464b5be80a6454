#include "app/import/record_reader.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <sstream>

namespace cardea::app {
namespace {

// "1:{…} 2:!reason"
std::string read_all(const std::string& text) {
  std::istringstream in(text);
  RecordReader reader(in);
  std::string out;
  while (const auto item = reader.next()) {
    out += fmt::format("{}{}:", out.empty() ? "" : " ", item->line);
    out += item->record ? base::json::serialize(*item->record) : "!" + item->record.error().reason;
  }
  return out;
}

TEST(RecordReader, ReadsLinesAndArrays) {
  constexpr std::pair<const char*, const char*> kCases[] = {
      {"", ""},
      {" \n\n", ""},
      {"{\"a\":1}\n\n{\"b\":\"}\\\"\"}", "1:{\"a\":1} 3:{\"b\":\"}\\\"\"}"},
      {"{\"a\":1}\r\nnonsense\n[1]\n{\"b\":2}\n", "1:{\"a\":1} 2:!not JSON 3:!not an object 4:{\"b\":2}"},
      {"[]", ""},
      {"[ {\"a\":{\"b\":[\"]\"]}} ,\n{\"c\":\"\\\\\"}]\n", "1:{\"a\":{\"b\":[\"]\"]}} 2:{\"c\":\"\\\\\"}"},
      {"[{\"a\":1},\n7, {\"b\":2}]", "1:{\"a\":1} 2:!not an object of the array, or too long"},
      {"[{\"a\":1} {\"b\":2}]", "1:!the array goes on without a comma"},
      {"[{\"a\":1},{\"b\"", "1:{\"a\":1} 1:!not an object of the array, or too long"},
  };
  for (const auto& [text, expected] : kCases) EXPECT_EQ(read_all(text), expected) << text;
}

TEST(RecordReader, GoesOnAfterALineThatIsTooLong) {
  const std::string longest(RecordReader::kLongest, 'x');

  EXPECT_EQ(read_all("{\"a\":\"" + longest + "\"}\n{\"b\":2}"), "1:!too long 2:{\"b\":2}");
}

}  // namespace
}  // namespace cardea::app
