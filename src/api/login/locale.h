#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cardea::api {

// The language of a page: the first of these that names an enabled locale.
//   1. ui_locales of the authorization request (OIDC Core §3.1.2.1): BCP 47 tags, separated by spaces, best first
//   2. the language cookie: one tag
//   3. Accept-Language (RFC 9110 §12.5.4) in the order of its q-values; q=0 excludes, "*" means the default
//   4. the tenant's default, the first of `enabled_locales`; with none enabled: English
//
// A tag matches itself, else the enabled tag that it narrows (asked "de-AT", enabled "de"; RFC 4647 §3.4), else the
// first enabled tag that narrows it (asked "pt", enabled "pt-BR"). Case does not matter. Returns the tag as
// `enabled_locales` spells it. All three inputs are hostile: only the first 32 tags of each are looked at, malformed
// ones are passed over. An empty `enabled_locales` means all languages with built-in texts.
std::string choose_locale(std::string_view ui_locales, std::string_view cookie, std::string_view accept_language,
                          const std::vector<std::string>& enabled_locales);

// Arabic, Hebrew, Persian, Urdu …: for the dir attribute. Also true for tags with such a script ("az-Arab").
bool is_right_to_left(std::string_view locale);

}  // namespace cardea::api
