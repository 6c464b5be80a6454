#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cardea::oauth {

// Where answers may be sent. All patterns come from a client's or tenant's settings.

// Whether `uri` is the callback `pattern`: character by character, except that a leading label "*" of the pattern's
// host stands for exactly one non-empty label (reference §5). A URI with a fragment, user information, dot segments or
// a character outside RFC 3986 never matches.
bool matches_callback(std::string_view pattern, std::string_view uri);
bool is_callback(const std::vector<std::string>& callbacks, std::string_view uri);

// As a callback, but the query and fragment of `uri` are not compared (reference §9).
bool matches_logout_url(std::string_view pattern, std::string_view uri);
bool is_logout_url(const std::vector<std::string>& allowed, std::string_view uri);

// Whether an Origin header is the origin of `pattern`, which may have a path and "*" as its first host label.
bool matches_origin(std::string_view pattern, std::string_view origin);

// The host is the user's own device (RFC 8252 §7.3): such a callback cannot prove which app stands behind it.
bool is_local_callback(std::string_view uri);

}  // namespace cardea::oauth
