#include "oauth/redirect_uri.h"

#include <algorithm>

#include "base/url.h"

namespace cardea::oauth {
namespace {

constexpr std::string_view kAnyLabel = "://*.";

bool has_dot_segment(std::string_view path) {
  for (std::size_t at = 0; at < path.size();) {
    const auto end = std::min(path.find('/', at), path.size());
    const auto segment = path.substr(at, end - at);
    if (segment == "." || segment == "..") return true;
    at = end + 1;
  }
  return false;
}

bool is_plain_uri(std::string_view uri) {
  const auto url = base::Url::parse(uri);
  return url && !url->fragment && url->user_info.empty() && !has_dot_segment(url->path);
}

bool is_host_label(std::string_view label) {
  return !label.empty() && label.size() <= 63 && std::ranges::all_of(label, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
}

// Equal, or the pattern's "*" fills in for one label.
bool same_but_for_label(std::string_view pattern, std::string_view uri) {
  if (pattern == uri) return true;
  const auto star = pattern.find(kAnyLabel);
  if (star == std::string_view::npos) return false;
  const auto head = pattern.substr(0, star + 3);  // "https://"
  const auto tail = pattern.substr(star + 4);     // ".example.com/callback"
  if (!uri.starts_with(head) || !uri.ends_with(tail) || uri.size() <= head.size() + tail.size()) return false;
  return is_host_label(uri.substr(head.size(), uri.size() - head.size() - tail.size()));
}

std::string_view without_query(std::string_view uri) { return uri.substr(0, uri.find_first_of("?#")); }

// "https://host:port" of a pattern, as written; empty when there is no authority.
std::string_view origin_part(std::string_view pattern) {
  const auto scheme = pattern.find("://");
  if (scheme == std::string_view::npos) return {};
  return pattern.substr(0, pattern.find_first_of("/?#", scheme + 3));
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

// A browser leaves the default port out of the Origin header.
std::string_view without_default_port(std::string_view origin) {
  if (origin.starts_with("https://") && origin.ends_with(":443")) origin.remove_suffix(4);
  if (origin.starts_with("http://") && origin.ends_with(":80")) origin.remove_suffix(3);
  return origin;
}

}  // namespace

bool matches_callback(std::string_view pattern, std::string_view uri) {
  return is_plain_uri(uri) && same_but_for_label(pattern, uri);
}

bool is_callback(const std::vector<std::string>& callbacks, std::string_view uri) {
  return is_plain_uri(uri) &&
         std::ranges::any_of(callbacks, [&](const auto& pattern) { return same_but_for_label(pattern, uri); });
}

bool matches_logout_url(std::string_view pattern, std::string_view uri) {
  const auto bare = without_query(uri);
  return base::Url::parse(uri) && is_plain_uri(bare) && same_but_for_label(without_query(pattern), bare);
}

bool is_logout_url(const std::vector<std::string>& allowed, std::string_view uri) {
  return std::ranges::any_of(allowed, [&](const auto& pattern) { return matches_logout_url(pattern, uri); });
}

bool matches_origin(std::string_view pattern, std::string_view origin) {
  const auto wanted = lower(origin_part(pattern));
  return !wanted.empty() && same_but_for_label(without_default_port(wanted), origin);
}

bool is_local_callback(std::string_view uri) {
  const auto url = base::Url::parse(uri);
  return url && url->is_http() && url->is_loopback();
}

}  // namespace cardea::oauth
