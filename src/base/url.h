#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace cardea::base {

// An absolute URL (RFC 3986 §4.3, with a fragment allowed), split and checked, never rewritten beyond what the fields
// say. Custom schemes of native apps (com.example.app:/callback, RFC 8252 §7.1) parse too: they may have no host.
struct Url {
  std::string scheme;          // lower case
  std::string host;            // lower case; an IPv6 literal without its brackets; empty when there is no authority
  std::uint16_t port = 0;      // as written, else the scheme's (http 80, https 443), else 0
  bool has_port = false;       // the port was written
  bool has_authority = false;  // "//" follows the scheme
  bool is_ipv6 = false;
  std::string user_info;                // raw, without the '@'; most callers refuse a URL that has it
  std::string path;                     // raw, as written; may be empty
  std::optional<std::string> query;     // raw, without '?'
  std::optional<std::string> fragment;  // raw, without '#'

  // invalid: no scheme, characters outside RFC 3986 (also blanks, controls, bytes above 0x7E, backslash), bad percent
  // encoding, bad port or host, http(s) without a host, longer than 8 KiB. The reason names what is wrong.
  static Result<Url> parse(std::string_view text);

  bool is_http() const { return scheme == "http" || scheme == "https"; }
  // 127.0.0.0/8, ::1 and localhost (RFC 8252 §7.3, §8.3).
  bool is_loopback() const;
  // "https://host[:port]": lower case, the default port left out, as a browser writes Origin (RFC 6454 §6.1).
  // Empty for anything but http and https.
  std::string origin() const;
  // host[:port] as a Host header carries it: brackets around IPv6, the port only when it was written and is not the
  // default.
  std::string authority() const;
  // All fields put together again.
  std::string to_string() const;
};

}  // namespace cardea::base
