#pragma once

#include <string>
#include <string_view>

#include "identity/request_context.h"
#include "model/event.h"
#include "model/user.h"

namespace cardea::identity {

// What goes beside the request into a log record (Authentication API reference §21).
struct AuditDetails {
  std::string client_id;
  std::string client_name;
  std::string connection;
  std::string user_id;
  std::string user_name;
  std::string description;
  std::string audience;
  std::string scope;
  base::json::object details;  // never a secret, a token or a password
};

// The event of `type` ("s", "fp", "seacft" …) for this request.
model::Event make_event(const RequestContext& context, std::string_view type, AuditDetails details, base::Time now);

}  // namespace cardea::identity
