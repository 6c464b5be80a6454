// RequestParser and what stands behind it: how the bytes are cut into pieces must not matter, and nothing crashes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/compression.h"
#include "http/forwarded.h"
#include "http/proxy_protocol.h"
#include "http/request_builder.h"
#include "http/request_parser.h"

namespace {

using namespace cardea::http;

struct Outcome {
  RequestParser::State state = RequestParser::State::head;
  int refusal = 0;
  std::string method, target, body;
  std::size_t taken = 0;
  bool operator==(const Outcome&) const = default;
};

Outcome parse(std::string_view bytes, std::size_t step) {
  RequestParser parser({.header_bytes = 1024, .request_line = 256, .headers = 10});
  std::size_t begin = 0;
  for (std::size_t end = 0; end < bytes.size();) {
    end = std::min(bytes.size(), end + step);
    while (true) {
      const auto before = parser.state();
      const auto taken = parser.feed(bytes.substr(begin, end - begin));
      begin += taken;
      if (before == RequestParser::State::head && parser.state() == RequestParser::State::body) parser.limit_body(500);
      if (taken == 0 || begin == end) break;
    }
    if (parser.state() == RequestParser::State::done || parser.state() == RequestParser::State::refused) break;
  }
  Outcome outcome{parser.state(), 0, "", "", "", 0};
  if (outcome.state == RequestParser::State::refused) outcome.refusal = parser.refusal();
  if (outcome.state != RequestParser::State::done) return outcome;
  outcome.method = parser.head().method;
  outcome.target = parser.head().target;
  outcome.body = parser.body();
  outcome.taken = begin;
  static const std::vector<Cidr> kTrusted = *parse_cidrs({"127.0.0.0/8", "10.0.0.0/8"});
  const auto request = build_request(parser.head(), {*IpAddress::parse("127.0.0.1"), "127.0.0.1", false, kTrusted});
  if (request && choose_coding(request->header("Accept-Encoding").value_or("")) == Coding::gzip) outcome.refusal = 1;
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto whole = parse(bytes, size + 1);
  // Pieces: a body that is too large may be noticed before or after its framing is seen to be bad.
  const auto pieces = parse(bytes, 1);
  if (whole.state != pieces.state) std::abort();
  if (whole.state == RequestParser::State::done && !(whole == pieces)) std::abort();

  const auto proxy = parse_proxy_header(bytes);
  if (proxy.state == ProxyHeader::State::complete && proxy.size > size) std::abort();
  return 0;
}
