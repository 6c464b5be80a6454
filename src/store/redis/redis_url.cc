#include "store/redis/redis_url.h"

#include <charconv>
#include <optional>

#include "base/percent.h"

namespace cardea::store {
namespace {

constexpr std::string_view kForm =
    "sessions.store: not of the form redis://[user:password@]host:port[,host:port…][/database][?sentinel=NAME or "
    "?cluster=true]";

// What is before the separator; `rest` keeps what is after it. All of it when there is none.
std::string_view cut(std::string_view& rest, char separator) {
  const auto at = rest.find(separator);
  const auto first = rest.substr(0, at);
  rest = at == std::string_view::npos ? std::string_view() : rest.substr(at + 1);
  return first;
}

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<RedisAddress> address(std::string_view text) {
  RedisAddress out;
  std::string_view port;
  if (text.starts_with('[')) {  // IPv6
    const auto end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    out.host = text.substr(1, end - 1);
    port = text.substr(end + 1);
    if (!port.empty() && !port.starts_with(':')) return std::nullopt;
    if (!port.empty()) port.remove_prefix(1);
  } else {
    port = text;
    out.host = cut(port, ':');
  }
  if (out.host.empty()) return std::nullopt;
  if (port.empty()) return out;
  const auto value = number<std::uint16_t>(port);
  if (!value || *value == 0) return std::nullopt;
  out.port = *value;
  return out;
}

bool read_login(std::string_view text, RedisUrl& url) {
  const auto user = base::percent_decode(cut(text, ':'));
  const auto password = base::percent_decode(text);
  if (!user || !password) return false;
  url.user = *user;
  url.password = *password;
  return true;
}

bool read_option(std::string_view text, RedisUrl& url) {
  const auto name = cut(text, '=');
  if (name == "cluster" && text == "true") {
    url.topology = RedisUrl::Topology::cluster;
    return true;
  }
  const auto value = base::percent_decode(text);
  if (name != "sentinel" || !value || value->empty()) return false;
  url.topology = RedisUrl::Topology::sentinel;
  url.master_name = *value;
  return true;
}

}  // namespace

base::Result<RedisUrl> RedisUrl::parse(std::string_view text) {
  const auto wrong = [] { return base::fail(base::Errc::invalid, std::string(kForm)); };
  if (text.starts_with("rediss://"))
    return base::fail(base::Errc::invalid, "sessions.store: Redis over TLS is not supported; use a tunnel");
  if (!text.starts_with("redis://")) return wrong();
  text.remove_prefix(8);

  RedisUrl url;
  auto options = text;
  text = cut(options, '?');
  if (!options.empty() && !read_option(options, url)) return wrong();
  if (const auto at = text.rfind('@'); at != std::string_view::npos) {
    if (!read_login(text.substr(0, at), url)) return wrong();
    text.remove_prefix(at + 1);
  }
  auto database = text;
  auto hosts = cut(database, '/');
  if (!database.empty()) {
    const auto value = number<int>(database);
    if (!value || *value < 0 || (*value > 0 && url.topology == Topology::cluster)) return wrong();
    url.database = *value;
  }
  if (hosts.ends_with(',')) return wrong();
  do {
    auto host = address(cut(hosts, ','));
    if (!host) return wrong();
    url.hosts.push_back(std::move(*host));
  } while (!hosts.empty());
  return url;
}

}  // namespace cardea::store
