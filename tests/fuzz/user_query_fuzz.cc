// User searches of the Management API: whatever parses can be asked of any user.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "api/manage/user_query.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cardea;
  static const base::json::object user{{"email", "ada@example.com"},
                                       {"email_verified", true},
                                       {"logins_count", 3},
                                       {"created_at", "2026-01-01T00:00:00.000Z"},
                                       {"identities", base::json::array{base::json::object{{"connection", "people"}}}},
                                       {"user_metadata", {{"plan", "gold"}, {"tags", {"a", "b"}}}}};
  const auto query = api::UserQuery::parse({reinterpret_cast<const char*>(data), size});
  if (!query) return 0;
  [[maybe_unused]] const bool found = query->matches(user);
  [[maybe_unused]] const bool named = query->mentions("email");
  return 0;
}
