#include "oauth/authorization_code_grant.h"

#include "oauth/pkce.h"

namespace cardea::oauth {
namespace {

constexpr std::string_view kInvalid = "Invalid authorization code";
constexpr std::size_t kMaxCode = 8 * 1024;

std::unexpected<Refusal> invalid_code() { return refuse(RefusalCode::invalid_grant, std::string(kInvalid)); }

// RFC 6749 §4.1.3: when the authorization request had one, this one must repeat it.
bool redirect_uri_fits(const AuthorizationCode& code, std::string_view redirect_uri) {
  if (redirect_uri.empty()) return !code.redirect_uri_given;
  return redirect_uri == code.redirect_uri;
}

// A verifier for a code that was asked for without a challenge is refused too (RFC 9700 §2.1.1: PKCE downgrade).
bool challenge_met(const AuthorizationCode& code, std::string_view verifier) {
  if (code.code_challenge.empty()) return verifier.empty();
  return verifier_fits(verifier, code.code_challenge, code.plain_challenge);
}

}  // namespace

AuthorizationCodeGrant::AuthorizationCodeGrant(const AuthorizationCodes& codes, store::Consumptions& consumptions,
                                               store::RefreshFamilies& families)
    : codes_(codes), consumptions_(consumptions), families_(families) {}

base::Result<Entitlement, Refusal> AuthorizationCodeGrant::examine(const TokenRequest& request) {
  const auto text = request.parameters.get("code");
  if (text.empty()) return refuse(RefusalCode::invalid_request, "Missing required parameter: code");
  if (text.size() > kMaxCode) return invalid_code();
  auto opened = codes_.open(request.tenant(), text);
  if (!opened) return invalid_code();
  auto& code = opened->code;
  if (code.client != request.client.client_id) return invalid_code();
  if (!redirect_uri_fits(code, request.parameters.get("redirect_uri")))
    return refuse(RefusalCode::invalid_grant, "The redirect URI is wrong.");
  if (!challenge_met(code, request.parameters.get("code_verifier")))
    return refuse(RefusalCode::invalid_grant, "Failed to verify code verifier");

  Entitlement entitlement;
  entitlement.asked = {.audience = std::move(code.audience), .scopes = std::move(code.scopes), .bound = true};
  entitlement.user = std::move(code.user);
  entitlement.gone = kInvalid;
  entitlement.session = std::move(code.session);
  entitlement.nonce = std::move(code.nonce);
  entitlement.auth_time = code.auth_time;
  entitlement.say_auth_time = code.say_auth_time;
  entitlement.state["code"] = opened->id;
  return entitlement;
}

base::Result<Recorded> AuthorizationCodeGrant::record_in(store::Transaction& transaction, const TokenRequest& request,
                                                         const Entitlement& entitlement,
                                                         const model::RefreshFamily* opened) {
  base::json::object note;
  if (opened) note["family"] = opened->id.value;
  base::json::object earlier;
  const auto consumed = consumptions_.consume_in(transaction, request.tenant(), AuthorizationCodes::kPurpose,
                                                 base::get_string_or(entitlement.state, "code"),
                                                 transaction.now() + 2 * AuthorizationCodes::kLifetime, note, &earlier);
  if (consumed) return Recorded{};
  if (consumed.error().code != base::Errc::conflict) return base::pass_on(consumed);

  if (const auto family = base::get_string(earlier, "family"))
    if (auto revoked = families_.revoke_in(transaction, request.tenant(), model::FamilyId{std::string(*family)});
        !revoked)
      return base::pass_on(revoked);
  return Recorded{.refused = Refusal{RefusalCode::invalid_grant, std::string(kInvalid)}};
}

}  // namespace cardea::oauth
