#include "http/request.h"

#include <algorithm>

namespace cardea::http {

std::string_view Request::param(std::string_view name) const {
  for (const auto& param : params)
    if (param.first == name) return param.second;
  return {};
}

Cookies Request::cookies() const {
  Cookies out;
  for (const auto field : headers)
    if (equal_ignoring_case(field.name, "cookie")) out.add(field.value);
  return out;
}

std::string Request::content_type() const {
  const auto value = headers.get("content-type").value_or("");
  std::string type(value.substr(0, value.find_first_of("; \t")));
  std::transform(type.begin(), type.end(), type.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  return type;
}

}  // namespace cardea::http
