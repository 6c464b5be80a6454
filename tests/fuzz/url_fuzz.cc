// Url::parse: whatever parses is written in a form that parses to the same, and append_query keeps it a URL.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/percent.h"
#include "base/url.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using cardea::base::Url;
  const std::string_view text(reinterpret_cast<const char*>(data), size);

  const auto url = Url::parse(text);
  if (!url) return 0;
  const auto again = Url::parse(url->to_string());
  if (!again || again->to_string() != url->to_string() || again->host != url->host || again->port != url->port)
    std::abort();
  if (url->is_http()) {
    const auto origin = Url::parse(url->origin());
    if (!origin || origin->origin() != url->origin() || !origin->path.empty()) std::abort();
  }
  const auto longer = Url::parse(cardea::base::append_query(text, {{"code", "a b&c"}, {"iss", "https://x/"}}));
  if (text.size() < 8000 && (!longer || longer->host != url->host || longer->path != url->path ||
                             longer->fragment != url->fragment || !longer->query))
    std::abort();
  return 0;
}
