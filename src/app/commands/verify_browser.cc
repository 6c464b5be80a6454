#include "app/commands/verify_browser.h"

#include <fmt/format.h>

#include <algorithm>

namespace cardea::app {
namespace {

constexpr int kMostRedirects = 15;

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

// Cuts the piece before the next ';' off.
std::string_view next_piece(std::string_view& rest) {
  const auto semicolon = rest.find(';');
  const auto piece = trimmed(rest.substr(0, semicolon));
  rest.remove_prefix(semicolon == std::string_view::npos ? rest.size() : semicolon + 1);
  return piece;
}

bool domain_covers(std::string_view domain, std::string_view host) {
  return host == domain || (host.ends_with(domain) && host[host.size() - domain.size() - 1] == '.');
}

bool path_covers(std::string_view cookie_path, std::string_view path) {
  if (path.empty()) path = "/";
  return path == cookie_path ||
         (path.starts_with(cookie_path) && (cookie_path.ends_with('/') || path[cookie_path.size()] == '/'));
}

std::string default_path(const base::Url& url) {
  const auto slash = url.path.rfind('/');
  return slash == std::string::npos || slash == 0 ? "/" : url.path.substr(0, slash);
}

}  // namespace

std::string resolve_address(const base::Url& page, std::string_view reference) {
  const auto origin = fmt::format("{}://{}", page.scheme, page.authority());
  const auto path = page.path.empty() ? std::string("/") : page.path;
  reference = reference.substr(0, reference.find('#'));
  if (reference.empty()) return origin + path + (page.query ? "?" + *page.query : "");
  if (base::Url::parse(reference)) return std::string(reference);
  if (reference.starts_with("//")) return fmt::format("{}:{}", page.scheme, reference);
  if (reference.starts_with('/')) return fmt::format("{}{}", origin, reference);
  if (reference.starts_with('?')) return fmt::format("{}{}{}", origin, path, reference);
  return fmt::format("{}{}{}", origin, path.substr(0, path.rfind('/') + 1), reference);
}

void CookieJar::take(const base::Url& url, std::string_view set_cookie) {
  const auto pair = next_piece(set_cookie);
  const auto equals = pair.find('=');
  if (equals == std::string_view::npos || equals == 0) return;
  Cookie cookie{std::string(pair.substr(0, equals)), std::string(pair.substr(equals + 1)), url.host, default_path(url)};
  bool forget = false;
  while (!set_cookie.empty()) {
    const auto piece = next_piece(set_cookie);
    const auto at = piece.find('=');
    const auto name = lower(trimmed(piece.substr(0, at)));
    const auto value = at == std::string_view::npos ? std::string_view() : trimmed(piece.substr(at + 1));
    if (name == "path" && value.starts_with('/')) cookie.path = value;
    if (name == "secure") cookie.secure = true;
    if (name == "max-age") forget = value.starts_with('-') || value == "0";
    if (name == "domain" && !value.empty()) {
      cookie.domain = lower(value.starts_with('.') ? value.substr(1) : value);
      cookie.host_only = false;
      if (!domain_covers(cookie.domain, url.host)) return;
    }
  }
  std::erase_if(cookies_, [&](const Cookie& old) {
    return old.name == cookie.name && old.domain == cookie.domain && old.path == cookie.path;
  });
  if (!forget) cookies_.push_back(std::move(cookie));
}

std::string CookieJar::header_for(const base::Url& url) const {
  std::string out;
  for (const auto& cookie : cookies_) {
    const bool wanted = (cookie.host_only ? url.host == cookie.domain : domain_covers(cookie.domain, url.host)) &&
                        path_covers(cookie.path, url.path) &&
                        (!cookie.secure || url.scheme == "https" || url.is_loopback());
    if (wanted) out += fmt::format("{}{}={}", out.empty() ? "" : "; ", cookie.name, cookie.value);
  }
  return out;
}

base::awaitable<base::Result<PageVisit>> VerifyBrowser::open(std::string url) {
  http::OutgoingRequest request;
  request.url = std::move(url);
  co_return co_await go(std::move(request));
}

base::awaitable<base::Result<PageVisit>> VerifyBrowser::submit(std::string page_url, HtmlForm form) {
  const auto page = base::Url::parse(page_url);
  if (!page) co_return base::fail(base::Errc::unavailable, "the form is on no page");
  http::OutgoingRequest request;
  request.method = "POST";
  request.url = resolve_address(*page, form.action);
  request.headers.set("Content-Type", "application/x-www-form-urlencoded");
  request.headers.set("Origin", page->origin());
  request.body = base::form_encode(form.fields);
  co_return co_await go(std::move(request));
}

base::awaitable<base::Result<PageVisit>> VerifyBrowser::go(http::OutgoingRequest request) {
  request.headers.set("Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8");
  request.timeout = timeout_;
  for (int redirects = 0; redirects <= kMostRedirects; ++redirects) {
    auto url = base::Url::parse(request.url);
    if (!url || !url->is_http())
      co_return base::fail(base::Errc::unavailable, "was sent to something that is no http(s) address");
    if (const auto cookies = cookies_.header_for(*url); !cookies.empty())
      request.headers.set("Cookie", cookies);
    else
      request.headers.remove("Cookie");

    const auto what = fmt::format("{} {}", request.method, url->path);
    auto answer = co_await client_.send(request);
    if (!answer) co_return base::fail(answer.error().code, fmt::format("{}: {}", what, answer.error().reason));
    for (const auto cookie : answer->headers.all("Set-Cookie")) cookies_.take(*url, cookie);

    const auto location = answer->headers.get("Location");
    if (answer->status < 300 || answer->status > 399 || !location)
      co_return PageVisit{std::move(request.url), answer->status, std::move(answer->body), false};
    request.url = resolve_address(*url, *location);
    if (request.url.starts_with(callback_)) co_return PageVisit{std::move(request.url), answer->status, {}, true};
    if (answer->status != 307 && answer->status != 308) {
      request.method = "GET";
      request.body.clear();
      request.headers.remove("Content-Type");
      request.headers.remove("Origin");
    }
  }
  co_return base::fail(base::Errc::unavailable, fmt::format("more than {} redirects", kMostRedirects));
}

}  // namespace cardea::app
