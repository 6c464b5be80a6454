#include "http/headers.h"

#include <algorithm>

namespace cardea::http {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

std::string_view until_line_end(std::string_view text) {
  std::size_t size = 0;
  while (size < text.size() && text[size] != '\r' && text[size] != '\n' && text[size] != '\0') ++size;
  return text.substr(0, size);
}

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i] != b[i] && lower(a[i]) != lower(b[i])) return false;
  return true;
}

std::optional<std::string_view> Headers::get(std::string_view name) const {
  for (std::size_t i = 0; i < fields_.size(); ++i)
    if (const auto field = at(i); equal_ignoring_case(field.name, name)) return field.value;
  return std::nullopt;
}

std::vector<std::string_view> Headers::all(std::string_view name) const {
  std::vector<std::string_view> out;
  for (const auto field : *this)
    if (equal_ignoring_case(field.name, name)) out.push_back(field.value);
  return out;
}

std::size_t Headers::count(std::string_view name) const {
  return static_cast<std::size_t>(
      std::count_if(begin(), end(), [&](Header field) { return equal_ignoring_case(field.name, name); }));
}

void Headers::add(std::string_view name, std::string_view value) {
  name = until_line_end(name);
  value = until_line_end(value);
  // A view into our own text would dangle while the text grows.
  if (value.data() >= text_.data() && value.data() < text_.data() + text_.size()) return add(name, std::string(value));
  if (fields_.empty()) {
    fields_.reserve(16);
    text_.reserve(400);
  }
  const auto name_at = static_cast<std::uint32_t>(text_.size());
  text_ += name;
  text_ += value;
  fields_.push_back({name_at, static_cast<std::uint32_t>(name.size()),
                     name_at + static_cast<std::uint32_t>(name.size()), static_cast<std::uint32_t>(value.size())});
}

void Headers::set(std::string_view name, std::string_view value) {
  if (fields_.empty() || !has(name)) return add(name, value);
  const std::string kept_name(name);
  const std::string kept_value(value);
  remove(kept_name);
  add(kept_name, kept_value);
}

void Headers::remove(std::string_view name) {
  const std::string kept(name);
  std::erase_if(fields_, [&](const Field& f) {
    return equal_ignoring_case(std::string_view(text_).substr(f.name_at, f.name_size), kept);
  });
}

void Headers::clear() {
  text_.clear();
  fields_.clear();
}

}  // namespace cardea::http
