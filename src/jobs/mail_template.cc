#include "jobs/mail_template.h"

#include <algorithm>

#include "base/color.h"
#include "base/template.h"
#include "base/texts.h"

namespace cardea::jobs {
namespace {

namespace json = base::json;

// The colours of the card in web/login/mails/frame.html.
constexpr base::Color kDefaultPrimary{0x30, 0x56, 0xd3};
constexpr base::Color kLightCard{0xff, 0xff, 0xff};
constexpr base::Color kDarkCard{0x17, 0x1a, 0x21};

// "expires_in" is ${expiresIn} in a text.
std::string camel_case(std::string_view name) {
  std::string camel;
  bool raise = false;
  for (const char c : name) {
    if (c == '_') {
      raise = true;
      continue;
    }
    camel += raise && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    raise = false;
  }
  return camel;
}

// Without control characters, so that a value can never add a header or a line to the mail.
std::string one_line(std::string_view text) {
  std::string line(text);
  std::ranges::replace_if(line, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  return line;
}

base::TextVariables text_variables(const json::object& variables) {
  base::TextVariables named;
  for (const auto& [name, value] : variables)
    if (value.is_string()) named[camel_case(name)] = one_line(value.get_string());
  if (const auto& company = named["companyName"]; company.empty()) named["companyName"] = "Cardea";
  auto& support = named["support"];
  if (support.empty()) support = named["supportEmail"].empty() ? named["supportUrl"] : named["supportEmail"];
  return named;
}

json::object texts_object(const base::ScreenTexts& texts) {
  json::object object;
  for (const auto& [key, text] : texts) object[key] = text;
  return object;
}

std::string https_only(std::string_view url) { return url.starts_with("https://") ? std::string(url) : std::string(); }

std::string web_address(std::string_view url) {
  return url.starts_with("https://") || url.starts_with("http://") ? std::string(url) : std::string();
}

std::string css(base::Color color) { return "#" + to_hex(color); }

// Two or more empty lines become one, and none stay at the ends: sections leave gaps in plain text.
std::string tidy_lines(std::string_view text) {
  std::string tidy;
  int newlines = 2;  // as if an empty line had been written: no gap at the start
  for (const char c : text) {
    newlines = c == '\n' ? newlines + 1 : 0;
    if (newlines <= 2) tidy += c;
  }
  while (tidy.ends_with('\n')) tidy.pop_back();
  return tidy + "\n";
}

}  // namespace

Mail render_mail(std::string_view template_name, std::string_view locale, const json::object& variables,
                 const json::object& overrides) {
  const base::Texts texts(locale, &overrides);
  const auto named = text_variables(variables);
  const auto value = [&named](std::string_view name) {
    const auto at = named.find(name);
    return at == named.end() ? std::string() : at->second;
  };
  const auto mail_texts = texts.screen("mails", template_name, named);
  const auto frame = texts.screen("mails", "frame", named);
  const auto subject = mail_texts.find("subject");
  if (template_name == "frame" || subject == mail_texts.end()) return {};

  const auto primary = base::parse_color(value("primaryColor")).value_or(kDefaultPrimary);
  const auto optional = [](bool wanted, const std::string& text) { return wanted ? text : std::string(); };
  const json::object data{
      {"lang", texts.locale()},
      {"subject", one_line(subject->second)},
      {"t", texts_object(mail_texts)},
      {"f", texts_object(frame)},
      {"greeting", frame.at(value("userName").empty() ? "greetingPlain" : "greeting")},
      {"body_ip", optional(!value("ip").empty(), texts.text("mails", template_name, "bodyIp", named))},
      {"url", web_address(value("url"))},
      {"expiry", optional(!value("expiresIn").empty(), frame.at("expiry"))},
      {"support", optional(!value("support").empty(), frame.at("supportText"))},
      {"sent_by", frame.at("sentBy")},
      {"company_name", value("companyName")},
      {"logo_url", https_only(value("logoUrl"))},
      {"primary", css(primary)},
      {"on_primary", css(text_on(primary))},
      {"link", css(readable_on(primary, kLightCard, base::kReadable))},
      {"link_dark", css(readable_on(primary, kDarkCard, base::kReadable))}};

  return {.subject = one_line(subject->second),
          .text = tidy_lines(base::render_template("login/mails/frame.txt", template_name, data, base::Escape::none)),
          .html = base::render_template("login/mails/frame.html", template_name, data)};
}

std::string describe_lifetime(long long seconds, std::string_view locale) {
  struct Unit {
    long long seconds;
    std::string_view one, many;
  };
  static constexpr Unit kUnits[] = {{86400, "day", "days"}, {3600, "hour", "hours"}, {60, "minute", "minutes"}};
  const base::Texts texts(locale);
  for (const auto& unit : kUnits) {
    const bool fits = seconds % unit.seconds == 0 || seconds >= 3 * unit.seconds;
    const long long count = seconds / unit.seconds;
    if (count > 0 && (fits || unit.seconds == 60))
      return texts.text("common", "durations", count == 1 ? unit.one : unit.many, {{"n", std::to_string(count)}});
  }
  return texts.text("common", "durations", "minute");
}

}  // namespace cardea::jobs
