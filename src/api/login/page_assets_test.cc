#include "api/login/page_assets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cardea::api {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(PageAssets, have_the_hash_of_their_content_in_the_name) {
  EXPECT_THAT(page_asset_path("login.css"), testing::MatchesRegex("/u/assets/login-[0-9a-f]+\\.css"));
  EXPECT_EQ(page_asset_path("nothing.css"), "");
  EXPECT_EQ(page_asset_path("../texts/en.json"), "");
}

TEST(PageAssets, are_served_and_may_be_kept_forever) {
  const std::pair<const char*, const char*> kTypes[] = {{"login.css", "text/css; charset=utf-8"},
                                                        {"login.js", "text/javascript; charset=utf-8"},
                                                        {"favicon.svg", "image/svg+xml"}};
  for (const auto& [name, type] : kTypes) {
    const auto asset = find_page_asset(page_asset_path(name));
    ASSERT_TRUE(asset) << name;
    EXPECT_EQ(asset->content_type, type);
    EXPECT_FALSE(asset->body.empty());
    EXPECT_TRUE(asset->immutable);
  }
  EXPECT_TRUE(find_page_asset("/u/assets/theme-0059d6-none.css"));
}

TEST(PageAssets, do_not_give_anything_else) {
  for (const auto* path : {"", "/", "/u/assets/", "/u/assets/login.css", "/u/assets/login-000000000000.css",
                           "/u/assets/../texts/en.json", "login/assets/login.css"})
    EXPECT_FALSE(find_page_asset(path)) << path;
}

TEST(LoginCsp, allows_no_inline_code_and_no_frames) {
  for (const auto reach : {FormReach::same_origin, FormReach::client}) {
    const auto policy = login_csp(reach);
    EXPECT_THAT(policy, HasSubstr("default-src 'none'"));
    EXPECT_THAT(policy, HasSubstr("frame-ancestors 'none'"));
    EXPECT_THAT(policy, HasSubstr("base-uri 'none'"));
    EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
  }
}

TEST(LoginCsp, never_stops_the_way_back_to_the_application) {
  EXPECT_THAT(login_csp(FormReach::client), Not(HasSubstr("form-action")));
  EXPECT_THAT(login_csp(FormReach::same_origin), HasSubstr("form-action 'self'"));
}

}  // namespace
}  // namespace cardea::api
