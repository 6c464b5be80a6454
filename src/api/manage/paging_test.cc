#include "api/manage/paging.h"

#include <gtest/gtest.h>

namespace cardea::api {
namespace {

using base::json::object;
using Style = PageRequest::Style;

http::Form query(std::string_view text) { return http::Form::parse(text).value(); }

std::vector<object> rows(std::size_t count) {
  std::vector<object> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back({{"n", i}});
  return out;
}

base::json::value parse(std::string_view text) { return base::json::parse(text); }

base::json::value page_of(std::string_view text, std::size_t count, const PagingRules& rules = {.checkpoint = true}) {
  return lay_out(parse_paging(query(text), rules).value(), "things", rows(count));
}

TEST(Paging, TheQueryChoosesTheStyle) {
  struct Case {
    std::string_view text;
    Style style;
    std::size_t page, per_page;
  };
  for (const auto& [text, style, page, per_page] :
       std::vector<Case>{{"", Style::bare, 0, 50},
                         {"page=2&per_page=10", Style::bare, 2, 10},
                         {"per_page=0", Style::bare, 0, 0},
                         {"include_totals=false", Style::bare, 0, 50},
                         {"include_totals=true&per_page=100", Style::totals, 0, 100},
                         {"take=7", Style::checkpoint, 0, 7},
                         {"take=7&include_totals=true", Style::checkpoint, 0, 7},
                         {"from=", Style::checkpoint, 0, 50}}) {
    const auto request = parse_paging(query(text), {.checkpoint = true});
    ASSERT_TRUE(request) << text;
    EXPECT_EQ(request->style, style) << text;
    EXPECT_EQ(request->page, page) << text;
    EXPECT_EQ(request->per_page, per_page) << text;
  }
}

TEST(Paging, WhereThereAreNoCheckpointsTheyAreNotTaken) {
  EXPECT_EQ(parse_paging(query("take=7"), {})->style, Style::bare);
}

TEST(Paging, AWrongQueryIsRefusedWithTheReason) {
  struct Case {
    std::string_view text, message;
  };
  for (const auto& [text, message] : std::vector<Case>{
           {"page=x", "Query validation error: 'Expected type integer but found type string' on property page."},
           {"page=-1", "Query validation error: 'Expected type integer but found type string' on property page."},
           {"page=1.5", "Query validation error: 'Expected type integer but found type string' on property page."},
           {"page=", "Query validation error: 'Expected type integer but found type string' on property page."},
           {"page=99999999999999999999",
            "Query validation error: 'Expected type integer but found type string' on property page."},
           {"per_page=101", "Query validation error: 'Value is greater than maximum 100' on property per_page."},
           {"take=0", "Query validation error: 'Value is less than minimum 1' on property take."},
           {"take=101", "Query validation error: 'Value is greater than maximum 100' on property take."},
           {"from=%21%21", "Query validation error: 'Not a checkpoint of this list' on property from."},
           {"include_totals=1",
            "Query validation error: 'Expected type boolean but found type string' on property include_totals."}}) {
    const auto request = parse_paging(query(text), {.checkpoint = true});
    ASSERT_FALSE(request) << text;
    EXPECT_EQ(request.error().status, 400) << text;
    EXPECT_EQ(request.error().code, "invalid_query_string") << text;
    EXPECT_EQ(request.error().message, message) << text;
  }
}

TEST(Paging, AWindowEndsAtTheThousandthRow) {
  const PagingRules rules{.offset_window = 1000};

  EXPECT_TRUE(parse_paging(query("page=10&per_page=100"), rules));
  const auto beyond = parse_paging(query("page=11&per_page=100"), rules);
  ASSERT_FALSE(beyond);
  EXPECT_EQ(beyond.error().status, 400);
  EXPECT_EQ(beyond.error().code, "invalid_paging");
}

TEST(Paging, ABarePageIsAnArray) {
  EXPECT_EQ(page_of("page=1&per_page=2", 5), parse(R"([{"n":2},{"n":3}])"));
  EXPECT_EQ(page_of("page=2&per_page=2", 5), parse(R"([{"n":4}])"));
}

TEST(Paging, APagePastTheEndIsEmptyAndNoError) {
  EXPECT_EQ(page_of("page=1000000&per_page=100", 5), parse("[]"));
  EXPECT_EQ(page_of("per_page=0", 5), parse("[]"));
}

TEST(Paging, TotalsTellHowManyThereAre) {
  EXPECT_EQ(page_of("page=1&per_page=2&include_totals=true", 5),
            parse(R"({"start":2,"limit":2,"length":2,"total":5,"things":[{"n":2},{"n":3}]})"));
}

TEST(Paging, CheckpointsLeadThroughTheWholeList) {
  std::vector<std::int64_t> seen;
  std::string text = "take=2";
  for (int pages = 0; pages < 10; ++pages) {
    const auto page = page_of(text, 5).get_object();
    for (const auto& row : page.at("things").get_array())
      seen.push_back(row.get_object().at("n").to_number<std::int64_t>());
    const auto next = base::get_string_or(page, "next");
    if (next.empty()) break;
    text = "take=2&from=" + next;
  }

  EXPECT_EQ(seen, (std::vector<std::int64_t>{0, 1, 2, 3, 4}));
}

TEST(Paging, TheLastCheckpointPageHasNoNext) {
  EXPECT_FALSE(page_of("take=5", 5).get_object().contains("next"));
  EXPECT_TRUE(page_of("take=4", 5).get_object().contains("next"));
}

TEST(FieldSelection, ShowsOrHidesTheNamedMembers) {
  struct Case {
    std::string_view text, left;
  };
  for (const auto& [text, left] : std::vector<Case>{{"", R"({"a":1,"b":2,"c":3})"},
                                                    {"fields=a,c", R"({"a":1,"c":3})"},
                                                    {"fields=a,c&include_fields=true", R"({"a":1,"c":3})"},
                                                    {"fields=a,,x&include_fields=false", R"({"b":2,"c":3})"},
                                                    {"fields=x", "{}"},
                                                    {"include_fields=false", R"({"a":1,"b":2,"c":3})"}}) {
    auto document = parse(R"({"a":1,"b":2,"c":3})").get_object();
    const auto selection = FieldSelection::parse(query(text));
    ASSERT_TRUE(selection) << text;
    selection->apply(document);
    EXPECT_EQ(base::json::value(document), parse(left)) << text;
  }
  EXPECT_FALSE(FieldSelection::parse(query("include_fields=maybe")));
}

}  // namespace
}  // namespace cardea::api
