#include "http/cors.h"

namespace cardea::http {
namespace {

// Whether the answer may be read at all; writes the origin headers.
bool add_origin(const CorsPolicy& policy, std::string_view origin, bool allowed, Response& response) {
  if (policy.any_origin) {
    response.headers.set("Access-Control-Allow-Origin", "*");
    return true;
  }
  response.headers.add("Vary", "Origin");
  if (!allowed || origin.empty()) return false;
  response.headers.set("Access-Control-Allow-Origin", origin);
  if (policy.credentials) response.headers.set("Access-Control-Allow-Credentials", "true");
  return true;
}

}  // namespace

std::shared_ptr<const CorsPolicy> CorsPolicy::public_documents() {
  auto policy = std::make_shared<CorsPolicy>();
  policy->any_origin = true;
  return policy;
}

bool is_preflight(const Request& request) {
  return request.method == "OPTIONS" && request.headers.has("Origin") &&
         request.headers.has("Access-Control-Request-Method");
}

void answer_preflight(const CorsPolicy& policy, const Request& request, bool allowed, std::string_view methods,
                      Response& response) {
  response.headers.add("Vary", "Access-Control-Request-Method, Access-Control-Request-Headers");
  if (!add_origin(policy, request.header("Origin").value_or(""), allowed, response)) return;
  response.headers.set("Access-Control-Allow-Methods", methods);
  response.headers.set("Access-Control-Allow-Headers", policy.allowed_headers);
  response.headers.set("Access-Control-Max-Age", std::to_string(policy.max_age_seconds));
}

void add_cors_headers(const CorsPolicy& policy, std::string_view origin, bool allowed, Response& response) {
  if (!add_origin(policy, origin, allowed, response)) return;
  if (!policy.exposed_headers.empty()) response.headers.set("Access-Control-Expose-Headers", policy.exposed_headers);
}

}  // namespace cardea::http
