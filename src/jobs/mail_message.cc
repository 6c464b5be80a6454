#include "jobs/mail_message.h"

#include <algorithm>
#include <array>
#include <chrono>

#include <fmt/format.h>

#include "base/base64.h"
#include "base/percent.h"

namespace cardea::jobs {
namespace {

using base::Errc;
using base::Result;

constexpr std::size_t kMaxAddress = 254;
constexpr std::size_t kMaxHeaderText = 500;     // bytes of a subject or name; what is longer is cut
constexpr std::size_t kWordBytes = 42;          // of an encoded word: 56 in base64, 68 with its frame, below 75
constexpr std::size_t kLongestPlainLine = 998;  // RFC 5322 §2.1.1
constexpr std::size_t kQuotedLine = 76;

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }
bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}
bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool is_address(std::string_view text) {
  const auto at = text.find('@');
  if (text.size() > kMaxAddress || at == 0 || at == std::string_view::npos || at + 1 == text.size()) return false;
  const auto domain = text.substr(at + 1);
  const bool local_ok = std::ranges::all_of(text.substr(0, at), [](char c) {
    return is_alphanumeric(c) || std::string_view("!#$%&'*+-/=?^_`{|}~.").find(c) != std::string_view::npos;
  });
  return local_ok && std::ranges::all_of(domain, [](char c) { return is_alphanumeric(c) || c == '-' || c == '.'; });
}

bool is_id(std::string_view id) { return !id.empty() && id.size() <= 64 && std::ranges::all_of(id, is_alphanumeric); }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// At most `max` bytes, cut between two characters.
std::string_view cut(std::string_view text, std::size_t max) {
  if (text.size() <= max) return text;
  while (max > 0 && (static_cast<unsigned char>(text[max]) & 0xC0) == 0x80) --max;
  return text.substr(0, max);
}

std::string one_line(std::string_view text) {
  std::string line(cut(text, kMaxHeaderText));
  std::ranges::replace_if(line, is_control, ' ');
  return line;
}

// RFC 2047: words of base64, folded, each of whole characters.
std::string encoded_words(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto word = cut(text, kWordBytes);
    if (word.empty()) break;  // no UTF-8 begins like that
    if (!out.empty()) out += "\r\n ";
    out += "=?UTF-8?B?" + base::base64_encode(word) + "?=";
    text.remove_prefix(word.size());
  }
  return out;
}

// Text that may stand in a header as it is: words of plain letters, short enough not to need folding.
bool needs_encoding(std::string_view line) {
  return !is_ascii(line) || line.size() > 60 || line.find("=?") != std::string_view::npos;
}

std::string unstructured(std::string_view text) {
  auto line = one_line(text);
  if (!base::is_utf8(line)) return "";
  return needs_encoding(line) ? encoded_words(line) : line;
}

std::string mailbox_text(const Mailbox& box) {
  const auto name = one_line(box.name);
  if (name.empty() || !base::is_utf8(name)) return box.address;
  if (needs_encoding(name)) return encoded_words(name) + "\r\n <" + box.address + ">";
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') quoted.push_back('\\');
    quoted.push_back(c);
  }
  return quoted + "\" <" + box.address + ">";
}

// "Sat, 31 Jan 2026 10:00:00 +0000"
std::string date_text(base::Time time) {
  constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} +0000", kDays[std::chrono::weekday(day).c_encoding()],
                     static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(),
                     clock.seconds().count());
}

// Lines with CRLF, without control characters other than tabs.
std::string with_crlf(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n')
      out += "\r\n";
    else if (!is_control(c) || c == '\t')
      out.push_back(c);
  }
  if (!out.ends_with("\r\n")) out += "\r\n";
  return out;
}

bool is_plain(std::string_view text) {
  std::size_t length = 0;
  for (const char c : text) {
    length = c == '\n' ? 0 : length + 1;
    if (length > kLongestPlainLine || static_cast<unsigned char>(c) >= 0x80) return false;
  }
  return true;
}

// RFC 2045 §6.7 over text with CRLF.
std::string quoted_printable(std::string_view text) {
  std::string out;
  std::size_t column = 0;
  const auto append = [&](std::string_view piece) {
    if (column + piece.size() > kQuotedLine - 1) {
      out += "=\r\n";
      column = 0;
    }
    out += piece;
    column += piece.size();
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n') {
      out += "\r\n";
      column = 0;
      ++i;
      continue;
    }
    const bool before_break = i + 1 == text.size() || text[i + 1] == '\r';
    const bool blank = c == ' ' || c == '\t';
    const bool literal = blank ? !before_break : c > ' ' && c != '=' && c != 0x7F;
    append(literal ? std::string(1, c) : fmt::format("={:02X}", static_cast<unsigned char>(c)));
  }
  return out;
}

std::string part(std::string_view type, std::string_view text) {
  const auto lines = with_crlf(text);
  const bool plain = is_plain(lines);
  std::string out = fmt::format("Content-Type: {}; charset=utf-8\r\nContent-Transfer-Encoding: {}\r\n\r\n", type,
                                plain ? "7bit" : "quoted-printable");
  return out + (plain ? lines : quoted_printable(lines));
}

}  // namespace

Result<Mailbox> Mailbox::parse(std::string_view text) {
  Mailbox box;
  text = trimmed(text);
  if (std::ranges::any_of(text, is_control)) return base::fail(Errc::invalid, "a mail address with control characters");
  if (text.ends_with('>')) {
    const auto open = text.rfind('<');
    if (open == std::string_view::npos) return base::fail(Errc::invalid, "a mail address without '<'");
    box.address = text.substr(open + 1, text.size() - open - 2);
    auto name = trimmed(text.substr(0, open));
    if (name.size() >= 2 && name.front() == '"' && name.back() == '"') name = name.substr(1, name.size() - 2);
    box.name = name;
  } else {
    box.address = text;
  }
  if (!is_address(box.address)) return base::fail(Errc::invalid, "not a mail address");
  return box;
}

Result<std::string> to_message(const Letter& letter) {
  if (!is_id(letter.id)) return base::fail(Errc::invalid, "a mail without a proper id");
  if (!is_address(letter.from.address) || !is_address(letter.to.address))
    return base::fail(Errc::invalid, "a mail with a bad address");
  const auto domain = letter.from.address.substr(letter.from.address.find('@') + 1);
  // No line of the parts begins like that: '=' is encoded in one, and ids are not in the other.
  const auto boundary = "=_" + letter.id;

  std::string message;
  message += "From: " + mailbox_text(letter.from) + "\r\n";
  message += "To: " + mailbox_text(letter.to) + "\r\n";
  message += "Subject: " + unstructured(letter.content.subject) + "\r\n";
  message += "Date: " + date_text(letter.date) + "\r\n";
  message += "Message-ID: <" + letter.id + "@" + domain + ">\r\n";
  message += "MIME-Version: 1.0\r\n";
  // RFC 3834 §5: holiday notices and the like need not answer.
  message += "Auto-Submitted: auto-generated\r\n";
  message += "Content-Type: multipart/alternative; boundary=\"" + boundary + "\"\r\n\r\n";
  message += "--" + boundary + "\r\n" + part("text/plain", letter.content.text);
  message += "--" + boundary + "\r\n" + part("text/html", letter.content.html);
  message += "--" + boundary + "--\r\n";
  return message;
}

}  // namespace cardea::jobs
