#include "http/forwarded.h"

#include <algorithm>

namespace cardea::http {
namespace {

constexpr std::size_t kMaxHops = 32;

struct Hop {
  std::string from, scheme, host;
};

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  return out;
}

bool is_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Splits at `separator` outside of quoted strings.
std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> out;
  bool quoted = false;
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && quoted)
      ++i;
    else if (text[i] == '"')
      quoted = !quoted;
    else if (text[i] == separator && !quoted) {
      out.push_back(trim(text.substr(start, i - start)));
      start = i + 1;
    }
  }
  out.push_back(trim(text.substr(start)));
  return out;
}

std::string unquote(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return std::string(text);
  std::string out;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    if (text[i] == '\\' && i + 2 < text.size()) ++i;
    out.push_back(text[i]);
  }
  return out;
}

// All values of a list header as one list, from the first hop to the last.
std::vector<std::string_view> list(const Headers& headers, std::string_view name) {
  std::vector<std::string_view> out;
  for (const auto value : headers.all(name))
    for (const auto item : split(value, ',')) out.push_back(item);
  return out;
}

std::vector<Hop> hops_of_forwarded(const Headers& headers) {
  std::vector<Hop> hops;
  for (const auto element : list(headers, "Forwarded")) {
    Hop hop;
    for (const auto pair : split(element, ';')) {
      const auto equals = pair.find('=');
      if (equals == std::string_view::npos) continue;
      const auto name = pair.substr(0, equals);
      auto value = unquote(pair.substr(equals + 1));
      if (equal_ignoring_case(name, "for"))
        hop.from = std::move(value);
      else if (equal_ignoring_case(name, "proto"))
        hop.scheme = std::move(value);
      else if (equal_ignoring_case(name, "host"))
        hop.host = std::move(value);
    }
    hops.push_back(std::move(hop));
  }
  return hops;
}

// The shorter lists align at the right: the proxy next to us wrote the last values.
std::vector<Hop> hops_of_x_headers(const Headers& headers) {
  std::vector<Hop> hops;
  for (const auto from : list(headers, "X-Forwarded-For")) hops.push_back({std::string(from), "", ""});
  const auto schemes = list(headers, "X-Forwarded-Proto");
  const auto hosts = list(headers, "X-Forwarded-Host");
  if (hops.empty() && (!schemes.empty() || !hosts.empty())) hops.emplace_back();
  for (std::size_t i = 0; i < hops.size(); ++i) {
    Hop& hop = hops[hops.size() - 1 - i];
    if (!schemes.empty()) hop.scheme = schemes[schemes.size() - 1 - std::min(i, schemes.size() - 1)];
    if (!hosts.empty()) hop.host = hosts[hosts.size() - 1 - std::min(i, hosts.size() - 1)];
  }
  return hops;
}

// "1.2.3.4", "1.2.3.4:80", "::1", "[::1]", "[::1]:80".
std::optional<IpAddress> address_of(std::string_view text) {
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    const auto rest = text.substr(close + 1);
    if (!rest.empty() && (rest[0] != ':' || !is_digits(rest.substr(1)))) return std::nullopt;
    return IpAddress::parse(text.substr(1, close - 1));
  }
  if (const auto whole = IpAddress::parse(text)) return whole;
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || !is_digits(text.substr(colon + 1))) return std::nullopt;
  return IpAddress::parse(text.substr(0, colon));
}

}  // namespace

ClientView see_client(const IpAddress& peer, const std::vector<Cidr>& trusted, const Headers& headers) {
  ClientView client{peer, false, std::nullopt, std::nullopt};
  const bool has_forwarded = headers.has("Forwarded");
  client.forwarded = has_forwarded || headers.has("X-Forwarded-For");
  if (!any_contains(trusted, peer)) return client;

  const auto hops = has_forwarded ? hops_of_forwarded(headers) : hops_of_x_headers(headers);
  for (std::size_t i = 0; i < std::min(hops.size(), kMaxHops); ++i) {
    const Hop& hop = hops[hops.size() - 1 - i];
    if (const auto scheme = lower(hop.scheme); scheme == "http" || scheme == "https") client.scheme = scheme;
    if (auto host = parse_host(hop.host)) client.host = std::move(host);
    const auto address = address_of(hop.from);
    if (!address) break;
    client.address = *address;
    if (!any_contains(trusted, *address)) break;
  }
  return client;
}

std::optional<std::string> parse_host(std::string_view text) {
  if (text.empty() || text.size() > 260) return std::nullopt;
  std::string_view port;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos || !IpAddress::parse(text.substr(1, close - 1))) return std::nullopt;
    port = text.substr(close + 1);
    if (!port.empty() && port[0] != ':') return std::nullopt;
  } else {
    const auto colon = text.find(':');
    const auto name = text.substr(0, colon);
    if (name.empty() || name.front() == '.' || name.find("..") != std::string_view::npos) return std::nullopt;
    for (const char c : name) {
      const bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                        c == '.' || c == '_';
      if (!good) return std::nullopt;
    }
    port = colon == std::string_view::npos ? std::string_view() : text.substr(colon);
  }
  if (!port.empty() && (!is_digits(port.substr(1)) || port.size() > 6)) return std::nullopt;
  return lower(text);
}

bool is_loopback_host(std::string_view host) {
  if (host.starts_with('[')) return host.starts_with("[::1]");
  const auto name = lower(host.substr(0, host.find(':')));
  if (name == "localhost" || name.ends_with(".localhost")) return true;
  const auto address = IpAddress::parse(name);
  return address && address->is_loopback();
}

}  // namespace cardea::http
