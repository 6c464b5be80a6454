#include "app/commands/verify_relying_party.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/wait_traits.hpp>

#include "app/commands/verify_json.h"
#include "base/base64.h"
#include "crypto/digest.h"
#include "crypto/jwt.h"
#include "crypto/random_token.h"
#include "http/form.h"

namespace cardea::app {
namespace {

using base::json::object;
using namespace std::chrono_literals;
using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                boost::asio::wait_traits<std::chrono::steady_clock>, base::Executor>;

constexpr auto kPause = 250ms;
constexpr int kMostForms = 4;  // pages of one login: identifier first, then password …
constexpr auto kLeeway = 60s;
constexpr std::size_t kRandomBytes = 32;

std::unexpected<base::Error> wrong(std::string what) { return base::fail(base::Errc::unavailable, std::move(what)); }

base::awaitable<void> pause() {
  Timer timer(co_await boost::asio::this_coro::executor, kPause);
  co_await timer.async_wait(boost::asio::use_awaitable_t<base::Executor>{});
}

// "400 at /authorize (Something went wrong)"
std::string describe(const PageVisit& visit) {
  const auto url = base::Url::parse(visit.url);
  const auto title = find_title(visit.body).substr(0, 100);
  return fmt::format("{} at {}{}", visit.status, url ? url->path : "?", title.empty() ? "" : " (" + title + ")");
}

// The form of a login page.
std::optional<HtmlForm> login_form(const PageVisit& visit) {
  for (auto& form : find_forms(visit.body))
    if (form.has("password") || form.has("username") || form.has("email")) return std::move(form);
  return std::nullopt;
}

}  // namespace

VerifyRelyingParty::VerifyRelyingParty(http::Client& client, const base::Clock& clock, base::Random& random,
                                       const VerifyCanary& canary, VerifyProgress& progress, base::Duration timeout)
    : client_(client),
      clock_(clock),
      random_(random),
      canary_(canary),
      progress_(progress),
      timeout_(timeout),
      browser_(client, std::string(VerifyCanary::kCallback), timeout) {}

http::OutgoingRequest VerifyRelyingParty::get(std::string url) const {
  http::OutgoingRequest request;
  request.url = std::move(url);
  request.timeout = timeout_;
  return request;
}

base::awaitable<StepResult> VerifyRelyingParty::discover(const std::string& expected_issuer) {
  auto document = co_await call_json_object(client_, get(expected_issuer + ".well-known/openid-configuration"), 200);
  if (!document) co_return base::pass_on(document);
  endpoints_.issuer = base::get_string_or(*document, "issuer");
  if (endpoints_.issuer != expected_issuer)
    co_return wrong(fmt::format("the issuer is {}, not {}", endpoints_.issuer, expected_issuer));
  for (const auto& [name, member] :
       {std::pair{"authorization_endpoint", &Endpoints::authorization}, std::pair{"token_endpoint", &Endpoints::token},
        std::pair{"userinfo_endpoint", &Endpoints::userinfo}, std::pair{"jwks_uri", &Endpoints::jwks}}) {
    endpoints_.*member = base::get_string_or(*document, name);
    if ((endpoints_.*member).empty()) co_return wrong(fmt::format("the document has no {}", name));
  }
  const auto scopes = base::get_strings(*document, "scopes_supported");
  endpoints_.offline_access = std::ranges::find(scopes, "offline_access") != scopes.end();
  co_return "issuer " + endpoints_.issuer;
}

base::awaitable<StepResult> VerifyRelyingParty::discover_oauth() {
  auto document =
      co_await call_json_object(client_, get(endpoints_.issuer + ".well-known/oauth-authorization-server"), 200);
  if (!document) co_return base::pass_on(document);
  if (const auto issuer = base::get_string_or(*document, "issuer"); issuer != endpoints_.issuer)
    co_return wrong(fmt::format("the issuer is {}, not {}", issuer, endpoints_.issuer));
  if (const auto token = base::get_string_or(*document, "token_endpoint"); token != endpoints_.token)
    co_return wrong(fmt::format("the token endpoint is {}, not {}", token, endpoints_.token));
  co_return std::string();
}

base::awaitable<StepResult> VerifyRelyingParty::read_keys() {
  auto document = co_await call_json(client_, get(endpoints_.jwks), 200);
  if (!document) co_return base::pass_on(document);
  auto keys = crypto::parse_jwks(*document);
  if (!keys) co_return base::pass_on(keys);
  if (keys->keys().empty()) co_return wrong("there is no key in the key set");
  keys_ = std::move(*keys);
  co_return fmt::format("{} keys", keys_->keys().size());
}

std::string VerifyRelyingParty::authorization_url(bool silent) {
  state_ = crypto::random_token(random_, kRandomBytes);
  nonce_ = crypto::random_token(random_, kRandomBytes);
  code_verifier_ = crypto::random_token(random_, kRandomBytes);
  progress_.hide(code_verifier_);
  std::vector<base::QueryPair> parameters{
      {"response_type", "code"},
      {"client_id", canary_.client_id()},
      {"redirect_uri", std::string(VerifyCanary::kCallback)},
      {"scope", endpoints_.offline_access ? "openid profile email offline_access" : "openid profile email"},
      {"state", state_},
      {"nonce", nonce_},
      {"code_challenge", base::base64url_encode(crypto::sha256(code_verifier_))},
      {"code_challenge_method", "S256"}};
  if (silent) parameters.emplace_back("prompt", "none");
  return base::append_query(endpoints_.authorization, parameters);
}

base::awaitable<StepResult> VerifyRelyingParty::open_login_page() {
  for (auto tries = timeout_ / kPause;; --tries) {
    auto visit = co_await browser_.open(authorization_url(false));
    if (!visit) co_return base::pass_on(visit);
    if (visit->status == 200 && login_form(*visit)) {
      page_ = std::move(*visit);
      co_return std::string();
    }
    if (tries <= 0) co_return wrong("no login page, but " + describe(*visit));
    co_await pause();
  }
}

base::awaitable<StepResult> VerifyRelyingParty::sign_in() {
  for (int pages = 0; pages < kMostForms && !page_.at_callback; ++pages) {
    auto form = login_form(page_);
    if (!form) co_return wrong("no way on from " + describe(page_));
    form->fill("username", canary_.email());
    form->fill("email", canary_.email());
    form->fill("password", canary_.password());
    auto visit = co_await browser_.submit(page_.url, std::move(*form));
    if (!visit) co_return base::pass_on(visit);
    page_ = std::move(*visit);
    if (page_.status >= 400) co_return wrong("the login page answered " + describe(page_));
  }
  if (!page_.at_callback) co_return wrong("the login does not come to its end, but to " + describe(page_));
  auto code = code_of(page_);
  if (!code) co_return base::pass_on(code);
  code_ = std::move(*code);
  progress_.hide(code_);
  co_return std::string();
}

// What came to the callback: an answer to our own question, of the right server.
base::Result<std::string> VerifyRelyingParty::code_of(const PageVisit& visit) const {
  const auto url = base::Url::parse(visit.url);
  const auto query = http::Form::parse(url && url->query ? *url->query : "");
  if (!query) return wrong("the callback's query cannot be read");
  if (query->get_or_empty("state") != state_) return wrong("the callback got another state than was sent");
  if (const auto iss = query->get("iss"); iss && *iss != endpoints_.issuer)
    return wrong(fmt::format("the callback's iss is {}", *iss));
  if (const auto error = query->get("error"))
    return wrong(fmt::format("the callback got {} {}", *error, query->get_or_empty("error_description")));
  const auto code = query->get_or_empty("code");
  if (code.empty()) return wrong("the callback got no code");
  return std::string(code);
}

http::OutgoingRequest VerifyRelyingParty::token_request(std::vector<base::QueryPair> parameters) const {
  parameters.emplace_back("client_id", canary_.client_id());
  parameters.emplace_back("client_secret", canary_.client_secret());
  http::OutgoingRequest request;
  request.method = "POST";
  request.url = endpoints_.token;
  request.timeout = timeout_;
  request.headers.set("Content-Type", "application/x-www-form-urlencoded");
  request.body = base::form_encode(parameters);
  return request;
}

StepResult VerifyRelyingParty::take_tokens(const object& answer) {
  for (const auto& [name, token] : {std::pair{"id_token", &id_token_}, std::pair{"access_token", &access_token_},
                                    std::pair{"refresh_token", &refresh_token_}}) {
    auto value = base::get_string_or(answer, name);
    progress_.hide(value);
    if (!value.empty()) *token = std::move(value);
  }
  if (!answer.contains("access_token")) return wrong("the answer has no access_token");
  return std::string();
}

base::awaitable<StepResult> VerifyRelyingParty::exchange_code() {
  auto answer = co_await call_json_object(client_,
                                          token_request({{"grant_type", "authorization_code"},
                                                         {"code", code_},
                                                         {"redirect_uri", std::string(VerifyCanary::kCallback)},
                                                         {"code_verifier", code_verifier_}}),
                                          200);
  if (!answer) co_return base::pass_on(answer);
  auto taken = take_tokens(*answer);
  if (!taken) co_return taken;
  if (id_token_.empty()) co_return wrong("the answer has no id_token");
  if (endpoints_.offline_access && refresh_token_.empty()) co_return wrong("the answer has no refresh_token");
  co_return taken;
}

// OpenID Connect Core §3.1.3.7, without the nonce: a refreshed token has none.
base::Result<object> VerifyRelyingParty::verified_claims(const std::string& id_token) const {
  const auto jws = crypto::parse_compact(id_token);
  if (!jws) return base::pass_on(jws);
  const auto* key = keys_->find(jws->header.kid, crypto::SigningAlgorithm::rs256);
  if (key == nullptr)
    return wrong(fmt::format("the key set has no key for kid {} and {}", jws->header.kid, jws->header.alg));
  if (!crypto::verify(*jws, key->key, crypto::SigningAlgorithm::rs256)) return wrong("the signature is wrong");
  crypto::JwtExpectations expected;
  expected.issuer = endpoints_.issuer;
  expected.audience = canary_.client_id();
  expected.now = clock_.now();
  expected.leeway = kLeeway;
  return crypto::check_claims(*jws, expected);
}

base::awaitable<StepResult> VerifyRelyingParty::check_id_token() {
  const auto claims = verified_claims(id_token_);
  if (!claims) co_return base::pass_on(claims);
  if (base::get_string_or(*claims, "nonce") != nonce_) co_return wrong("the nonce is another one than was sent");
  subject_ = base::get_string_or(*claims, "sub");
  if (subject_ != canary_.user_id()) co_return wrong("the subject is " + subject_);
  co_return subject_;
}

base::awaitable<StepResult> VerifyRelyingParty::read_userinfo() {
  auto request = get(endpoints_.userinfo);
  request.headers.set("Authorization", "Bearer " + access_token_);
  auto claims = co_await call_json_object(client_, std::move(request), 200);
  if (!claims) co_return base::pass_on(claims);
  if (base::get_string_or(*claims, "sub") != subject_) co_return wrong("the subject is not that of the ID token");
  if (base::get_string_or(*claims, "email") != canary_.email()) co_return wrong("the e-mail address is another one");
  co_return std::string();
}

base::awaitable<StepResult> VerifyRelyingParty::refresh() {
  if (refresh_token_.empty()) co_return std::string("skipped: offline_access is not offered");
  auto answer = co_await call_json_object(
      client_, token_request({{"grant_type", "refresh_token"}, {"refresh_token", refresh_token_}}), 200);
  if (!answer) co_return base::pass_on(answer);
  auto taken = take_tokens(*answer);
  if (!taken || !answer->contains("id_token")) co_return taken;
  const auto claims = verified_claims(id_token_);
  if (!claims) co_return base::pass_on(claims);
  if (base::get_string_or(*claims, "sub") != subject_) co_return wrong("the new ID token is of somebody else");
  co_return std::string();
}

base::awaitable<StepResult> VerifyRelyingParty::sign_in_silently() {
  auto visit = co_await browser_.open(authorization_url(true));
  if (!visit) co_return base::pass_on(visit);
  if (!visit->at_callback) co_return wrong("no answer at the callback, but " + describe(*visit));
  auto code = code_of(*visit);
  if (!code) co_return base::pass_on(code);
  co_return std::string();
}

base::awaitable<StepResult> VerifyRelyingParty::sign_out() {
  auto visit = co_await browser_.open(
      base::append_query(endpoints_.issuer + "v2/logout",
                         {{"client_id", canary_.client_id()}, {"returnTo", std::string(VerifyCanary::kAfterLogout)}}));
  if (!visit) co_return base::pass_on(visit);
  if (!visit->at_callback || !visit->url.starts_with(VerifyCanary::kAfterLogout))
    co_return wrong("was not sent on, but got " + describe(*visit));
  co_return std::string();
}

base::awaitable<StepResult> VerifyRelyingParty::stay_signed_out() {
  auto visit = co_await browser_.open(authorization_url(true));
  if (!visit) co_return base::pass_on(visit);
  const auto url = base::Url::parse(visit->url);
  const auto query = http::Form::parse(url && url->query ? *url->query : "");
  if (!visit->at_callback || !query || query->get_or_empty("error") != "login_required")
    co_return wrong("the session still answers");
  co_return std::string();
}

}  // namespace cardea::app
