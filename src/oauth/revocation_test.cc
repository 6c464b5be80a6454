#include "oauth/revocation.h"

#include <gtest/gtest.h>

#include "oauth/introspection.h"
#include "tests/oauth/oauth_fixture.h"

namespace cardea::oauth {
namespace {

class RevocationTest : public OauthTest {
 protected:
  std::string begin() {
    const auto answer = tokens(exchange(code(code_content())));
    EXPECT_TRUE(answer);
    return answer ? text(*answer, "refresh_token") : "";
  }
  void revoke(std::string_view client, const std::string& token) {
    const auto held = context();
    EXPECT_TRUE(run(revocation.revoke(held, *held.tenant->client(client), token)));
  }
  base::json::object look_at(std::string_view client, const std::string& token) {
    const auto held = context();
    const auto answer = run(introspection.introspect(held, *held.tenant->client(client), token));
    EXPECT_TRUE(answer);
    return answer.value_or(base::json::object());
  }
  bool works(const std::string& token) { return tokens(refresh(token)).has_value(); }
  static base::json::object inactive() { return {{"active", false}}; }
};

TEST_F(RevocationTest, ARevokedTokenIsDeadAndItsEventIsWritten) {
  const auto token = begin();

  revoke(kWeb, token);

  EXPECT_EQ(event_types().back(), "srrt");
  EXPECT_FALSE(works(token));
}

TEST_F(RevocationTest, AnyGenerationRevokesTheFamily) {
  change_client(kWeb, {{"refresh_token", rotating(0)}});
  const auto first = begin();
  const auto second = tokens(refresh(first));
  ASSERT_TRUE(second);

  revoke(kWeb, first);

  EXPECT_FALSE(works(text(*second, "refresh_token")));
}

TEST_F(RevocationTest, AnotherClientAndNonsenseChangeNothing) {
  const auto token = begin();

  revoke(kSpa, token);
  revoke(kWeb, "nonsense");
  revoke(kWeb, "");

  EXPECT_TRUE(works(token));
  EXPECT_FALSE(has_event("srrt"));
}

TEST_F(RevocationTest, WithTheTenantsFlagTheWholeGrantGoes) {
  const auto one = begin();
  const auto two = begin();
  revoke(kWeb, begin());
  EXPECT_TRUE(works(one));

  change_tenant({{"flags", {{"revoke_refresh_token_grant", true}}}});
  ASSERT_TRUE(context().tenant->tenant.revoke_refresh_token_grant);
  revoke(kWeb, one);

  EXPECT_FALSE(works(two));
}

TEST_F(RevocationTest, IntrospectionTellsTheOwnerWhatATokenIsWorth) {
  const auto given = tokens(exchange(code(code_content())));
  ASSERT_TRUE(given);
  const auto refresh_token = text(*given, "refresh_token");

  const auto access = look_at(kWeb, text(*given, "access_token"));
  const auto refreshing = look_at(kWeb, refresh_token);

  for (const auto& answer : {access, refreshing}) {
    EXPECT_EQ(answer.at("active"), true);
    EXPECT_EQ(text(answer, "sub"), ada().user_id.value);
    EXPECT_EQ(text(answer, "client_id"), kWeb);
    EXPECT_EQ(text(answer, "iss"), context().address.issuer);
  }
  EXPECT_EQ(access.at("exp"), base::to_seconds(clock.now()) + 86400);
  EXPECT_EQ(look_at(kMachine, text(*given, "access_token")).at("active"), true) << "APIs look at tokens of others";

  revoke(kWeb, refresh_token);
  EXPECT_EQ(look_at(kWeb, refresh_token), inactive());
}

TEST_F(RevocationTest, IntrospectionSaysNoMoreThanInactive) {
  const auto given = tokens(exchange(code(code_content())));
  ASSERT_TRUE(given);

  EXPECT_EQ(look_at(kMachine, text(*given, "refresh_token")), inactive());
  EXPECT_EQ(look_at(kWeb, text(*given, "id_token")), inactive());
  for (const auto* token : {"nonsense", "a.b.c", ""}) EXPECT_EQ(look_at(kWeb, token), inactive()) << token;
  clock.advance(std::chrono::hours(25));
  EXPECT_EQ(look_at(kWeb, text(*given, "access_token")), inactive());
}

TEST_F(RevocationTest, AnOlderGenerationIsInactive) {
  change_client(kWeb, {{"refresh_token", rotating(0)}});
  const auto first = begin();
  ASSERT_TRUE(works(first));

  EXPECT_EQ(look_at(kWeb, first), inactive());
}

}  // namespace
}  // namespace cardea::oauth
