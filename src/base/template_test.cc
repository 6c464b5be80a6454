#include "base/template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/embedded_files.h"

namespace cardea::base {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kLayout = "login/templates/layout.mustache";

TEST(EmbeddedFiles, are_found_by_their_path) {
  EXPECT_TRUE(std::ranges::is_sorted(embedded_files(), {}, &EmbeddedFile::path));
  EXPECT_EQ(embedded_file("login/nothing.html"), std::nullopt);
  EXPECT_EQ(find_embedded_file(""), nullptr);
  for (const auto& file : embedded_files()) {
    EXPECT_EQ(find_embedded_file(file.path), &file);
    EXPECT_EQ(file.content_hash.size(), 12u);
    EXPECT_FALSE(file.path.ends_with(".cmake"));
  }
}

TEST(EmbeddedFiles, keep_every_byte) {
  const auto french = embedded_file("login/texts/fr.json");
  ASSERT_TRUE(french);
  EXPECT_THAT(std::string(*french), HasSubstr("Créez votre compte"));
  EXPECT_THAT(std::string(*french), HasSubstr("\\u00a0"));
}

TEST(Template, puts_the_content_into_the_layout) {
  const auto html = render_template(kLayout, "reset_success", {{"heading", "Done"}, {"lang", "en"}});

  EXPECT_THAT(html, testing::StartsWith("<!doctype html>\n<html lang=\"en\""));
  EXPECT_THAT(html, HasSubstr("<h1>Done</h1>"));
  EXPECT_THAT(html, Not(HasSubstr("{{")));
}

TEST(Template, escapes_for_html_but_not_for_text) {
  const json::object data{{"heading", "<b>\"'&"}, {"greeting", "<b>\"'&"}};

  EXPECT_THAT(render_template(kLayout, "reset_success", data), HasSubstr("<h1>&lt;b&gt;&quot;&apos;&amp;</h1>"));
  EXPECT_THAT(render_template("login/mails/frame.txt", "welcome", data, Escape::none), HasSubstr("<b>\"'&\n"));
}

TEST(Template, takes_empty_values_for_absent) {
  EXPECT_THAT(render_template(kLayout, "reset_success", {{"continue_url", ""}}), Not(HasSubstr("<a class")));
  EXPECT_THAT(render_template(kLayout, "reset_success", {{"continue_url", nullptr}}), Not(HasSubstr("<a class")));
  EXPECT_THAT(render_template(kLayout, "reset_success", {{"continue_url", "/x"}}), HasSubstr("href=\"/x\""));
}

TEST(Template, gives_nothing_for_what_is_not_there) {
  EXPECT_EQ(render_template("login/templates/nothing.mustache", "login", {}), "");
  EXPECT_EQ(render_template(kLayout, "nothing", {}), "");
  EXPECT_EQ(render_template(kLayout, "layout", {}), "") << "a file that includes itself";
}

TEST(Template, none_of_ours_skips_the_escaping) {
  for (const auto& file : embedded_files()) {
    if (!file.path.starts_with("login/templates/") && !file.path.starts_with("login/mails/")) continue;
    EXPECT_EQ(file.content.find("{{{"), std::string_view::npos) << file.path;
    EXPECT_EQ(file.content.find("{{&"), std::string_view::npos) << file.path;
  }
}

}  // namespace
}  // namespace cardea::base
