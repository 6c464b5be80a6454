#include "base/url.h"

#include <algorithm>
#include <charconv>

namespace cardea::base {
namespace {

constexpr std::size_t kMaxUrl = 8192;

bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_unreserved(char c) { return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~'; }
bool is_sub_delimiter(char c) { return std::string_view("!$&'()*+,;=").find(c) != std::string_view::npos; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return lower(c); });
  return out;
}

// Whether all of `text` is pchar (RFC 3986 §3.3), one of `more`, or a whole %XX.
bool is_component(std::string_view text, std::string_view more) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%') {
      if (text.size() - i < 3 || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) return false;
      i += 2;
    } else if (!is_unreserved(c) && !is_sub_delimiter(c) && more.find(c) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

bool is_scheme(std::string_view text) {
  if (text.empty() || !is_alpha(text[0])) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.'; });
}

// Four decimal numbers up to 255 without leading zeros.
bool is_ipv4(std::string_view text) {
  int parts = 0;
  while (true) {
    const auto dot = text.find('.');
    const auto part = text.substr(0, dot);
    if (part.empty() || part.size() > 3 || (part.size() > 1 && part[0] == '0')) return false;
    if (!std::all_of(part.begin(), part.end(), is_digit)) return false;
    int number = 0;
    std::from_chars(part.data(), part.data() + part.size(), number);
    if (number > 255) return false;
    ++parts;
    if (dot == std::string_view::npos) return parts == 4;
    text.remove_prefix(dot + 1);
  }
}

bool is_ipv6(std::string_view text) {
  if (text.size() < 2 || text.size() > 45) return false;
  int groups = 0;
  bool gap = false;
  if (text.starts_with("::")) {
    gap = true;
    text.remove_prefix(2);
  }
  while (!text.empty()) {
    const auto colon = text.find(':');
    const auto part = text.substr(0, colon);
    if (colon == std::string_view::npos && part.find('.') != std::string_view::npos) {
      if (!is_ipv4(part)) return false;
      groups += 2;
      break;
    }
    if (part.empty() || part.size() > 4 || !std::all_of(part.begin(), part.end(), is_hex)) return false;
    ++groups;
    if (colon == std::string_view::npos) break;
    text.remove_prefix(colon + 1);
    if (text.empty()) return false;
    if (text[0] == ':') {
      if (gap) return false;
      gap = true;
      text.remove_prefix(1);
    }
  }
  return gap ? groups < 8 : groups == 8;
}

// A name whose last label is a number is an IPv4 address to many programs (127.1, 0x7f000001, 2130706433): only the
// canonical form passes, so that two readers cannot see two hosts.
bool is_host_name(std::string_view host) {
  if (host.size() > 253) return false;
  for (const char c : host)
    if (!is_alpha(c) && !is_digit(c) && c != '-' && c != '.' && c != '_') return false;
  if (host.starts_with('.') || host.find("..") != std::string_view::npos) return false;
  auto labels = host;
  if (labels.ends_with('.')) labels.remove_suffix(1);
  const auto last = labels.substr(labels.rfind('.') + 1);
  const bool numeric =
      std::all_of(last.begin(), last.end(), is_digit) || (last.size() > 1 && last[0] == '0' && lower(last[1]) == 'x');
  return !numeric || is_ipv4(host);
}

Result<void> parse_authority(std::string_view text, Url& url) {
  if (const auto at = text.rfind('@'); at != std::string_view::npos) {
    url.user_info = std::string(text.substr(0, at));
    if (!is_component(url.user_info, ":")) return fail(Errc::invalid, "bad characters before '@'");
    text.remove_prefix(at + 1);
  }
  std::string_view port;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos || !is_ipv6(text.substr(1, close - 1)))
      return fail(Errc::invalid, "bad IPv6 address");
    url.host = lower(text.substr(1, close - 1));
    url.is_ipv6 = true;
    port = text.substr(close + 1);
  } else {
    const auto colon = text.find(':');
    if (!is_host_name(text.substr(0, colon))) return fail(Errc::invalid, "bad host");
    url.host = lower(text.substr(0, colon));
    port = colon == std::string_view::npos ? std::string_view() : text.substr(colon);
  }
  if (port.empty()) return {};
  unsigned number = 0;
  const auto [end, error] = std::from_chars(port.data() + 1, port.data() + port.size(), number);
  if (port[0] != ':' || error != std::errc() || end != port.data() + port.size() || number == 0 || number > 65535)
    return fail(Errc::invalid, "bad port");
  url.port = static_cast<std::uint16_t>(number);
  url.has_port = true;
  return {};
}

std::uint16_t default_port(std::string_view scheme) {
  if (scheme == "https") return 443;
  return scheme == "http" ? 80 : 0;
}

}  // namespace

Result<Url> Url::parse(std::string_view text) {
  if (text.size() > kMaxUrl) return fail(Errc::invalid, "longer than 8 KiB");
  Url url;
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || !is_scheme(text.substr(0, colon))) return fail(Errc::invalid, "no scheme");
  url.scheme = lower(text.substr(0, colon));
  text.remove_prefix(colon + 1);

  if (const auto hash = text.find('#'); hash != std::string_view::npos) {
    url.fragment = std::string(text.substr(hash + 1));
    if (!is_component(*url.fragment, ":@/?")) return fail(Errc::invalid, "bad characters in the fragment");
    text = text.substr(0, hash);
  }
  if (const auto question = text.find('?'); question != std::string_view::npos) {
    url.query = std::string(text.substr(question + 1));
    if (!is_component(*url.query, ":@/?")) return fail(Errc::invalid, "bad characters in the query");
    text = text.substr(0, question);
  }
  if (text.starts_with("//")) {
    url.has_authority = true;
    text.remove_prefix(2);
    const auto slash = text.find('/');
    if (auto done = parse_authority(text.substr(0, slash), url); !done) return pass_on(done);
    text = slash == std::string_view::npos ? std::string_view() : text.substr(slash);
  }
  if (!is_component(text, ":@/")) return fail(Errc::invalid, "bad characters in the path");
  url.path = std::string(text);
  if (url.is_http() && url.host.empty()) return fail(Errc::invalid, "no host");
  if (!url.has_port) url.port = default_port(url.scheme);
  return url;
}

bool Url::is_loopback() const {
  if (is_ipv6) return host == "::1" || host == "0:0:0:0:0:0:0:1";
  return host == "localhost" || (host.starts_with("127.") && is_ipv4(host));
}

std::string Url::authority() const {
  std::string out = is_ipv6 ? "[" + host + "]" : host;
  if (has_port && port != default_port(scheme)) out += ":" + std::to_string(port);
  return out;
}

std::string Url::origin() const { return is_http() ? scheme + "://" + authority() : std::string(); }

std::string Url::to_string() const {
  std::string out = scheme + ":";
  if (has_authority) {
    out += "//";
    if (!user_info.empty()) out += user_info + "@";
    out += is_ipv6 ? "[" + host + "]" : host;
    if (has_port) out += ":" + std::to_string(port);
  }
  out += path;
  if (query) out += "?" + *query;
  if (fragment) out += "#" + *fragment;
  return out;
}

}  // namespace cardea::base
