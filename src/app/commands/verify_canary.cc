#include "app/commands/verify_canary.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/commands/verify_json.h"
#include "base/percent.h"
#include "base/ulid.h"

namespace cardea::app {
namespace {

using base::json::object;

constexpr int kMostClientPages = 20;
constexpr std::size_t kPasswordLength = 24;

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

std::unexpected<base::Error> missing(std::string_view what) {
  return base::fail(base::Errc::unavailable, fmt::format("the answer has no {}", what));
}

}  // namespace

VerifyCanary::VerifyCanary(http::Client& client, const base::Clock& clock, base::Random& random,
                           VerifyProgress& progress, base::Duration timeout)
    : client_(client), progress_(progress), timeout_(timeout) {
  const auto mark = lower(base::new_ulid(clock, random));
  client_name_ = "Cardea canary " + mark;
  email_ = fmt::format("canary-{}@example.com", mark);
  // The end has one character of each kind that a password policy can ask for.
  password_ = base::random_alphanumeric(random, kPasswordLength) + "-aA1";
  progress.hide(password_);
}

http::OutgoingRequest VerifyCanary::request(std::string method, std::string path) const {
  http::OutgoingRequest out;
  out.method = std::move(method);
  out.url = issuer_ + "api/v2" + path;
  out.headers.set("Authorization", "Bearer " + token_);
  out.timeout = timeout_;
  return out;
}

http::OutgoingRequest VerifyCanary::request(std::string method, std::string path, const base::json::value& body) const {
  auto out = request(std::move(method), std::move(path));
  out.headers.set("Content-Type", "application/json");
  out.body = base::json::serialize(body);
  return out;
}

base::awaitable<StepResult> VerifyCanary::authorise(const Endpoints& endpoints, const std::string& client_id,
                                                    const std::string& client_secret) {
  issuer_ = endpoints.issuer;
  http::OutgoingRequest out;
  out.method = "POST";
  out.url = endpoints.token;
  out.timeout = timeout_;
  out.headers.set("Content-Type", "application/json");
  out.body = base::json::serialize(object{{"grant_type", "client_credentials"},
                                          {"client_id", client_id},
                                          {"client_secret", client_secret},
                                          {"audience", issuer_ + "api/v2/"}});
  auto answer = co_await call_json_object(client_, std::move(out), 200);
  if (!answer) co_return base::pass_on(answer);
  token_ = base::get_string_or(*answer, "access_token");
  if (token_.empty()) co_return missing("access_token");
  progress_.hide(token_);
  co_return std::string();
}

base::awaitable<StepResult> VerifyCanary::create_client() {
  client_attempted_ = true;
  const object body{{"name", client_name_},
                    {"app_type", "regular_web"},
                    {"token_endpoint_auth_method", "client_secret_post"},
                    {"grant_types", base::json::array{"authorization_code", "refresh_token"}},
                    {"callbacks", base::json::array{kCallback}},
                    {"allowed_logout_urls", base::json::array{kAfterLogout}},
                    {"oidc_conformant", true},
                    {"jwt_configuration", {{"alg", "RS256"}}}};
  auto answer = co_await call_json_object(client_, request("POST", "/clients", body), 201);
  if (!answer) co_return base::pass_on(answer);
  client_id_ = base::get_string_or(*answer, "client_id");
  client_secret_ = base::get_string_or(*answer, "client_secret");
  progress_.hide(client_secret_);
  if (client_id_.empty()) co_return missing("client_id");
  if (client_secret_.empty()) co_return missing("client_secret; does the token have read:client_keys?");
  co_return client_id_;
}

// The name of the tenant's default directory, where it has one.
base::awaitable<StepResult> VerifyCanary::find_directory() {
  auto settings = co_await call_json_object(client_, request("GET", "/tenants/settings"), 200);
  if (!settings) co_return base::pass_on(settings);
  if (auto name = base::get_string_or(*settings, "default_directory"); !name.empty()) directory_ = std::move(name);

  auto found = co_await call_json(
      client_, request("GET", "/connections?strategy=auth0&name=" + base::percent_encode(directory_)), 200);
  if (!found) co_return base::pass_on(found);
  if (found->is_array() && found->get_array().size() == 1 && found->get_array().front().is_object())
    connection_id_ = base::get_string_or(found->get_array().front().get_object(), "id");
  if (connection_id_.empty())
    co_return base::fail(base::Errc::unavailable, "there is no database connection " + directory_);
  co_return directory_;
}

base::awaitable<StepResult> VerifyCanary::enable_client() {
  auto directory = co_await find_directory();
  if (!directory) co_return directory;
  auto done = co_await call_json(client_, switch_request(true), 204);
  if (!done) co_return base::pass_on(done);
  co_return directory_;
}

// Switches the directory on or off for the canary and nobody else, whatever others change there meanwhile.
http::OutgoingRequest VerifyCanary::switch_request(bool on) const {
  const base::json::array body{object{{"client_id", client_id_}, {"status", on}}};
  return request("PATCH", "/connections/" + connection_id_ + "/clients", body);
}

base::awaitable<StepResult> VerifyCanary::create_user() {
  user_attempted_ = true;
  const object body{{"connection", directory_},
                    {"email", email_},
                    {"password", password_},
                    {"email_verified", true},
                    {"verify_email", false}};
  auto answer = co_await call_json_object(client_, request("POST", "/users", body), 201);
  if (!answer) co_return base::pass_on(answer);
  user_id_ = base::get_string_or(*answer, "user_id");
  if (user_id_.empty()) co_return missing("user_id");
  co_return email_;
}

base::awaitable<StepResult> VerifyCanary::remove_user() {
  if (user_id_.empty()) {
    auto found = co_await lost_user();
    if (!found) co_return found;
    if (found->empty()) co_return std::string("was never made");
    user_id_ = std::move(*found);
  }
  auto gone = co_await call_json(client_, request("DELETE", "/users/" + base::percent_encode(user_id_)), 204);
  if (!gone) co_return base::pass_on(gone);
  co_return std::string();
}

base::awaitable<StepResult> VerifyCanary::remove_client() {
  if (client_id_.empty()) {
    auto found = co_await lost_client();
    if (!found) co_return found;
    if (found->empty()) co_return std::string("was never made");
    client_id_ = std::move(*found);
  }
  auto gone = co_await call_json(client_, request("DELETE", "/clients/" + base::percent_encode(client_id_)), 204);
  if (!gone) co_return base::pass_on(gone);
  co_return co_await disable_client();
}

// The user whose creation may have happened although its answer never came; "" when it did not.
base::awaitable<StepResult> VerifyCanary::lost_user() {
  auto found =
      co_await call_json(client_, request("GET", "/users-by-email?email=" + base::percent_encode(email_)), 200);
  if (!found) co_return base::pass_on(found);
  if (!found->is_array() || found->get_array().empty() || !found->get_array().front().is_object())
    co_return std::string();
  co_return base::get_string_or(found->get_array().front().get_object(), "user_id");
}

base::awaitable<StepResult> VerifyCanary::lost_client() {
  for (int page = 0; page < kMostClientPages; ++page) {
    auto found = co_await call_json(
        client_, request("GET", fmt::format("/clients?fields=client_id,name&per_page=100&page={}", page)), 200);
    if (!found) co_return base::pass_on(found);
    if (!found->is_array() || found->get_array().empty()) break;
    for (const auto& row : found->get_array())
      if (row.is_object() && base::get_string_or(row.get_object(), "name") == client_name_)
        co_return base::get_string_or(row.get_object(), "client_id");
  }
  co_return std::string();
}

// Deleting the client takes it out of the connection where the server thinks of it; else it is taken out here.
base::awaitable<StepResult> VerifyCanary::disable_client() {
  if (connection_id_.empty()) co_return std::string();
  auto connection = co_await call_json_object(client_, request("GET", "/connections/" + connection_id_), 200);
  if (!connection) co_return base::pass_on(connection);
  const auto clients = base::get_strings(*connection, "enabled_clients");
  if (std::ranges::find(clients, client_id_) == clients.end()) co_return std::string();
  auto done = co_await call_json(client_, switch_request(false), 204);
  if (!done) co_return base::pass_on(done);
  co_return std::string();
}

}  // namespace cardea::app
