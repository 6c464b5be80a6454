#include "identity/login_transaction.h"

#include "base/base64.h"
#include "crypto/constant_time.h"
#include "crypto/digest.h"

namespace cardea::identity {
namespace {

constexpr std::string_view kPurpose = "login";
constexpr auto kLifetime = std::chrono::hours(1);

// Short names: the sealed form travels in URLs.
base::json::object to_body(const LoginTransaction& t) {
  base::json::object body{{"b", t.browser}, {"c", t.client.value}, {"r", t.request}};
  const auto add_text = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) body[name] = value;
  };
  const auto add_flag = [&](std::string_view name, bool value) {
    if (value) body[name] = true;
  };
  add_text("n", t.connection);
  add_text("h", t.login_hint);
  add_text("l", t.locale);
  add_flag("u", t.signup_first);
  if (t.session) body["s"] = t.session->value;
  add_flag("a", t.authenticated);
  add_flag("k", t.account_chosen);
  add_flag("o", t.consented);
  add_flag("x", t.declined);
  return body;
}

LoginTransaction from_content(const store::Artifacts::Content& content) {
  const auto& body = content.body;
  LoginTransaction t;
  t.id = content.id;
  t.browser = base::get_string_or(body, "b");
  t.client = model::ClientId{base::get_string_or(body, "c")};
  if (const auto* request = base::get_object(body, "r")) t.request = *request;
  t.connection = base::get_string_or(body, "n");
  t.login_hint = base::get_string_or(body, "h");
  t.locale = base::get_string_or(body, "l");
  t.signup_first = base::get_bool_or(body, "u", false);
  if (const auto session = base::get_string(body, "s")) t.session = model::SessionId{std::string(*session)};
  t.authenticated = base::get_bool_or(body, "a", false);
  t.account_chosen = base::get_bool_or(body, "k", false);
  t.consented = base::get_bool_or(body, "o", false);
  t.declined = base::get_bool_or(body, "x", false);
  return t;
}

}  // namespace

LoginTransactions::LoginTransactions(const store::Artifacts& artifacts, const base::Clock& clock)
    : artifacts_(artifacts), clock_(clock) {}

std::string LoginTransactions::seal(const RequestContext& context, const LoginTransaction& transaction) const {
  return artifacts_.seal(context.tenant->tenant.id, kPurpose, to_body(transaction), clock_.now() + kLifetime);
}

base::Result<LoginTransaction> LoginTransactions::open(const RequestContext& context, std::string_view state,
                                                       std::string_view browser_cookie) const {
  const auto content = artifacts_.open(context.tenant->tenant.id, kPurpose, state);
  if (!content) return base::pass_on(content);
  auto transaction = from_content(*content);
  if (browser_cookie.empty() || !crypto::equal_constant_time(transaction.browser, browser_hash(browser_cookie)))
    return base::fail(base::Errc::denied, "login transaction of another browser");
  return transaction;
}

std::string LoginTransactions::browser_hash(std::string_view browser_cookie) {
  return base::base64url_encode(crypto::sha256(browser_cookie));
}

}  // namespace cardea::identity
