#include "oauth/client_authentication.h"

#include <algorithm>

#include "base/base64.h"
#include "base/percent.h"
#include "crypto/constant_time.h"
#include "oauth/client_assertion.h"

namespace cardea::oauth {
namespace {

constexpr std::string_view kAssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
constexpr std::size_t kMaxSecret = 1024;

std::unexpected<Refusal> unauthorized() { return refuse(RefusalCode::invalid_client, "Unauthorized"); }

// application/x-www-form-urlencoded of one value (RFC 6749 §2.3.1).
std::optional<std::string> form_decode(std::string_view text) {
  std::string spaced(text);
  std::ranges::replace(spaced, '+', ' ');
  return base::percent_decode(spaced);
}

bool has_basic_scheme(std::string_view authorization) {
  constexpr std::string_view kScheme = "basic ";
  return authorization.size() > kScheme.size() &&
         std::ranges::equal(authorization.substr(0, kScheme.size()), kScheme,
                            [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
}

base::Result<ClientProof, Refusal> read_basic(std::string_view authorization) {
  if (authorization.size() > 2 * kMaxSecret) return unauthorized();
  auto encoded = authorization.substr(6);
  while (encoded.starts_with(' ')) encoded.remove_prefix(1);
  const auto pair = base::base64_decode(encoded);
  const auto colon = pair ? pair->find(':') : std::string::npos;
  if (colon == std::string::npos) return unauthorized();
  const auto id = form_decode(std::string_view(*pair).substr(0, colon));
  if (!id || id->empty()) return unauthorized();
  ClientProof proof;
  proof.client_id = *id;
  proof.raw_secret = pair->substr(colon + 1);
  proof.secret = form_decode(proof.raw_secret).value_or(proof.raw_secret);
  return proof;
}

bool secret_fits(const model::Client& client, const ClientProof& proof) {
  // Both comparisons always run, so that the time tells nothing about which form was right.
  const bool decoded = crypto::equal_constant_time(client.client_secret, proof.secret);
  const bool raw = crypto::equal_constant_time(client.client_secret, proof.raw_secret);
  return !client.client_secret.empty() && (decoded || raw);
}

}  // namespace

base::Result<ClientProof, Refusal> read_client_proof(const Parameters& parameters, std::string_view authorization) {
  ClientProof proof;
  const bool basic = has_basic_scheme(authorization);
  if (basic) {
    auto read = read_basic(authorization);
    if (!read) return read;
    proof = std::move(*read);
  }
  const auto id = parameters.get("client_id");
  const auto secret = parameters.get("client_secret");
  proof.assertion = parameters.get("client_assertion");
  if (basic && !id.empty() && id != proof.client_id)
    return refuse(RefusalCode::invalid_request, "The client_id of the header and of the body differ");
  if (static_cast<int>(basic) + static_cast<int>(!secret.empty()) + static_cast<int>(!proof.assertion.empty()) > 1)
    return refuse(RefusalCode::invalid_request, "More than one way of client authentication");
  if (!proof.assertion.empty()) {
    if (parameters.get("client_assertion_type") != kAssertionType)
      return refuse(RefusalCode::invalid_request, "Invalid client_assertion_type");
    proof.client_id = id.empty() ? client_of_assertion(proof.assertion) : std::string(id);
  }
  if (proof.client_id.empty()) proof.client_id = id;
  if (!basic) proof.secret = proof.raw_secret = secret;
  if (proof.client_id.empty()) return refuse(RefusalCode::invalid_client, "Missing required parameter: client_id");
  if (proof.client_id.size() > 256 || proof.secret.size() > kMaxSecret) return unauthorized();
  return proof;
}

ClientAuthentication::ClientAuthentication(store::Database& database, store::Consumptions& consumptions,
                                           const base::Clock& clock)
    : database_(database), consumptions_(consumptions), clock_(clock) {}

base::awaitable<base::Result<const model::Client*, Refusal>> ClientAuthentication::authenticate(
    const identity::RequestContext& context, const Parameters& parameters, std::string_view authorization) {
  auto proof = read_client_proof(parameters, authorization);
  if (!proof) co_return base::pass_on(proof);
  if (!proof->assertion.empty()) co_return co_await by_assertion(context, std::move(*proof));

  const auto* client = context.tenant->client(proof->client_id);
  if (!client || client->is_global) co_return unauthorized();
  switch (client->authentication) {
    case model::ClientAuthentication::none:
      // A public client that still has a secret may leave it out, but not get it wrong.
      if (!proof->secret.empty() && !client->client_secret.empty() && !secret_fits(*client, *proof))
        co_return unauthorized();
      co_return client;
    case model::ClientAuthentication::secret:
      if (!secret_fits(*client, *proof)) co_return unauthorized();
      co_return client;
    case model::ClientAuthentication::private_key_jwt:
      co_return unauthorized();
  }
  co_return unauthorized();
}

base::awaitable<base::Result<const model::Client*, Refusal>> ClientAuthentication::by_assertion(
    const identity::RequestContext& context, ClientProof proof) {
  const auto* client = context.tenant->client(proof.client_id);
  if (!client || client->is_global) co_return unauthorized();
  const auto assertion = verify_client_assertion(*client, proof.assertion, context.address.issuer, clock_.now());
  if (!assertion) co_return unauthorized();

  const auto purpose = "client_assertion:" + client->client_id.value;
  const auto used = co_await database_.write([&](store::Transaction& transaction) {
    return consumptions_.consume_in(transaction, context.tenant->tenant.id, purpose, assertion->jti,
                                    assertion->forget_at, {});
  });
  if (used) co_return client;
  if (used.error().code == base::Errc::conflict) co_return unauthorized();
  co_return std::unexpected(refusal_of(used.error()));
}

}  // namespace cardea::oauth
