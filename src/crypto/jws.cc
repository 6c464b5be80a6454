#include "crypto/jws.h"

#include <algorithm>

#include "base/base64.h"

namespace cardea::crypto {
namespace {

std::unexpected<base::Error> refused(std::string reason) { return base::fail(base::Errc::invalid, std::move(reason)); }

bool is_none(std::string_view alg) {
  static constexpr std::string_view kNone = "none";
  return std::equal(alg.begin(), alg.end(), kNone.begin(), kNone.end(), [](char a, char b) { return (a | 0x20) == b; });
}

// A member that may be absent, but must be a string when it is there.
base::Result<std::string> optional_string(const base::json::object& header, std::string_view name) {
  const auto* value = header.if_contains(name);
  if (value == nullptr) return std::string();
  if (!value->is_string()) return refused("a JWS header whose " + std::string(name) + " is no string");
  return std::string(value->get_string());
}

base::Result<JwsHeader> parse_header(std::string_view encoded) {
  const auto text = base::base64url_decode(encoded);
  if (!text) return refused("a JWS header that is not base64url");
  auto parsed = base::parse_json(*text);
  if (!parsed) return base::pass_on(parsed);
  if (!parsed->is_object()) return refused("a JWS header that is no JSON object");
  auto& all = parsed->get_object();
  if (all.contains("crit") || all.contains("b64")) return refused("a JWS header with extensions that we do not know");
  auto alg = optional_string(all, "alg");
  if (!alg) return base::pass_on(alg);
  if (alg->empty() || is_none(*alg)) return refused("a JWS without a signature algorithm");
  auto kid = optional_string(all, "kid");
  if (!kid) return base::pass_on(kid);
  auto typ = optional_string(all, "typ");
  if (!typ) return base::pass_on(typ);
  return JwsHeader{std::move(*alg), std::move(*kid), std::move(*typ), std::move(all)};
}

std::string signing_input(base::json::object header, SigningAlgorithm algorithm, std::string_view payload) {
  header["alg"] = to_string(algorithm);
  return base::base64url_encode(base::json::serialize(header)) + "." + base::base64url_encode(payload);
}

}  // namespace

base::Result<ParsedJws> parse_compact(std::string_view text, std::size_t max_size) {
  if (text.size() > max_size) return refused("a JWS that is too long");
  const auto first = text.find('.');
  const auto second = first == std::string_view::npos ? first : text.find('.', first + 1);
  if (second == std::string_view::npos || text.find('.', second + 1) != std::string_view::npos)
    return refused("a compact JWS has three parts");

  auto header = parse_header(text.substr(0, first));
  if (!header) return base::pass_on(header);
  auto payload = base::base64url_decode(text.substr(first + 1, second - first - 1));
  if (!payload) return refused("a JWS payload that is not base64url");
  auto signature = base::base64url_decode(text.substr(second + 1));
  if (!signature || signature->empty()) return refused("a JWS signature that is not base64url");
  return ParsedJws{std::move(*header), std::move(*payload), text.substr(0, second), std::move(*signature)};
}

bool verify(const ParsedJws& jws, const PublicKey& key, SigningAlgorithm expected) {
  return jws.header.alg == to_string(expected) && key.verify(expected, jws.signing_input, jws.signature);
}

bool verify(const ParsedJws& jws, const HmacKey& key) {
  return jws.header.alg == to_string(SigningAlgorithm::hs256) && key.verify(jws.signing_input, jws.signature);
}

base::Result<std::string> sign_compact(base::json::object header_members, std::string_view payload,
                                       const PrivateKey& key, SigningAlgorithm algorithm) {
  auto text = signing_input(std::move(header_members), algorithm, payload);
  const auto signature = key.sign(algorithm, text);
  if (!signature) return base::pass_on(signature);
  return text + "." + base::base64url_encode(*signature);
}

base::Result<std::string> sign_compact(base::json::object header_members, std::string_view payload,
                                       const HmacKey& key) {
  auto text = signing_input(std::move(header_members), SigningAlgorithm::hs256, payload);
  return text + "." + base::base64url_encode(key.sign(text));
}

}  // namespace cardea::crypto
