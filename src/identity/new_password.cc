#include "identity/new_password.h"

namespace cardea::identity {

base::awaitable<base::Result<std::string, NewPassword::Refused>> NewPassword::hash(const model::Connection& connection,
                                                                                   std::string password) {
  auto verdict = judge_password(connection, password);
  if (!verdict.accepted) co_return std::unexpected(Refused{Refusal::weak, std::move(verdict)});
  auto hashed = co_await hashes_.hash(std::move(password));
  if (hashed) co_return std::move(*hashed);
  const bool refused = hashed.error().code == base::Errc::invalid;
  co_return std::unexpected(Refused{refused ? Refusal::weak : Refusal::overloaded, std::move(verdict)});
}

}  // namespace cardea::identity
