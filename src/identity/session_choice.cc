#include "identity/session_choice.h"

namespace cardea::identity {

void choose_session(LoginTransaction& transaction, model::SessionId session) {
  if (transaction.session != session)
    transaction.authenticated = transaction.account_chosen = transaction.consented = false;
  transaction.session = std::move(session);
}

}  // namespace cardea::identity
