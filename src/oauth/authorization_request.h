#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/percent.h"
#include "base/result.h"
#include "identity/tenant_snapshot.h"
#include "oauth/parameters.h"
#include "oauth/refusal.h"
#include "oauth/scopes.h"

namespace cardea::oauth {

// How an answer travels to the client (OAuth 2.0 Multiple Response Types §2.1, Form Post Response Mode, web messages).
enum class ResponseMode { query, fragment, form_post, web_message };

// Where the answer to an authorization request goes: checked against the client's settings, so it may be used for
// errors as well.
struct AnswerTarget {
  std::string redirect_uri;
  ResponseMode mode = ResponseMode::query;
  std::string state;  // of the client; "" = none
};

// What goes to the client: the parameters without `state` and `iss`, which the target and the tenant add.
struct ClientAnswer {
  AnswerTarget target;
  std::vector<base::QueryPair> parameters;
  std::string session_cookie;  // to be set; "" = leave the browser's
};

// response_type (OpenID Connect Core §3): any combination with at least one.
struct ResponseType {
  bool code = false;
  bool id_token = false;
  bool token = false;

  bool front_channel() const { return id_token || token; }
  std::string to_string() const;
};

// prompt (OpenID Connect Core §3.1.2.1).
struct Prompt {
  bool none = false;
  bool login = false;
  bool consent = false;
  bool select_account = false;
};

// A valid authorization request (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1, RFC 7636 §4.3, reference §5).
struct AuthorizationRequest {
  model::ClientId client_id;
  AnswerTarget target;
  bool redirect_uri_given = false;  // then the token request must repeat it (RFC 6749 §4.1.3)
  ResponseType response_type;
  Scopes scopes;
  std::string audience;  // as sent
  std::string nonce;
  std::string code_challenge;
  bool plain_challenge = false;  // code_challenge_method=plain; else S256
  Prompt prompt;
  std::optional<std::int64_t> max_age;
  std::string login_hint;
  std::string id_token_hint;
  std::string ui_locales;
  std::string screen_hint;
  std::string connection;
  std::string acr_values;

  // For identity::LoginTransaction::request, under the names of the protocol.
  base::json::object to_json() const;
  static AuthorizationRequest from_json(const base::json::object& object);
};

// Why an authorization request is not valid.
struct AuthorizationFault {
  Refusal refusal;
  std::optional<AnswerTarget> target;  // nullopt: nothing that may be trusted to send an answer to; show a page
};

// Checks in the order that decides where errors go: client_id and redirect_uri first; what is wrong with them stays on
// a page. The rest goes to the client. Bounds: 4 KiB in all, so that the request fits into the address of a page. A
// client with several callbacks must name one; the first is the default (reference §5).
base::Result<AuthorizationRequest, AuthorizationFault> parse_authorization_request(
    const Parameters& parameters, const identity::TenantSnapshot& tenant);

// The texts of the specification; nullopt: unknown.
std::optional<ResponseType> parse_response_type(std::string_view text);
std::optional<Prompt> parse_prompt(std::string_view text);
std::optional<ResponseMode> parse_response_mode(std::string_view text);
std::string_view to_string(ResponseMode mode);

}  // namespace cardea::oauth
