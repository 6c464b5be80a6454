#include "http/form.h"

#include <algorithm>
#include <unordered_set>

namespace cardea::http {
namespace {

// nullopt: bad escape, not UTF-8, or NUL.
std::optional<std::string> decode(std::string_view text) {
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  auto out = percent_decode(spaced);
  if (!out || out->find('\0') != std::string::npos || !base::is_utf8(*out)) return std::nullopt;
  return out;
}

}  // namespace

base::Result<Form> Form::parse(std::string_view text) {
  if (text.size() > kMaxBytes) return base::fail(base::Errc::invalid, "form too large");
  Form form;
  while (!text.empty()) {
    const auto end = text.find('&');
    const auto piece = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (piece.empty()) continue;
    if (form.pairs_.size() == kMaxPairs) return base::fail(base::Errc::invalid, "too many parameters");
    const auto equals = piece.find('=');
    auto name = decode(piece.substr(0, equals));
    auto value = decode(equals == std::string_view::npos ? std::string_view() : piece.substr(equals + 1));
    if (!name || !value) return base::fail(base::Errc::invalid, "malformed percent-encoding or UTF-8 in a parameter");
    if (name->empty()) return base::fail(base::Errc::invalid, "a parameter without a name");
    form.pairs_.emplace_back(std::move(*name), std::move(*value));
  }
  return form;
}

std::optional<std::string_view> Form::get(std::string_view name) const {
  for (const auto& pair : pairs_)
    if (pair.first == name) return pair.second;
  return std::nullopt;
}

std::vector<std::string_view> Form::all(std::string_view name) const {
  std::vector<std::string_view> out;
  for (const auto& pair : pairs_)
    if (pair.first == name) out.emplace_back(pair.second);
  return out;
}

bool Form::repeated(std::string_view name) const {
  return std::count_if(pairs_.begin(), pairs_.end(), [&](const auto& pair) { return pair.first == name; }) > 1;
}

std::optional<std::string> Form::first_repeated() const {
  std::unordered_set<std::string_view> seen;
  for (const auto& pair : pairs_)
    if (!seen.insert(pair.first).second) return pair.first;
  return std::nullopt;
}

}  // namespace cardea::http
