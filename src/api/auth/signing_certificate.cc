#include <algorithm>

#include "api/auth/endpoints.h"
#include "api/auth/oauth_answers.h"
#include "base/base64.h"

namespace cardea::api {
namespace {

// Of the key that signs RS256 now; "" when there is none.
std::string_view current_certificate(const identity::TenantSnapshot& tenant) {
  const auto found = std::ranges::find_if(tenant.keys, [](const auto& key) {
    return key.row.alg == "RS256" && key.row.state == model::SigningKeyState::active;
  });
  return found == tenant.keys.end() ? std::string_view() : std::string_view(found->row.certificate_pem);
}

// What stands between the lines of a PEM block.
std::string der_of(std::string_view pem) {
  std::string base64;
  bool inside = false;
  while (!pem.empty()) {
    const auto end = std::min(pem.find('\n'), pem.size());
    const auto line = pem.substr(0, end);
    pem.remove_prefix(std::min(end + 1, pem.size()));
    if (line.starts_with("-----"))
      inside = line.starts_with("-----BEGIN");
    else if (inside)
      base64 += line;
  }
  return base::base64_decode(base64).value_or("");
}

http::Response download(std::string body, std::string_view type, std::string_view name) {
  http::Response response;
  response.body = std::move(body);
  response.cacheable_etag = true;
  response.header("Content-Type", type).cache("public, max-age=15");
  return response.header("Content-Disposition", "attachment; filename=\"" + std::string(name) + "\"");
}

}  // namespace

// GET /pem
base::awaitable<http::Response> signing_certificate_pem(const AuthServices& services, http::Request request) {
  const auto context = co_await services.contexts.of(request);
  if (!context) co_return no_context(context.error());
  const auto pem = current_certificate(*context->tenant);
  if (pem.empty()) co_return oauth_error(404, "not_found", "No signing certificate");
  co_return download(std::string(pem), "application/x-pem-file", context->tenant->tenant.name + ".pem");
}

// GET /cer
base::awaitable<http::Response> signing_certificate_der(const AuthServices& services, http::Request request) {
  const auto context = co_await services.contexts.of(request);
  if (!context) co_return no_context(context.error());
  auto der = der_of(current_certificate(*context->tenant));
  if (der.empty()) co_return oauth_error(404, "not_found", "No signing certificate");
  co_return download(std::move(der), "application/pkix-cert", context->tenant->tenant.name + ".cer");
}

}  // namespace cardea::api
