#include "crypto/rfc_vectors.h"

#include <gtest/gtest.h>

#include "crypto/jwk.h"
#include "crypto/jws.h"

namespace cardea::crypto {
namespace {

using rfc::as_object;

TEST(RfcVectors, Rfc7515_A1_hs256_verifies_and_its_bytes_are_repeated) {
  const auto key = parse_oct_jwk(as_object(rfc::kA1Key)).value();
  const auto jws = parse_compact(rfc::kA1Compact).value();

  EXPECT_EQ(jws.header.typ, "JWT");
  EXPECT_EQ(jws.payload, rfc::kJoePayload);
  EXPECT_TRUE(verify(jws, key));
  EXPECT_EQ(key.sign(jws.signing_input), jws.signature);
}

TEST(RfcVectors, Rfc7515_A2_rs256_verifies_and_its_bytes_are_repeated) {
  const auto key = parse_private_jwk(as_object(rfc::kA2Key)).value();
  const auto jws = parse_compact(rfc::kA2Compact).value();

  EXPECT_EQ(jws.payload, rfc::kJoePayload);
  EXPECT_TRUE(verify(jws, key.public_key(), SigningAlgorithm::rs256));
  EXPECT_EQ(sign_compact({}, rfc::kJoePayload, key, SigningAlgorithm::rs256).value(), rfc::kA2Compact);
}

TEST(RfcVectors, Rfc7515_A3_es256_verifies) {
  const auto key = parse_private_jwk(as_object(rfc::kA3Key)).value();
  const auto jws = parse_compact(rfc::kA3Compact).value();

  EXPECT_EQ(jws.payload, rfc::kJoePayload);
  EXPECT_EQ(jws.signature.size(), 64U);
  EXPECT_TRUE(verify(jws, key.public_key(), SigningAlgorithm::es256));
}

TEST(RfcVectors, Rfc7515_A4_p521_is_refused) {
  EXPECT_EQ(parse_jwk(as_object(rfc::kA4Key)).error().code, base::Errc::invalid);
}

TEST(RfcVectors, Rfc7515_A5_unsecured_is_refused) {
  EXPECT_EQ(parse_compact(rfc::kA5Unsecured).error().code, base::Errc::invalid);
}

TEST(RfcVectors, Rfc7517_A1_set_keeps_the_key_for_signatures) {
  const auto set = parse_jwks(rfc::kPublicKeySet).value();

  ASSERT_EQ(set.keys().size(), 1U);
  EXPECT_EQ(set.keys()[0].kid, "2011-04-29");
  EXPECT_EQ(set.keys()[0].alg, SigningAlgorithm::rs256);
  EXPECT_EQ(set.keys()[0].key.bits(), 2048);
}

TEST(RfcVectors, Rfc7638_thumbprint) {
  const auto set = parse_jwks(rfc::kPublicKeySet).value();

  EXPECT_EQ(jwk_thumbprint(set.keys().at(0).key), rfc::kRsaThumbprint);
}

TEST(RfcVectors, Rfc7520_41_rs256_verifies_and_its_bytes_are_repeated) {
  const auto key = parse_private_jwk(as_object(rfc::kBilboKey)).value();
  const auto jws = parse_compact(rfc::kBilboCompact).value();

  EXPECT_EQ(jws.header.kid, "bilbo.baggins@hobbiton.example");
  EXPECT_EQ(jws.payload, rfc::kFrodoPayload);
  EXPECT_TRUE(verify(jws, key.public_key(), SigningAlgorithm::rs256));
  EXPECT_EQ(key.sign(SigningAlgorithm::rs256, jws.signing_input).value(), jws.signature);
}

TEST(RfcVectors, Rfc7520_42_ps384_parses_and_verifies_as_nothing_else) {
  const auto key = parse_jwk(as_object(rfc::kBilboKey)).value();
  const auto jws = parse_compact(rfc::kBilboPs384Compact).value();

  EXPECT_EQ(jws.header.alg, "PS384");
  for (const auto algorithm : {SigningAlgorithm::ps256, SigningAlgorithm::rs384, SigningAlgorithm::rs256})
    EXPECT_FALSE(verify(jws, key, algorithm));
}

TEST(RfcVectors, Rfc7520_44_hs256_verifies_and_its_bytes_are_repeated) {
  const auto key = parse_oct_jwk(as_object(rfc::kHmacKey)).value();
  const auto jws = parse_compact(rfc::kHmacCompact).value();

  EXPECT_EQ(jws.payload, rfc::kFrodoPayload);
  EXPECT_TRUE(verify(jws, key));
  EXPECT_EQ(sign_compact({{"alg", "HS256"}, {"kid", jws.header.kid}}, rfc::kFrodoPayload, key).value(),
            rfc::kHmacCompact);
}

TEST(RfcVectors, Rfc8037_A_ed25519_verifies_and_its_bytes_are_repeated) {
  const auto key = parse_private_jwk(as_object(rfc::kEd25519Key)).value();
  const auto jws = parse_compact(rfc::kEd25519Compact).value();

  EXPECT_EQ(jwk_thumbprint(key.public_key()), rfc::kEd25519Thumbprint);
  EXPECT_TRUE(verify(jws, key.public_key(), SigningAlgorithm::eddsa));
  EXPECT_EQ(sign_compact({}, "Example of Ed25519 signing", key, SigningAlgorithm::eddsa).value(), rfc::kEd25519Compact);
}

}  // namespace
}  // namespace cardea::crypto
