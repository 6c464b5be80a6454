#include "jobs/mail_template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/texts.h"

namespace cardea::jobs {
namespace {

namespace json = base::json;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kTemplates[] = {"verify_email", "reset_password", "welcome", "blocked_account"};

json::object variables() {
  return {{"url", "https://login.example.com/u/email-verification?ticket=abc&x=1"},
          {"email", "ada@example.com"},
          {"user_name", "Ada"},
          {"company_name", "Acme"},
          {"client_name", "Notes"},
          {"expires_in", "5 days"},
          {"support_email", "help@example.com"},
          {"ip", "203.0.113.7"}};
}

TEST(MailTemplate, writes_every_mail_in_every_language) {
  for (const auto& language : base::text_languages())
    for (const auto* name : kTemplates) {
      const auto mail = render_mail(name, language, variables(), {});

      SCOPED_TRACE(language + " " + name);
      EXPECT_THAT(mail.subject, HasSubstr("Acme"));
      EXPECT_THAT(mail.text, HasSubstr("https://login.example.com/u/email-verification?ticket=abc&x=1\n"));
      EXPECT_THAT(mail.html, HasSubstr("href=\"https://login.example.com/u/email-verification?ticket=abc&amp;x=1\""));
      EXPECT_THAT(mail.html, HasSubstr("<html lang=\"" + language + "\">"));
      for (const auto& part : {mail.subject, mail.text, mail.html}) {
        EXPECT_THAT(part, Not(HasSubstr("${")));
        EXPECT_THAT(part, Not(HasSubstr("{{")));
      }
      EXPECT_THAT(mail.text, HasSubstr("ada@example.com"));
      EXPECT_THAT(mail.text, Not(HasSubstr("\n\n\n")));
      EXPECT_THAT(mail.html, HasSubstr("help@example.com"));
      EXPECT_LT(mail.html.size(), 10'000u);
    }
}

TEST(MailTemplate, says_it_in_the_readers_language) {
  EXPECT_EQ(render_mail("verify_email", "de-CH", variables(), {}).subject,
            "Bestätigen Sie Ihre E-Mail-Adresse für Acme");
  EXPECT_THAT(render_mail("welcome", "sv", variables(), {}).text, HasSubstr("Hej Ada!"));
  EXPECT_THAT(render_mail("blocked_account", "fr", variables(), {}).text, HasSubstr("203.0.113.7"));
}

TEST(MailTemplate, leaves_out_what_is_not_known) {
  const auto mail = render_mail("welcome", "en", {{"email", "ada@example.com"}, {"company_name", "Acme"}}, {});

  EXPECT_THAT(mail.text, testing::StartsWith("Hello,\n"));
  EXPECT_THAT(mail.text, Not(HasSubstr("Get started")));
  EXPECT_THAT(mail.text, Not(HasSubstr("Questions")));
  EXPECT_THAT(mail.html, Not(HasSubstr("<a ")));
}

TEST(MailTemplate, takes_values_as_data) {
  auto hostile = variables();
  hostile["user_name"] = "<script>alert(1)</script> ${email} {{t.body}}";
  hostile["company_name"] = "Acme\r\nBcc: everybody@example.com";
  hostile["logo_url"] = "javascript:alert(1)";
  hostile["primary_color"] = "red;background:url(//evil)";

  const auto mail = render_mail("verify_email", "en", hostile, {});

  EXPECT_EQ(mail.subject.find_first_of("\r\n"), std::string::npos);
  EXPECT_THAT(mail.html, Not(HasSubstr("<script")));
  EXPECT_THAT(mail.html, HasSubstr("&lt;script&gt;"));
  EXPECT_THAT(mail.html, Not(HasSubstr("javascript:")));
  EXPECT_THAT(mail.html, Not(HasSubstr("evil")));
  EXPECT_THAT(mail.text, HasSubstr("Hello <script>alert(1)</script> ${email} {{t.body}},"));
}

TEST(MailTemplate, links_only_to_web_addresses) {
  auto hostile = variables();
  hostile["url"] = "javascript:alert(1)";

  EXPECT_THAT(render_mail("verify_email", "en", hostile, {}).html, Not(HasSubstr("<a ")));
}

TEST(MailTemplate, uses_the_tenants_own_words) {
  const json::object overrides = {{"en", {{"mails", {{"verify_email", {{"subject", "Is it you, ${userName}?"}}}}}}}};

  const auto mail = render_mail("verify_email", "en", variables(), overrides);

  EXPECT_EQ(mail.subject, "Is it you, Ada?");
  EXPECT_THAT(mail.text, HasSubstr("Confirm address"));
}

TEST(MailTemplate, knows_only_its_own_templates) {
  for (const auto* name : {"", "frame", "paragraph", "nothing", "../templates/login"}) {
    const auto mail = render_mail(name, "en", variables(), {});
    EXPECT_TRUE(mail.subject.empty() && mail.text.empty() && mail.html.empty()) << name;
  }
}

TEST(DescribeLifetime, speaks_the_language) {
  EXPECT_EQ(describe_lifetime(432000, "en"), "5 days");
  EXPECT_EQ(describe_lifetime(432000, "de"), "5 Tage");
  EXPECT_EQ(describe_lifetime(86400, "fr"), "1 jour");
  EXPECT_EQ(describe_lifetime(3600, "sv"), "1 timme");
  EXPECT_EQ(describe_lifetime(5400, "en"), "90 minutes");
  EXPECT_EQ(describe_lifetime(36 * 3600, "en"), "36 hours");
  EXPECT_EQ(describe_lifetime(600, "es"), "10 minutos");
  EXPECT_EQ(describe_lifetime(5, "en"), "1 minute");
  EXPECT_EQ(describe_lifetime(-1, "en"), "1 minute");
}

}  // namespace
}  // namespace cardea::jobs
