#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "api/manage/management_error.h"
#include "api/request_contexts.h"
#include "http/form.h"
#include "http/router.h"
#include "identity/request_context.h"
#include "store/configuration.h"
#include "store/database.h"

namespace cardea::api {

// The access token of a call, already verified for the audience "<issuer>api/v2/".
struct ManagementToken {
  std::set<std::string, std::less<>> scopes;
  std::string client_id;
  std::string subject;  // user_id, or "<client_id>@clients"

  bool has(std::string_view scope) const { return scopes.contains(scope); }
  bool has_any(const std::vector<std::string_view>& wanted) const;
};

// Verifies a bearer token: app/ gives oauth's verifier. The error is the message of the 401.
using TokenVerifier = std::function<base::awaitable<base::Result<ManagementToken, std::string>>(
    const identity::RequestContext& context, std::string token)>;

// One call of the Management API, ready to be done.
struct ManagementCall {
  http::Request request;
  identity::RequestContext context;
  ManagementToken token;
  http::Form query;
  base::json::object body;  // of POST, PUT and PATCH
  base::json::array items;  // the body of an operation that takes a list; `body` is then empty

  const model::TenantId& tenant() const { return context.tenant->tenant.id; }
  std::string_view param(std::string_view name) const { return request.param(name); }
  // The event "sapi" for a write that is about to be committed.
  model::Event event(std::string_view description, base::Time now) const;
};

enum class BodyShape { object, list };

using ManagementHandler = std::function<base::awaitable<base::Result<http::Response, ManagementError>>(ManagementCall)>;

// Registers Management API operations: the steps that all of them share (host, token, scopes, query, body, errors, CORS
// headers) happen here, once.
class ManagementRouter {
 public:
  // All must outlive the router.
  ManagementRouter(http::Router& router, const RequestContexts& contexts, TokenVerifier verifier,
                   const base::Clock& clock);
  ~ManagementRouter();

  // `pattern` without the "/api/v2" before it. `scopes`: any of them is enough. A body is read for POST, PUT and PATCH;
  // an empty one counts as {}.
  void add(std::string_view method, std::string_view pattern, std::vector<std::string_view> scopes,
           ManagementHandler handler, BodyShape shape = BodyShape::object);

  // From now on add() does not register anything: it gives a GET that is there a second handler, whose reads may be
  // some seconds old. It is taken for callers who have not just written themselves.
  void add_stale_reads() { stale_ = true; }

 private:
  struct Shared;
  struct Operation;
  http::Router& router_;
  std::shared_ptr<Shared> shared_;
  bool stale_ = false;
};

}  // namespace cardea::api
