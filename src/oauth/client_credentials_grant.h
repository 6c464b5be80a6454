#pragma once

#include "oauth/grant.h"

namespace cardea::oauth {

// grant_type=client_credentials (RFC 6749 §4.4): a confidential client acts for itself, with the scopes of its client
// grant for the API.
class ClientCredentialsGrant final : public Grant {
 public:
  std::string_view type() const override { return "client_credentials"; }
  Events events() const override { return {"seccft", "feccft", "Client Credentials for Access Token"}; }
  bool allowed_for(const model::Client& client) const override;
  base::Result<Entitlement, Refusal> examine(const TokenRequest& request) override;
};

}  // namespace cardea::oauth
