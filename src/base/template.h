#pragma once

#include <string>
#include <string_view>

#include "base/json.h"

namespace cardea::base {

enum class Escape {
  html,  // {{name}} is safe between tags and inside double quotes
  none   // plain text, for the text part of mails
};

// Renders an embedded mustache template (base/embedded_files.h), e.g. "login/templates/layout.mustache".
//
// A partial {{>name}} is the file <name> with the same ending in the same folder; {{>content}} is the file `content`,
// so that one layout serves many screens. Partials are put in once, and the parsed template is kept per thread.
//
// Sections: absent, null, false, "" and [] are false, everything else is true; in contrast to plain mustache an empty
// string is false, so that {{#link}}<a href="{{link}}">{{/link}} does what one means. As always in mustache a name
// that the inner object lacks is looked up in the outer ones; give false where that is not wanted.
//
// Empty when there is no such template or it is malformed; the tests render every one of ours.
std::string render_template(std::string_view path, std::string_view content, const json::object& data,
                            Escape escape = Escape::html);

}  // namespace cardea::base
