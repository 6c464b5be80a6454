#include "store/artifact.h"

#include "base/base64.h"
#include "crypto/seal.h"

namespace cardea::store {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kHeader = 3;
constexpr std::size_t kMaxText = 16 * 1024;

std::string associated_data(std::string_view header, std::string_view purpose, const model::TenantId& tenant) {
  std::string out(header);
  out.append(purpose).push_back('\0');
  out.append(tenant.value);
  return out;
}

}  // namespace

Artifacts::Artifacts(const TenantKeys& keys, base::Random& random, const base::Clock& clock, model::CellNumber cell)
    : keys_(keys), random_(random), clock_(clock), cell_(cell) {}

std::string Artifacts::seal(const model::TenantId& tenant, std::string_view purpose, base::json::object body,
                            base::Time expires_at) const {
  const auto key = keys_.key(tenant, "artifacts");
  if (!key) return {};  // a tenant whose key is not known has no snapshot, so nobody gets here with one
  const std::string header{kVersion, static_cast<char>(cell_ >> 8), static_cast<char>(cell_ & 255)};
  base::json::object content{{"i", base::base64url_encode(base::random_bytes(random_, 16))},
                             {"e", base::to_millis(expires_at)}};
  content["b"] = std::move(body);
  return base::base64url_encode(
      header + crypto::seal(*key, base::json::serialize(content), associated_data(header, purpose, tenant), random_));
}

base::Result<Artifacts::Content> Artifacts::open(const model::TenantId& tenant, std::string_view purpose,
                                                 std::string_view text) const {
  if (text.size() > kMaxText) return base::fail(base::Errc::invalid, "artifact too long");
  const auto bytes = base::base64url_decode(text);
  if (!bytes || bytes->size() <= kHeader || bytes->front() != kVersion)
    return base::fail(base::Errc::invalid, "not an artifact");
  const auto key = keys_.key(tenant, "artifacts");
  if (!key) return base::pass_on(key);

  const std::string_view header = std::string_view(*bytes).substr(0, kHeader);
  const auto plain =
      crypto::open_sealed(*key, std::string_view(*bytes).substr(kHeader), associated_data(header, purpose, tenant));
  if (!plain) return base::pass_on(plain);
  auto parsed = base::parse_json(*plain);
  if (!parsed || !parsed->is_object()) return base::fail(base::Errc::invalid, "artifact without content");

  auto& object = parsed->get_object();
  Content content;
  content.id = base::get_string_or(object, "i");
  content.expires_at = base::from_millis(base::get_int_or(object, "e", 0));
  content.home = static_cast<model::CellNumber>((static_cast<unsigned char>(header[1]) << 8) |
                                                static_cast<unsigned char>(header[2]));
  if (auto* body = object.if_contains("b"); body && body->is_object()) content.body = std::move(body->get_object());
  if (content.expires_at != base::Time{} && content.expires_at <= clock_.now())
    return base::fail(base::Errc::not_found, "artifact expired");
  return content;
}

}  // namespace cardea::store
