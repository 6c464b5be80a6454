#include "base/result.h"

namespace cardea::base {

const char* to_string(Errc code) {
  switch (code) {
    case Errc::not_found:
      return "not_found";
    case Errc::already_exists:
      return "already_exists";
    case Errc::conflict:
      return "conflict";
    case Errc::invalid:
      return "invalid";
    case Errc::denied:
      return "denied";
    case Errc::read_only:
      return "read_only";
    case Errc::unconfirmed:
      return "unconfirmed";
    case Errc::unavailable:
      return "unavailable";
  }
  return "unknown";
}

}  // namespace cardea::base
