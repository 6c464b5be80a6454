#include "crypto/certificate.h"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/x509v3.h>

#include "base/base64.h"
#include "base/fake_clock.h"
#include "crypto/digest.h"
#include "crypto/evp_key.h"
#include "crypto/jwk.h"
#include "crypto/rfc_vectors.h"

namespace cardea::crypto {
namespace {

using X509Ptr = OpensslPtr<X509, X509_free>;

X509Ptr read(std::string_view pem) {
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return X509Ptr(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

// Seconds from `from` to the moment in the certificate.
long seconds_since(base::Time from, const ASN1_TIME* until) {
  ASN1_TIME* start = ASN1_TIME_set(nullptr, base::to_seconds(from));
  int days = 0;
  int seconds = 0;
  ASN1_TIME_diff(&days, &seconds, start, until);
  ASN1_TIME_free(start);
  return days * 86400L + seconds;
}

TEST(SelfSigned, names_hosts_and_addresses_and_holds_its_key) {
  const base::FakeClock clock;

  const auto made =
      make_self_signed("localhost", {"localhost", "*.example.com", "127.0.0.1", "::1"}, 30, clock).value();
  const auto certificate = read(made.certificate_pem);

  ASSERT_NE(certificate, nullptr);
  EXPECT_EQ(X509_check_host(certificate.get(), "localhost", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_host(certificate.get(), "tenant.example.com", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_host(certificate.get(), "example.org", 0, 0, nullptr), 0);
  EXPECT_EQ(X509_check_ip_asc(certificate.get(), "127.0.0.1", 0), 1);
  EXPECT_EQ(X509_check_ip_asc(certificate.get(), "::1", 0), 1);
  EXPECT_EQ(X509_check_ip_asc(certificate.get(), "127.0.0.2", 0), 0);
  EXPECT_EQ(seconds_since(clock.now(), X509_get0_notBefore(certificate.get())), -3600);
  EXPECT_EQ(seconds_since(clock.now(), X509_get0_notAfter(certificate.get())), 30 * 86400);
  const auto key = PrivateKey::from_pem(made.private_key_pem).value();
  EXPECT_TRUE(PublicKey::from_pem(made.certificate_pem).value() == key.public_key());
  EXPECT_EQ(X509_verify(certificate.get(), key.evp().get()), 1);
}

TEST(SelfSigned, bad_names_are_refused) {
  const base::FakeClock clock;
  for (const std::vector<std::string>& sans : {std::vector<std::string>{},
                                               {""},
                                               {"a b"},
                                               {"a,DNS:evil"},
                                               {"good", "bad\n"},
                                               {std::string("a\0b", 3)},
                                               {"999.1.1.1/8"}})
    EXPECT_FALSE(make_self_signed("name", sans, 30, clock)) << testing::PrintToString(sans);
  EXPECT_FALSE(make_self_signed("name", {"name"}, 0, clock));
}

TEST(SelfSigned, two_certificates_differ_in_serial_and_key) {
  const base::FakeClock clock;

  const auto a = read(make_self_signed("name", {"name"}, 1, clock)->certificate_pem);
  const auto b = read(make_self_signed("name", {"name"}, 1, clock)->certificate_pem);

  EXPECT_NE(ASN1_INTEGER_cmp(X509_get_serialNumber(a.get()), X509_get_serialNumber(b.get())), 0);
}

class SigningCertificate : public testing::Test {
 protected:
  const base::Time from_ = base::from_seconds(1'700'000'000);
  const base::Time to_ = base::from_seconds(2'700'000'000);
  const PrivateKey key_ = parse_private_jwk(rfc::as_object(rfc::kA2Key)).value();
  const std::string pem_ = make_signing_certificate(key_, "tenant.example.com", from_, to_).value();
};

TEST_F(SigningCertificate, goes_with_every_type_of_key) {
  for (const auto algorithm : {SigningAlgorithm::es256, SigningAlgorithm::es384, SigningAlgorithm::eddsa}) {
    const auto key = PrivateKey::generate(algorithm).value();
    const auto certificate = read(make_signing_certificate(key, "tenant", from_, to_).value());
    EXPECT_EQ(X509_verify(certificate.get(), key.evp().get()), 1) << to_string(algorithm);
  }
  const auto certificate = read(pem_);
  EXPECT_EQ(X509_verify(certificate.get(), key_.evp().get()), 1);
  EXPECT_EQ(seconds_since(from_, X509_get0_notBefore(certificate.get())), 0);
  EXPECT_EQ(seconds_since(to_, X509_get0_notAfter(certificate.get())), 0);
}

TEST_F(SigningCertificate, thumbprints_are_digests_of_the_der) {
  const auto der = certificate_der(pem_).value();

  EXPECT_EQ(certificate_sha256_thumbprint_base64url(pem_).value(), base::base64url_encode(sha256(der)));
  EXPECT_EQ(certificate_sha1_thumbprint_base64url(pem_)->size(), 27U);
  EXPECT_EQ(certificate_sha1_fingerprint(pem_)->size(), 59U);
  EXPECT_EQ(certificate_sha256_fingerprint(pem_)->size(), 95U);
  EXPECT_EQ(certificate_sha256_fingerprint(pem_)->substr(2, 1), ":");
}

TEST_F(SigningCertificate, sha1_thumbprint_agrees_with_openssl) {
  unsigned char digest[20];
  unsigned size = 0;
  X509_digest(read(pem_).get(), EVP_sha1(), digest, &size);

  EXPECT_EQ(certificate_sha1_thumbprint_base64url(pem_).value(),
            base::base64url_encode({reinterpret_cast<const char*>(digest), size}));
}

TEST_F(SigningCertificate, pkcs7_holds_the_certificate) {
  const auto bundle_pem = certificate_pkcs7_pem(pem_).value();
  const BioPtr bio(BIO_new_mem_buf(bundle_pem.data(), static_cast<int>(bundle_pem.size())));
  const OpensslPtr<PKCS7, PKCS7_free> bundle(PEM_read_bio_PKCS7(bio.get(), nullptr, nullptr, nullptr));

  ASSERT_NE(bundle, nullptr);
  EXPECT_TRUE(bundle_pem.starts_with("-----BEGIN PKCS7-----\n"));
  ASSERT_EQ(sk_X509_num(bundle->d.sign->cert), 1);
  EXPECT_EQ(X509_cmp(sk_X509_value(bundle->d.sign->cert, 0), read(pem_).get()), 0);
}

TEST_F(SigningCertificate, says_its_subject_and_cuts_long_names) {
  EXPECT_EQ(certificate_subject(pem_).value(), "/CN=tenant.example.com");
  const auto long_name = make_signing_certificate(key_, std::string(200, 'n'), from_, to_).value();
  EXPECT_EQ(certificate_subject(long_name).value(), "/CN=" + std::string(64, 'n'));
}

TEST_F(SigningCertificate, refuses_nonsense) {
  EXPECT_FALSE(make_signing_certificate(key_, "name", to_, from_));
  EXPECT_FALSE(make_signing_certificate(key_, "bad \xff name", from_, to_));
  for (const auto& pem : {std::string(), std::string("no PEM"), key_.to_pem(),
                          std::string("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")}) {
    EXPECT_FALSE(certificate_der(pem));
    EXPECT_FALSE(certificate_pkcs7_pem(pem));
    EXPECT_FALSE(certificate_subject(pem));
    EXPECT_FALSE(certificate_sha1_thumbprint_base64url(pem));
  }
}

}  // namespace
}  // namespace cardea::crypto
