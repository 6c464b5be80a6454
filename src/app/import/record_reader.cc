#include "app/import/record_reader.h"

namespace cardea::app {
namespace {

constexpr int kEnd = std::char_traits<char>::eof();

bool is_blank(int c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

base::Result<base::json::object> parse(const std::string& text) {
  auto value = base::parse_json(text);
  if (!value) return base::fail(base::Errc::invalid, "not JSON");
  if (!value->is_object()) return base::fail(base::Errc::invalid, "not an object");
  return std::move(value->get_object());
}

}  // namespace

int RecordReader::take() {
  const int c = in_.rdbuf()->sbumpc();
  if (c == '\n') ++line_;
  return c;
}

// Passes over blanks; what it gives is not taken yet.
int RecordReader::first_of_record() {
  int c = in_.rdbuf()->sgetc();
  while (is_blank(c)) {
    take();
    c = in_.rdbuf()->sgetc();
  }
  return c;
}

std::optional<RecordReader::Item> RecordReader::next() {
  if (ended_) return std::nullopt;
  int c = first_of_record();
  if (!std::exchange(started_, true) && c == '[') {
    in_array_ = true;
    take();
    c = first_of_record();
    if (c == ']') c = kEnd;
  }
  if (c == kEnd) {
    ended_ = true;
    return std::nullopt;
  }
  return in_array_ ? next_element() : next_line();
}

std::optional<RecordReader::Item> RecordReader::next_line() {
  const auto line = line_;
  std::string text;
  bool too_long = false;
  for (int c = take(); c != kEnd && c != '\n'; c = take()) {
    too_long = too_long || text.size() == kLongest;
    if (!too_long) text.push_back(static_cast<char>(c));
  }
  if (too_long) return Item{line, base::fail(base::Errc::invalid, "too long")};
  return Item{line, parse(text)};
}

std::optional<RecordReader::Item> RecordReader::next_element() {
  const auto line = line_;
  std::string text;
  if (!copy_object(text)) return broken(line, "not an object of the array, or too long");
  const int after = first_of_record();
  if (after != ',' && after != ']') return broken(line, "the array goes on without a comma");
  take();
  ended_ = after == ']';
  return Item{line, parse(text)};
}

// To the brace that closes it; braces within strings do not count.
bool RecordReader::copy_object(std::string& out) {
  if (in_.rdbuf()->sgetc() != '{') return false;
  int depth = 0;
  bool quoted = false, escaped = false;
  do {
    const int c = take();
    if (c == kEnd || out.size() == kLongest) return false;
    out.push_back(static_cast<char>(c));
    if (escaped) {
      escaped = false;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (quoted) {
      escaped = c == '\\';
    } else if (c == '{') {
      ++depth;
    } else if (c == '}') {
      --depth;
    }
  } while (depth > 0);
  return true;
}

RecordReader::Item RecordReader::broken(std::uint64_t line, std::string reason) {
  ended_ = true;
  return {line, base::fail(base::Errc::invalid, std::move(reason))};
}

}  // namespace cardea::app
