#pragma once

#include <string>

#include "base/async.h"
#include "oauth/client_authentication.h"
#include "oauth/event_writer.h"
#include "oauth/grants.h"
#include "oauth/refresh_token.h"
#include "oauth/token_issuing.h"
#include "store/refresh_families.h"

namespace cardea::oauth {

// A request to POST /oauth/token, as it came.
struct TokenCall {
  identity::RequestContext context;
  Parameters parameters;
  std::string authorization;  // the Authorization header; "" = none
  std::string forwarded_for;  // an address, if any: counts only for clients that may speak for others
};

// The token endpoint (RFC 6749 §3.2): the steps that all grants share. Safe from any thread.
class TokenEndpoint {
 public:
  // All must outlive it.
  struct Parts {
    store::Database& database;
    store::Users& users;
    store::RefreshFamilies& families;
    ClientAuthentication& clients;
    const Grants& grants;
    TokenIssuing& issuing;
    const RefreshTokens& refresh_tokens;
    EventWriter& events;
    const base::Clock& clock;
  };
  explicit TokenEndpoint(const Parts& parts) : parts_(parts) {}

  // The JSON text of the answer (RFC 6749 §5.1). Every outcome leaves its log event: in the unit of work when there is
  // one, else by the event writer.
  base::awaitable<base::Result<std::string, Refusal>> issue(TokenCall call);

 private:
  struct Issue;
  base::awaitable<base::Result<std::string, Refusal>> issue_by(Grant& grant, const TokenRequest& request);
  base::awaitable<base::Result<void, Refusal>> load_user(const TokenRequest& request, Entitlement& entitlement);
  base::awaitable<base::Result<void, Refusal>> record(Grant& grant, const TokenRequest& request, Issue& issue);
  base::Result<void> record_in(store::Transaction& transaction, Grant& grant, const TokenRequest& request,
                               Issue& issue);
  base::Result<std::string, Refusal> answer(const TokenRequest& request, const Issue& issue) const;
  model::Event event(const identity::RequestContext& context, std::string_view type, const model::Client* client,
                     const Issue* issue, std::string_view description) const;

  Parts parts_;
};

}  // namespace cardea::oauth
