#include "api/manage/field.h"

#include <gtest/gtest.h>

namespace cardea::api {
namespace {

using enum FieldType;
using enum FieldAccess;

const std::vector<Field>& fields() {
  static const std::vector<Field> all{
      {.name = "id", .access = read_only},
      {.name = "kind", .access = create_only, .values = {"a", "b"}},
      {.name = "name", .required = true, .min = 2, .max = 5, .format = FieldFormat::name},
      {.name = "flag", .type = boolean, .fallback = "true"},
      {.name = "count", .type = integer, .min = 1, .max = 10},
      {.name = "signed", .type = integer, .min = -5},
      {.name = "urls", .type = strings, .min = 1, .max = 30, .max_items = 2, .format = FieldFormat::url},
      {.name = "kinds", .type = strings, .values = {"x", "y"}},
      {.name = "inner",
       .type = object,
       .members = {{.name = "must", .required = true, .max = 3},
                   {.name = "level", .type = integer, .fallback = "7"},
                   {.name = "deep",
                    .type = object,
                    .members = {{.name = "on", .type = boolean, .fallback = "false"}}}}},
      {.name = "rows", .type = objects, .max_items = 2, .members = {{.name = "value", .required = true, .max = 3}}},
      {.name = "free", .type = object},
      {.name = "loose", .type = objects},
      {.name = "anything", .type = any},
  };
  return all;
}

base::json::object parse(std::string_view text) { return base::json::parse(text).get_object(); }

struct Case {
  std::string_view json;
  std::string_view message;  // between the quotes of "Payload validation error: '…'", and what follows
};

std::string message_of(std::string_view inner) { return "Payload validation error: " + std::string(inner) + "."; }

TEST(Fields, ACreationIsRefusedWithTheReason) {
  const std::vector<Case> cases{
      {R"({})", "'Missing required property: name'"},
      {R"({"name":null})", "'Missing required property: name'"},
      {R"({"name":"abc","x":1})", "'Additional properties not allowed: x'"},
      {R"({"name":"abc","id":"1"})", "'Additional properties not allowed: id'"},
      {R"({"name":1})", "'Expected type string but found type integer' on property name"},
      {R"({"name":["abc"]})", "'Expected type string but found type array' on property name"},
      {R"({"name":"a"})", "'String is too short (1 chars), minimum 2' on property name"},
      {R"({"name":"abcdef"})", "'String is too long (6 chars), maximum 5' on property name"},
      {R"({"name":"a<b"})", "'Object didn't pass validation for format name' on property name"},
      {R"({"name":"abc","kind":"c"})", "'No enum match for: c' on property kind"},
      {R"({"name":"abc","flag":"true"})", "'Expected type boolean but found type string' on property flag"},
      {R"({"name":"abc","flag":0})", "'Expected type boolean but found type integer' on property flag"},
      {R"({"name":"abc","count":0})", "'Value 0 is less than minimum 1' on property count"},
      {R"({"name":"abc","count":11})", "'Value 11 is greater than maximum 10' on property count"},
      {R"({"name":"abc","count":1.5})", "'Expected type integer but found type number' on property count"},
      {R"({"name":"abc","count":18446744073709551615})", "'Value out of range' on property count"},
      {R"({"name":"abc","signed":-6})", "'Value -6 is less than minimum -5' on property signed"},
      {R"({"name":"abc","urls":"https://a.example"})", "'Expected type array but found type string' on property urls"},
      {R"({"name":"abc","urls":[1]})", "'Expected type string but found type integer' on property urls[0]"},
      {R"({"name":"abc","urls":["https://a.example",""]})",
       "'String is too short (0 chars), minimum 1' on property urls[1]"},
      {R"({"name":"abc","urls":["no url"]})", "'Object didn't pass validation for format url' on property urls[0]"},
      {R"({"name":"abc","urls":["a:b","a:b","a:b"]})", "'Array is too long, maximum 2' on property urls"},
      {R"({"name":"abc","kinds":["x","z"]})", "'No enum match for: z' on property kinds[1]"},
      {R"({"name":"abc","inner":[]})", "'Expected type object but found type array' on property inner"},
      {R"({"name":"abc","inner":{}})", "'Missing required property: must' on property inner"},
      {R"({"name":"abc","inner":{"must":"x","y":1}})", "'Additional properties not allowed: y' on property inner"},
      {R"({"name":"abc","inner":{"must":"abcd"}})", "'String is too long (4 chars), maximum 3' on property inner.must"},
      {R"({"name":"abc","inner":{"must":"x","deep":{"on":1}}})",
       "'Expected type boolean but found type integer' on property inner.deep.on"},
      {R"({"name":"abc","rows":{}})", "'Expected type array but found type object' on property rows"},
      {R"({"name":"abc","rows":["x"]})", "'Expected type object but found type string' on property rows[0]"},
      {R"({"name":"abc","rows":[{"value":"x"},{}]})", "'Missing required property: value' on property rows[1]"},
      {R"({"name":"abc","free":"x"})", "'Expected type object but found type string' on property free"},
      {R"({"name":"abc","loose":[1]})", "'Expected type object but found type integer' on property loose[0]"},
  };
  for (const auto& [json, message] : cases) {
    const auto checked = check_creation(fields(), parse(json));
    ASSERT_FALSE(checked) << json;
    EXPECT_EQ(checked.error(), message_of(message)) << json;
  }
}

TEST(Fields, ACreationGetsTheFallbacksAndLosesTheNulls) {
  const auto checked = check_creation(
      fields(),
      parse(R"({"name":"abc","kind":null,"inner":{"must":"x","deep":{}},"free":{"a":null},"anything":[1,"x"]})"));

  ASSERT_TRUE(checked) << checked.error();
  EXPECT_EQ(*checked, parse(R"({"name":"abc","inner":{"must":"x","deep":{"on":false},"level":7},"free":{"a":null},
                               "anything":[1,"x"],"flag":true})"));
}

TEST(Fields, ANullWithAFallbackBecomesTheFallback) {
  const auto checked = check_creation(fields(), parse(R"({"name":"abc","flag":null})"));

  ASSERT_TRUE(checked);
  EXPECT_EQ(*checked, parse(R"({"name":"abc","flag":true})"));
}

TEST(Fields, AnUpdateMayNameAsLittleAsItLikesAndRemoveWithNull) {
  const auto checked = check_update(fields(), parse(R"({"flag":false,"count":null})"));

  ASSERT_TRUE(checked) << checked.error();
  EXPECT_EQ(*checked, parse(R"({"flag":false,"count":null})"));
}

// It is replaced, so it is as complete as at creation.
TEST(Fields, AnObjectInAnUpdateIsTreatedAsAtCreation) {
  const auto checked = check_update(fields(), parse(R"({"inner":{"must":"x","deep":null}})"));

  ASSERT_TRUE(checked) << checked.error();
  EXPECT_EQ(*checked, parse(R"({"inner":{"must":"x","level":7}})"));
}

TEST(Fields, AnUpdateIsRefusedWithTheReason) {
  const std::vector<Case> cases{
      {R"({"kind":"a"})", "'Additional properties not allowed: kind'"},
      {R"({"id":"1"})", "'Additional properties not allowed: id'"},
      {R"({"name":null})", "'Missing required property: name'"},
      {R"({"name":"abcdef"})", "'String is too long (6 chars), maximum 5' on property name"},
      {R"({"inner":{"level":3}})", "'Missing required property: must' on property inner"},
      {R"({"rows":[{}]})", "'Missing required property: value' on property rows[0]"},
  };
  for (const auto& [json, message] : cases) {
    const auto checked = check_update(fields(), parse(json));
    ASSERT_FALSE(checked) << json;
    EXPECT_EQ(checked.error(), message_of(message)) << json;
  }
}

TEST(Fields, LengthsCountCharactersAndNotBytes) {
  EXPECT_TRUE(check_creation(fields(), {{"name", "äöüßé"}}));
  EXPECT_FALSE(check_creation(fields(), {{"name", "äöüßéa"}}));
  EXPECT_FALSE(check_creation(fields(), {{"name", "ä"}}));
}

TEST(Fields, WithoutABoundTextsListsAndFreeFormsStillHaveOne) {
  const std::vector<Field> loose{{.name = "text"}, {.name = "list", .type = strings}, {.name = "free", .type = object}};

  EXPECT_TRUE(check_creation(loose, {{"text", std::string(64 * 1024, 'a')}}));
  EXPECT_FALSE(check_creation(loose, {{"text", std::string(64 * 1024 + 1, 'a')}}));
  EXPECT_TRUE(check_creation(loose, {{"list", base::json::array(1000, "a")}}));
  EXPECT_FALSE(check_creation(loose, {{"list", base::json::array(1001, "a")}}));
  EXPECT_FALSE(check_creation(loose, {{"free", {{"a", std::string(1024 * 1024, 'a')}}}}));
}

TEST(Fields, AHostileNameIsCutInTheMessage) {
  const auto checked = check_creation(fields(), {{"name", "abc"}, {std::string(10'000, 'x'), 1}});

  ASSERT_FALSE(checked);
  EXPECT_LT(checked.error().size(), 200U);
}

TEST(Formats, TakeAndRefuse) {
  struct FormatCase {
    FieldFormat format;
    std::vector<std::string_view> good, bad;
  };
  const std::vector<FormatCase> cases{
      {FieldFormat::free, {"", "<>", "a b"}, {}},
      {FieldFormat::name, {"My App", "é", ""}, {"<b>", "a>b"}},
      {FieldFormat::no_spaces, {"abc", "a|b", "https://api.example.com/"}, {"a b", "a\tb", "a\nb"}},
      {FieldFormat::slug, {"a", "a-b", "Username-Password-Authentication", "1"}, {"", "-a", "a-", "a_b", "a b", "ä"}},
      {FieldFormat::phone,
       {"+1", "+491701234567", "+123456789012345"},
       {"", "+", "491701234567", "+1234567890123456", "+49a"}},
      {FieldFormat::email, {"a@b", "jane.doe+x@example.com"}, {"", "a", "@b", "a@", "a@b@c", "a b@c", "a@<b>"}},
      {FieldFormat::url,
       {"https://a.example/cb?x=1", "http://localhost:3000", "com.example.app:/callback", "com.example.app://host/cb"},
       {"", "no url", "/path", "//host/path", "https://", "JavaScript:alert(1)", "data:text/html,x", "vbscript:x"}},
      {FieldFormat::https_url,
       {"https://a.example", "https://a.example/x?y#z"},
       {"", "http://a.example", "https://localhost", "https://localhost:3000/x", "https://127.0.0.1/",
        "https://[::1]/"}},
  };
  for (const auto& [format, good, bad] : cases) {
    for (const auto text : good) EXPECT_TRUE(is_of_format(format, text)) << static_cast<int>(format) << " " << text;
    for (const auto text : bad) EXPECT_FALSE(is_of_format(format, text)) << static_cast<int>(format) << " " << text;
  }
}

}  // namespace
}  // namespace cardea::api
