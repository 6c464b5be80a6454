#pragma once

#include <memory>
#include <shared_mutex>
#include <string>
#include <unordered_map>

#include "base/json.h"
#include "identity/request_context.h"

namespace cardea::oauth {

// The metadata of the authorization server (OpenID Connect Discovery 1.0 §3, RFC 8414 §2; reference §6). Only what this
// server really does is in it.
base::json::object discovery_metadata(const model::Tenant& tenant, std::string_view issuer);

// The document as text, made once for each tenant snapshot and issuer. Safe from any thread.
class DiscoveryDocuments {
 public:
  explicit DiscoveryDocuments(std::size_t max_documents = 10'000) : max_documents_(max_documents) {}

  std::shared_ptr<const std::string> document(const identity::RequestContext& context);

 private:
  struct Kept {
    std::weak_ptr<const identity::TenantSnapshot> snapshot;  // of which it was made
    std::shared_ptr<const std::string> text;
  };

  const std::size_t max_documents_;
  std::shared_mutex mutex_;
  std::unordered_map<std::string, Kept> by_issuer_;
};

}  // namespace cardea::oauth
