#include "store/sql/mysql_url.h"

#include <fmt/core.h>

#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "base/percent.h"

namespace cardea::store {
namespace {

constexpr std::string_view kForm = "store.url: not of the form mysql://user:password@host:port/database";

std::unexpected<base::Error> not_one() { return base::fail(base::Errc::invalid, std::string(kForm)); }

// What is before `separator`, which goes with it. All of `text` when there is none.
std::string_view take_until(std::string_view& text, char separator) {
  const auto end = text.find(separator);
  const auto out = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return out;
}

std::optional<unsigned> number_in(std::string_view text, unsigned least, unsigned most) {
  unsigned out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{} || end != text.data() + text.size() || out < least || out > most) return std::nullopt;
  return out;
}

// Never with a byte 0, where the client library would cut it.
std::optional<std::string> decoded(std::string_view text) {
  auto out = base::percent_decode(text);
  if (!out || out->find('\0') != std::string::npos) return std::nullopt;
  return out;
}

std::optional<MysqlTarget::Host> read_host(std::string_view text) {
  MysqlTarget::Host out;
  std::string_view name = text, port;
  if (text.starts_with('[')) {  // an IPv6 address
    const auto end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    name = text.substr(1, end - 1);
    port = text.substr(end + 1);
  } else if (const auto colon = text.find(':'); colon != std::string_view::npos) {
    name = text.substr(0, colon);
    port = text.substr(colon);
  }
  const auto read = decoded(name);
  if (!read || read->empty()) return std::nullopt;
  out.name = *read;
  if (port.empty()) return out;
  const auto number = port.starts_with(':') ? number_in(port.substr(1), 1, 65535) : std::nullopt;
  if (!number) return std::nullopt;
  out.port = *number;
  return out;
}

bool read_hosts(std::string_view text, MysqlTarget& out) {
  if (text.empty()) out.hosts.push_back({"localhost"});
  while (!text.empty()) {
    auto host = read_host(take_until(text, ','));
    if (!host) return false;
    out.hosts.push_back(std::move(*host));
  }
  return true;
}

std::optional<MysqlTls> read_tls(std::string_view name) {
  using enum MysqlTls;
  constexpr std::array<std::pair<std::string_view, MysqlTls>, 5> kModes{{{"disabled", disabled},
                                                                         {"preferred", preferred},
                                                                         {"required", required},
                                                                         {"verify_ca", verify_ca},
                                                                         {"verify_identity", verify_identity}}};
  for (const auto& [known, mode] : kModes)
    if (name == known) return mode;
  return std::nullopt;
}

// Empty, or what is wrong with it.
std::string read_option(std::string_view name, std::string value, MysqlTarget& out) {
  const std::array<std::pair<std::string_view, std::string*>, 4> texts{
      {{"ssl-ca", &out.ca}, {"ssl-cert", &out.certificate}, {"ssl-key", &out.key}, {"socket", &out.socket}}};
  for (const auto& [known, member] : texts) {
    if (name != known) continue;
    *member = std::move(value);
    return {};
  }
  if (name == "ssl-mode") {
    const auto mode = read_tls(value);
    if (!mode) return "store.url: ssl-mode is disabled, preferred, required, verify_ca or verify_identity";
    out.tls = *mode;
    return {};
  }
  if (name == "connect_timeout") {
    const auto seconds = number_in(value, 1, 60);
    if (!seconds) return "store.url: connect_timeout is a number of seconds from 1 to 60";
    out.connect_timeout = *seconds;
    return {};
  }
  return "store.url: of options, mysql:// knows ssl-mode, ssl-ca, ssl-cert, ssl-key, connect_timeout and socket";
}

}  // namespace

std::string MysqlTarget::place() const {
  if (!socket.empty()) return fmt::format("{}/{}", socket, database);
  std::string out;
  for (const auto& host : hosts) out += fmt::format("{}{}:{}", out.empty() ? "" : ",", host.name, host.port);
  return fmt::format("{}/{}", out, database);
}

base::Result<MysqlTarget> parse_mysql_url(std::string_view url) {
  constexpr std::string_view kScheme = "mysql://";
  if (!url.starts_with(kScheme)) return not_one();
  url.remove_prefix(kScheme.size());
  auto before_query = take_until(url, '?');
  const auto at = before_query.rfind('@');
  if (at == std::string_view::npos) return not_one();
  auto user_text = before_query.substr(0, at);
  auto place = before_query.substr(at + 1);

  MysqlTarget out;
  const auto user = decoded(take_until(user_text, ':')), password = decoded(user_text);
  const auto hosts = take_until(place, '/');
  const auto database = decoded(place);
  if (!user || user->empty() || !password || !database || database->empty() || !read_hosts(hosts, out))
    return not_one();
  out.user = *user;
  out.password = *password;
  out.database = *database;
  while (!url.empty()) {
    auto value = take_until(url, '&');
    const auto name = take_until(value, '=');
    auto text = decoded(value);
    if (!text) return not_one();
    if (auto wrong = read_option(name, std::move(*text), out); !wrong.empty())
      return base::fail(base::Errc::invalid, std::move(wrong));
  }
  if (out.tls == MysqlTls::verify_ca && out.ca.empty())
    return base::fail(base::Errc::invalid, "store.url: ssl-mode=verify_ca needs ssl-ca=FILE");
  return out;
}

}  // namespace cardea::store
