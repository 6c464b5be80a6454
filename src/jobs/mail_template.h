#pragma once

#include <string>
#include <string_view>

#include "base/json.h"

namespace cardea::jobs {

// A mail's words; who sends it and to whom is the sender's business.
struct Mail {
  std::string subject;  // one line, without control characters
  std::string text;     // plain text, UTF-8, lines end with \n
  std::string html;     // whole document; light and dark; no image is needed to read it
};

// Renders web/login/mails/<template_name>.{html,txt} with the texts of prompt "mails", screen <template_name>
// (base/texts.h). Templates: verify_email, reset_password, welcome, blocked_account.
//
// `variables`: strings. All templates know "url" (the button's address; may be absent for welcome and blocked_account),
// "email", "user_name", "company_name", "client_name", "expires_in" (ready to read, e.g. "5 days"; see
// describe_lifetime), "support_url", "support_email", "logo_url" (https only), "primary_color" (#rgb or #rrggbb),
// "ip" (blocked_account). Values are data: they are escaped, and never read as templates or text variables.
//
// `overrides`: a tenant's own words, {language: {"mails": {template: {key: text}}}}; may be empty.
// An unknown template name gives an empty Mail (all three strings empty).
Mail render_mail(std::string_view template_name, std::string_view locale, const base::json::object& variables,
                 const base::json::object& overrides);

// "5 days", "5 Tage", "1 hour": the largest unit that divides evenly enough, in the language of `locale`.
std::string describe_lifetime(long long seconds, std::string_view locale);

}  // namespace cardea::jobs
