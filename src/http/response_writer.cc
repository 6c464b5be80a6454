#include "http/response_writer.h"

#include <charconv>

namespace cardea::http {
namespace {

constexpr std::string_view kAlways =
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: no-referrer\r\n";
constexpr std::string_view kPermissions =
    "Permissions-Policy: accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), "
    "payment=(), usb=()\r\n";
constexpr std::string_view kStrictTransport = "Strict-Transport-Security: max-age=31536000\r\n";

void append_number(std::string& out, std::size_t number) {
  char digits[24];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, number);
  out.append(digits, end);
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  out += value;
  out += "\r\n";
}

// What a handler's fields replace or must not touch; told by length first, names are compared rarely.
struct Seen {
  bool cache_control = false;
  bool policy = false;
  bool permissions = false;
  bool referrer = false;
};

// False for fields that only the server writes.
bool note(Header field, Seen& seen) {
  const auto is = [&](std::string_view name) { return equal_ignoring_case(field.name, name); };
  switch (field.name.size()) {
    case 4:
      return !is("date");
    case 10:
      return !is("connection");
    case 12:
      return !is("x-request-id");
    case 13:
      seen.cache_control = seen.cache_control || is("cache-control");
      return true;
    case 14:
      return !is("content-length");
    case 15:
      seen.referrer = seen.referrer || is("referrer-policy");
      return !is("x-frame-options");
    case 17:
      return !is("transfer-encoding");
    case 18:
      seen.permissions = seen.permissions || is("permissions-policy");
      return true;
    case 22:
      return !is("x-content-type-options");
    case 23:
      seen.policy = seen.policy || is("content-security-policy");
      return true;
    case 25:
      return !is("strict-transport-security");
    default:
      return !field.name.empty();
  }
}

void append_security(std::string& out, const Response& response, const Framing& framing, const Seen& seen) {
  if (!seen.referrer)
    out += kAlways;
  else
    append_field(out, "X-Content-Type-Options", "nosniff");
  if (!seen.permissions) out += kPermissions;
  if (framing.strict_transport) out += kStrictTransport;
  if (!response.allow_framing) out += "X-Frame-Options: DENY\r\n";
  if (seen.policy) return;
  if (response.content_security_policy)
    append_field(out, "Content-Security-Policy", *response.content_security_policy);
  else if (response.allow_framing)
    out += "Content-Security-Policy: default-src 'none'\r\n";
  else
    out += "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n";
}

}  // namespace

bool status_has_body(int status) { return status >= 200 && status != 204 && status != 304; }

void append_head(std::string& out, const Response& response, const Framing& framing) {
  out += "HTTP/1.1 ";
  append_number(out, static_cast<std::size_t>(response.status));
  out += ' ';
  out += reason_phrase(response.status);
  out += "\r\n";
  append_field(out, "Date", framing.date);
  Seen seen;
  for (const auto field : response.headers)
    if (note(field, seen)) append_field(out, field.name, field.value);
  if (!seen.cache_control)
    out += response.cacheable_etag ? "Cache-Control: no-cache\r\n" : "Cache-Control: no-store\r\n";
  append_security(out, response, framing, seen);
  if (!framing.request_id.empty()) append_field(out, "x-request-id", framing.request_id);
  if (status_has_body(response.status)) {
    out += "Content-Length: ";
    append_number(out, framing.content_length);
    out += "\r\n";
  }
  if (!framing.keep_alive)
    out += "Connection: close\r\n";
  else if (framing.http10)
    out += "Connection: keep-alive\r\n";
  out += "\r\n";
}

}  // namespace cardea::http
