#include "http/form.h"

#include <gtest/gtest.h>

namespace cardea::http {
namespace {

TEST(Form, DecodesPairsInTheirOrder) {
  const auto form = Form::parse("grant_type=authorization_code&code=a%2Fb+c&&empty=&bare&name%3D=%C3%A9");

  ASSERT_TRUE(form);
  EXPECT_EQ(form->get("grant_type"), "authorization_code");
  EXPECT_EQ(form->get("code"), "a/b c");
  EXPECT_EQ(form->get("empty"), "");
  EXPECT_EQ(form->get("bare"), "");
  EXPECT_EQ(form->get("name="), "é");
  EXPECT_EQ(form->get("absent"), std::nullopt);
  EXPECT_EQ(form->pairs().size(), 5U);
  EXPECT_EQ(form->encode(), "grant_type=authorization_code&code=a%2Fb+c&empty=&bare=&name%3D=%C3%A9");
}

TEST(Form, FindsWhatIsRepeated) {
  const auto form = Form::parse("a=1&b=2&c=3&b=4&a=5");

  ASSERT_TRUE(form);
  EXPECT_TRUE(form->repeated("a"));
  EXPECT_FALSE(form->repeated("c"));
  EXPECT_FALSE(form->repeated("z"));
  EXPECT_EQ(form->first_repeated(), "b");
  EXPECT_EQ(form->get("a"), "1");
  EXPECT_EQ(form->all("b"), (std::vector<std::string_view>{"2", "4"}));
  EXPECT_EQ(Form::parse("a=1&A=2")->first_repeated(), std::nullopt);
}

TEST(Form, NothingIsAnEmptyForm) {
  for (const auto* text : {"", "&", "&&&"}) EXPECT_TRUE(Form::parse(text)->empty()) << text;
}

TEST(Form, RefusesMalformedText) {
  for (const auto* bad :
       {"a=%", "a=%4", "a=%zz", "%=1", "a=%00", "a%00b=1", "a=%FF", "a=\xC3", "a=%C0%AF", "a=%ED%A0%80", "=1", "="}) {
    const auto form = Form::parse(bad);
    ASSERT_FALSE(form) << bad;
    EXPECT_EQ(form.error().code, base::Errc::invalid);
  }
  EXPECT_FALSE(Form::parse(std::string_view("a=\0", 3)));
}

TEST(Form, IsBounded) {
  std::string pairs;
  for (std::size_t i = 0; i < Form::kMaxPairs; ++i) pairs += "a=1&";

  EXPECT_EQ(Form::parse(pairs)->pairs().size(), Form::kMaxPairs);
  EXPECT_FALSE(Form::parse(pairs + "a=1"));
  EXPECT_TRUE(Form::parse("a=" + std::string(Form::kMaxBytes - 2, 'x')));
  EXPECT_FALSE(Form::parse("a=" + std::string(Form::kMaxBytes - 1, 'x')));
}

}  // namespace
}  // namespace cardea::http
