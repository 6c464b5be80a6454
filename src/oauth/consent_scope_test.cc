#include <gtest/gtest.h>

#include "tests/oauth/oauth_fixture.h"

namespace cardea::oauth {
namespace {

class ConsentScopeTest : public OauthTest {};

TEST_F(ConsentScopeTest, OnlyScopesThatExistAreAskedFor) {
  change_client(kWeb, {{"is_first_party", false}});
  const auto session = cookie(sign_in(ada()));
  const Parameters parameters(Params{{"client_id", std::string(kWeb)},
                                     {"redirect_uri", std::string(kCallback)},
                                     {"response_type", "code"},
                                     {"audience", std::string(kApi)},
                                     {"scope", "openid read:orders delete:everything"}});

  const auto outcome = run(authorize.begin(context(), parameters, {session, "browser"}));

  const auto* question = std::get_if<AuthorizeFlow::Interaction>(&outcome);
  ASSERT_NE(question, nullptr);
  ASSERT_EQ(question->page, NextStep::consent);
  const auto transaction = transactions.open(context(), question->state, "browser");
  ASSERT_TRUE(transaction);
  EXPECT_EQ(AuthorizationRequest::from_json(transaction->request).scopes, (Scopes{"openid", "read:orders"}));
}

}  // namespace
}  // namespace cardea::oauth
