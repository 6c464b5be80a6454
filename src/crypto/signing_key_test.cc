#include "crypto/signing_key.h"

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/pem.h>

#include <array>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "crypto/certificate.h"
#include "crypto/evp_key.h"
#include "crypto/jwk.h"
#include "crypto/openssl_ptr.h"
#include "crypto/rfc_vectors.h"

namespace cardea::crypto {
namespace {

using enum SigningAlgorithm;
using namespace std::string_literals;

constexpr std::array kAsymmetric = {rs256, rs384, rs512, ps256, es256, es384, eddsa};

const PrivateKey& key_for(SigningAlgorithm algorithm) {
  static const PrivateKey rsa = parse_private_jwk(rfc::as_object(rfc::kA2Key)).value();
  static const PrivateKey p256 = PrivateKey::generate(es256).value();
  static const PrivateKey p384 = PrivateKey::generate(es384).value();
  static const PrivateKey ed25519 = PrivateKey::generate(eddsa).value();
  for (const auto* key : {&p256, &p384, &ed25519})
    if (fits(key->type(), algorithm)) return *key;
  return rsa;
}

std::string pem_of(EVP_PKEY* key, bool with_private) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (with_private)
    PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  else
    PEM_write_bio_PUBKEY(bio.get(), key);
  return contents(bio.get());
}

TEST(KeyAlgorithm, names_are_exact) {
  for (const auto* name : {"RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA", "HS256"}) {
    ASSERT_TRUE(parse_signing_algorithm(name)) << name;
    EXPECT_EQ(to_string(*parse_signing_algorithm(name)), name);
  }
  for (const auto* name :
       {"", "none", "None", "NONE", "rs256", "RS256 ", "HS512", "ES512", "ES256K", "RS1", "RSA-OAEP"})
    EXPECT_FALSE(parse_signing_algorithm(name)) << name;
}

TEST(SigningKey, what_each_algorithm_signs_only_it_verifies) {
  for (const auto algorithm : kAsymmetric) {
    const auto& key = key_for(algorithm);
    const auto signature = key.sign(algorithm, "data");
    ASSERT_TRUE(signature) << to_string(algorithm);
    for (const auto other : kAsymmetric)
      EXPECT_EQ(key_for(other).public_key().verify(other, "data", *signature), other == algorithm)
          << to_string(algorithm) << " as " << to_string(other);
  }
}

TEST(SigningKey, signatures_have_the_length_of_jose) {
  EXPECT_EQ(key_for(rs256).sign(rs256, "data")->size(), 256U);
  EXPECT_EQ(key_for(ps256).sign(ps256, "data")->size(), 256U);
  EXPECT_EQ(key_for(eddsa).sign(eddsa, "data")->size(), 64U);
  // Often enough that r or s had leading zeros.
  for (int i = 0; i < 600; ++i) {
    const auto data = std::to_string(i);
    const auto signature = key_for(es256).sign(es256, data).value();
    ASSERT_EQ(signature.size(), 64U);
    ASSERT_TRUE(key_for(es256).public_key().verify(es256, data, signature));
  }
  EXPECT_EQ(key_for(es384).sign(es384, "data")->size(), 96U);
}

TEST(SigningKey, a_key_does_not_sign_with_an_algorithm_of_another_type) {
  for (const auto of_key : {rs256, es256, es384, eddsa}) {
    const auto& key = key_for(of_key);
    for (const auto algorithm : {rs256, rs384, rs512, ps256, es256, es384, eddsa, hs256}) {
      const auto signature = key.sign(algorithm, "data");
      EXPECT_EQ(signature.has_value(), fits(key.type(), algorithm)) << to_string(of_key) << " " << to_string(algorithm);
      if (!signature) EXPECT_EQ(signature.error().code, base::Errc::invalid);
    }
  }
}

TEST(SigningKey, a_changed_signature_or_text_does_not_verify) {
  for (const auto algorithm : kAsymmetric) {
    const auto& key = key_for(algorithm);
    const auto good = key.sign(algorithm, "data").value();
    const auto verifier = key.public_key();
    EXPECT_FALSE(verifier.verify(algorithm, "datA", good));
    EXPECT_FALSE(verifier.verify(algorithm, "", good));
    EXPECT_FALSE(verifier.verify(algorithm, "data", ""));
    EXPECT_FALSE(verifier.verify(algorithm, "data", good + '\0'));
    EXPECT_FALSE(verifier.verify(algorithm, "data", good.substr(1)));
    EXPECT_FALSE(verifier.verify(algorithm, "data", std::string(good.size(), '\0')));
    EXPECT_FALSE(verifier.verify(algorithm, "data", std::string(good.size(), '\xff')));
    for (std::size_t i = 0; i < good.size(); i += 7) {
      auto bad = good;
      bad[i] = static_cast<char>(bad[i] ^ 1);
      EXPECT_FALSE(verifier.verify(algorithm, "data", bad)) << to_string(algorithm) << " byte " << i;
    }
    EXPECT_TRUE(verifier.verify(algorithm, "data", good));
  }
}

// One PSS signature of 256 begins with a zero byte; as a number it is the same without it.
TEST(SigningKey, an_rsa_signature_without_its_leading_zero_does_not_verify) {
  const auto& key = key_for(ps256);
  std::string signature;
  for (int tries = 0; tries < 10'000 && (signature.empty() || signature.front() != '\0'); ++tries)
    signature = key.sign(ps256, "data").value();
  ASSERT_EQ(signature.front(), '\0');
  const auto verifier = key.public_key();
  EXPECT_TRUE(verifier.verify(ps256, "data", signature));
  EXPECT_FALSE(verifier.verify(ps256, "data", signature.substr(1)));
  EXPECT_FALSE(verifier.verify(ps256, "data", '\0' + signature));
}

TEST(SigningKey, ecdsa_numbers_out_of_range_do_not_verify) {
  const auto verifier = key_for(es256).public_key();
  const auto good = key_for(es256).sign(es256, "data").value();
  // The order of P-256.
  const std::string n =
      "\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff"
      "\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51"s;
  const std::string zero(32, '\0');
  const std::string r = good.substr(0, 32);
  const std::string s = good.substr(32);

  for (const auto& bad : {zero + s, r + zero, zero + zero, n + s, r + n, n + n})
    EXPECT_FALSE(verifier.verify(es256, "data", bad));
}

TEST(SigningKey, a_der_signature_is_no_jose_signature) {
  const auto& key = key_for(es256);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  std::string der(80, '\0');
  std::size_t size = der.size();
  ASSERT_EQ(EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key.evp().get()), 1);
  ASSERT_EQ(EVP_DigestSign(context, bytes_of(der), &size, bytes_of("data"), 4), 1);
  EVP_MD_CTX_free(context);
  der.resize(size);

  EXPECT_FALSE(key.public_key().verify(es256, "data", der));
}

TEST(SigningKey, pem_goes_there_and_back) {
  for (const auto algorithm : {rs256, es256, es384, eddsa}) {
    const auto& key = key_for(algorithm);

    const auto again = PrivateKey::from_pem(key.to_pem());
    const auto public_again = PublicKey::from_pem(key.public_key().to_pem());

    ASSERT_TRUE(again && public_again) << to_string(algorithm);
    EXPECT_TRUE(again->public_key() == key.public_key());
    EXPECT_TRUE(*public_again == key.public_key());
    EXPECT_TRUE(public_again->verify(algorithm, "data", again->sign(algorithm, "data").value()));
  }
}

TEST(SigningKey, a_public_key_gives_away_nothing_private) {
  for (const auto algorithm : {rs256, es256, eddsa}) {
    const auto half = key_for(algorithm).public_key();
    EXPECT_EQ(half.to_pem().find("PRIVATE"), std::string::npos);
    EXPECT_FALSE(half.evp().sign(algorithm, "data"));
  }
}

TEST(SigningKey, generates_rsa_of_2048_bits) {
  const auto key = PrivateKey::generate(ps256).value();

  EXPECT_EQ(key.type(), KeyType::rsa);
  EXPECT_EQ(key.public_key().bits(), 2048);
  EXPECT_FALSE(PrivateKey::generate(hs256));
}

TEST(SigningKey, takes_the_key_out_of_a_certificate) {
  const auto& key = key_for(rs256);
  const auto certificate =
      make_signing_certificate(key, "example", base::from_seconds(1'700'000'000), base::from_seconds(1'800'000'000));

  EXPECT_TRUE(PublicKey::from_pem(certificate.value()).value() == key.public_key());
}

TEST(SigningKey, pem_of_something_else_is_refused) {
  const auto private_pem = key_for(es256).to_pem();
  const auto public_pem = key_for(es256).public_key().to_pem();
  auto truncated = public_pem;
  truncated.erase(40, 8);
  const std::string encrypted =
      "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: "
      "AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n"
      "AAAA\n-----END RSA PRIVATE KEY-----\n";

  for (const auto& pem : {std::string(), std::string("no PEM"), private_pem, truncated, std::string(70'000, 'A'),
                          std::string("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")})
    EXPECT_FALSE(PublicKey::from_pem(pem)) << pem.substr(0, 200);
  for (const auto& pem :
       {std::string(), public_pem, encrypted,
        std::string("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n")})
    EXPECT_FALSE(PrivateKey::from_pem(pem)) << pem;
}

TEST(SigningKey, weak_or_foreign_keys_are_refused) {
  const auto refused = [](EVP_PKEY* raw) {
    const PkeyPtr key(raw);
    return !PublicKey::from_pem(pem_of(raw, false)) && !PrivateKey::from_pem(pem_of(raw, true));
  };
  EXPECT_TRUE(refused(EVP_RSA_gen(1024)));
  EXPECT_TRUE(refused(EVP_EC_gen("P-521")));
  EXPECT_TRUE(refused(EVP_EC_gen("secp256k1")));
  EXPECT_TRUE(refused(EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519")));
  EXPECT_TRUE(refused(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED448")));
}

TEST(SigningKey, a_curve_written_out_as_parameters_is_refused) {
  const PkeyPtr key(EVP_EC_gen("P-256"));
  ASSERT_EQ(EVP_PKEY_set_utf8_string_param(key.get(), OSSL_PKEY_PARAM_EC_ENCODING, OSSL_PKEY_EC_ENCODING_EXPLICIT), 1);

  EXPECT_FALSE(PublicKey::from_pem(pem_of(key.get(), false)));
  EXPECT_FALSE(PrivateKey::from_pem(pem_of(key.get(), true)));
}

TEST(SigningKey, many_threads_sign_with_one_key) {
  const auto& key = key_for(es256);
  const auto& rsa = key_for(rs256);
  std::vector<std::thread> threads;
  threads.reserve(4);
  std::atomic<int> right{0};
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        const auto data = std::to_string(t * 100 + i);
        right += key.public_key().verify(es256, data, key.sign(es256, data).value());
        right += rsa.public_key().verify(ps256, data, rsa.sign(ps256, data).value());
        right += rsa.public_key().verify(rs256, data, rsa.sign(rs256, data).value());
      }
    });
  for (auto& thread : threads) thread.join();

  EXPECT_EQ(right, 4 * 20 * 3);
}

TEST(SigningKey, refusals_leave_nothing_on_the_error_queue_that_tls_shares) {
  ERR_clear_error();

  static_cast<void>(PublicKey::from_pem("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n").has_value());
  static_cast<void>(key_for(rs256).public_key().verify(rs256, "data", "bad"));
  static_cast<void>(key_for(es256).public_key().verify(es256, "data", std::string(64, '\xff')));

  EXPECT_EQ(ERR_peek_error(), 0U);
}

}  // namespace
}  // namespace cardea::crypto
