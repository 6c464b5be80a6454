#include "api/login/page_renderer.h"

#include <utility>

#include "api/login/page_model.h"

namespace cardea::api {
namespace {

namespace json = base::json;

using Names = std::vector<std::string_view>;

// An empty identifier is called by what the screen asks for.
std::vector<FieldError> named_for(std::vector<FieldError> errors, Identifier identifier) {
  for (auto& error : errors) {
    if (error.key != "no-username") continue;
    switch (identifier) {
      case Identifier::email:
        error.key = "no-email";
        break;
      case Identifier::username:
        break;
      case Identifier::email_or_username:
        error.key = "no-username-or-email";
        break;
    }
  }
  return errors;
}

struct IdentifierField {
  std::string_view label_key, type, inputmode;
};

IdentifierField identifier_field(Identifier identifier, std::string_view email_key, std::string_view username_key,
                                 std::string_view either_key) {
  switch (identifier) {
    case Identifier::email:
      return {email_key, "email", "email"};
    case Identifier::username:
      return {username_key, "text", ""};
    case Identifier::email_or_username:
      return {either_key, "text", "email"};
  }
  return {either_key, "text", "email"};
}

std::string result_page(PageModel& model, std::string_view template_name, std::string_view badge,
                        std::string_view heading_key, std::string_view description_key) {
  model.set_flag(badge);
  model.set_heading(model.text(heading_key), model.text(description_key));
  return model.render(template_name);
}

std::string_view standard_scope_key(std::string_view scope) {
  if (scope == "openid") return "scopeOpenid";
  if (scope == "profile") return "scopeProfile";
  if (scope == "email") return "scopeEmail";
  if (scope == "address") return "scopeAddress";
  if (scope == "phone") return "scopePhone";
  if (scope == "offline_access") return "scopeOfflineAccess";
  return "";
}

std::string scope_text(const PageModel& model, const ConsentScope& scope) {
  if (!scope.description.empty()) return scope.description;
  const auto key = standard_scope_key(scope.name);
  return key.empty() ? scope.name : model.text(key);
}

std::string_view error_title_key(std::string_view key) {
  if (key == "transaction-not-found" || key == "session-expired" || key == "csrf" || key == "ticket-expired")
    return "titleExpired";
  if (key == "access-denied" || key == "user-blocked" || key == "signup-disabled") return "titleDenied";
  if (key == "page-not-found") return "titleNotFound";
  if (key == "invalid-request") return "titleRequest";
  if (key == "too-many-requests") return "titleTooMany";
  return "title";
}

}  // namespace

std::string render(const PageContext& context, const LoginPage& page) {
  PageModel model(context, "login", "login");
  model.set_heading(model.text("title"), model.description());
  model.set_text("notice", model.notice_text(page.notice));
  const Names fields{"username", "password"};
  model.set_errors(named_for(page.errors, page.identifier), fields);
  const auto focus = model.focused(fields, page.username.empty() ? Names{"username"} : Names{"password"});
  const auto identifier =
      identifier_field(page.identifier, "emailPlaceholder", "usernameOnlyPlaceholder", "usernamePlaceholder");
  model.set_field("username",
                  {.name = "username",
                   .label = model.text(identifier.label_key),
                   .type = identifier.type,
                   .inputmode = identifier.inputmode,
                   .autocomplete = "username webauthn",
                   .value = page.username},
                  focus == "username");
  model.set_field("password",
                  {.name = "password",
                   .label = model.text("passwordPlaceholder"),
                   .type = "password",
                   .autocomplete = "current-password"},
                  focus == "password");
  model.set_text("forgot_url", page.show_forgot ? safe_link(page.forgot_url) : "");
  model.set_text("signup_url", page.show_signup ? safe_link(page.signup_url) : "");
  return model.render("login");
}

std::string render(const PageContext& context, const SignupPage& page) {
  PageModel model(context, "signup", "signup");
  model.set_heading(model.text("title"), model.description());
  Names fields{"email"}, empty;
  if (page.ask_username) fields.push_back("username");
  fields.push_back("password");
  if (page.email.empty()) empty.push_back("email");
  if (page.ask_username && page.username.empty()) empty.push_back("username");
  model.set_errors(page.errors, fields);
  const auto focus = model.focused(fields, empty);
  const auto rules_id = model.set_password_rules(page.rules, "password");
  model.set_field("email",
                  {.name = "email",
                   .label = model.text("emailPlaceholder"),
                   .type = "email",
                   .inputmode = "email",
                   .autocomplete = "email",
                   .value = page.email},
                  focus == "email");
  if (page.ask_username)
    model.set_field("username",
                    {.name = "username",
                     .label = model.text("usernamePlaceholder"),
                     .type = "text",
                     .autocomplete = "username",
                     .value = page.username},
                    focus == "username");
  model.set_field("password",
                  {.name = "password",
                   .label = model.text("passwordPlaceholder"),
                   .type = "password",
                   .autocomplete = "new-password",
                   .described_by = rules_id,
                   .rules = &page.rules},
                  focus == "password");
  model.set_text("login_url", safe_link(page.login_url));
  return model.render("signup");
}

std::string render(const PageContext& context, const ResetRequestPage& page) {
  PageModel model(context, "reset-password", "reset-password-request");
  const auto description =
      identifier_field(page.identifier, "descriptionEmail", "descriptionUsername", "descriptionUsernameOrEmail");
  model.set_heading(model.text("title"), model.text(description.label_key));
  const std::string_view name = page.identifier == Identifier::email ? "email" : "username";
  model.set_errors(named_for(page.errors, page.identifier), {name});
  const auto identifier =
      identifier_field(page.identifier, "placeholderEmail", "placeholderUsername", "placeholderUsernameOrEmail");
  model.set_field("identifier",
                  {.name = name,
                   .label = model.text(identifier.label_key),
                   .type = identifier.type,
                   .inputmode = identifier.inputmode,
                   .autocomplete = "username",
                   .value = page.identifier_value},
                  true);
  model.set_text("back_url", safe_link(page.back_url));
  return model.render("reset_request");
}

std::string render(const PageContext& context, const ResetEmailSentPage& page) {
  PageModel model(context, "reset-password", "reset-password-email");
  const bool is_email = page.identifier == Identifier::email;
  model.set_variable("email", page.identifier_value);
  model.set_variable("seconds", "{seconds}");  // the script counts
  model.set_text("identifier_name", is_email ? "email" : "username");
  model.set_text("identifier_value", page.identifier_value);
  model.set_text("resend_wait", std::to_string(page.resend_wait_seconds));
  model.set_text("back_url", safe_link(page.back_url));
  return result_page(model, "reset_email_sent", "mail", "title", is_email ? "emailDescription" : "usernameDescription");
}

std::string render(const PageContext& context, const ResetChangePage& page) {
  PageModel model(context, "reset-password", "reset-password");
  model.set_heading(model.text("title"), model.text("description"));
  const Names fields{"password-reset", "re-enter-password"};
  model.set_errors(page.errors, fields);
  const auto focus = model.focused(fields, {"password-reset"});
  const auto rules_id = model.set_password_rules(page.rules, "password-reset");
  model.set_text("username", page.username);
  model.set_field("password",
                  {.name = "password-reset",
                   .label = model.text("passwordPlaceholder"),
                   .type = "password",
                   .autocomplete = "new-password",
                   .described_by = rules_id,
                   .rules = &page.rules},
                  focus == "password-reset");
  model.set_field("repeat",
                  {.name = "re-enter-password",
                   .label = model.text("reEnterpasswordPlaceholder"),
                   .type = "password",
                   .autocomplete = "new-password",
                   .rules = &page.rules},
                  focus == "re-enter-password");
  return model.render("reset_change");
}

std::string render(const PageContext& context, const ResetSuccessPage& page) {
  PageModel model(context, "reset-password", "reset-password-success");
  model.set_text("continue_url", safe_link(page.continue_url));
  return result_page(model, "reset_success", "good", "eventTitle", "description");
}

std::string render(const PageContext& context, const ResetErrorPage& page) {
  PageModel model(context, "reset-password", "reset-password-error");
  model.set_text("continue_url", safe_link(page.request_url));
  switch (page.reason) {
    case ResetErrorPage::Reason::expired:
      return result_page(model, "reset_error", "bad", "eventTitleExpired", "descriptionExpired");
    case ResetErrorPage::Reason::used:
      return result_page(model, "reset_error", "bad", "eventTitleUsed", "descriptionUsed");
    case ResetErrorPage::Reason::invalid:
      break;
  }
  return result_page(model, "reset_error", "bad", "eventTitleGeneric", "descriptionGeneric");
}

std::string render(const PageContext& context, const EmailVerificationPage& page) {
  using Status = EmailVerificationPage::Status;
  PageModel model(context, "email-verification", "email-verification-result");
  model.set_text("continue_url", safe_link(page.continue_url));
  switch (page.status) {
    case Status::success:
      return result_page(model, "email_verification", "good", "verifiedTitle", "verifiedDescription");
    case Status::already_verified:
      return result_page(model, "email_verification", "good", "alreadyVerifiedTitle", "alreadyVerifiedDescription");
    case Status::expired:
      return result_page(model, "email_verification", "bad", "expiredTitle", "expiredDescription");
    case Status::invalid:
      break;
  }
  return result_page(model, "email_verification", "bad", "errorTitle", "invalidAccountOrCodeDescription");
}

std::string render(const PageContext& context, const ConsentPage& page) {
  PageModel model(context, "consent", "consent");
  model.set_heading(model.text("title"), model.description());
  model.set_text("client_logo", safe_image(context.client_logo_url));
  model.set_text("user_name", page.user_name);
  json::array groups;
  for (const auto& group : page.groups) {
    json::array scopes;
    for (const auto& scope : group.scopes) scopes.push_back({{"text", scope_text(model, scope)}});
    if (scopes.empty()) continue;
    groups.push_back({{"title", group.title.empty() ? model.text("groupAccountTitle") : group.title},
                      {"scopes", std::move(scopes)}});
  }
  model.set_list("groups", std::move(groups));
  return model.render("consent");
}

std::string render(const PageContext& context, const AccountChooserPage& page) {
  PageModel model(context, "select-account", "select-account");
  model.set_heading(model.text("title"), model.description());
  json::array accounts;
  for (const auto& account : page.accounts) {
    const auto& name = account.name.empty() ? account.email : account.name;
    accounts.push_back({{"id", account.id},
                        {"name", name},
                        {"email", name == account.email ? "" : account.email},
                        {"picture", safe_image(account.picture_url)},
                        {"initial", initial_of(name)},
                        {"signed_out", account.signed_out}});
  }
  model.set_list("accounts", std::move(accounts));
  return model.render("account_chooser");
}

std::string render(const PageContext& context, const LogoutConfirmPage& page) {
  PageModel model(context, "logout", "logout");
  model.set_heading(model.text("title"), model.description());
  model.set_text("user_name", page.user_name);
  return model.render("logout");
}

std::string render(const PageContext& context, const LogoutCompletePage& page) {
  PageModel model(context, "logout", page.aborted ? "logout-aborted" : "logout-complete");
  model.set_text("continue_url", safe_link(page.continue_url));
  return result_page(model, "logout_complete", "good", "eventTitle", "description");
}

std::string render(const PageContext& context, const ErrorPage& page) {
  PageModel model(context, "error", "error");
  model.set_flag("bad");
  model.set_heading(model.text(error_title_key(page.key)), model.error_text({.field = "", .key = page.key}));
  model.set_text("continue_url", safe_link(page.back_url));
  model.set_text("error_code", page.error_code);
  model.set_text("detail", page.detail);
  model.set_text("request_id", context.request_id);
  return model.render("error");
}

std::string render(const PageContext& context, const SignedInPage& page) {
  PageModel model(context, "status", "signed-in");
  model.set_variable("userName", page.user_name);
  model.set_text("logout_url", safe_link(page.logout_url));
  return result_page(model, "signed_in", "good", "eventTitle",
                     page.user_name.empty() ? "descriptionPlain" : "description");
}

}  // namespace cardea::api
