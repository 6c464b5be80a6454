#include "oauth/refusal.h"

namespace cardea::oauth {

std::string_view to_string(RefusalCode code) {
  switch (code) {
    case RefusalCode::invalid_request:
      return "invalid_request";
    case RefusalCode::invalid_client:
      return "invalid_client";
    case RefusalCode::invalid_grant:
      return "invalid_grant";
    case RefusalCode::invalid_scope:
      return "invalid_scope";
    case RefusalCode::invalid_token:
      return "invalid_token";
    case RefusalCode::unauthorized_client:
      return "unauthorized_client";
    case RefusalCode::unsupported_grant_type:
      return "unsupported_grant_type";
    case RefusalCode::unsupported_response_type:
      return "unsupported_response_type";
    case RefusalCode::access_denied:
      return "access_denied";
    case RefusalCode::unauthorized:
      return "unauthorized";
    case RefusalCode::login_required:
      return "login_required";
    case RefusalCode::consent_required:
      return "consent_required";
    case RefusalCode::interaction_required:
      return "interaction_required";
    case RefusalCode::account_selection_required:
      return "account_selection_required";
    case RefusalCode::too_many_attempts:
      return "too_many_attempts";
    case RefusalCode::temporarily_unavailable:
      return "temporarily_unavailable";
    case RefusalCode::server_error:
      return "server_error";
  }
  return "server_error";
}

Refusal refusal_of(const base::Error& error) {
  switch (error.code) {
    case base::Errc::read_only:
    case base::Errc::unconfirmed:
    case base::Errc::unavailable:
      return {RefusalCode::temporarily_unavailable, "The service is temporarily unavailable, please try again."};
    case base::Errc::conflict:  // two writers met and the store gave up retrying
      return {RefusalCode::temporarily_unavailable, "The request met another one, please try again."};
    case base::Errc::not_found:
    case base::Errc::already_exists:
    case base::Errc::invalid:
    case base::Errc::denied:
      break;
  }
  return {RefusalCode::server_error, "Internal error"};
}

}  // namespace cardea::oauth
