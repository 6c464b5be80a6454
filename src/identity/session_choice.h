#pragma once

#include "identity/login_transaction.h"

namespace cardea::identity {

// The login goes on with this session. What was done with another one (a password typed, an account chosen, a consent
// given) does not count for it: nobody passes prompt=login with a fresh login of one account and the old session of
// another.
void choose_session(LoginTransaction& transaction, model::SessionId session);

}  // namespace cardea::identity
