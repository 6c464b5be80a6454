#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cardea::api {

// Where the style sheet of these two colours is served, e.g. "/u/assets/theme-0a5cff-f4f5f7.css"; empty when neither is
// a colour (the built-in theme needs no second sheet). The colours stand in the address, so that the sheet is a pure
// function of it, is the same for everybody and may be cached forever; no inline style, nonce or hash is needed and the
// policy of login_csp() stays the same for all tenants.
std::string theme_path(std::string_view primary_color, std::string_view page_background);

// The sheet for such a path; nullopt when the path is not one that theme_path() makes.
std::optional<std::string> theme_css(std::string_view path);

}  // namespace cardea::api
