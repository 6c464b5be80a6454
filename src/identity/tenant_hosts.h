#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/url.h"

namespace cardea::identity {

// What a Host header says about the tenant, and which issuer belongs to a tenant's host (DESIGN.md, Addressing).
// Immutable; safe from any thread.
class TenantHosts {
 public:
  // `base_url`: "https://id.example.com[:port]". Something that is no such URL is a bug in the wiring
  // (std::invalid_argument): the configuration has been checked.
  explicit TenantHosts(std::string_view base_url);

  enum class Kind {
    base,    // the host of base_url, or this machine (127.0.0.0/8, ::1, localhost, any port): the default tenant
    tenant,  // <label>.<host of base_url> or <label>.localhost
    other    // perhaps a custom domain
  };
  struct Host {
    Kind kind = Kind::other;
    std::string label;      // of Kind::tenant
    std::string name;       // without the port, lower case, without a trailing dot
    std::string authority;  // with the port, as it was given
  };
  // `host`: host[:port]. What cannot be a host is `other` with an empty name.
  Host classify(std::string_view host) const;

  // "https://id.example.com:8443/" and the authority within it.
  std::string base_issuer() const { return issuer_of(base_authority()); }
  std::string base_authority() const { return base_.authority(); }
  // Of <label>.<host of base_url>, with base_url's port. An address has no subdomains: then <label>.localhost.
  std::string tenant_authority(std::string_view label) const;
  std::string issuer_of(std::string_view authority) const;

 private:
  base::Url base_;
};

}  // namespace cardea::identity
