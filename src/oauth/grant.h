#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/async.h"
#include "base/json.h"
#include "base/result.h"
#include "identity/request_context.h"
#include "model/session.h"
#include "model/user.h"
#include "oauth/api_access.h"
#include "oauth/parameters.h"
#include "oauth/refusal.h"
#include "store/database.h"

namespace cardea::oauth {

// A token request of an authenticated client. The references live as long as the token endpoint's coroutine.
struct TokenRequest {
  const identity::RequestContext& context;
  const Parameters& parameters;
  const model::Client& client;

  const model::TenantId& tenant() const { return context.tenant->tenant.id; }
};

// What a grant found out: for whom tokens are, and what they may be for.
struct Entitlement {
  bool for_user = true;  // false: the client acts for itself
  ApiRequest asked;
  model::UserKey user;  // whom to load, unless the grant has done so
  std::optional<model::User> loaded;
  std::string gone;  // invalid_grant's description when that user does not exist any more
  model::SessionId session;
  std::string nonce;
  base::Time auth_time;
  bool say_auth_time = false;
  std::string gty;
  std::string connection;    // for the log
  base::json::object state;  // of the grant, from examine() to record_in()
};

// What a grant's part of the unit of work came to.
struct Recorded {
  std::optional<Refusal> refused;              // commits what was written (a revocation) and refuses
  std::optional<model::RefreshFamily> family;  // whose next token is to be given out
  model::Generation generation = 0;
};

// A way to get tokens (RFC 6749 §1.3). The token endpoint authenticates the client, looks at its grant_types, resolves
// audience and scopes, loads the user, applies RBAC and the tenant's code, opens the unit of work and the refresh
// family, mints and writes the log events; a grant is what is special about it, and cannot forget the rest.
// docs/recipes/add-a-grant.md says how to add one. Safe from any thread.
class Grant {
 public:
  virtual ~Grant() = default;

  virtual std::string_view type() const = 0;

  struct Events {
    std::string_view success;
    std::string_view failure;
    std::string_view description;  // of the success
  };
  virtual Events events() const = 0;

  // By default: the client lists type().
  virtual bool allowed_for(const model::Client& client) const { return client.allows_grant(type()); }

  // Reads and checks what was presented, without I/O. invalid_request: a parameter is missing; invalid_grant: what was
  // presented is not good, or not this client's.
  virtual base::Result<Entitlement, Refusal> examine(const TokenRequest& request) = 0;

  // What must be awaited before tokens are given: passwords. Sets `loaded` when it has the user. By default nothing.
  virtual base::awaitable<base::Result<void, Refusal>> authenticate(const TokenRequest&, Entitlement&) {
    co_return base::Result<void, Refusal>{};
  }

  // Whether record_in() has something to write. Without it, and without a refresh token to give, nothing is written.
  virtual bool records() const { return false; }

  // The grant's part of the unit of work, perhaps run more than once: what was presented is used up here.
  // `opened` is the refresh family that the endpoint is about to create, nullptr when there is none.
  virtual base::Result<Recorded> record_in(store::Transaction&, const TokenRequest&, const Entitlement&,
                                           const model::RefreshFamily* /*opened*/) {
    return Recorded{};
  }

  // Whether `offline_access` opens a new refresh family. The refresh grant itself goes on with its own.
  virtual bool opens_family() const { return true; }
};

}  // namespace cardea::oauth
