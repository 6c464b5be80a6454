#include "api/login/page_model.h"

#include <algorithm>
#include <array>
#include <utility>

#include "api/login/locale.h"
#include "api/login/page_style.h"
#include "base/template.h"

namespace cardea::api {
namespace {

namespace json = base::json;

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

bool has_control_characters(std::string_view text) {
  return std::ranges::any_of(text, [](unsigned char c) { return c <= 0x20 || c == 0x7f; });
}

// For password managers that read the passwordrules attribute.
std::string rules_attribute(const PasswordRules& rules) {
  std::string text = "minlength: " + std::to_string(rules.min_length) + ";";
  if (rules.lower || rules.three_of_four) text += " required: lower;";
  if (rules.upper || rules.three_of_four) text += " required: upper;";
  if (rules.digit || rules.three_of_four) text += " required: digit;";
  if (rules.special) text += " required: special;";
  if (rules.max_repeats > 0) text += " max-consecutive: " + std::to_string(rules.max_repeats) + ";";
  return text;
}

json::object texts_object(const base::ScreenTexts& texts) {
  json::object object;
  for (const auto& [key, text] : texts) object[key] = text;
  return object;
}

}  // namespace

PageModel::PageModel(const PageContext& context, std::string_view prompt, std::string_view screen)
    : context_(context), prompt_(prompt), screen_(screen), texts_(context.locale, context.text_overrides) {
  std::string company = context.branding.company_name;
  if (company.empty()) company = context.client_name;
  if (company.empty()) company = "Cardea";
  set_variable("clientName", context.client_name.empty() ? company : context.client_name);
  set_variable("companyName", company);
}

void PageModel::set_variable(std::string_view name, std::string_view value) { variables_[std::string(name)] = value; }

std::string PageModel::text(std::string_view key) const { return texts_.text(prompt_, screen_, key, variables_); }

std::string PageModel::common_text(std::string_view key) const {
  return texts_.text("common", "page", key, variables_);
}

std::string PageModel::notice_text(std::string_view key) const {
  return key.empty() ? std::string() : texts_.text("common", "notices", key, variables_);
}

std::string PageModel::error_text(const FieldError& error) const {
  base::TextVariables variables = variables_;
  std::vector<std::string> keys{error.key};
  if (error.wait_seconds > 0) {
    const long seconds = error.wait_seconds;
    const auto [key, count] = seconds < 60     ? std::pair("waitSeconds", seconds)
                              : seconds < 3600 ? std::pair("waitMinutes", (seconds + 59) / 60)
                                               : std::pair("waitHours", (seconds + 3599) / 3600);
    variables["wait"] = texts_.text("common", "durations", key, {{"n", std::to_string(count)}});
    keys.insert(keys.begin(), error.key + "-wait");
  }
  keys.emplace_back("something-went-wrong");
  for (const auto& key : keys) {
    if (auto own = texts_.text(prompt_, screen_, key, variables); !own.empty()) return own;
    if (auto shared = texts_.text("common", "errors", key, variables); !shared.empty()) return shared;
  }
  return {};
}

std::string PageModel::description() const {
  const auto& company = context_.branding.company_name;
  const bool same = company.empty() || context_.client_name.empty() || company == context_.client_name;
  if (same)
    if (auto plain = text("descriptionPlain"); !plain.empty()) return plain;
  return text("description");
}

void PageModel::set_text(std::string_view name, std::string_view text) { data_[name] = text; }

void PageModel::set_flag(std::string_view name) { data_[name] = true; }

void PageModel::set_list(std::string_view name, json::array list) { data_[name] = std::move(list); }

void PageModel::set_heading(std::string_view heading, std::string_view description) {
  set_text("heading", heading);
  set_text("description", description);
}

void PageModel::set_errors(const std::vector<FieldError>& errors, const std::vector<std::string_view>& fields) {
  errors_ = errors;
  json::array messages;
  for (auto& error : errors_) {
    if (std::ranges::find(fields, error.field) == fields.end()) error.field.clear();
    if (error.field.empty()) messages.push_back({{"text", error_text(error)}});
  }
  has_form_error_ = !messages.empty();
  if (!errors_.empty() && messages.empty()) messages.push_back({{"text", common_text("fixErrorsText")}});
  if (!messages.empty()) data_["alert"] = json::object{{"messages", std::move(messages)}};
}

const FieldError* PageModel::error_of(std::string_view field) const {
  const auto at = std::ranges::find(errors_, field, &FieldError::field);
  return at == errors_.end() ? nullptr : &*at;
}

void PageModel::set_field(std::string_view name, const Field& field, bool autofocus) {
  const FieldError* error = error_of(field.name);
  const bool secret = field.type == "password";
  std::string described_by(field.described_by);
  const auto describe = [&described_by](const std::string& id) {
    if (!described_by.empty()) described_by += ' ';
    described_by += id;
  };
  if (error != nullptr) describe(std::string(field.name) + "-error");
  if (autofocus && has_form_error_) describe("alert");
  data_[name] = json::object{{"id", field.name},
                             {"name", field.name},
                             {"label", field.label},
                             {"type", field.type},
                             {"inputmode", field.inputmode},
                             {"autocomplete", field.autocomplete},
                             {"value", secret ? std::string_view() : field.value},
                             {"secret", secret},
                             {"passwordrules", field.rules ? rules_attribute(*field.rules) : std::string()},
                             {"minlength", field.rules ? std::to_string(field.rules->min_length) : std::string()},
                             {"described_by", described_by},
                             {"invalid", error != nullptr},
                             {"error", error != nullptr ? error_text(*error) : std::string()},
                             {"autofocus", autofocus}};
}

std::string_view PageModel::focused(const std::vector<std::string_view>& fields,
                                    const std::vector<std::string_view>& empty) const {
  for (const auto field : fields)
    if (error_of(field) != nullptr) return field;
  return empty.empty() ? fields.back() : empty.front();
}

std::string_view PageModel::set_password_rules(const PasswordRules& rules, std::string_view field) {
  base::TextVariables variables{{"minLength", std::to_string(rules.min_length)},
                                {"maxRepeats", std::to_string(rules.max_repeats)}};
  const auto row = [&](std::string_view rule, std::string_view key, std::string value = "") {
    return json::object{{"rule", rule},
                        {"value", std::move(value)},
                        {"text", texts_.text("common", "page", key, variables)},
                        {"nested", false}};
  };
  json::array items;
  if (rules.min_length > 1) items.push_back(row("length", "ruleLength", std::to_string(rules.min_length)));
  if (rules.lower) items.push_back(row("lower", "ruleLower"));
  if (rules.upper) items.push_back(row("upper", "ruleUpper"));
  if (rules.digit) items.push_back(row("digit", "ruleDigit"));
  if (rules.special) items.push_back(row("special", "ruleSpecial"));
  if (rules.three_of_four) {
    auto three = row("three", "ruleThreeOfFour");
    three["nested"] = json::object{{"kinds", json::array{row("lower", "ruleLower"), row("upper", "ruleUpper"),
                                                         row("digit", "ruleDigit"), row("special", "ruleSpecial")}}};
    items.push_back(std::move(three));
  }
  if (rules.max_repeats > 0) items.push_back(row("repeats", "ruleRepeats", std::to_string(rules.max_repeats)));
  if (items.empty()) return "";
  data_["rules"] = json::object{{"rules_for", field}, {"items", std::move(items)}};
  return "password-rules";
}

void PageModel::set_frame() {
  const auto& company = variables_.find("companyName")->second;
  const auto& branding = context_.branding;
  const auto favicon = safe_image(branding.favicon_url);
  set_text("lang", texts_.locale());
  set_text("dir", is_right_to_left(texts_.locale()) ? "rtl" : "ltr");
  set_text("page_title", (errors_.empty() ? "" : common_text("errorTitlePrefix")) + text("pageTitle"));
  set_text("favicon", favicon.empty() ? page_asset_path("favicon.svg") : favicon);
  set_text("style", page_asset_path("login.css"));
  set_text("script", page_asset_path("login.js"));
  set_text("theme", theme_path(branding.primary_color, branding.page_background));
  set_text("logo", safe_image(branding.logo_url));
  set_text("company_name", company);
  set_text("company_initial", initial_of(company));
  const auto mailto = context_.support_email.empty() ? "" : "mailto:" + context_.support_email;
  set_text("support_url", safe_link(context_.support_url.empty() ? mailto : context_.support_url));
  set_text("state", context_.state);
  set_text("csrf", context_.csrf);
  set_text("action_url", safe_link(context_.action_url));
  data_["c"] = texts_object(texts_.screen("common", "page", variables_));
  data_["t"] = texts_object(texts_.screen(prompt_, screen_, variables_));
}

std::string PageModel::render(std::string_view template_name) {
  set_frame();
  return base::render_template("login/templates/layout.mustache", template_name, data_);
}

std::string safe_image(std::string_view url) {
  const std::string lower = lower_case(url.substr(0, 16));
  const bool good = lower.starts_with("https://") || lower.starts_with("data:image/");
  return good && !has_control_characters(url) ? std::string(url) : std::string();
}

std::string safe_link(std::string_view url) {
  static constexpr std::array<std::string_view, 6> kBad = {
      "javascript:", "data:", "vbscript:", "blob:", "filesystem:", "file:"};
  const std::string lower = lower_case(url.substr(0, 16));
  const bool bad = std::ranges::any_of(kBad, [&](std::string_view scheme) { return lower.starts_with(scheme); });
  return bad || has_control_characters(url) ? std::string() : std::string(url);
}

std::string initial_of(std::string_view name) {
  if (name.empty()) return {};
  std::size_t length = 1;
  while (length < name.size() && length < 4 && (static_cast<unsigned char>(name[length]) & 0xc0) == 0x80) ++length;
  std::string initial(name.substr(0, length));
  if (length == 1 && initial[0] >= 'a' && initial[0] <= 'z') initial[0] = static_cast<char>(initial[0] - 'a' + 'A');
  return initial;
}

}  // namespace cardea::api
