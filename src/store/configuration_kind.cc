#include "store/configuration_kind.h"

#include <stdexcept>

#include "base/base64.h"
#include "model/client.h"

namespace cardea::store {

const ConfigurationKind& configuration_kind(Kind kind) {
  static const ConfigurationKind client{"client", "client_id", {}, "client_secret"};
  static const ConfigurationKind connection{"connection", "id", {"name"}, ""};
  static const ConfigurationKind resource_server{"resource_server", "id", {"identifier"}, "signing_secret"};
  static const ConfigurationKind client_grant{"client_grant", "id", {"client_id", "audience", "subject_type"}, ""};
  if (kind == Kind::client) return client;
  if (kind == Kind::connection) return connection;
  if (kind == Kind::resource_server) return resource_server;
  if (kind == Kind::client_grant) return client_grant;
  throw std::invalid_argument("not a kind of configuration object");
}

std::string id_claim(const ConfigurationKind& kind) { return std::string(kind.word) + ":id"; }

std::string name_claim(const ConfigurationKind& kind) { return std::string(kind.word) + ":name"; }

base::Result<std::string> unique_name(const ConfigurationKind& kind, const base::json::object& document) {
  std::string name;
  for (const auto member : kind.name_members) {
    const auto value = base::get_string_or(document, member);
    if (value.empty()) return base::fail(base::Errc::invalid, std::string(member) + " is missing");
    if (!name.empty()) name += ' ';
    name += value;
  }
  return name;
}

std::string new_public_id(Kind kind, base::Random& random) {
  if (kind == Kind::client) return base::random_alphanumeric(random, 32);
  if (kind == Kind::resource_server) return base::random_hex(random, 12);
  return (kind == Kind::connection ? "con_" : "cgr_") + base::random_alphanumeric(random, 16);
}

bool needs_secret(Kind kind, const base::json::object& document) {
  if (kind == Kind::client)
    return model::client_from_document("", document).authentication != model::ClientAuthentication::none;
  return kind == Kind::resource_server && base::get_string_or(document, "signing_alg") == "HS256";
}

std::string new_secret(base::Random& random) { return base::base64url_encode(base::random_bytes(random, 48)); }

}  // namespace cardea::store
