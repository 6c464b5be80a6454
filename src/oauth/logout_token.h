#pragma once

#include <string>

#include "base/clock.h"
#include "base/json.h"
#include "base/random.h"
#include "base/result.h"
#include "identity/tenant_snapshot.h"

namespace cardea::oauth {

// The logout token of a back-channel logout (OpenID Connect Back-Channel Logout 1.0 §2.4): RS256, two minutes of life,
// never a nonce. `job` is the body of a job of the queue "backchannel_logout": {"client_id","sub","sid","issuer"}.
// invalid: a member is missing, or the tenant has no RS256 key.
base::Result<std::string> make_logout_token(const identity::TenantSnapshot& tenant, const base::json::object& job,
                                            base::Time now, base::Random& random);

}  // namespace cardea::oauth
