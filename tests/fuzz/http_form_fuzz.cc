// Form::parse and percent encoding: whatever parses is written in a form that parses to the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "http/form.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cardea;
  const std::string_view text(reinterpret_cast<const char*>(data), size);

  if (base::percent_decode(base::percent_encode(text)) != std::string(text)) std::abort();
  if (const auto decoded = base::percent_decode(text); decoded && decoded->size() > text.size()) std::abort();

  const auto form = http::Form::parse(text);
  if (!form) return 0;
  const auto again = http::Form::parse(form->encode());
  // Only the length bound can refuse what the first reading accepted: an escape may be longer than its character.
  if (!again) {
    if (form->encode().size() <= http::Form::kMaxBytes) std::abort();
    return 0;
  }
  if (again->pairs() != form->pairs()) std::abort();
  for (const auto& [name, value] : form->pairs())
    if (!base::is_utf8(name) || !base::is_utf8(value) || !form->has(name)) std::abort();
  if (const auto repeated = form->first_repeated(); repeated && !form->repeated(*repeated)) std::abort();
  return 0;
}
