#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/login/page_assets.h"
#include "base/json.h"

namespace cardea::api {

// The screens of universal login: one struct per screen, one render() each, giving a whole HTML document (UTF-8).
// Pure functions; any thread. Everything given is data and is escaped; addresses with a scheme that runs code are left
// out. Send them with Content-Security-Policy: login_csp(T::kReach), Cache-Control: no-store, Referrer-Policy:
// same-origin, X-Content-Type-Options: nosniff.
//
// The first bad field has the focus, else the first empty one. Passwords are never written back.
//
// Forms: POST, application/x-www-form-urlencoded, to `action_url` (empty: the address of the page itself), with the
// hidden fields `state` and `_csrf` and the pressed button's `action` (here "default" unless the screen says
// otherwise). They work without script; the script only adds show password, the live rule list, and the countdown.

struct Branding {
  std::string company_name;     // shown when there is no logo; ${companyName}
  std::string logo_url;         // https: or data:image/, else ignored
  std::string favicon_url;      // the same
  std::string primary_color;    // #rgb or #rrggbb, else ignored; see page_style.h
  std::string page_background;  // the same
};

struct PageContext {
  std::string locale = "en";  // from choose_locale()
  Branding branding;
  std::string client_name;      // ${clientName}; empty: the company's name stands in
  std::string client_logo_url;  // consent shows it
  std::string state;            // the transaction's; not written when empty
  std::string csrf;             // not written when empty
  std::string action_url;
  // A tenant's own words (base/texts.h); nullptr or alive until render() returns.
  const base::json::object* text_overrides = nullptr;
  std::string request_id;  // error page: what the user tells the support
  std::string support_email;
  std::string support_url;
};

// One thing that is wrong. `key` is looked up in the texts, first of the screen, then in common › errors:
//   wrong-credentials  user-blocked  too-many-requests  no-email  invalid-email  email-in-use
//   no-username  invalid-username  username-taken  no-password
//   password-too-weak  password-too-short  password-too-long  password-too-common  password-previously-used
//   password-contains-user-information  password-mismatch  no-re-enter-password
//   signup-failed  signup-disabled  ticket-expired  ticket-used  ticket-invalid
//   transaction-not-found  session-expired  csrf  invalid-request  access-denied  page-not-found
//   unavailable  something-went-wrong (also stands in for a key that nobody knows)
struct FieldError {
  std::string field;  // name of the input; empty, or one that the screen lacks: the whole form
  std::string key;
  long wait_seconds = 0;  // too-many-requests, user-blocked: when to try again; 0 = unknown
};

// What a new password must be; shown as a list and, to password managers, as `passwordrules`.
struct PasswordRules {
  int min_length = 8;
  bool lower = false, upper = false, digit = false, special = false;  // each of them required
  bool three_of_four = false;                                         // three of the four kinds, whichever
  int max_repeats = 0;                                                // so many equal characters in a row; 0 = any
};

enum class Identifier { email, username, email_or_username };

// prompt login › login. Fields: username, password.
struct LoginPage {
  static constexpr FormReach kReach = FormReach::client;
  std::string username;  // kept from the last try, or login_hint
  Identifier identifier = Identifier::email;
  bool show_signup = true;
  std::string signup_url;
  bool show_forgot = true;
  std::string forgot_url;
  // A good or neutral message above the form, a key of common › notices: password-reset-success, email-verified,
  // logged-out, login-again, check-email; empty: none.
  std::string notice;
  std::vector<FieldError> errors;
};

// prompt signup › signup. Fields: email, username (when asked for), password.
struct SignupPage {
  static constexpr FormReach kReach = FormReach::client;
  std::string email;
  bool ask_username = false;
  std::string username;
  PasswordRules rules;
  std::string login_url;
  std::vector<FieldError> errors;
};

// prompt reset-password › reset-password-request. Field: email (or username, when `identifier` is not email).
struct ResetRequestPage {
  static constexpr FormReach kReach = FormReach::same_origin;
  std::string identifier_value;
  Identifier identifier = Identifier::email;
  std::string back_url;  // to the login page
  std::vector<FieldError> errors;
};

// prompt reset-password › reset-password-email. The same whether the account exists or not. Button: action=resend, with
// the hidden field email (or username) repeated.
struct ResetEmailSentPage {
  static constexpr FormReach kReach = FormReach::same_origin;
  std::string identifier_value;  // as it was typed
  Identifier identifier = Identifier::email;
  long resend_wait_seconds = 30;  // the script holds the button back so long; the server decides
  std::string back_url;
};

// prompt reset-password › reset-password. Fields: password-reset, re-enter-password; a hidden `username` for managers.
struct ResetChangePage {
  static constexpr FormReach kReach = FormReach::client;
  std::string username;  // e-mail or username of the account
  PasswordRules rules;
  std::vector<FieldError> errors;
};

// prompt reset-password › reset-password-success.
struct ResetSuccessPage {
  static constexpr FormReach kReach = FormReach::same_origin;
  std::string continue_url;  // back to the application or to the login page; empty: no button
};

// prompt reset-password › reset-password-error.
struct ResetErrorPage {
  static constexpr FormReach kReach = FormReach::same_origin;
  enum class Reason { expired, used, invalid } reason = Reason::expired;
  std::string request_url;  // to ask for a new link; empty: no button
};

// prompt email-verification › email-verification-result.
struct EmailVerificationPage {
  static constexpr FormReach kReach = FormReach::same_origin;
  enum class Status { success, already_verified, expired, invalid } status = Status::success;
  std::string continue_url;  // empty: no button
};

struct ConsentScope {
  std::string name;
  std::string description;  // empty: the built-in text of a standard scope (openid, profile, email, address, phone,
                            // offline_access), else the name
};
struct ConsentGroup {
  std::string title;  // name of the API; empty: the group of the standard scopes
  std::vector<ConsentScope> scopes;
};

// prompt consent › consent. Buttons: action=accept, action=deny.
struct ConsentPage {
  static constexpr FormReach kReach = FormReach::client;
  std::string user_name;  // who is signed in: e-mail or name
  std::vector<ConsentGroup> groups;
};

struct AccountChoice {
  std::string id;  // comes back as the value of `account`; make it worthless to others
  std::string name;
  std::string email;
  std::string picture_url;  // https, else ignored
  bool signed_out = false;  // known here, but has to log in again
};

// prompt select-account › select-account. A pressed account sends account=<id>, "use another" sends action=another.
struct AccountChooserPage {
  static constexpr FormReach kReach = FormReach::client;
  std::vector<AccountChoice> accounts;
};

// prompt logout › logout. Buttons: action=accept, action=deny.
struct LogoutConfirmPage {
  static constexpr FormReach kReach = FormReach::client;
  std::string user_name;
};

// prompt logout › logout-complete, or logout-aborted when the user stayed.
struct LogoutCompletePage {
  static constexpr FormReach kReach = FormReach::same_origin;
  bool aborted = false;
  std::string continue_url;  // empty: no button
};

// prompt error › error. Neither texts nor detail reveal whether an account exists.
struct ErrorPage {
  static constexpr FormReach kReach = FormReach::same_origin;
  std::string key = "something-went-wrong";  // a FieldError key; says what happened and what to do
  std::string error_code;                    // e.g. "invalid_request"; may be empty
  std::string detail;                        // for the developer, not translated, e.g. "redirect_uri is not registered"
  std::string back_url;                      // where to start over; empty: no button
};

// prompt status › signed-in: the login is done and nobody said where to go.
struct SignedInPage {
  static constexpr FormReach kReach = FormReach::same_origin;
  std::string user_name;
  std::string logout_url;
};

std::string render(const PageContext& context, const LoginPage& page);
std::string render(const PageContext& context, const SignupPage& page);
std::string render(const PageContext& context, const ResetRequestPage& page);
std::string render(const PageContext& context, const ResetEmailSentPage& page);
std::string render(const PageContext& context, const ResetChangePage& page);
std::string render(const PageContext& context, const ResetSuccessPage& page);
std::string render(const PageContext& context, const ResetErrorPage& page);
std::string render(const PageContext& context, const EmailVerificationPage& page);
std::string render(const PageContext& context, const ConsentPage& page);
std::string render(const PageContext& context, const AccountChooserPage& page);
std::string render(const PageContext& context, const LogoutConfirmPage& page);
std::string render(const PageContext& context, const LogoutCompletePage& page);
std::string render(const PageContext& context, const ErrorPage& page);
std::string render(const PageContext& context, const SignedInPage& page);

}  // namespace cardea::api
