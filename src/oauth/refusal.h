#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace cardea::oauth {

// Why a protocol request was refused; the names are the `error` codes of RFC 6749 §4.1.2.1 and §5.2, OpenID Connect
// Core §3.1.2.6, RFC 6750 §3.1 and the Authentication API reference §4.2, §5. api/ gives each its HTTP status.
enum class RefusalCode {
  invalid_request,
  invalid_client,
  invalid_grant,
  invalid_scope,
  invalid_token,
  unauthorized_client,
  unsupported_grant_type,
  unsupported_response_type,
  access_denied,
  unauthorized,  // the user is blocked
  login_required,
  consent_required,
  interaction_required,
  account_selection_required,
  too_many_attempts,
  temporarily_unavailable,  // try again: 503 with Retry-After
  server_error
};

std::string_view to_string(RefusalCode code);

struct Refusal {
  RefusalCode code;
  std::string description;  // goes to the caller: never a secret, never an inner reason
  std::string event{};      // log code in place of the usual one of the failed exchange, e.g. "ferrt"
  bool recorded = false;    // its log event stands already
};

inline std::unexpected<Refusal> refuse(RefusalCode code, std::string description) {
  return std::unexpected<Refusal>(Refusal{code, std::move(description)});
}

// What a failure of a lower layer means to the caller: unavailable, read_only and unconfirmed are temporary.
Refusal refusal_of(const base::Error& error);

}  // namespace cardea::oauth
