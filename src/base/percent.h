#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cardea::base {

using QueryPair = std::pair<std::string, std::string>;

// RFC 3986 §2.1: everything but the unreserved characters (A-Z a-z 0-9 - . _ ~) becomes %XX, upper case.
std::string percent_encode(std::string_view text);

// Undoes percent_encode; '+' stays '+'. nullopt: a '%' without two hex digits after it. The result may be any bytes.
std::optional<std::string> percent_decode(std::string_view text);

// application/x-www-form-urlencoded (WHATWG URL §5.2) of one name or value: space becomes '+', `*-._` and
// alphanumerics stay, the rest becomes %XX.
std::string form_encode(std::string_view text);
// "a=1&b=2" of the pairs, form-encoded, in their order.
std::string form_encode(std::span<const QueryPair> pairs);

// Adds the pairs to the query of `url`, before its fragment; what `url` already has is not touched (RFC 6749 §3.1.2:
// a query of the redirect URI is retained). No pairs: `url` as it is.
std::string append_query(std::string_view url, std::span<const QueryPair> pairs);
inline std::string append_query(std::string_view url, std::initializer_list<QueryPair> pairs) {
  return append_query(url, std::span<const QueryPair>(pairs.begin(), pairs.size()));
}

// Whether `text` is well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF).
bool is_utf8(std::string_view text);

}  // namespace cardea::base
