#include "http/request_builder.h"

#include <algorithm>

#include "base/percent.h"
#include "http/forwarded.h"

namespace cardea::http {
namespace {

// Percent-decoded but for encoded slashes; nullopt: malformed, not UTF-8, or NUL.
std::optional<std::string> decode_path(std::string_view raw) {
  if (raw.find('%') == std::string_view::npos) return std::string(raw);
  std::string kept;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const auto triple = raw.substr(i, 3);
    if (equal_ignoring_case(triple, "%2f")) {
      kept += "%252F";
      i += 2;
    } else {
      kept.push_back(raw[i]);
    }
  }
  auto out = base::percent_decode(kept);
  if (!out || out->find('\0') != std::string::npos || !base::is_utf8(*out)) return std::nullopt;
  return out;
}

// RFC 9112 §3.2: takes scheme and authority off an absolute target; the authority replaces Host.
bool make_origin_form(std::string& target, std::string& host) {
  const bool absolute = target.starts_with("http://") || target.starts_with("https://");
  if (!absolute) return target.starts_with('/') || target == "*";
  const auto start = target.find("://") + 3;
  const auto end = std::min(target.find_first_of("/?", start), target.size());
  host = target.substr(start, end - start);
  target.erase(0, end);
  if (!target.starts_with('/')) target.insert(0, "/");
  return !host.empty();
}

}  // namespace

bool is_sane_request_id(std::string_view text) {
  if (text.size() < 8 || text.size() > 64) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  });
}

std::expected<Request, int> build_request(RequestHead& head, const Arrival& arrival) {
  Request request;
  std::string host(head.headers.get("Host").value_or(""));
  if (!make_origin_form(head.target, host)) return std::unexpected(400);
  const bool printable =
      std::all_of(head.target.begin(), head.target.end(), [](char c) { return c > ' ' && c < 0x7F && c != '#'; });
  if (!printable) return std::unexpected(400);

  const auto question = head.target.find('?');
  auto path = decode_path(std::string_view(head.target).substr(0, question));
  if (!path) return std::unexpected(400);
  request.path = std::move(*path);
  if (question != std::string::npos) request.query = head.target.substr(question + 1);

  if (!host.empty() || head.version == 11) {
    auto named = parse_host(host);
    if (!named) return std::unexpected(400);
    request.host = std::move(*named);
  }
  auto client = see_client(arrival.peer, arrival.trusted, head.headers);
  request.scheme = client.scheme.value_or(arrival.tls ? "https" : "http");
  if (client.host) request.host = std::move(*client.host);
  request.remote_address = client.address == arrival.peer ? std::string(arrival.peer_text) : client.address.to_string();
  request.from_loopback = !client.forwarded && client.address.is_loopback();
  if (const auto id = head.headers.get("x-request-id");
      id && is_sane_request_id(*id) && any_contains(arrival.trusted, arrival.peer))
    request.request_id = std::string(*id);

  request.method = std::move(head.method);
  request.target = std::move(head.target);
  request.headers = std::move(head.headers);
  return request;
}

}  // namespace cardea::http
