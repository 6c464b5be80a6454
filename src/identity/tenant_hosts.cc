#include "identity/tenant_hosts.h"

#include <algorithm>
#include <stdexcept>

#include "http/cidr.h"

namespace cardea::identity {
namespace {

constexpr std::size_t kMaxHost = 253 + 6;  // a name and ":65535"
constexpr std::string_view kLocalhost = "localhost";

base::Url parse_base(std::string_view base_url) {
  auto url = base::Url::parse(base_url);
  if (!url || !url->is_http()) throw std::invalid_argument("public.base_url is not a URL");
  return std::move(*url);
}

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == ':' || c == '[' ||
         c == ']';
}

bool is_loopback(std::string_view name) {
  if (name == kLocalhost) return true;
  const auto address = http::IpAddress::parse(name);
  return address && address->is_loopback();
}

// The one label before ".<parent>"; empty when `name` is not such a name.
std::string_view label_before(std::string_view name, std::string_view parent) {
  if (name.size() <= parent.size() + 1 || !name.ends_with(parent)) return {};
  name.remove_suffix(parent.size());
  if (name.back() != '.') return {};
  name.remove_suffix(1);
  return name.find('.') == std::string_view::npos ? name : std::string_view{};
}

// Without the port; an IPv6 literal without its brackets.
std::string_view name_of(std::string_view authority) {
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    return end == std::string_view::npos ? std::string_view{} : authority.substr(1, end - 1);
  }
  auto name = authority.substr(0, authority.find(':'));
  if (name.ends_with('.')) name.remove_suffix(1);
  return name;
}

}  // namespace

TenantHosts::TenantHosts(std::string_view base_url) : base_(parse_base(base_url)) {}

TenantHosts::Host TenantHosts::classify(std::string_view text) const {
  Host host;
  if (text.empty() || text.size() > kMaxHost) return host;
  host.authority.assign(text);
  for (char& c : host.authority)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (!std::ranges::all_of(host.authority, is_host_character)) return Host{};
  host.name = name_of(host.authority);

  if (host.name == base_.host || is_loopback(host.name)) {
    host.kind = Kind::base;
    return host;
  }
  auto label = label_before(host.name, base_.host);
  if (label.empty()) label = label_before(host.name, kLocalhost);
  if (!label.empty()) {
    host.kind = Kind::tenant;
    host.label = label;
  }
  return host;
}

std::string TenantHosts::tenant_authority(std::string_view label) const {
  const bool named = !base_.is_ipv6 && !http::IpAddress::parse(base_.host);
  if (named) return std::string(label) + "." + base_.authority();
  std::string authority = std::string(label) + "." + std::string(kLocalhost);
  if (base_.has_port) authority += ":" + std::to_string(base_.port);
  return authority;
}

std::string TenantHosts::issuer_of(std::string_view authority) const {
  return base_.scheme + "://" + std::string(authority) + "/";
}

}  // namespace cardea::identity
