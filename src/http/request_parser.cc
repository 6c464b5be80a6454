#include "http/request_parser.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <cstring>

namespace cardea::http {

namespace beast_http = boost::beast::http;
using boost::beast::string_view;
using boost::system::error_code;

namespace {

std::string_view view(string_view text) { return {text.data(), text.size()}; }

}  // namespace

namespace {

// Beast's parser for the head, writing into our types. Bodies are ours: Beast's reading of chunks asserts on a last
// chunk that comes alone and in pieces.
class HeadReader final : public beast_http::basic_parser<true> {
 public:
  explicit HeadReader(RequestHead& head) : head_(head) {
    header_limit(1 << 20);  // the real limit is checked before
    body_limit(boost::none);
    eager(false);
  }

 private:
  void on_request_impl(beast_http::verb, string_view method, string_view target, int version, error_code&) override {
    head_.method = view(method);
    head_.target = view(target);
    head_.version = version;
  }
  void on_field_impl(beast_http::field, string_view name, string_view value, error_code&) override {
    head_.headers.add(view(name), view(value));
  }
  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
  std::size_t on_body_impl(string_view, error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view, error_code&) override { return 0; }
  void on_finish_impl(error_code&) override {}

  RequestHead& head_;
};

}  // namespace

void RequestParser::reset() {
  head_ = RequestHead{};
  body_ = std::string();
  chunks_ = ChunkedDecoder();
  state_ = State::head;
  scanned_ = lines_ = 0;
}

void RequestParser::refuse(int status, const char* reason) {
  state_ = State::refused;
  refusal_ = status;
  reason_ = reason;
}

void RequestParser::limit_body(std::size_t bytes) {
  body_limit_ = bytes;
  if (head_.content_length.value_or(0) > bytes) return refuse(413, "body too large");
  body_.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(head_.content_length.value_or(0), 64 * 1024)));
}

std::size_t RequestParser::feed(std::string_view bytes) {
  if (state_ == State::head) return feed_head(bytes);
  if (state_ == State::body) return feed_body(bytes);
  return 0;
}

std::size_t RequestParser::feed_head(std::string_view bytes) {
  // One empty line before the request line is forgiven (RFC 9112 §2.2).
  std::size_t skipped = bytes.starts_with("\r\n") ? 2 : 0;
  const auto rest = bytes.substr(skipped);
  bool complete = false;
  while (!complete) {
    const auto tail = rest.substr(scanned_);
    const auto* newline = static_cast<const char*>(std::memchr(tail.data(), '\n', tail.size()));
    const auto size = newline == nullptr ? tail.size() : static_cast<std::size_t>(newline - tail.data()) + 1;
    if (lines_ == 0 && size > limits_.request_line) return refuse(414, "request line too long"), 0;
    if (scanned_ + size > limits_.header_bytes) return refuse(431, "header too large"), 0;
    if (newline == nullptr) return 0;
    const auto line = tail.substr(0, size - 1);
    if (!line.ends_with('\r')) return refuse(400, "bare LF"), 0;
    if (line.size() > 1 && std::memchr(line.data(), '\r', line.size() - 1) != nullptr) return refuse(400, "bare CR"), 0;
    if (std::memchr(line.data(), '\0', line.size()) != nullptr) return refuse(400, "NUL in the header"), 0;
    if (line[0] == ' ' || line[0] == '\t') return refuse(400, "folded header line"), 0;
    complete = line.size() == 1;
    if (complete && lines_ == 0) return refuse(400, "no request line"), 0;
    scanned_ += size;
    ++lines_;
    if (lines_ > limits_.headers + 2) return refuse(431, "too many header fields"), 0;
  }
  parse_head(rest.substr(0, scanned_));
  if (state_ == State::refused) return 0;
  state_ = head_.has_body() ? State::body : State::done;
  return skipped + scanned_;
}

void RequestParser::parse_head(std::string_view bytes) {
  HeadReader reader(head_);
  error_code error;
  reader.put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
  if (error == beast_http::error::bad_version) return refuse(505, "unknown version");
  if (error || !reader.is_header_done()) return refuse(400, "malformed header");
  check_head();
}

std::size_t RequestParser::feed_body(std::string_view bytes) {
  if (!head_.chunked) {
    const auto size =
        static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), *head_.content_length - body_.size()));
    body_.append(bytes.substr(0, size));
    if (body_.size() == *head_.content_length) state_ = State::done;
    return size;
  }
  const auto taken = chunks_.feed(bytes, body_, body_limit_);
  switch (chunks_.state()) {
    case ChunkedDecoder::State::reading:
      break;
    case ChunkedDecoder::State::done:
      state_ = State::done;
      break;
    case ChunkedDecoder::State::malformed:
      refuse(400, "malformed chunk");
      break;
    case ChunkedDecoder::State::too_large:
      refuse(413, "body too large");
      break;
  }
  return taken;
}

namespace {

// "close, TE": whether one of the comma-separated tokens is `token`.
bool has_token(std::string_view list, std::string_view token) {
  while (true) {
    const auto comma = list.find(',');
    auto item = list.substr(0, comma);
    while (!item.empty() && (item.front() == ' ' || item.front() == '\t')) item.remove_prefix(1);
    while (!item.empty() && (item.back() == ' ' || item.back() == '\t')) item.remove_suffix(1);
    if (equal_ignoring_case(item, token)) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace

void RequestParser::check_head() {
  std::size_t hosts = 0;
  std::size_t lengths = 0;
  std::size_t codings = 0;
  bool closes = false;
  bool keeps = false;
  for (const auto field : head_.headers) {
    if (field.name.size() == 4 && equal_ignoring_case(field.name, "host")) ++hosts;
    if (field.name.size() == 10 && equal_ignoring_case(field.name, "connection")) {
      closes = closes || has_token(field.value, "close");
      keeps = keeps || has_token(field.value, "keep-alive");
    }
    if (field.name.size() == 14 && equal_ignoring_case(field.name, "content-length")) {
      ++lengths;
      std::uint64_t number = 0;
      if (field.value.empty() || field.value.size() > 18) return refuse(400, "bad Content-Length");
      for (const char c : field.value) {
        if (c < '0' || c > '9') return refuse(400, "bad Content-Length");
        number = number * 10 + static_cast<std::uint64_t>(c - '0');
      }
      head_.content_length = number;
    }
    if (field.name.size() == 17 && equal_ignoring_case(field.name, "transfer-encoding")) {
      ++codings;
      if (!equal_ignoring_case(field.value, "chunked")) return refuse(501, "unknown transfer coding");
    }
    if (field.name.size() == 6 && equal_ignoring_case(field.name, "expect")) {
      if (!equal_ignoring_case(field.value, "100-continue")) return refuse(417, "unknown expectation");
      head_.expects_continue = head_.version == 11;
    }
  }
  if (hosts > 1 || (hosts == 0 && head_.version == 11)) return refuse(400, "one Host is needed");
  if (lengths > 1 || codings > 1 || (lengths > 0 && codings > 0)) return refuse(400, "ambiguous body length");
  if (codings > 0 && head_.version == 10) return refuse(400, "chunked in HTTP/1.0");
  head_.chunked = codings > 0;
  head_.keep_alive = head_.version == 11 ? !closes : keeps && !closes;
}

}  // namespace cardea::http
