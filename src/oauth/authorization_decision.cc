#include "oauth/authorization_decision.h"

#include "oauth/redirect_uri.h"

namespace cardea::oauth {
namespace {

// The session alone is enough; nobody has to type anything.
bool session_suffices(const AuthorizationRequest& request, const Circumstances& now) {
  if (request.prompt.login || now.sso_disabled) return false;
  return !request.max_age || now.now - now.auth_time <= std::chrono::seconds(*request.max_age);
}

Decision ask(const AuthorizationRequest& request, NextStep step, RefusalCode when_silent) {
  if (request.prompt.none) return {NextStep::refuse, when_silent};
  return {step};
}

}  // namespace

Decision decide(const AuthorizationRequest& request, const Circumstances& now) {
  if (!now.signed_in || (!now.authenticated && !session_suffices(request, now))) {
    // A login chooses the account as well.
    return ask(request, NextStep::login, RefusalCode::login_required);
  }
  if (request.prompt.select_account && !now.account_chosen && !now.authenticated)
    return ask(request, NextStep::choose_account, RefusalCode::account_selection_required);
  if ((request.prompt.consent || now.consent_missing) && !now.consented)
    return ask(request, NextStep::consent, RefusalCode::consent_required);
  return {NextStep::answer};
}

bool consent_needed(const model::Client& client, const model::ResourceServer* api, std::string_view redirect_uri) {
  if (!client.is_first_party) return true;
  if (!api || api->is_system) return false;
  return is_local_callback(redirect_uri) || !api->skip_consent_for_verifiable_first_party_clients;
}

}  // namespace cardea::oauth
