#pragma once

#include <functional>
#include <string>

#include "base/async.h"
#include "base/clock.h"
#include "base/result.h"
#include "http/client.h"
#include "jobs/worker.h"
#include "model/event.h"
#include "store/database.h"

namespace cardea::jobs {

inline constexpr std::string_view kBackchannelLogoutQueue = "backchannel_logout";

// Signs the logout token (OpenID Connect Back-Channel Logout 1.0 §2.4) for a job's body
// {"client_id","sub","sid","url","issuer"}. Its claims are oauth's business; they are minted at each attempt, as a
// token lives for two minutes.
using LogoutTokenMinter = std::function<base::awaitable<base::Result<std::string>>(model::Job)>;

// Tells a client that a session it took part in has ended: POST of logout_token to the URL it registered (§2.5). The
// client must have been opened with the egress guard, as tenants choose these addresses.
// 200 and 204 are success (event oidc_backchannel_logout_succeeded); 400 is the client's final word (§2.8).
class BackchannelLogout {
 public:
  // All must outlive it.
  BackchannelLogout(http::Client& client, store::Database& database, LogoutTokenMinter mint);

  base::awaitable<base::Result<void>> run(model::Job job);
  // For a Worker; this object must outlive its stop().
  JobHandler handler();
  // Few attempts within a minute, events oidc_backchannel_logout_failed: a logout that comes late is worth little.
  static Worker::Options worker_options();

 private:
  http::Client& client_;
  store::Database& database_;
  LogoutTokenMinter mint_;
};

}  // namespace cardea::jobs
