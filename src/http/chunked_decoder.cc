#include "http/chunked_decoder.h"

#include <algorithm>
#include <charconv>

namespace cardea::http {
namespace {

constexpr std::size_t kMaxLine = 1024;  // a size with extensions, or one trailer
constexpr std::size_t kMaxTrailers = 4096;
constexpr std::size_t kMaxSizeDigits = 8;

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

}  // namespace

std::size_t ChunkedDecoder::feed(std::string_view bytes, std::string& body, std::size_t limit) {
  std::size_t taken = 0;
  while (state_ == State::reading && taken < bytes.size()) {
    const auto rest = bytes.substr(taken);
    if (part_ == Part::data) {
      const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, rest.size()));
      body.append(rest.substr(0, size));
      taken += size;
      left_ -= size;
      if (left_ == 0) part_ = Part::data_end;
      continue;
    }
    const auto newline = rest.substr(0, kMaxLine).find('\n');
    if (newline == std::string_view::npos) {
      if (rest.size() >= kMaxLine) state_ = State::malformed;
      break;
    }
    taken += newline + 1;
    read_line(rest.substr(0, newline), limit - body.size());
  }
  return taken;
}

void ChunkedDecoder::read_line(std::string_view line, std::size_t room) {
  if (!line.ends_with('\r')) {
    state_ = State::malformed;
    return;
  }
  line.remove_suffix(1);
  const bool controls =
      std::any_of(line.begin(), line.end(), [](char c) { return (c >= 0 && c < ' ' && c != '\t') || c == 0x7F; });
  if (controls) {
    state_ = State::malformed;
    return;
  }
  switch (part_) {
    case Part::size:
      read_size(line, room);
      return;
    case Part::data_end:
      part_ = Part::size;
      if (!line.empty()) state_ = State::malformed;
      return;
    case Part::trailer:
      trailer_bytes_ += line.size();
      if (line.empty())
        state_ = State::done;
      else if (line[0] == ' ' || line[0] == '\t' || line[0] == ':' || line.find(':') == std::string_view::npos ||
               trailer_bytes_ > kMaxTrailers)
        state_ = State::malformed;
      return;
    case Part::data:
      return;  // data has no lines
  }
}

void ChunkedDecoder::read_size(std::string_view line, std::size_t room) {
  const auto digits = static_cast<std::size_t>(std::find_if_not(line.begin(), line.end(), is_hex) - line.begin());
  if (digits == 0 || digits > kMaxSizeDigits || (digits < line.size() && line[digits] != ';')) {
    state_ = State::malformed;
    return;
  }
  std::from_chars(line.data(), line.data() + digits, left_, 16);
  part_ = left_ == 0 ? Part::trailer : Part::data;
  if (left_ > room) state_ = State::too_large;
}

}  // namespace cardea::http
