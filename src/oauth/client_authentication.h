#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/async.h"
#include "base/clock.h"
#include "identity/request_context.h"
#include "oauth/parameters.h"
#include "oauth/refusal.h"
#include "store/one_time.h"

namespace cardea::oauth {

// Who a client says it is, and what it shows for it (RFC 6749 §2.3, RFC 7523 §2.2).
struct ClientProof {
  std::string client_id;
  std::string secret;      // empty: none
  std::string raw_secret;  // as it stood in the Authorization header, for clients that do not encode it
  std::string assertion;   // private_key_jwt, client_secret_jwt
};

// Reads the proof from the Authorization header ("" when there is none) and the body. invalid_request: two different
// client ids, or two ways at once; invalid_client: no client id, or a header that is not well-formed.
base::Result<ClientProof, Refusal> read_client_proof(const Parameters& parameters, std::string_view authorization);

// Authenticates clients at the token, revocation and introspection endpoints. client_secret_basic and _post are one;
// where a client has private_key_jwt a secret is refused (reference §3). Safe from any thread.
class ClientAuthentication {
 public:
  // All must outlive it.
  ClientAuthentication(store::Database& database, store::Consumptions& consumptions, const base::Clock& clock);

  // The client, from the context's snapshot. invalid_client: unknown, or the proof is wrong; both look the same, also
  // in time. A public client needs no proof; see is_confidential(). An assertion works once (`jti`), for the issuer or
  // the token endpoint as `aud`, with 10 s of skew, and may live for no more than an hour.
  base::awaitable<base::Result<const model::Client*, Refusal>> authenticate(const identity::RequestContext& context,
                                                                            const Parameters& parameters,
                                                                            std::string_view authorization);

 private:
  base::awaitable<base::Result<const model::Client*, Refusal>> by_assertion(const identity::RequestContext& context,
                                                                            ClientProof proof);

  store::Database& database_;
  store::Consumptions& consumptions_;
  const base::Clock& clock_;
};

inline bool is_confidential(const model::Client& client) {
  return client.authentication != model::ClientAuthentication::none;
}

}  // namespace cardea::oauth
