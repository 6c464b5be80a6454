#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/chunked_decoder.h"
#include "http/headers.h"

namespace cardea::http {

// A request line and header fields as they came, framing checked (RFC 9112 §2–§6).
struct RequestHead {
  std::string method;
  std::string target;
  int version = 11;  // 10 or 11
  Headers headers;
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  bool keep_alive = true;         // what the client wishes
  bool expects_continue = false;  // RFC 9110 §10.1.1

  bool has_body() const { return chunked || content_length.value_or(0) > 0; }
};

// Reads one HTTP/1.1 request after another out of a stream of bytes; strict: whatever two readers could understand
// differently (both lengths, a bare LF, a folded line, a space before the colon, two Hosts) is refused, as request
// smuggling lives on it. Not safe for several threads.
class RequestParser {
 public:
  struct Limits {
    std::size_t header_bytes = 16 * 1024;
    std::size_t request_line = 8 * 1024;
    std::size_t headers = 100;
  };
  enum class State { head, body, done, refused };

  explicit RequestParser(Limits limits) : limits_(limits) {}

  // Takes what it can of `bytes`, the unread rest of the stream, and says how many that were. In state head it takes
  // nothing before the whole head is there: hand the same bytes in again, with more behind them. Stops when the head
  // is complete, so that the caller can set the limit of the body, and at the end of the request.
  std::size_t feed(std::string_view bytes);
  State state() const { return state_; }
  // The status to refuse with: 400, 413, 414, 417, 431, 501 or 505. Good in state refused.
  int refusal() const { return refusal_; }
  const char* reason() const { return reason_; }

  // Good from state body on.
  RequestHead& head() { return head_; }
  // Call once when the head is there. Bytes beyond it refuse the request with 413.
  void limit_body(std::size_t bytes);
  std::string& body() { return body_; }
  // Ready for the next request of the connection.
  void reset();

 private:
  std::size_t feed_head(std::string_view bytes);
  std::size_t feed_body(std::string_view bytes);
  void parse_head(std::string_view bytes);
  void check_head();
  void refuse(int status, const char* reason);

  const Limits limits_;
  State state_ = State::head;
  int refusal_ = 0;
  const char* reason_ = "";
  RequestHead head_;
  std::string body_;
  std::size_t body_limit_ = 0;
  ChunkedDecoder chunks_;
  std::size_t scanned_ = 0;  // bytes of the head that are known to be whole, good lines
  std::size_t lines_ = 0;
};

}  // namespace cardea::http
