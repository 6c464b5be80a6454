#include "oauth/refresh_token_grant.h"

namespace cardea::oauth {
namespace {

// auth0-spa-js looks for "invalid refresh token" in it (reference §4.2).
constexpr std::string_view kInvalid = "Unknown or invalid refresh token.";
constexpr std::size_t kMaxToken = 8 * 1024;

std::unexpected<Refusal> invalid_token() { return refuse(RefusalCode::invalid_grant, std::string(kInvalid)); }

store::RefreshFamilies::Use use_of(const model::RefreshPolicy& policy, model::Generation presented) {
  return {.presented = presented,
          .rotate = policy.rotation == model::RotationType::rotating,
          .leeway = policy.leeway,
          .idle_lifetime = policy.infinite_idle_lifetime ? std::chrono::seconds{0} : policy.idle_lifetime};
}

Refusal replayed() {
  return {.code = RefusalCode::invalid_grant, .description = std::string(kInvalid), .event = "ferrt"};
}

// What examine() has found, between the steps.
constexpr std::string_view kGeneration = "generation", kNext = "next", kHere = "here";

}  // namespace

RefreshTokenGrant::RefreshTokenGrant(const RefreshTokens& tokens, store::RefreshFamilies& families)
    : tokens_(tokens), families_(families) {}

base::Result<Entitlement, Refusal> RefreshTokenGrant::examine(const TokenRequest& request) {
  const auto text = request.parameters.get("refresh_token");
  if (text.empty()) return refuse(RefusalCode::invalid_request, "Missing required parameter: refresh_token");
  if (text.size() > kMaxToken) return invalid_token();
  auto token = tokens_.open(request.tenant(), text);
  if (!token || token->client != request.client.client_id) return invalid_token();
  const auto asked = parse_scopes(request.parameters.get("scope"));
  if (!asked) return refuse(RefusalCode::invalid_scope, "Invalid scope");

  Entitlement entitlement;
  // A narrower scope holds for this access token only (RFC 6749 §6); the next refresh has the whole again.
  entitlement.asked = {.audience = std::move(token->audience),
                       .scopes = asked->empty() ? std::move(token->scope) : intersect(*asked, token->scope),
                       .bound = true};
  entitlement.user = std::move(token->user);
  entitlement.gone = kInvalid;
  entitlement.session = std::move(token->session);
  entitlement.auth_time = token->auth_time;
  entitlement.gty = "refresh_token";
  entitlement.state = {
      {"family", token->family.value}, {kGeneration, token->generation}, {"minted_by", token->minted_by}};
  return entitlement;
}

base::awaitable<base::Result<void, Refusal>> RefreshTokenGrant::authenticate(const TokenRequest& request,
                                                                             Entitlement& entitlement) {
  auto& state = entitlement.state;
  store::RefreshFamilies::Presented presented{
      .tenant = request.tenant(),
      .family = model::FamilyId{base::get_string_or(state, "family")},
      .minted_by = static_cast<model::CellNumber>(base::get_int_or(state, "minted_by", 0))};
  const auto generation = static_cast<model::Generation>(base::get_int_or(state, kGeneration, 0));
  const auto decision = co_await families_.decide(std::move(presented), use_of(request.client.refresh, generation));
  if (decision) {
    if (decision->next) state[kNext] = *decision->next;
    state[kHere] = static_cast<int>(decision->here);
    co_return base::Result<void, Refusal>{};
  }
  switch (decision.error().code) {
    case base::Errc::not_found:
    case base::Errc::denied:
      co_return invalid_token();
    case base::Errc::conflict:
      co_return std::unexpected(replayed());
    default:
      co_return std::unexpected(refusal_of(decision.error()));
  }
}

// The home has done it, and the family is here as the home has it.
base::Result<Recorded> RefreshTokenGrant::used_at_home(store::Transaction& transaction, const TokenRequest& request,
                                                       const model::FamilyId& id, const base::json::object& state) {
  if (request.client.refresh.rotation != model::RotationType::rotating) return Recorded{};
  const auto next = static_cast<model::Generation>(base::get_int_or(state, kNext, 0));
  auto family = families_.give_in(transaction, request.tenant(), id, next);
  if (!family && family.error().code == base::Errc::not_found)
    return Recorded{.refused = Refusal{RefusalCode::invalid_grant, std::string(kInvalid)}};
  if (!family) return base::pass_on(family);
  return Recorded{.family = std::move(*family), .generation = next};
}

base::Result<Recorded> RefreshTokenGrant::record_in(store::Transaction& transaction, const TokenRequest& request,
                                                    const Entitlement& entitlement, const model::RefreshFamily*) {
  const model::FamilyId family{base::get_string_or(entitlement.state, "family")};
  if (entitlement.state.contains(kNext)) return used_at_home(transaction, request, family, entitlement.state);
  const auto presented = static_cast<model::Generation>(base::get_int_or(entitlement.state, kGeneration, 0));
  auto use = use_of(request.client.refresh, presented);
  use.here = static_cast<store::RefreshFamilies::Here>(base::get_int_or(entitlement.state, kHere, 0));
  if (use.here == store::RefreshFamilies::Here::adopter) {
    const auto token = tokens_.open(request.tenant(), request.parameters.get("refresh_token"));
    if (token && entitlement.loaded) use.claimed = tokens_.claimed_family(*token, request.client, *entitlement.loaded);
  }
  auto used = families_.use_in(transaction, request.tenant(), family, use);
  if (used) {
    if (!use.rotate) return Recorded{};
    return Recorded{.family = std::move(used->family), .generation = used->next};
  }
  Refusal refusal{RefusalCode::invalid_grant, std::string(kInvalid)};
  switch (used.error().code) {
    case base::Errc::not_found:
    case base::Errc::denied:
      return Recorded{.refused = std::move(refusal)};
    case base::Errc::conflict:
      refusal = replayed();
      if (auto revoked = families_.revoke_in(transaction, request.tenant(), family); !revoked)
        return base::pass_on(revoked);
      return Recorded{.refused = std::move(refusal)};
    case base::Errc::already_exists:
    case base::Errc::invalid:
    case base::Errc::read_only:
    case base::Errc::unconfirmed:
    case base::Errc::unavailable:
      break;
  }
  return base::pass_on(used);
}

}  // namespace cardea::oauth
