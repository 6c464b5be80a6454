// JSON bodies as the endpoints read them: what is accepted says the same when it is written and read again.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "api/auth/request_parameters.h"
#include "api/manage/field.h"

namespace {

using namespace cardea;

http::Request json_request(std::string_view body) {
  http::Request request;
  request.method = "POST";
  request.path = "/oauth/token";
  request.headers.add("Content-Type", "application/json");
  request.body = body;
  return request;
}

// Boost.JSON 1.81 reads numbers of more than 15 digits with an error in the last place.
bool has_fraction(const base::json::value& value) {
  if (const auto* object = value.if_object())
    return std::ranges::any_of(*object, [](const auto& member) { return has_fraction(member.value()); });
  if (const auto* array = value.if_array()) return std::ranges::any_of(*array, has_fraction);
  return value.is_double();
}

// One member of every type, bounds and nesting.
const std::vector<api::Field>& fields() {
  using enum api::FieldType;
  static const std::vector<api::Field> all = {
      {.name = "name", .required = true, .min = 1, .max = 20, .format = api::FieldFormat::name},
      {.name = "url", .max = 100, .format = api::FieldFormat::url},
      {.name = "on", .type = boolean},
      {.name = "count", .type = integer, .min = 1, .max = 10},
      {.name = "list", .type = strings, .max = 10, .max_items = 3},
      {.name = "inner", .type = object, .members = {{.name = "x", .required = true}}},
      {.name = "free", .type = any}};
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto request = json_request({reinterpret_cast<const char*>(data), size});
  const auto body = api::json_body(request);
  const auto parameters = api::body_parameters(request);
  if (!body) return 0;
  const auto text = base::json::serialize(*body);
  const auto again = api::json_body(json_request(text));
  if (!again || (*again != *body && !has_fraction(*body))) std::abort();
  if (const auto made = api::check_creation(fields(), *body); made && !made->contains("name")) std::abort();
  return 0;
}
