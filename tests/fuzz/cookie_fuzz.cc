// Cookies::parse and SetCookie: names are tokens, values hold no separator, and no header line is ever broken.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/cookie.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cardea::http;
  const std::string_view text(reinterpret_cast<const char*>(data), size);

  const auto cookies = Cookies::parse(text);
  if (cookies.size() > Cookies::kMaxCookies) std::abort();
  if (const auto value = cookies.get("session"); value && value->find(';') != std::string_view::npos) std::abort();

  SetCookie cookie;
  cookie.name = std::string(text.substr(0, size / 3));
  cookie.value = std::string(text.substr(size / 3, size / 3));
  cookie.path = std::string(text.substr(size / 3 * 2));
  const auto header = cookie.to_header();
  for (const char c : header)
    if (c < ' ' || c == 0x7F) std::abort();
  const auto back = Cookies::parse(header.substr(0, header.find(';')));
  if (back.size() != 1) std::abort();
  return 0;
}
