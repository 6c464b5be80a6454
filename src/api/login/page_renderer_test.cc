#include "api/login/page_renderer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "api/login/html_check.h"
#include "base/texts.h"

namespace cardea::api {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

PageContext context_in(const std::string& locale) {
  PageContext context;
  context.locale = locale;
  context.branding = {.company_name = "Acme",
                      .logo_url = "https://cdn.example.com/logo.svg",
                      .primary_color = "#ffd400",
                      .page_background = "#fdf6e3"};
  context.client_name = "Notes";
  context.state = "the-state";
  context.csrf = "the-csrf";
  context.request_id = "01JD7Q6Z6M3K4V9T2R8XWB5NHE";
  context.support_email = "help@example.com";
  return context;
}

const PasswordRules kRules{.min_length = 10, .lower = true, .digit = true, .three_of_four = true, .max_repeats = 2};

struct Screen {
  std::string name;
  std::function<std::string(const PageContext&, const std::string&)> render;  // every free text is the given one
};

template <class Page>
Screen screen(const std::string& name, Page (*make)(const std::string&)) {
  return {name, [make](const PageContext& context, const std::string& text) { return render(context, make(text)); }};
}

std::vector<Screen> screens() {
  using S = const std::string&;
  return {
      screen<LoginPage>("login",
                        [](S text) {
                          return LoginPage{.username = text,
                                           .signup_url = "/u/signup",
                                           .forgot_url = "/u/reset-password/request/x",
                                           .notice = "logged-out"};
                        }),
      screen<LoginPage>("login with errors",
                        [](S text) {
                          return LoginPage{
                              .username = text,
                              .identifier = Identifier::email_or_username,
                              .errors = {{"", "wrong-credentials"}, {"password", "no-password"}, {"", text}}};
                        }),
      screen<SignupPage>("signup",
                         [](S text) {
                           return SignupPage{.email = text,
                                             .ask_username = true,
                                             .username = text,
                                             .rules = kRules,
                                             .login_url = "/u/login",
                                             .errors = {{"email", "invalid-email"}, {"password", text}}};
                         }),
      screen<ResetRequestPage>("reset request",
                               [](S text) {
                                 return ResetRequestPage{.identifier_value = text,
                                                         .identifier = Identifier::username,
                                                         .back_url = "/u/login",
                                                         .errors = {{"username", "no-username"}}};
                               }),
      screen<ResetEmailSentPage>(
          "reset e-mail sent",
          [](S text) { return ResetEmailSentPage{.identifier_value = text, .back_url = "/u/login"}; }),
      screen<ResetChangePage>("reset change",
                              [](S text) {
                                return ResetChangePage{.username = text,
                                                       .rules = kRules,
                                                       .errors = {{"re-enter-password", "password-mismatch"}}};
                              }),
      screen<ResetSuccessPage>("reset success", [](S) { return ResetSuccessPage{.continue_url = "/u/login"}; }),
      screen<ResetErrorPage>(
          "reset error",
          [](S) { return ResetErrorPage{.reason = ResetErrorPage::Reason::used, .request_url = "/u/login"}; }),
      screen<EmailVerificationPage>(
          "e-mail verified",
          [](S) { return EmailVerificationPage{.continue_url = "https://app.example.com/?a=1&b=2"}; }),
      screen<EmailVerificationPage>(
          "e-mail link expired",
          [](S) { return EmailVerificationPage{.status = EmailVerificationPage::Status::expired}; }),
      screen<ConsentPage>("consent",
                          [](S text) {
                            return ConsentPage{
                                .user_name = text,
                                .groups = {{"", {{"openid", ""}, {"profile", ""}, {"offline_access", ""}}},
                                           {text, {{"read:" + text, ""}, {"write:all", text}}}}};
                          }),
      screen<AccountChooserPage>("account chooser",
                                 [](S text) {
                                   return AccountChooserPage{
                                       .accounts = {{text, text, text + "@", "https://img.example.com/" + text, false},
                                                    {"2", "", "bob@example.com", "http://no", true}}};
                                 }),
      screen<LogoutConfirmPage>("logout", [](S text) { return LogoutConfirmPage{.user_name = text}; }),
      screen<LogoutCompletePage>("logged out", [](S) { return LogoutCompletePage{.continue_url = "/"}; }),
      screen<LogoutCompletePage>("not logged out", [](S) { return LogoutCompletePage{.aborted = true}; }),
      screen<ErrorPage>("error",
                        [](S text) {
                          return ErrorPage{
                              .key = "transaction-not-found", .error_code = text, .detail = text, .back_url = "/"};
                        }),
      screen<SignedInPage>("signed in",
                           [](S text) { return SignedInPage{.user_name = text, .logout_url = "/v2/logout"}; })};
}

TEST(PageRenderer, makes_sound_html_of_every_screen_in_every_language) {
  for (const auto& locale : base::text_languages())
    for (const auto& screen : screens()) {
      const auto html = screen.render(context_in(locale), "ada@example.com");

      SCOPED_TRACE(locale + " " + screen.name);
      const auto outline = check_html(html);
      EXPECT_THAT(outline.problems, IsEmpty()) << html;
      ASSERT_FALSE(outline.elements.empty());
      EXPECT_EQ(outline.elements.front().get("lang"), locale);
      EXPECT_EQ(outline.elements.front().get("dir"), "ltr");
      EXPECT_THAT(html, Not(HasSubstr("${")));
      EXPECT_THAT(html, Not(HasSubstr("{{")));
      for (const auto* name : {"title", "h1", "button"})
        for (const auto& element : outline.all(name))
          EXPECT_TRUE(!element.text.empty() || element.has("aria-label") || name == std::string("button")) << name;
    }
}

TEST(PageRenderer, gives_every_screen_a_title_of_its_own) {
  std::set<std::string> titles;

  for (const auto& screen : screens())
    titles.insert(check_html(screen.render(context_in("en"), "x")).all("title").front().text);

  EXPECT_GE(titles.size(), screens().size() - 2) << "variants of one screen may share theirs";
}

TEST(PageRenderer, stays_below_50_kb_with_style_and_script) {
  for (const auto& locale : base::text_languages())
    for (const auto& screen : screens()) {
      const auto html = screen.render(context_in(locale), "ada@example.com");
      std::size_t weight = html.size();

      for (const auto& link : check_html(html).all("link")) {
        const auto asset = find_page_asset(link.get("href"));
        ASSERT_TRUE(asset) << link.get("href");
        weight += asset->body.size();
      }
      for (const auto& script : check_html(html).all("script")) {
        const auto asset = find_page_asset(script.get("src"));
        ASSERT_TRUE(asset) << script.get("src");
        weight += asset->body.size();
      }

      EXPECT_LT(weight, 50'000u) << locale << " " << screen.name;
    }
}

TEST(PageRenderer, takes_everything_it_is_given_as_data) {
  const std::string hostile = "</title><script>alert(1)</script>\"'&{{t.title}}${clientName}<!--";
  auto context = context_in("en");
  context.branding.company_name = hostile;
  context.branding.logo_url = "";
  context.client_name = hostile;
  context.state = hostile;
  context.csrf = hostile;
  context.request_id = hostile;
  const base::json::object overrides = {
      {"en", {{"login", {{"login", {{"title", hostile}, {"footerText", hostile}}}}}}}};
  context.text_overrides = &overrides;

  for (const auto& screen : screens()) {
    const auto html = screen.render(context, hostile);

    SCOPED_TRACE(screen.name);
    const auto outline = check_html(html);
    EXPECT_THAT(outline.problems, IsEmpty()) << html;
    EXPECT_EQ(outline.all("script").size(), 1u);
    EXPECT_THAT(html, Not(HasSubstr("<script>")));
    EXPECT_THAT(html, Not(HasSubstr("</title><")));
    EXPECT_THAT(html, Not(HasSubstr("<!--")));
  }
}

TEST(PageRenderer, leaves_out_addresses_that_run_code) {
  auto context = context_in("en");
  context.branding.logo_url = "javascript:alert(1)";
  context.branding.favicon_url = "http://insecure.example.com/x.ico";
  context.support_url = "JaVaScRiPt:alert(1)";
  context.action_url = "data:text/html,x";

  for (const auto* url : {"javascript:alert(1)", " javascript:alert(1)", "java\nscript:alert(1)", "data:text/html,x",
                          "vbscript:x", "blob:x", "file:///etc/passwd"}) {
    const auto html = render(context, ResetSuccessPage{.continue_url = url}) +
                      render(context, LoginPage{.signup_url = url, .forgot_url = url});
    EXPECT_THAT(html, Not(HasSubstr("alert"))) << url;
    EXPECT_THAT(html, Not(HasSubstr("class=\"button primary\" href"))) << url;
    EXPECT_THAT(html, Not(HasSubstr("insecure"))) << url;
    EXPECT_THAT(html, Not(HasSubstr("<form method=\"post\" action"))) << url;
  }
  EXPECT_THAT(render(context, ResetSuccessPage{.continue_url = "com.example.notes:/done"}),
              HasSubstr("href=\"com.example.notes:/done\""));
}

std::map<std::string, std::string> values_of(const std::string& html) {
  std::map<std::string, std::string> values;
  for (const auto& input : check_html(html).all("input")) values[input.get("name")] = input.get("value");
  return values;
}

TEST(PageRenderer, carries_state_and_csrf_in_every_form) {
  for (const auto& screen : screens()) {
    const auto html = screen.render(context_in("en"), "x");
    if (check_html(html).all("form").empty()) continue;

    EXPECT_EQ(values_of(html)["state"], "the-state") << screen.name;
    EXPECT_EQ(values_of(html)["_csrf"], "the-csrf") << screen.name;
    EXPECT_THAT(html, HasSubstr("<form method=\"post\" novalidate>")) << screen.name;
  }
}

TEST(PageRenderer, follows_the_conventions_of_password_managers_at_login) {
  const auto outline = check_html(render(context_in("en"), LoginPage{}));

  const auto* username = outline.by_id("username");
  ASSERT_NE(username, nullptr);
  EXPECT_EQ(username->get("name"), "username");
  EXPECT_EQ(username->get("type"), "email");
  EXPECT_EQ(username->get("inputmode"), "email");
  EXPECT_EQ(username->get("autocomplete"), "username webauthn");
  EXPECT_EQ(username->get("autocapitalize"), "none");
  EXPECT_EQ(username->get("spellcheck"), "false");
  EXPECT_TRUE(username->has("autofocus"));
  const auto* password = outline.by_id("password");
  ASSERT_NE(password, nullptr);
  EXPECT_EQ(password->get("type"), "password");
  EXPECT_EQ(password->get("autocomplete"), "current-password");
}

TEST(PageRenderer, asks_for_the_identifier_that_the_connection_has) {
  const auto type = [](Identifier identifier) {
    const auto outline = check_html(render(context_in("en"), LoginPage{.identifier = identifier}));
    return outline.by_id("username")->get("type") + "/" + outline.by_id("username")->get("inputmode");
  };
  EXPECT_EQ(type(Identifier::email), "email/email");
  EXPECT_EQ(type(Identifier::username), "text/");
  EXPECT_EQ(type(Identifier::email_or_username), "text/email");

  EXPECT_THAT(render(context_in("en"), LoginPage{.errors = {{"username", "no-username"}}}),
              HasSubstr("Enter your email address."));
  EXPECT_THAT(render(context_in("en"), ResetRequestPage{}), HasSubstr("name=\"email\""));
  EXPECT_THAT(render(context_in("en"), ResetRequestPage{.identifier = Identifier::username}),
              HasSubstr("name=\"username\""));
}

TEST(PageRenderer, tells_password_managers_the_rules_of_a_new_password) {
  for (const auto& [html, id] :
       {std::pair{render(context_in("en"), SignupPage{.rules = kRules}), "password"},
        std::pair{render(context_in("en"), ResetChangePage{.rules = kRules}), "password-reset"}}) {
    const auto outline = check_html(html);
    const auto* password = outline.by_id(id);
    ASSERT_NE(password, nullptr);
    EXPECT_EQ(password->get("autocomplete"), "new-password");
    EXPECT_EQ(password->get("passwordrules"),
              "minlength: 10; required: lower; required: upper; required: digit; max-consecutive: 2;");
    EXPECT_EQ(password->get("aria-describedby"), "password-rules");
    EXPECT_THAT(html, HasSubstr("At least 10 characters"));
    EXPECT_THAT(html, HasSubstr("No more than 2 equal characters"));
    EXPECT_THAT(html, HasSubstr("aria-live=\"polite\""));
  }
}

TEST(PageRenderer, lists_no_rules_where_any_password_will_do) {
  const auto html = render(context_in("en"), SignupPage{.rules = {.min_length = 1}});

  EXPECT_THAT(check_html(html).problems, IsEmpty());
  EXPECT_THAT(html, Not(HasSubstr("Your password must contain")));
}

TEST(PageRenderer, keeps_the_username_beside_a_changed_password) {
  const auto outline = check_html(render(context_in("en"), ResetChangePage{.username = "ada@example.com"}));

  const auto inputs = outline.all("input");
  const auto at = std::ranges::find_if(inputs, [](const auto& input) { return input.get("name") == "username"; });
  ASSERT_NE(at, inputs.end());
  EXPECT_EQ(at->get("value"), "ada@example.com");
  EXPECT_EQ(at->get("autocomplete"), "username");
}

TEST(PageRenderer, shows_errors_once_above_and_beside_their_fields) {
  const auto html =
      render(context_in("en"),
             SignupPage{.email = "ada@", .errors = {{"email", "invalid-email"}, {"password", "password-too-common"}}});
  const auto outline = check_html(html);

  int alerts = 0;
  for (const auto& element : outline.elements) alerts += element.get("role") == "alert" ? 1 : 0;
  EXPECT_EQ(alerts, 1);
  const auto* email = outline.by_id("email");
  EXPECT_EQ(email->get("aria-invalid"), "true");
  EXPECT_EQ(email->get("aria-describedby"), "email-error");
  EXPECT_EQ(email->get("value"), "ada@") << "what was typed stays";
  EXPECT_TRUE(email->has("autofocus")) << "the first bad field";
  EXPECT_EQ(outline.by_id("password")->get("aria-describedby"), "password-rules password-error");
  EXPECT_FALSE(outline.by_id("password")->has("autofocus"));
  EXPECT_FALSE(outline.by_id("password")->has("value"));
  EXPECT_THAT(outline.all("title").front().text, testing::StartsWith("Error: "));
}

TEST(PageRenderer, goes_to_the_password_after_wrong_credentials) {
  const auto outline = check_html(
      render(context_in("en"), LoginPage{.username = "ada@example.com", .errors = {{"", "wrong-credentials"}}}));

  EXPECT_TRUE(outline.by_id("password")->has("autofocus"));
  EXPECT_EQ(outline.by_id("password")->get("aria-describedby"), "alert");
  EXPECT_FALSE(outline.by_id("username")->has("autofocus"));
}

TEST(PageRenderer, says_how_long_to_wait) {
  const auto text = [](long seconds) {
    return render(context_in("en"), LoginPage{.errors = {{"", "too-many-requests", seconds}}});
  };

  EXPECT_THAT(text(0), HasSubstr("Wait a moment"));
  EXPECT_THAT(text(40), HasSubstr("Try again in 40\u00a0s."));
  EXPECT_THAT(text(61), HasSubstr("Try again in 2\u00a0min."));
  EXPECT_THAT(text(7200), HasSubstr("Try again in 2\u00a0h."));
}

TEST(PageRenderer, has_a_sentence_for_every_error_even_an_unknown_one) {
  EXPECT_THAT(render(context_in("en"), LoginPage{.errors = {{"", "nobody-knows-this"}}}), HasSubstr("our fault"));
  EXPECT_THAT(render(context_in("en"), LoginPage{.errors = {{"no-such-field", "user-blocked"}}}),
              HasSubstr("This account is blocked"));
}

TEST(PageRenderer, says_the_same_for_known_and_unknown_accounts) {
  const auto html = render(context_in("en"), ResetEmailSentPage{.identifier_value = "ada@example.com"});

  EXPECT_THAT(html, HasSubstr("If there is an account for ada@example.com"));
  EXPECT_EQ(values_of(html)["email"], "ada@example.com");
  EXPECT_THAT(html, HasSubstr("name=\"action\" value=\"resend\""));
  EXPECT_THAT(html, HasSubstr("data-wait=\"30\""));
}

TEST(PageRenderer, names_the_company_once_when_it_is_the_application) {
  auto context = context_in("en");
  context.client_name = "Acme";

  EXPECT_THAT(render(context, LoginPage{}), HasSubstr("Log in with your Acme account.<"));
  EXPECT_THAT(render(context_in("en"), LoginPage{}), HasSubstr("Log in with your Acme account to continue to Notes."));
  EXPECT_THAT(render(PageContext{}, LoginPage{}), HasSubstr("<title>Log in | Cardea</title>"));
}

TEST(PageRenderer, lists_scopes_in_groups_with_words) {
  const auto html =
      render(context_in("de"), ConsentPage{.user_name = "Ada",
                                           .groups = {{"", {{"openid", ""}, {"email", ""}}},
                                                      {"Rechnungen", {{"read:x", "Rechnungen lesen"}, {"write:x", ""}}},
                                                      {"Leer", {}}}});

  EXPECT_THAT(html, HasSubstr("<h2>Ihr Konto</h2>"));
  EXPECT_THAT(html, HasSubstr("<li>Ihre E-Mail-Adresse sehen</li>"));
  EXPECT_THAT(html, HasSubstr("<li>Rechnungen lesen</li>"));
  EXPECT_THAT(html, HasSubstr("<li>write:x</li>"));
  EXPECT_THAT(html, Not(HasSubstr("Leer")));
  EXPECT_THAT(html, HasSubstr("name=\"action\" value=\"accept\""));
  EXPECT_THAT(html, HasSubstr("name=\"action\" value=\"deny\""));
}

TEST(PageRenderer, loads_the_tenants_colours_as_a_sheet) {
  EXPECT_THAT(render(context_in("en"), LoginPage{}), HasSubstr("/u/assets/theme-ffd400-fdf6e3.css"));
  EXPECT_THAT(render(PageContext{}, LoginPage{}), Not(HasSubstr("theme-")));
}

TEST(PageRenderer, turns_round_for_languages_from_right_to_left) {
  auto context = context_in("ar");
  EXPECT_THAT(render(context, LoginPage{}), HasSubstr("<html lang=\"en\" dir=\"ltr\">")) << "no Arabic texts yet";

  const base::json::object overrides = {{"ar", {{"login", {{"login", {{"title", "مرحبا"}}}}}}}};
  context.text_overrides = &overrides;
  EXPECT_THAT(render(context, LoginPage{}), HasSubstr("<html lang=\"ar\" dir=\"rtl\">"));
}

}  // namespace
}  // namespace cardea::api
