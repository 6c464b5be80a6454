#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "http/response.h"

namespace cardea::api {

// What the Management API answers when it does not do it (reference §1.1).
struct ManagementError {
  int status = 400;
  std::string message;
  std::string code;  // errorCode; "" = none

  http::Response to_response() const;
};

ManagementError invalid_body(std::string message);
ManagementError invalid_query(std::string_view name, std::string_view what);
// Errors of the store that no resource has a word of its own for: 503, 403 read_only_mode, 409.
ManagementError from_store(const base::Error& error);

}  // namespace cardea::api
