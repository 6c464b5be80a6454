#include "identity/session_choice.h"

#include <gtest/gtest.h>

namespace cardea::identity {
namespace {

LoginTransaction finished_with(const char* session) {
  LoginTransaction transaction;
  transaction.session = model::SessionId{session};
  transaction.authenticated = transaction.account_chosen = transaction.consented = true;
  return transaction;
}

TEST(SessionChoice, TheSameSessionKeepsWhatWasDone) {
  auto transaction = finished_with("a");

  choose_session(transaction, model::SessionId{"a"});

  EXPECT_TRUE(transaction.authenticated && transaction.account_chosen && transaction.consented);
}

TEST(SessionChoice, AnotherSessionInheritsNoStep) {
  auto transaction = finished_with("a");

  choose_session(transaction, model::SessionId{"b"});

  EXPECT_EQ(transaction.session, model::SessionId{"b"});
  EXPECT_FALSE(transaction.authenticated || transaction.account_chosen || transaction.consented);
}

}  // namespace
}  // namespace cardea::identity
