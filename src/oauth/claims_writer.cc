#include "oauth/claims_writer.h"

#include <array>

namespace cardea::oauth {
namespace {

constexpr auto kEscaped = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0; c < 0x20; ++c) table[c] = true;
  table['"'] = table['\\'] = true;
  return table;
}();

bool needs_escape(char c) { return kEscaped[static_cast<unsigned char>(c)]; }

void append_escaped(std::string& out, char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  if (c == '"' || c == '\\') {
    out += '\\';
    out += c;
    return;
  }
  out.append("\\u00").push_back(kHex[(static_cast<unsigned char>(c) >> 4) & 15]);
  out.push_back(kHex[static_cast<unsigned char>(c) & 15]);
}

}  // namespace

ClaimsWriter::ClaimsWriter(std::size_t expected_size) {
  out_.reserve(expected_size);
  out_ += '{';
}

void ClaimsWriter::quoted(std::string_view text) {
  out_ += '"';
  std::size_t clean = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!needs_escape(text[i])) continue;
    out_.append(text, clean, i - clean);
    append_escaped(out_, text[i]);
    clean = i + 1;
  }
  out_.append(text, clean, std::string_view::npos);
  out_ += '"';
}

bool ClaimsWriter::name(std::string_view name) {
  if (replaced_ && replaced_->contains(name)) return false;
  if (out_.size() > 1) out_ += ',';
  quoted(name);
  out_ += ':';
  return true;
}

void ClaimsWriter::text(std::string_view member, std::string_view value) {
  if (!name(member)) return;
  quoted(value);
}

void ClaimsWriter::number(std::string_view member, std::int64_t value) {
  if (!name(member)) return;
  out_ += std::to_string(value);
}

void ClaimsWriter::flag(std::string_view member, bool value) {
  if (!name(member)) return;
  out_ += value ? "true" : "false";
}

void ClaimsWriter::texts(std::string_view member, const std::vector<std::string>& values) {
  if (!name(member)) return;
  out_ += '[';
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out_ += ',';
    quoted(values[i]);
  }
  out_ += ']';
}

void ClaimsWriter::value(std::string_view member, const base::json::value& value) {
  if (!name(member)) return;
  out_ += base::json::serialize(value);
}

std::string ClaimsWriter::finish() && {
  out_ += '}';
  return std::move(out_);
}

}  // namespace cardea::oauth
