#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "http/core.h"
#include "http/response.h"

namespace cardea::http {

// Does what the client's conditions and codings ask for: ETag and 304 of answers that may be validated, compression of
// text that is long enough, Vary. Returns the body to send when it is not response.body.
std::shared_ptr<const std::string> encode_body(Core& core, const ServerOptions& options,
                                               std::string_view accept_encoding, std::string_view none_match,
                                               std::string_view method, Response& response);

}  // namespace cardea::http
