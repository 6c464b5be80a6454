#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/cookie.h"
#include "http/headers.h"

namespace cardea::http {

// What the {names} of a route's pattern matched, percent-decoded.
using PathParams = std::vector<std::pair<std::string, std::string>>;

// One request, read to its end and checked by the server: well-formed, within the limits, body complete.
struct Request {
  std::string method;  // as sent; methods are case-sensitive (RFC 9110 §9.1)
  std::string target;  // the raw request target, "/path?query"
  // Percent-decoded, UTF-8, no NUL; an encoded slash stays "%2F", so that splitting at '/' gives the right segments.
  // The router works on `target`, not on this.
  std::string path;
  std::string query;  // raw, without '?'; see Form::parse
  Headers headers;
  std::string body;
  std::string host;    // lower case, host[:port] as the client used it (X-Forwarded-Host of a trusted proxy counts)
  std::string scheme;  // "https" or "http", as the client used it (a trusted proxy may say so)
  std::string remote_address;  // the client's address as text, behind trusted proxies the one that they saw
  bool from_loopback = false;  // remote_address is a loopback address, and no proxy stands between
  std::string request_id;      // [A-Za-z0-9._-]{8,64}; also goes out as x-request-id
  PathParams params;

  // "" when the pattern has no such name.
  std::string_view param(std::string_view name) const;
  std::optional<std::string_view> header(std::string_view name) const { return headers.get(name); }
  // Views into this request.
  Cookies cookies() const;
  // The media type of Content-Type without its parameters, lower case; "" when there is none.
  std::string content_type() const;
  // scheme://host
  std::string origin() const { return scheme + "://" + host; }
};

}  // namespace cardea::http
