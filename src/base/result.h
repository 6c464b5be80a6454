#pragma once

#include <expected>
#include <string>
#include <type_traits>
#include <utility>

namespace cardea::base {

// What went wrong, in words every layer shares. Only api/ turns it into an HTTP status.
enum class Errc {
  not_found,       // no such thing, or it belongs to another tenant
  already_exists,  // a unique name or id is taken
  conflict,        // somebody else changed or consumed it first
  invalid,         // the input breaks a rule; the reason names it
  denied,          // understood, and refused
  read_only,       // this cell does not take writes now (REPLICATION.md §4)
  unconfirmed,     // written here, but not confirmed by as many cells as the class demands (§2.1)
  unavailable      // a part that is needed is down or full; try again
};

const char* to_string(Errc code);

struct Error {
  Errc code;
  std::string reason;  // For the log. Never shown to a user, never holds a secret.

  bool operator==(const Error&) const = default;
};

// std::expected that warns when it is dropped, also through co_await.
template <class T, class E = Error>
class [[nodiscard]] Result : public std::expected<T, E> {
 public:
  using std::expected<T, E>::expected;
  Result(std::expected<T, E> other) : std::expected<T, E>(std::move(other)) {}
};

// co_return fail(Errc::not_found, "no such user");
inline std::unexpected<Error> fail(Errc code, std::string reason) {
  return std::unexpected<Error>(Error{code, std::move(reason)});
}

// Hands the error of one result on to a result of another type.
template <class T, class E>
std::unexpected<E> pass_on(const std::expected<T, E>& failed) {
  return std::unexpected<E>(failed.error());
}

}  // namespace cardea::base
