#include "http/cookie.h"

#include <algorithm>

namespace cardea::http {
namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// RFC 6265 §4.1.1, cookie-octet.
bool is_cookie_octet(char c) {
  return c == '!' || (c >= '#' && c <= '+') || (c >= '-' && c <= ':') || (c >= '<' && c <= '[') ||
         (c >= ']' && c <= '~');
}

// RFC 9110 §5.6.2.
bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c < 0x7F && std::string_view("()<>@,;:\\\"/[]?={}").find(c) == std::string_view::npos;
  });
}

bool is_attribute(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7F && c != ';'; });
}

const char* to_text(SameSite same_site) {
  switch (same_site) {
    case SameSite::strict:
      return "Strict";
    case SameSite::lax:
      return "Lax";
    case SameSite::none:
      return "None";
  }
  return "Lax";
}

}  // namespace

Cookies Cookies::parse(std::string_view cookie_header) {
  Cookies cookies;
  cookies.add(cookie_header);
  return cookies;
}

void Cookies::add(std::string_view text) {
  while (!text.empty() && cookies_.size() < kMaxCookies) {
    const auto end = text.find(';');
    const auto piece = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    const auto equals = piece.find('=');
    if (equals == std::string_view::npos) continue;
    const auto name = trim(piece.substr(0, equals));
    auto value = trim(piece.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    if (is_token(name)) cookies_.emplace_back(name, value);
  }
}

std::optional<std::string_view> Cookies::get(std::string_view name) const {
  for (const auto& cookie : cookies_)
    if (cookie.first == name) return cookie.second;
  return std::nullopt;
}

std::vector<std::string_view> Cookies::all(std::string_view name) const {
  std::vector<std::string_view> out;
  for (const auto& cookie : cookies_)
    if (cookie.first == name) out.push_back(cookie.second);
  return out;
}

std::string SetCookie::to_header() const {
  std::string out = is_token(name) ? name : std::string("invalid");
  out += '=';
  if (std::all_of(value.begin(), value.end(), is_cookie_octet)) out += value;
  if (!path.empty() && is_attribute(path)) out += "; Path=" + path;
  if (!domain.empty() && is_attribute(domain)) out += "; Domain=" + domain;
  if (max_age) out += "; Max-Age=" + std::to_string(std::max<std::int64_t>(0, max_age->count()));
  if (http_only) out += "; HttpOnly";
  if (secure) out += "; Secure";
  out += "; SameSite=";
  out += to_text(same_site);
  return out;
}

SetCookie SetCookie::forget(std::string name, std::string path) {
  SetCookie cookie;
  cookie.name = std::move(name);
  cookie.path = std::move(path);
  cookie.max_age = std::chrono::seconds(0);
  return cookie;
}

}  // namespace cardea::http
