#pragma once

#include <string>
#include <string_view>

namespace cardea::http {

enum class Coding { identity, gzip, brotli };

// The coding to answer with (RFC 9110 §12.5.3): the highest q-value of those we have, Brotli before gzip. identity when
// the header is empty or names neither.
Coding choose_coding(std::string_view accept_encoding);

// "gzip", "br"; "" for identity.
std::string_view coding_name(Coding coding);

// Text that shrinks: text/*, JSON, JavaScript, XML, SVG, also with parameters behind.
bool is_compressible(std::string_view content_type);

enum class Effort { once, kept };  // `kept`: the result is stored, so it may cost more

// Empty when it failed or did not get smaller.
std::string compress(std::string_view text, Coding coding, Effort effort);

}  // namespace cardea::http
