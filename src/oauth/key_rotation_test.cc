#include "oauth/key_rotation.h"

#include <gtest/gtest.h>

#include "crypto/certificate.h"
#include "tests/oauth/oauth_fixture.h"

namespace cardea::oauth {
namespace {

using model::SigningKeyState;

class KeyRotationTest : public OauthTest {
 protected:
  // ES256 throughout, as RSA keys take long to make; the fixture's "key-1" is its active one.
  KeyRotationTest() { check(run(rotation.ensure(tenant_id, "acme", crypto::SigningAlgorithm::es256))); }

  std::vector<model::SigningKeyRow> rows() { return must(run(signing_keys.all(tenant_id))); }
  std::vector<std::string> in_state(SigningKeyState state) {
    std::vector<std::string> kids;
    for (const auto& row : rows())
      if (row.state == state) kids.push_back(row.kid.value);
    return kids;
  }
  std::vector<std::string> published() {
    std::vector<std::string> kids;
    for (const auto& key : context().tenant->keys) kids.push_back(key.row.kid.value);
    return kids;
  }
};

TEST_F(KeyRotationTest, EnsureAddsWhatIsMissingAndNothingTwice) {
  EXPECT_EQ(in_state(SigningKeyState::active), std::vector<std::string>{"key-1"});
  EXPECT_EQ(in_state(SigningKeyState::pending).size(), 1u);

  check(run(rotation.ensure(tenant_id, "acme", crypto::SigningAlgorithm::es256)));

  EXPECT_EQ(rows().size(), 2u);
  EXPECT_EQ(published().size(), 2u);
}

TEST_F(KeyRotationTest, OfTwoNodesThatMakeTheFirstKeysOneWins) {
  const auto fresh = make_tenant("fresh");
  std::vector<base::awaitable<base::Result<void>>> both;
  for (int i = 0; i < 4; ++i) both.push_back(rotation.ensure(fresh, "fresh", crypto::SigningAlgorithm::eddsa));

  for (const auto& done : run_all(std::move(both))) EXPECT_TRUE(done);

  const auto keys_of_fresh = must(run(signing_keys.all(fresh)));
  EXPECT_EQ(std::ranges::count_if(keys_of_fresh, [](const auto& row) { return row.alg == "EdDSA"; }), 2);
}

TEST_F(KeyRotationTest, TheNextKeyTakesOverAndTheOldOneStaysPublished) {
  const auto next = in_state(SigningKeyState::pending).front();
  clock.advance(std::chrono::hours(1));

  const auto fresh = run(rotation.rotate(tenant_id, "acme"));

  ASSERT_TRUE(fresh);
  EXPECT_EQ(in_state(SigningKeyState::active), std::vector<std::string>{next});
  EXPECT_EQ(in_state(SigningKeyState::retiring), std::vector<std::string>{"key-1"});
  EXPECT_EQ(in_state(SigningKeyState::pending), std::vector<std::string>{fresh->kid.value});
  EXPECT_EQ(published().size(), 3u);
  EXPECT_EQ(context().tenant->signers.at(crypto::SigningAlgorithm::es256).kid(), next);
}

TEST_F(KeyRotationTest, OnlyARetiringKeyCanBeRevokedAndStaysRevoked) {
  EXPECT_EQ(run(rotation.revoke(tenant_id, model::KeyId{"key-1"})).error().code, base::Errc::denied);
  EXPECT_EQ(run(rotation.revoke(tenant_id, model::KeyId{in_state(SigningKeyState::pending).front()})).error().code,
            base::Errc::denied);
  EXPECT_EQ(run(rotation.revoke(tenant_id, model::KeyId{"nothing"})).error().code, base::Errc::not_found);
  ASSERT_TRUE(run(rotation.rotate(tenant_id, "acme")));

  const auto revoked = run(rotation.revoke(tenant_id, model::KeyId{"key-1"}));

  ASSERT_TRUE(revoked);
  EXPECT_EQ(revoked->state, SigningKeyState::revoked);
  EXPECT_EQ(revoked->revoked_at, clock.now());
  EXPECT_TRUE(run(rotation.revoke(tenant_id, model::KeyId{"key-1"})));
  EXPECT_EQ(std::ranges::count(published(), "key-1"), 0);
}

TEST_F(KeyRotationTest, APrivateKeyIsSealedAndBelongsToItsCertificate) {
  const auto row = must(run(rotation.rotate(tenant_id, "acme")));

  EXPECT_EQ(row.sealed_private_pem.find("PRIVATE"), std::string::npos);
  const auto pem = keys.open_secret(tenant_id, identity::signing_key_seal_context(row.kid), row.sealed_private_pem);
  ASSERT_TRUE(pem);
  const auto key = crypto::PrivateKey::from_pem(*pem);
  ASSERT_TRUE(key);
  EXPECT_EQ(key->public_key(), *crypto::PublicKey::from_pem(row.certificate_pem));
  EXPECT_EQ(*crypto::certificate_subject(row.certificate_pem), "/CN=acme");
}

TEST_F(KeyRotationTest, WithoutKeysThereIsNothingToRotate) {
  const auto empty = must(run(tenants.create("empty", {}))).id;

  EXPECT_EQ(run(rotation.rotate(empty, "empty")).error().code, base::Errc::not_found);
}

}  // namespace
}  // namespace cardea::oauth
