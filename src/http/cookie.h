#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cardea::http {

// The cookies of a request (RFC 6265 §5.4). Tolerant: a piece that is no name=value is skipped, quotes around a value
// are taken off. Reads at most kMaxCookies. Holds views: the text must outlive it.
class Cookies {
 public:
  static constexpr std::size_t kMaxCookies = 200;

  Cookies() = default;
  static Cookies parse(std::string_view cookie_header);
  // Adds those of a further Cookie header.
  void add(std::string_view cookie_header);

  // The first of that name; names compare exactly. A browser sends the one with the longest path first.
  std::optional<std::string_view> get(std::string_view name) const;
  std::vector<std::string_view> all(std::string_view name) const;
  std::size_t size() const { return cookies_.size(); }

 private:
  std::vector<std::pair<std::string_view, std::string_view>> cookies_;
};

enum class SameSite { strict, lax, none };

// One Set-Cookie header. The defaults are those of a session cookie on HTTPS.
struct SetCookie {
  std::string name;
  std::string value;  // characters that a cookie may not hold (RFC 6265 §4.1.1) make to_header() leave the value empty
  std::string path = "/";
  std::string domain;                           // empty: this host only
  std::optional<std::chrono::seconds> max_age;  // absent: until the browser closes; zero or less: delete it now
  bool http_only = true;
  bool secure = true;
  SameSite same_site = SameSite::lax;

  // The header's value: "name=value; Path=/; HttpOnly; Secure; SameSite=Lax".
  std::string to_header() const;
  // One that makes the browser forget `name`; path and domain must be those it was set with.
  static SetCookie forget(std::string name, std::string path = "/");
};

}  // namespace cardea::http
