#include <algorithm>

#include "api/manage/manage_routes.h"
#include "identity/key_views.h"

namespace cardea::api {
namespace {

using base::json::object;
using model::SigningKeyRow;
using model::SigningKeyState;
using Answer = base::awaitable<base::Result<http::Response, ManagementError>>;

ManagementError no_key() { return {404, "No signing key found by that kid", "inexistent_signing_key"}; }

object shown_key(const SigningKeyRow& key) {
  object out{{"kid", key.kid.value},
             {"cert", key.certificate_pem},
             {"current", key.state == SigningKeyState::active},
             {"next", key.state == SigningKeyState::pending},
             {"previous", key.state == SigningKeyState::retiring || key.state == SigningKeyState::revoked},
             {"revoked", key.state == SigningKeyState::revoked}};
  if (!key.certificate_pem.empty()) {
    const auto views = identity::certificate_views(key.certificate_pem);
    out["pkcs7"] = views.pkcs7;
    out["fingerprint"] = views.fingerprint;
    out["thumbprint"] = views.thumbprint;
  }
  if (key.current_since != base::Time{}) out["current_since"] = base::to_iso8601(key.current_since);
  if (key.current_until != base::Time{}) out["current_until"] = base::to_iso8601(key.current_until);
  if (key.revoked_at != base::Time{}) out["revoked_at"] = base::to_iso8601(key.revoked_at);
  return out;
}

Answer list(ManageServices services, ManagementCall call) {
  auto keys = co_await services.signing_keys.all(call.tenant());
  if (!keys) co_return std::unexpected(from_store(keys.error()));
  base::json::array rows;
  for (const auto& key : *keys) rows.push_back(shown_key(key));
  co_return http::Response::json(200, rows);
}

Answer read(ManageServices services, ManagementCall call) {
  auto keys = co_await services.signing_keys.all(call.tenant());
  if (!keys) co_return std::unexpected(from_store(keys.error()));
  const auto key = std::ranges::find(*keys, call.param("kid"), [](const SigningKeyRow& k) { return k.kid.view(); });
  if (key == keys->end()) co_return std::unexpected(no_key());
  co_return http::Response::json(200, shown_key(*key));
}

base::awaitable<void> note(const ManageServices& services, const ManagementCall& call, std::string_view description) {
  const auto written = co_await services.database.write([&](store::Transaction& t) -> base::Result<void> {
    t.append_event(call.event(description, t.now()));
    return {};
  });
  static_cast<void>(written);  // the rotation is done; a lost line of the log does not undo it
}

Answer rotate(ManageServices services, ManagementCall call) {
  auto next = co_await services.keys.rotate(call.tenant(), call.context.tenant->tenant.name);
  if (!next) co_return std::unexpected(from_store(next.error()));
  co_await note(services, call, "Rotate the signing keys");
  co_return http::Response::json(201, object{{"cert", next->certificate_pem}, {"kid", next->kid.value}});
}

Answer revoke(ManageServices services, ManagementCall call) {
  auto revoked = co_await services.keys.revoke(call.tenant(), model::KeyId(std::string(call.param("kid"))));
  if (!revoked) {
    if (revoked.error().code == base::Errc::not_found) co_return std::unexpected(no_key());
    if (revoked.error().code == base::Errc::denied)
      co_return std::unexpected(
          ManagementError{400, "Only a previous key can be revoked; rotate first.", "operation_not_supported"});
    co_return std::unexpected(from_store(revoked.error()));
  }
  co_await note(services, call, "Revoke a signing key");
  co_return http::Response::json(200, object{{"cert", revoked->certificate_pem}, {"kid", revoked->kid.value}});
}

}  // namespace

void add_signing_key_routes(ManagementRouter& router, const ManageServices& services) {
  router.add("GET", "/keys/signing", {"read:signing_keys"}, bind(services, list));
  router.add("POST", "/keys/signing/rotate", {"create:signing_keys", "update:signing_keys"}, bind(services, rotate));
  router.add("GET", "/keys/signing/{kid}", {"read:signing_keys"}, bind(services, read));
  router.add("PUT", "/keys/signing/{kid}/revoke", {"update:signing_keys"}, bind(services, revoke));
}

}  // namespace cardea::api
