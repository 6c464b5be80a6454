#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "http/cookie.h"
#include "http/headers.h"

namespace cardea::http {

// One answer. The server adds Date, Content-Length, x-request-id, compression and the security headers; it leaves out
// Transfer-Encoding, Connection and Content-Length of handlers. Cache-Control is "no-store" unless set.
struct Response {
  int status = 200;
  Headers headers;
  std::string body;

  // The body depends on nothing but the request line: the server adds a strong ETag, answers If-None-Match with 304
  // (RFC 9110 §13.1.2) and keeps the compressed form. Set Cache-Control too, else it is "no-cache" (revalidate).
  bool cacheable_etag = false;
  // Replaces "default-src 'none'; frame-ancestors 'none'"; pages of scripts and styles set theirs.
  std::optional<std::string> content_security_policy;
  // No X-Frame-Options and no frame-ancestors: for pages that live in a hidden frame (response_mode=web_message).
  bool allow_framing = false;
  // False for pages that hold a secret beside text that a stranger can choose (a CSRF token and a login_hint: the
  // compressed length would tell the secret), and for answers that do not shrink (tokens).
  bool compressible = true;
  // Close the connection after this answer.
  bool close = false;
  // Go to the access log, for example {"tenant": "acme"}. Never a secret, a token or a password.
  base::json::object log_fields;

  static Response text(int status, std::string body);
  static Response html(int status, std::string body);
  static Response json(int status, const base::json::value& value);
  // As json, of text that is JSON already.
  static Response json_text(int status, std::string body);
  // A location with control characters, CR or LF among them, gives 500 without a Location instead.
  static Response redirect(int status, std::string_view location);
  static Response no_content();

  Response& header(std::string_view name, std::string_view value) {
    headers.set(name, value);
    return *this;
  }
  Response& cookie(const SetCookie& cookie) {
    headers.add("Set-Cookie", cookie.to_header());
    return *this;
  }
  Response& cache(std::string_view cache_control) { return header("Cache-Control", cache_control); }
};

// "Not Found" for 404 (RFC 9110 §15); "" for a status we do not know.
std::string_view reason_phrase(int status);

}  // namespace cardea::http
