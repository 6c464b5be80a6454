#pragma once

#include "api/auth/routes.h"
#include "http/form.h"
#include "http/router.h"
#include "tests/oauth/oauth_fixture.h"

namespace cardea::api {

// The routes of the Authentication API over the tenant of OauthTest.
class AuthTest : public oauth::OauthTest {
 protected:
  AuthTest() {
    add_auth_routes(router, {contexts, endpoint, authorize, logout, clients, revocation, introspection, access_tokens,
                             documents, sign_up, recovery, users, random, error_page});
  }

  static http::Response error_page(const http::Request&, const identity::RequestContext*, int status,
                                   std::string_view error, std::string_view description) {
    return http::Response::html(status, "error page: " + std::string(error) + ": " + std::string(description));
  }

  http::Request request(std::string method, std::string target) {
    http::Request made;
    made.method = std::move(method);
    made.target = target;
    const auto query = target.find('?');
    made.path = target.substr(0, query);
    if (query != std::string::npos) made.query = target.substr(query + 1);
    made.host = "acme.id.example.com:8443";
    made.scheme = "https";
    made.remote_address = "203.0.113.7";
    made.request_id = "request-1";
    return made;
  }
  http::Response send(http::Request made) { return run(router.dispatch(std::move(made))); }
  http::Response get(const std::string& target, const std::string& cookies = {}) {
    auto made = request("GET", target);
    if (!cookies.empty()) made.headers.set("Cookie", cookies);
    return send(std::move(made));
  }
  http::Response post(const std::string& target, const std::string& type, std::string body) {
    auto made = request("POST", target);
    if (!type.empty()) made.headers.set("Content-Type", type);
    made.body = std::move(body);
    return send(std::move(made));
  }
  http::Response post_form(const std::string& target, const oauth::Params& parameters) {
    return post(target, kForm, base::form_encode(parameters));
  }
  http::Response post_json(const std::string& target, const base::json::object& body) {
    return post(target, kJson, base::json::serialize(body));
  }
  static std::string authorize_target(const oauth::Params& more = {}) {
    return "/authorize?" + base::form_encode(with({{"client_id", std::string(kWeb)},
                                                   {"response_type", "code"},
                                                   {"redirect_uri", std::string(kCallback)},
                                                   {"scope", "openid email"},
                                                   {"state", "s-1"}},
                                                  more));
  }
  static std::string header(const http::Response& response, std::string_view name) {
    return std::string(response.headers.get(name).value_or(""));
  }
  static base::json::object json(const http::Response& response) {
    const auto parsed = base::parse_json(response.body);
    return parsed && parsed->is_object() ? parsed->get_object() : base::json::object();
  }
  static std::string error(const http::Response& response) { return base::get_string_or(json(response), "error"); }
  // Of a Location header.
  static std::string answered(const http::Response& response, std::string_view name) {
    const auto location = header(response, "location");
    const auto form = http::Form::parse(location.substr(location.find('?') + 1));
    return std::string(form ? form->get_or_empty(name) : "");
  }

  inline static const std::string kForm = "application/x-www-form-urlencoded";
  inline static const std::string kJson = "application/json";

  RequestContexts contexts{directory, *database};
  oauth::DiscoveryDocuments documents;
  identity::SignUp sign_up{*database, users, hashes, mail, clock, {}};
  identity::AccountRecovery recovery{*database, users, tickets, hashes, mail, logins, session_ending, clock};
  http::Router router;
};

}  // namespace cardea::api
