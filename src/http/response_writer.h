#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "http/response.h"

namespace cardea::http {

// What the head of an answer depends on besides the answer itself.
struct Framing {
  std::size_t content_length = 0;  // of the body as it would be sent to GET
  bool keep_alive = true;
  bool http10 = false;
  bool strict_transport = false;  // HTTPS and not loopback: Strict-Transport-Security
  std::string_view request_id;
  std::string_view date;  // IMF-fixdate
};

// Appends the status line and all header fields with the empty line to `out`. By hand into one reused buffer: this
// runs for every answer.
void append_head(std::string& out, const Response& response, const Framing& framing);

// 1xx, 204 and 304 have no body (RFC 9110 §6.4.1).
bool status_has_body(int status);

}  // namespace cardea::http
