#pragma once

#include <string>
#include <string_view>

#include "api/manage/manage_routes.h"
#include "http/router.h"
#include "tests/identity/identity_fixture.h"

namespace cardea::api {

// The Management API over a memory store, with the tenants "acme" and "other". A token is the list of its scopes:
// "Bearer read:users,update:users"; the token "stolen" is refused.
class ManageTest : public identity::IdentityTest {
 protected:
  static constexpr std::string_view kHost = "acme.id.example.com:8443";
  static constexpr std::string_view kOtherHost = "other.id.example.com:8443";

  ManageTest() {
    other_tenant = make_tenant("other");
    add_manage_routes(api, {*database, configuration, tenants, users, signing_keys, new_password, mail, passwords,
                            session_ending, rotation, clock});
  }

  struct Answer {
    int status = 0;
    base::json::value body;
    http::Headers headers;

    std::string message() const { return member("message"); }
    std::string code() const { return member("errorCode"); }
    std::string member(std::string_view name) const {
      return body.is_object() ? base::get_string_or(body.get_object(), name) : "";
    }
    const base::json::object& object() const { return body.get_object(); }
    const base::json::array& array() const { return body.get_array(); }
  };

  Answer call(std::string_view method, std::string_view target, std::string_view scopes, std::string_view body = "",
              std::string_view host = kHost) {
    clock.advance(std::chrono::milliseconds(1));  // so that lists have the order of creation
    http::Request request;
    request.method = method;
    request.target = "/api/v2" + std::string(target);
    request.path = request.target.substr(0, request.target.find('?'));
    if (const auto mark = request.target.find('?'); mark != std::string::npos)
      request.query = request.target.substr(mark + 1);
    request.host = host;
    request.scheme = "https";
    request.request_id = "request-1";
    if (!scopes.empty()) request.headers.set("Authorization", "Bearer " + std::string(scopes));
    if (!body.empty()) request.headers.set("Content-Type", "application/json");
    request.body = body;
    return send(std::move(request));
  }

  Answer send(http::Request request) {
    auto response = run(router.dispatch(std::move(request)));
    Answer answer{response.status, nullptr, response.headers};
    if (!response.body.empty()) answer.body = base::json::parse(response.body);
    return answer;
  }

  // What an answer 200 or 201 says.
  Answer good(Answer answer) {
    EXPECT_TRUE(answer.status == 200 || answer.status == 201 || answer.status == 204)
        << answer.status << " " << base::json::serialize(answer.body);
    return answer;
  }

  static base::json::value parse(std::string_view text) { return base::json::parse(text); }

  // The members of a row of a list.
  static std::vector<std::string> all(const base::json::array& rows, std::string_view member) {
    std::vector<std::string> out;
    for (const auto& row : rows) out.push_back(base::get_string_or(row.get_object(), member));
    return out;
  }

  static base::awaitable<base::Result<ManagementToken, std::string>> verify(const identity::RequestContext&,
                                                                            std::string token) {
    if (token == "stolen") co_return std::unexpected(std::string("Invalid token"));
    ManagementToken out;
    out.client_id = kClient;
    out.subject = std::string(kClient) + "@clients";
    for (std::size_t at = 0; at <= token.size();) {
      const auto comma = std::min(token.find(',', at), token.size());
      out.scopes.insert(token.substr(at, comma - at));
      at = comma + 1;
    }
    co_return out;
  }

  RequestContexts contexts{directory, *database};
  identity::NewPassword new_password{hashes};
  identity::PasswordLogin passwords{*database, users, hashes, clock};
  oauth::KeyRotation rotation{*database, signing_keys, keys, random, clock, &directory};
  http::Router router;
  ManagementRouter api{router, contexts, verify, clock};
  model::TenantId other_tenant;
};

}  // namespace cardea::api
