#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/login/page_renderer.h"
#include "base/json.h"
#include "base/texts.h"

namespace cardea::api {

// Builds the data of one screen's template; what every screen shares lives here. Private to the renderer.
class PageModel {
 public:
  // `context` must outlive the model.
  PageModel(const PageContext& context, std::string_view prompt, std::string_view screen);

  // ${name} in the texts of the screen. Set before the first text is read.
  void set_variable(std::string_view name, std::string_view value);

  // Empty when there is no such text.
  std::string text(std::string_view key) const;
  std::string common_text(std::string_view key) const;
  std::string notice_text(std::string_view key) const;
  std::string error_text(const FieldError& error) const;
  // description, or descriptionPlain where naming company and client would name the same thing twice.
  std::string description() const;

  // Members of the template's data. Addresses go through safe_link() or safe_image() before.
  void set_text(std::string_view name, std::string_view text);
  void set_flag(std::string_view name);
  void set_list(std::string_view name, base::json::array list);

  // h1 and the line below it.
  void set_heading(std::string_view heading, std::string_view description);

  // Shows `errors`: those of the whole form above it, those of the `fields` beside them.
  void set_errors(const std::vector<FieldError>& errors, const std::vector<std::string_view>& fields);

  struct Field {
    std::string_view name;
    std::string label;
    std::string_view type;          // text, email or password
    std::string_view inputmode;     // empty: the type's own
    std::string_view autocomplete;  // HTML autofill tokens
    std::string_view value;         // ignored for passwords
    std::string_view described_by;  // further element ids
    const PasswordRules* rules = nullptr;
  };
  // The data of the template `field`, under `name` of the data. Call after set_errors().
  void set_field(std::string_view name, const Field& field, bool autofocus);

  // The name among `fields` that gets the focus: the first bad one, else the first of `empty`, else the last field.
  std::string_view focused(const std::vector<std::string_view>& fields,
                           const std::vector<std::string_view>& empty) const;

  // The list of what a new password for the input `field` must have. Returns its id, for described_by; empty, and no
  // list, when any password will do.
  std::string_view set_password_rules(const PasswordRules& rules, std::string_view field);

  // The whole page.
  std::string render(std::string_view template_name);

 private:
  const FieldError* error_of(std::string_view field) const;
  void set_frame();

  const PageContext& context_;
  std::string prompt_;
  std::string screen_;
  base::Texts texts_;
  base::TextVariables variables_;
  std::vector<FieldError> errors_;
  bool has_form_error_ = false;
  base::json::object data_;
};

// The address when it is https: or data:image/, else empty.
std::string safe_image(std::string_view url);

// The address unless it has a scheme that runs code or reads files (javascript:, data:, vbscript:, blob:, file:) or
// control characters, else empty. Applications on phones have schemes of their own, so there is no list of good ones.
std::string safe_link(std::string_view url);

// The first character, for the coloured square that stands in for a logo.
std::string initial_of(std::string_view name);

}  // namespace cardea::api
