#include "crypto/jws.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/base64.h"
#include "crypto/jwk.h"
#include "crypto/rfc_vectors.h"

namespace cardea::crypto {
namespace {

using enum SigningAlgorithm;

PrivateKey rsa() { return parse_private_jwk(rfc::as_object(rfc::kA2Key)).value(); }

// A compact JWS of this header with any payload and signature.
std::string with_header(std::string_view header, std::string_view signature = "c2ln") {
  return base::base64url_encode(header) + ".e30." + std::string(signature);
}

TEST(Jws, signs_and_verifies_with_every_algorithm) {
  const auto rsa_key = rsa();
  const auto p256 = PrivateKey::generate(es256).value();
  const auto p384 = PrivateKey::generate(es384).value();
  const auto ed25519 = PrivateKey::generate(eddsa).value();
  const std::vector<std::pair<SigningAlgorithm, const PrivateKey*>> all = {
      {rs256, &rsa_key}, {rs384, &rsa_key}, {rs512, &rsa_key}, {ps256, &rsa_key},
      {es256, &p256},    {es384, &p384},    {eddsa, &ed25519}};
  for (const auto& [algorithm, key] : all) {
    const auto compact = sign_compact({{"kid", "k1"}, {"typ", "JWT"}}, R"({"a":1})", *key, algorithm).value();
    const auto jws = parse_compact(compact).value();

    EXPECT_EQ(jws.header.alg, to_string(algorithm));
    EXPECT_EQ(jws.header.kid, "k1");
    EXPECT_EQ(jws.header.typ, "JWT");
    EXPECT_EQ(jws.payload, R"({"a":1})");
    EXPECT_TRUE(verify(jws, key->public_key(), algorithm)) << to_string(algorithm);
    for (const auto& [other, unused] : all)
      EXPECT_EQ(verify(jws, key->public_key(), other), other == algorithm) << to_string(algorithm);
  }
}

TEST(Jws, the_alg_of_the_caller_cannot_be_overridden_by_the_header_given) {
  const auto compact = sign_compact({{"alg", "none"}}, "{}", rsa(), rs256).value();

  EXPECT_EQ(parse_compact(compact)->header.alg, "RS256");
}

TEST(Jws, a_key_that_does_not_fit_signs_nothing) {
  EXPECT_EQ(sign_compact({}, "{}", rsa(), es256).error().code, base::Errc::invalid);
  EXPECT_EQ(sign_compact({}, "{}", rsa(), hs256).error().code, base::Errc::invalid);
}

TEST(Jws, the_public_key_taken_as_hmac_secret_does_not_verify) {
  const auto key = rsa();
  const auto forged =
      sign_compact({}, R"({"sub":"admin"})", HmacKey::from_bytes(key.public_key().to_pem()).value()).value();
  const auto jws = parse_compact(forged).value();

  EXPECT_EQ(jws.header.alg, "HS256");
  for (const auto algorithm : {rs256, ps256, hs256}) EXPECT_FALSE(verify(jws, key.public_key(), algorithm));
}

TEST(Jws, an_asymmetric_token_does_not_verify_with_an_hmac_key) {
  const auto jws_text = sign_compact({}, "{}", rsa(), rs256).value();
  const auto secret = HmacKey::from_bytes(std::string(32, 's')).value();

  EXPECT_FALSE(verify(parse_compact(jws_text).value(), secret));
}

TEST(Jws, every_changed_character_shows) {
  const auto secret = HmacKey::from_bytes(std::string(32, 's')).value();
  const auto good = sign_compact({{"typ", "JWT"}}, R"({"sub":"anna"})", secret).value();
  ASSERT_TRUE(verify(parse_compact(good).value(), secret));
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (const char c : {'A', 'b', '9', '-', '_', '.', '=', ' '}) {
      if (good[i] == c) continue;
      auto bad = good;
      bad[i] = c;
      const auto jws = parse_compact(bad);
      EXPECT_FALSE(jws && verify(*jws, secret)) << i << c;
    }
  }
}

TEST(Jws, malformed_texts_are_refused) {
  const std::string good = sign_compact({}, "{}", HmacKey::from_bytes(std::string(32, 's')).value()).value();
  const std::vector<std::pair<std::string, std::string>> refused = {
      {"nothing", ""},
      {"dots alone", ".."},
      {"one part", "abc"},
      {"two parts", "e30.e30"},
      {"four parts", good + ".e30"},
      {"five parts (a JWE)", good + ".e30.e30"},
      {"padded", good + "="},
      {"a line end", good + "\n"},
      {"no signature", good.substr(0, good.rfind('.') + 1)},
      {"a JSON serialization", R"({"payload":"e30","signatures":[]})"},
      {"header no base64", "!." + good.substr(good.find('.') + 1)},
      {"header no JSON", with_header("alg")},
      {"header an array", with_header(R"(["alg"])")},
      {"header a string", with_header(R"("HS256")")},
      {"header cut", with_header(R"({"alg":"HS256")")},
      {"header with a byte that is no UTF-8", with_header("{\"alg\":\"HS256\",\"x\":\"\xff\"}")},
      {"no alg", with_header(R"({"typ":"JWT"})")},
      {"alg null", with_header(R"({"alg":null})")},
      {"alg a number", with_header(R"({"alg":256})")},
      {"alg empty", with_header(R"({"alg":""})")},
      {"alg none", with_header(R"({"alg":"none"})")},
      {"alg None", with_header(R"({"alg":"None"})")},
      {"alg nOnE", with_header(R"({"alg":"nOnE"})")},
      {"alg none, escaped", with_header(R"({"alg":"n\u006fne"})")},
      {"alg none at last", with_header(R"({"alg":"HS256","alg":"none"})")},
      {"crit", with_header(R"({"alg":"HS256","crit":["exp"],"exp":1})")},
      {"crit empty", with_header(R"({"alg":"HS256","crit":[]})")},
      {"b64", with_header(R"({"alg":"HS256","b64":false})")},
      {"kid no string", with_header(R"({"alg":"HS256","kid":1})")},
      {"typ no string", with_header(R"({"alg":"HS256","typ":["JWT"]})")},
      {"header of many levels",
       with_header(R"({"alg":"HS256","x":)" + std::string(1000, '[') + std::string(1000, ']') + "}")},
      {"payload with a stray bit", "eyJhbGciOiJIUzI1NiJ9.e31.c2ln"}};
  for (const auto& [what, text] : refused) {
    const auto jws = parse_compact(text);
    ASSERT_FALSE(jws) << what;
    EXPECT_EQ(jws.error().code, base::Errc::invalid) << what;
  }
  EXPECT_TRUE(parse_compact(good));
}

TEST(Jws, the_size_has_a_bound) {
  const auto secret = HmacKey::from_bytes(std::string(32, 's')).value();
  const auto large = sign_compact({}, std::string(60'000, 'x'), secret).value();

  EXPECT_FALSE(parse_compact(large));
  EXPECT_TRUE(parse_compact(large, 100'000));
}

TEST(HmacKey, lengths_have_bounds) {
  EXPECT_FALSE(HmacKey::from_bytes(""));
  EXPECT_FALSE(HmacKey::from_bytes(std::string(31, 's')));
  EXPECT_TRUE(HmacKey::from_bytes(std::string(32, 's')));
  EXPECT_FALSE(HmacKey::from_bytes(std::string(1025, 's')));
}

TEST(JwtSigner, mints_what_verifies) {
  const auto key = rsa();
  const JwtSigner signer(key, rs256, "k1", "at+jwt");

  const auto jwt = signer.sign(R"({"sub":"anna"})").value();
  const auto jws = parse_compact(jwt).value();

  EXPECT_EQ(base::json::serialize(jws.header.all), R"({"alg":"RS256","typ":"at+jwt","kid":"k1"})");
  EXPECT_EQ(jws.payload, R"({"sub":"anna"})");
  EXPECT_TRUE(verify(jws, key.public_key(), rs256));
}

TEST(JwtSigner, leaves_out_what_is_empty_and_signs_with_a_secret_too) {
  const auto secret = HmacKey::from_bytes(std::string(64, 's')).value();
  const JwtSigner signer(secret, "", "");

  const auto jws_text = signer.sign("{}").value();

  EXPECT_EQ(signer.algorithm(), hs256);
  EXPECT_EQ(base::json::serialize(parse_compact(jws_text)->header.all), R"({"alg":"HS256"})");
  EXPECT_TRUE(verify(parse_compact(jws_text).value(), secret));
}

TEST(JwtSigner, a_key_that_does_not_fit_shows_at_the_first_signature) {
  EXPECT_EQ(JwtSigner(rsa(), es256, "", "").sign("{}").error().code, base::Errc::invalid);
}

}  // namespace
}  // namespace cardea::crypto
