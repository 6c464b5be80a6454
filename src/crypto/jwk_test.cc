#include "crypto/jwk.h"

#include <gtest/gtest.h>

#include "base/base64.h"
#include "crypto/rfc_vectors.h"

namespace cardea::crypto {
namespace {

using rfc::as_object;
using namespace std::string_literals;
using enum SigningAlgorithm;

base::json::object rsa_jwk(std::size_t modulus_bytes, std::string_view exponent) {
  std::string n(modulus_bytes, '\x5b');
  n.front() = '\xc1';
  return {{"kty", "RSA"}, {"n", base::base64url_encode(n)}, {"e", base::base64url_encode(exponent)}};
}

template <class T>
base::json::object with(std::string_view key, std::string_view name, const T& value) {
  auto jwk = as_object(key);
  jwk[name] = base::json::value_from(value);
  return jwk;
}

base::json::object without(std::string_view key, std::string_view name) {
  auto jwk = as_object(key);
  jwk.erase(name);
  return jwk;
}

TEST(Jwk, public_and_private_keys_go_there_and_back) {
  for (const auto key : {rfc::kA2Key, rfc::kA3Key, rfc::kEd25519Key}) {
    const auto jwk = as_object(key);
    const auto parsed = parse_private_jwk(jwk).value();

    EXPECT_EQ(base::json::value(to_private_jwk(parsed)), base::json::value(jwk));
    EXPECT_TRUE(parse_jwk(to_jwk(parsed.public_key())).value() == parsed.public_key());
    EXPECT_TRUE(parse_jwk(jwk).value() == parsed.public_key());
    for (const auto* secret : {"d", "p", "q", "dp", "dq", "qi"})
      EXPECT_FALSE(to_jwk(parsed.public_key()).contains(secret)) << secret;
  }
}

TEST(Jwk, generated_keys_of_every_type_go_there_and_back) {
  for (const auto algorithm : {es256, es384, eddsa}) {
    // Often enough that a coordinate had a leading zero.
    for (int i = 0; i < 40; ++i) {
      const auto key = PrivateKey::generate(algorithm).value();
      const auto again = parse_private_jwk(to_private_jwk(key));
      ASSERT_TRUE(again) << again.error().reason;
      ASSERT_TRUE(again->public_key() == key.public_key());
    }
  }
}

TEST(Jwk, rsa_numbers_may_have_leading_zeros_and_the_thumbprint_does_not_see_them) {
  const auto set = base::parse_json(rfc::kPublicKeySet).value();
  auto jwk = set.as_object().at("keys").as_array().at(1).as_object();
  const auto n = base::base64url_decode(base::get_string_or(jwk, "n")).value();
  jwk["n"] = base::base64url_encode(std::string(1, '\0') + n);

  EXPECT_EQ(jwk_thumbprint(parse_jwk(jwk).value()), rfc::kRsaThumbprint);
}

TEST(Jwk, rsa_sizes_and_exponents_have_bounds) {
  EXPECT_TRUE(parse_jwk(rsa_jwk(256, "\x01\x00\x01"s)));
  EXPECT_TRUE(parse_jwk(rsa_jwk(256, "\x03")));
  EXPECT_TRUE(parse_jwk(rsa_jwk(1024, "\x03")));

  const std::vector<std::pair<std::string, base::json::object>> refused = {
      {"1024 bits", rsa_jwk(128, "\x03")},
      {"2040 bits", rsa_jwk(255, "\x03")},
      {"8200 bits", rsa_jwk(1025, "\x03")},
      {"far too long", rsa_jwk(100'000, "\x03")},
      {"exponent 0", rsa_jwk(256, "\0"s)},
      {"exponent 1", rsa_jwk(256, "\x01")},
      {"even exponent", rsa_jwk(256, "\x01\x00\x00"s)},
      {"exponent of 72 bits", rsa_jwk(256, "\x01\x01\x01\x01\x01\x01\x01\x01\x01")},
      {"no exponent", rsa_jwk(256, "")}};
  for (const auto& [what, jwk] : refused) {
    ASSERT_FALSE(parse_jwk(jwk)) << what;
    EXPECT_EQ(parse_jwk(jwk).error().code, base::Errc::invalid) << what;
  }
}

TEST(Jwk, malformed_keys_are_refused) {
  const auto x = base::get_string_or(as_object(rfc::kA3Key), "x");
  const auto y = base::get_string_or(as_object(rfc::kA3Key), "y");
  const std::string zeros(43, 'A');
  const std::vector<std::pair<std::string, base::json::object>> refused = {
      {"nothing", {}},
      {"no kty", without(rfc::kA3Key, "kty")},
      {"kty of another case", with(rfc::kA3Key, "kty", "ec")},
      {"kty no string", with(rfc::kA3Key, "kty", 5)},
      {"oct as public key", as_object(rfc::kA1Key)},
      {"no curve", without(rfc::kA3Key, "crv")},
      {"P-384 with the coordinates of P-256", with(rfc::kA3Key, "crv", "P-384")},
      {"secp256k1", with(rfc::kA3Key, "crv", "secp256k1")},
      {"no x", without(rfc::kA3Key, "x")},
      {"no y", without(rfc::kA3Key, "y")},
      {"padded x", with(rfc::kA3Key, "x", x + "=")},
      {"x in the other alphabet", with(rfc::kA3Key, "x", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVE+")},
      {"x with a space", with(rfc::kA3Key, "x", " " + x)},
      {"x with a stray bit", with(rfc::kA3Key, "x", x.substr(0, 42) + "V")},
      {"short x", with(rfc::kA3Key, "x", x.substr(0, 40))},
      {"x and y swapped: not on the curve", base::json::object{{"kty", "EC"}, {"crv", "P-256"}, {"x", y}, {"y", x}}},
      {"the point 0, 0", base::json::object{{"kty", "EC"}, {"crv", "P-256"}, {"x", zeros}, {"y", zeros}}},
      {"n no string", with(rfc::kA2Key, "n", base::json::array{1, 2})},
      {"Ed25519 with a short x", with(rfc::kEd25519Key, "x", "11qYAYKxCrfVS_7TyWQHOg")},
      {"X25519", with(rfc::kEd25519Key, "crv", "X25519")},
      {"Ed448", with(rfc::kEd25519Key, "crv", "Ed448")}};
  for (const auto& [what, jwk] : refused) {
    ASSERT_FALSE(parse_jwk(jwk)) << what;
    EXPECT_EQ(parse_jwk(jwk).error().code, base::Errc::invalid) << what;
  }
}

TEST(Jwk, a_private_part_of_another_key_is_refused) {
  const auto other_ec = to_private_jwk(PrivateKey::generate(es256).value());
  const auto other_ed = to_private_jwk(PrivateKey::generate(eddsa).value());
  const auto bilbo = as_object(rfc::kBilboKey);

  EXPECT_FALSE(parse_private_jwk(with(rfc::kA3Key, "d", other_ec.at("d"))));
  EXPECT_FALSE(parse_private_jwk(with(rfc::kEd25519Key, "d", other_ed.at("d"))));
  EXPECT_FALSE(parse_private_jwk(with(rfc::kA2Key, "n", bilbo.at("n"))));
  for (const auto* name : {"d", "p", "q", "dp", "dq", "qi"}) {
    EXPECT_FALSE(parse_private_jwk(with(rfc::kA2Key, name, base::get_string_or(bilbo, name)))) << name;
    EXPECT_FALSE(parse_private_jwk(with(rfc::kA2Key, name, "AQ"))) << name;
    EXPECT_FALSE(parse_private_jwk(with(rfc::kA2Key, name, "AA"))) << name;
  }
  for (const auto key : {rfc::kA2Key, rfc::kA3Key, rfc::kEd25519Key})
    EXPECT_FALSE(parse_private_jwk(without(key, "d")));
}

TEST(Jwk, an_octet_key_must_be_long_enough_for_hs256) {
  EXPECT_TRUE(parse_oct_jwk(as_object(rfc::kHmacKey)));
  EXPECT_FALSE(parse_oct_jwk({{"kty", "oct"}, {"k", base::base64url_encode(std::string(31, 'k'))}}));
  EXPECT_FALSE(parse_oct_jwk({{"kty", "oct"}, {"k", "no base64!"}}));
  EXPECT_FALSE(parse_oct_jwk({{"kty", "oct"}}));
  EXPECT_FALSE(parse_oct_jwk(as_object(rfc::kA3Key)));
}

class Set : public testing::Test {
 protected:
  // The public half of `key` with further members.
  static base::json::object member(std::string_view key, const base::json::object& further) {
    auto jwk = to_jwk(parse_jwk(as_object(key)).value());
    for (const auto& [name, value] : further) jwk[name] = value;
    return jwk;
  }
  static base::Result<JwkSet> set(base::json::array keys) {
    return parse_jwks(base::json::object{{"keys", std::move(keys)}});
  }
};

TEST_F(Set, finds_by_kid_and_algorithm) {
  const auto keys = set({member(rfc::kA2Key, {{"kid", "a"}, {"alg", "RS256"}}), member(rfc::kA3Key, {{"kid", "b"}}),
                         member(rfc::kBilboKey, {{"kid", "c"}, {"use", "sig"}, {"key_ops", {"verify"}}})})
                        .value();

  EXPECT_EQ(keys.find("a", rs256)->kid, "a");
  EXPECT_EQ(keys.find("a")->kid, "a");
  EXPECT_EQ(keys.find("c", ps256)->kid, "c");
  EXPECT_EQ(keys.find("a", ps256), nullptr) << "its alg says RS256";
  EXPECT_EQ(keys.find("b", rs256), nullptr) << "another type of key";
  EXPECT_EQ(keys.find("d", rs256), nullptr);
  EXPECT_EQ(keys.find("d"), nullptr);
}

TEST_F(Set, without_a_kid_only_the_one_possible_key_is_found) {
  const auto keys =
      set({member(rfc::kA2Key, {{"kid", "a"}}), member(rfc::kA3Key, {}), member(rfc::kBilboKey, {})}).value();

  ASSERT_NE(keys.find("", es256), nullptr);
  EXPECT_EQ(keys.find("", es256)->key.type(), KeyType::p256);
  EXPECT_EQ(keys.find("", rs256), nullptr) << "two would do";
}

TEST_F(Set, leaves_out_what_it_cannot_use) {
  const auto keys =
      set({member(rfc::kA3Key, {{"kid", "good"}}), member(rfc::kA3Key, {{"use", "enc"}}),
           member(rfc::kA3Key, {{"key_ops", {"sign"}}}), member(rfc::kA3Key, {{"alg", "none"}}),
           member(rfc::kA3Key, {{"alg", "RS256"}}), member(rfc::kA3Key, {{"alg", "HS256"}}), as_object(rfc::kA1Key),
           as_object(rfc::kA4Key), rsa_jwk(128, "\x03"), base::json::object{{"kty", "new"}}, "no object", nullptr})
          .value();

  ASSERT_EQ(keys.keys().size(), 1U);
  EXPECT_EQ(keys.keys()[0].kid, "good");
}

TEST_F(Set, malformed_sets_are_refused) {
  for (const auto* text :
       {"", "{}", "[]", "null", R"({"keys":{}})", R"({"keys":null})", R"({"keys":[})", "{\"keys\":[]} x"})
    EXPECT_FALSE(parse_jwks(std::string_view(text))) << text;
  EXPECT_TRUE(parse_jwks(std::string_view(R"({"keys":[]})")));
  EXPECT_FALSE(parse_jwks(std::string_view(R"({"keys":[])" + std::string(300'000, ' ') + "}")));
  EXPECT_FALSE(set(base::json::array(101, base::json::object{})));
}

}  // namespace
}  // namespace cardea::crypto
