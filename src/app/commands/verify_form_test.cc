#include "app/commands/verify_form.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace cardea::app {
namespace {

using Fields = std::vector<base::QueryPair>;

TEST(HtmlForms, AreFoundAsABrowserSendsThem) {
  const auto forms = find_forms(R"(<!doctype html><html><body>
    <form method="post" action="/u/login?state=a&amp;b=c" novalidate>
    <input type="hidden" name="state" value="s&#x3D;&quot;&lt;&#228;">
    <input id=username name=username type=email autofocus>
    <INPUT NAME='password' TYPE='password' />
    <input type="checkbox" name="remember" checked><input type="checkbox" name="news">
    <input type="text" name="off" disabled><input type="text">
    <button type="button" name="show" value="1">Show</button>
    <button type="submit" name="action" value="default">Go</button>
    <button name="action" value="other">Other</button>
    </form></body></html>)");

  ASSERT_EQ(forms.size(), 1U);
  EXPECT_EQ(forms[0].action, "/u/login?state=a&b=c");
  EXPECT_EQ(
      forms[0].fields,
      (Fields{{"state", "s=\"<ä"}, {"username", ""}, {"password", ""}, {"remember", "on"}, {"action", "default"}}));
}

TEST(HtmlForms, EachFormHasItsOwnFields) {
  const auto forms =
      find_forms("<form><input name=a></form><input name=b><form action=/x><input name=c value=1></form>");

  ASSERT_EQ(forms.size(), 2U);
  EXPECT_EQ(forms[0].fields, (Fields{{"a", ""}}));
  EXPECT_EQ(forms[1].action, "/x");
  EXPECT_EQ(forms[1].fields, (Fields{{"c", "1"}}));
}

TEST(HtmlForms, InCommentsScriptsAndTextsAreNone) {
  EXPECT_TRUE(find_forms("<!-- <form><input name=a></form> --><script>'<form>'</script><style><form></style>"
                         "<title><form></title><textarea><form></textarea>")
                  .empty());
}

TEST(HtmlForms, AFormFillsInOnlyWhatItHas) {
  HtmlForm form{"", {{"username", ""}}};

  form.fill("username", "jane");
  form.fill("password", "secret");

  EXPECT_EQ(form.fields, (Fields{{"username", "jane"}}));
  EXPECT_TRUE(form.has("username"));
  EXPECT_FALSE(form.has("password"));
}

TEST(HtmlForms, ReferencesThatAreNoneAreText) {
  const auto forms = find_forms("<form><input name=a value='&amp;&nothing;&#xD800;&#;&'></form>");

  ASSERT_EQ(forms.size(), 1U);
  EXPECT_EQ(forms[0].fields[0].second, "&&nothing;\xEF\xBF\xBD&#;&");
}

TEST(HtmlForms, TheTitleIsFound) {
  EXPECT_EQ(find_title("<html><head><script>\"<title>no</title>\"</script><TITLE>Log in &amp; out</TITLE>"),
            "Log in & out");
  EXPECT_EQ(find_title("<p>nothing"), "");
}

// Pages of strangers: whatever they hold, reading ends.
TEST(HtmlForms, AnyTextIsRead) {
  const std::vector<std::string_view> pieces{"<form", "</form>", "<input ", "name=", "'",        "\"",       ">",
                                             "<",     "/",       "<!--",    "-->",   "<script>", "</script", "&#x",
                                             "&amp",  "=",       " ",       "a",     "\n",       "<title>"};
  base::SeededRandom random(3);
  for (int round = 0; round < 5000; ++round) {
    std::string text;
    for (const char byte : base::random_bytes(random, 30))
      text += pieces[static_cast<unsigned char>(byte) % pieces.size()];
    EXPECT_LE(find_forms(text).size(), text.size());
    EXPECT_LE(find_title(text).size(), text.size());
  }
}

}  // namespace
}  // namespace cardea::app
