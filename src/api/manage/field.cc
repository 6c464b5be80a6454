#include "api/manage/field.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/url.h"

namespace cardea::api {
namespace {

using base::json::object;
using base::json::value;

constexpr std::int64_t kLongestString = 64 * 1024;
constexpr std::size_t kMostItems = 1000;
constexpr std::size_t kLargestFreeForm = 1024 * 1024;

std::string problem(std::string_view what, const std::string& path) {
  return path.empty() ? fmt::format("Payload validation error: '{}'.", what)
                      : fmt::format("Payload validation error: '{}' on property {}.", what, path);
}

std::string_view type_name(FieldType type) {
  switch (type) {
    case FieldType::string:
      return "string";
    case FieldType::boolean:
      return "boolean";
    case FieldType::integer:
      return "integer";
    case FieldType::strings:
    case FieldType::objects:
      return "array";
    case FieldType::object:
      return "object";
    case FieldType::any:
      return "any";
  }
  return "any";
}

std::string_view type_name(const value& v) {
  switch (v.kind()) {
    case base::json::kind::null:
      return "null";
    case base::json::kind::bool_:
      return "boolean";
    case base::json::kind::int64:
    case base::json::kind::uint64:
      return "integer";
    case base::json::kind::double_:
      return "number";
    case base::json::kind::string:
      return "string";
    case base::json::kind::array:
      return "array";
    case base::json::kind::object:
      return "object";
  }
  return "any";
}

std::string_view format_name(FieldFormat format) {
  switch (format) {
    case FieldFormat::free:
      return "text";
    case FieldFormat::name:
      return "name";
    case FieldFormat::url:
      return "url";
    case FieldFormat::https_url:
      return "https-url";
    case FieldFormat::email:
      return "email";
    case FieldFormat::phone:
      return "phone-number";
    case FieldFormat::slug:
      return "slug";
    case FieldFormat::no_spaces:
      return "no-spaces";
  }
  return "text";
}

// Code points, as JSON Schema counts; the text is UTF-8.
std::int64_t length_of(std::string_view text) {
  return std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

// "" when the text is as the field wants it.
std::string check_text(const Field& field, std::string_view text, const std::string& path) {
  const auto length = length_of(text);
  const auto longest = field.max > 0 ? field.max : kLongestString;
  if (length < field.min)
    return problem(fmt::format("String is too short ({} chars), minimum {}", length, field.min), path);
  if (length > longest) return problem(fmt::format("String is too long ({} chars), maximum {}", length, longest), path);
  if (!field.values.empty() && std::ranges::find(field.values, text) == field.values.end())
    return problem(fmt::format("No enum match for: {}", text.substr(0, 100)), path);
  if (!is_of_format(field.format, text))
    return problem(fmt::format("Object didn't pass validation for format {}", format_name(field.format)), path);
  return {};
}

std::string check_integer(const Field& field, const value& v, const std::string& path) {
  boost::system::error_code error;
  const auto number = v.to_number<std::int64_t>(error);
  if (error) return problem("Value out of range", path);
  if (number < field.min) return problem(fmt::format("Value {} is less than minimum {}", number, field.min), path);
  if (field.max > 0 && number > field.max)
    return problem(fmt::format("Value {} is greater than maximum {}", number, field.max), path);
  return {};
}

std::string check_object(const std::vector<Field>& fields, const object& body, const std::string& path, bool creating);

// What is within a value is always checked as a whole: an update replaces it.
std::string check_value(const Field& field, const value& v, const std::string& path) {
  const auto expected = [&] {
    return problem(fmt::format("Expected type {} but found type {}", type_name(field.type), type_name(v)), path);
  };
  switch (field.type) {
    case FieldType::any:
      break;
    case FieldType::boolean:
      if (!v.is_bool()) return expected();
      break;
    case FieldType::string:
      return v.is_string() ? check_text(field, v.get_string(), path) : expected();
    case FieldType::integer:
      return v.is_int64() || v.is_uint64() ? check_integer(field, v, path) : expected();
    case FieldType::object:
      if (!v.is_object()) return expected();
      if (!field.members.empty()) return check_object(field.members, v.get_object(), path, true);
      break;
    case FieldType::strings:
    case FieldType::objects: {
      if (!v.is_array()) return expected();
      const auto most = field.max_items > 0 ? field.max_items : kMostItems;
      if (v.get_array().size() > most) return problem(fmt::format("Array is too long, maximum {}", most), path);
      std::size_t index = 0;
      for (const auto& item : v.get_array()) {
        const auto at = fmt::format("{}[{}]", path, index++);
        if (field.type == FieldType::strings) {
          if (!item.is_string())
            return problem(fmt::format("Expected type string but found type {}", type_name(item)), at);
          if (auto wrong = check_text(field, item.get_string(), at); !wrong.empty()) return wrong;
        } else {
          if (!item.is_object())
            return problem(fmt::format("Expected type object but found type {}", type_name(item)), at);
          if (field.members.empty()) continue;
          if (auto wrong = check_object(field.members, item.get_object(), at, true); !wrong.empty()) return wrong;
        }
      }
      return {};
    }
  }
  if (base::json::serialize(v).size() > kLargestFreeForm) return problem("Value is too large", path);
  return {};
}

std::string check_object(const std::vector<Field>& fields, const object& body, const std::string& path, bool creating) {
  for (const auto& member : body) {
    const std::string_view name = member.key();
    const auto field = std::ranges::find(fields, name, &Field::name);
    const bool known = field != fields.end() && field->access != FieldAccess::read_only &&
                       (creating || field->access != FieldAccess::create_only);
    if (!known) return problem(fmt::format("Additional properties not allowed: {}", name.substr(0, 100)), path);
    if (member.value().is_null()) {
      if (field->required) return problem(fmt::format("Missing required property: {}", name), path);
      continue;
    }
    const auto at = path.empty() ? std::string(name) : fmt::format("{}.{}", path, name);
    if (auto wrong = check_value(*field, member.value(), at); !wrong.empty()) return wrong;
  }
  if (!creating) return {};
  for (const auto& field : fields) {
    if (!field.required) continue;
    const auto* given = body.if_contains(field.name);
    if (given == nullptr || given->is_null())
      return problem(fmt::format("Missing required property: {}", field.name), path);
  }
  return {};
}

void add_fallbacks(const std::vector<Field>& fields, object& document);

// Objects get the fallbacks of their members too, so that what is stored is what is shown.
void settle_members(const Field& field, value& v) {
  if (field.members.empty()) return;
  if (v.is_object()) add_fallbacks(field.members, v.get_object());
  if (!v.is_array()) return;
  for (auto& item : v.get_array()) add_fallbacks(field.members, item.get_object());
}

void add_fallbacks(const std::vector<Field>& fields, object& document) {
  for (const auto& field : fields) {
    auto* present = document.if_contains(field.name);
    if (present != nullptr && present->is_null()) {
      document.erase(field.name);
      present = nullptr;
    }
    if (present == nullptr && !field.fallback.empty()) document[field.name] = base::json::parse(field.fallback);
    if (present != nullptr) settle_members(field, *present);
  }
}

}  // namespace

// Callbacks and the like may leave a subdomain or the organization open: https://*.example.com, {organization_name}.
std::string without_placeholders(std::string_view text) {
  std::string plain(text);
  constexpr std::string_view kOrganization = "{organization_name}";
  for (std::size_t at; (at = plain.find(kOrganization)) != std::string::npos;)
    plain.replace(at, kOrganization.size(), "x");
  if (const auto star = plain.find("://*."); star != std::string::npos) plain[star + 3] = 'x';
  return plain;
}

bool is_of_format(FieldFormat format, std::string_view text) {
  const auto all = [text](auto accepts) { return std::ranges::all_of(text, accepts); };
  const auto alphanumeric = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  switch (format) {
    case FieldFormat::free:
      return true;
    case FieldFormat::name:
      return text.find_first_of("<>") == std::string_view::npos;
    case FieldFormat::no_spaces:
      return all([](char c) { return static_cast<unsigned char>(c) > ' '; });
    case FieldFormat::slug:
      return !text.empty() && all([&](char c) { return alphanumeric(c) || c == '-'; }) && alphanumeric(text.front()) &&
             alphanumeric(text.back());
    case FieldFormat::phone:
      return text.size() >= 2 && text.size() <= 16 && text.front() == '+' &&
             std::ranges::all_of(text.substr(1), [](char c) { return c >= '0' && c <= '9'; });
    case FieldFormat::email: {
      const auto at = text.find('@');
      return at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
             text.find('@', at + 1) == std::string_view::npos &&
             all([](char c) { return static_cast<unsigned char>(c) > ' ' && c != '<' && c != '>'; });
    }
    case FieldFormat::url: {
      const auto url = base::Url::parse(without_placeholders(text));
      // Of apps too ("com.example.app:/callback"), but nothing that a browser runs in the page it comes from.
      const bool runs = url && (url->scheme == "javascript" || url->scheme == "data" || url->scheme == "vbscript");
      return url && !runs && !url->scheme.empty() && (!url->host.empty() || !url->path.empty());
    }
    case FieldFormat::https_url: {
      const auto url = base::Url::parse(text);
      return url && url->scheme == "https" && !url->host.empty() && !url->is_loopback();
    }
  }
  return false;
}

base::Result<object, std::string> check_creation(const std::vector<Field>& fields, const object& body) {
  if (auto wrong = check_object(fields, body, "", true); !wrong.empty()) return std::unexpected(std::move(wrong));
  object document = body;
  add_fallbacks(fields, document);
  return document;
}

base::Result<object, std::string> check_update(const std::vector<Field>& fields, const object& body) {
  if (auto wrong = check_object(fields, body, "", false); !wrong.empty()) return std::unexpected(std::move(wrong));
  object changes = body;
  for (const auto& field : fields)
    if (auto* present = changes.if_contains(field.name)) settle_members(field, *present);
  return changes;
}

}  // namespace cardea::api
