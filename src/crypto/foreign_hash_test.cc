#include "crypto/foreign_hash.h"

#include <gtest/gtest.h>

#include "crypto/password_hash.h"

namespace cardea::crypto {
namespace {

std::string from_hex(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    out.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  return out;
}

// As verify_password() sees it at a login.
void expect_only(const ForeignHash& hash, const std::string& password) {
  const auto stored = write_foreign_hash(hash);
  ASSERT_TRUE(stored) << hash.algorithm;
  EXPECT_TRUE(is_foreign_hash(*stored));
  EXPECT_TRUE(verify_password(*stored, password)) << *stored;
  for (const auto& wrong : {password + "x", "x" + password, std::string("other")})
    EXPECT_FALSE(verify_password(*stored, wrong)) << *stored;
  EXPECT_TRUE(needs_rehash(*stored, {.scheme = PasswordHashing::bcrypt}));
  EXPECT_TRUE(needs_rehash(*stored, {.scheme = PasswordHashing::argon2id}));
}

ForeignHash pbkdf2(std::string algorithm, std::string salt, std::uint32_t iterations, std::string_view output) {
  return {.kind = ForeignHash::pbkdf2,
          .algorithm = std::move(algorithm),
          .salt = std::move(salt),
          .output = from_hex(output),
          .iterations = iterations};
}

ForeignHash scrypt(std::string salt, std::uint32_t cost, std::uint32_t block_size, std::uint32_t lanes,
                   std::string_view output) {
  return {.kind = ForeignHash::scrypt,
          .salt = std::move(salt),
          .output = from_hex(output),
          .cost = cost,
          .block_size = block_size,
          .lanes = lanes};
}

// "abc" of RFC 1321 and FIPS 180-4, a part of it as the salt.
TEST(ForeignHash, digests_with_the_salt_on_either_side) {
  const std::pair<const char*, const char*> known[] = {
      {"md5", "900150983cd24fb0d6963f7d28e17f72"},
      {"ripemd160", "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc"},
      {"sha1", "a9993e364706816aba3e25717850c26c9cd0d89d"},
      {"sha224", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"},
      {"sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"sha384", "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"},
      {"sha512",
       "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd"
       "454d4423643ce80e2a9ac94fa54ca49f"}};
  for (const auto& [algorithm, output] : known) {
    ForeignHash hash{.algorithm = algorithm, .output = from_hex(output)};
    expect_only(hash, "abc");
    hash.salt = "a";
    expect_only(hash, "bc");
    hash.salt = "c";
    hash.salt_behind = true;
    expect_only(hash, "ab");
  }
}

// Test case 2 of RFC 2202 and RFC 4231.
TEST(ForeignHash, hmac) {
  const std::pair<const char*, const char*> known[] = {
      {"md5", "750c783e6ab0b503eaa86e310a5db738"},
      {"sha1", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
      {"sha256", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {"sha512",
       "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fd"
       "caeab1a34d4a6b4b636e070a38bce737"}};
  for (const auto& [algorithm, output] : known)
    expect_only({.kind = ForeignHash::hmac, .algorithm = algorithm, .key = "Jefe", .output = from_hex(output)},
                "what do ya want for nothing?");
}

// RFC 6070, and RFC 7914 §11.
TEST(ForeignHash, pbkdf2) {
  expect_only(pbkdf2("sha1", "salt", 1, "0c60c80f961f0e71f3a9b524af6012062fe037a6"), "password");
  expect_only(pbkdf2("sha1", "salt", 4096, "4b007901b765489abead49d926f721d065a429c1"), "password");
  expect_only(pbkdf2("sha1", "saltSALTsaltSALTsaltSALTsaltSALTsalt", 4096,
                     "3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038"),
              "passwordPASSWORDpassword");
  expect_only(pbkdf2("sha256", "NaCl", 80000,
                     "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56"
                     "a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d"),
              "Password");
}

// RFC 7914 §12.
TEST(ForeignHash, scrypt) {
  expect_only(scrypt("NaCl", 1024, 8, 16,
                     "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
                     "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"),
              "password");
  expect_only(scrypt("SodiumChloride", 16384, 8, 1,
                     "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
                     "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"),
              "pleaseletmein");
}

TEST(ForeignHash, a_password_is_turned_into_bytes_as_it_was_elsewhere) {
  ForeignHash wide{.algorithm = "md5", .encoding = ForeignHash::utf16le};
  wide.output = from_hex("2963a8fdd2dca283ab1dd36c93216d2b");
  ForeignHash latin{.algorithm = "sha1", .encoding = ForeignHash::latin1};
  latin.output = from_hex("798c481d8ec06c08915eb09639f9c210131fa4bf");
  expect_only(wide, "pässwörd€");
  expect_only(latin, "pässwörd");

  EXPECT_FALSE(verify_foreign_hash(write_foreign_hash(latin).value(), "pässwörd€")) << "not in Latin 1";
  EXPECT_FALSE(verify_foreign_hash(write_foreign_hash(latin).value(), "p\xe4ssw\xf6rd")) << "not UTF-8";
  latin.encoding = ForeignHash::ascii;
  EXPECT_FALSE(verify_foreign_hash(write_foreign_hash(latin).value(), "pässwörd"));
}

TEST(ForeignHash, what_is_too_costly_or_no_hash_of_its_algorithm_is_not_taken) {
  const std::string output(32, 'x'), hex(64, '0');
  const ForeignHash wrong[] = {
      {.algorithm = "md4", .output = std::string(16, 'x')},
      {.algorithm = "", .output = output},
      {.algorithm = "sha256", .output = ""},
      {.algorithm = "sha256", .output = output + "x"},
      {.algorithm = "sha256", .salt = std::string(1025, 'x'), .output = output},
      {.kind = ForeignHash::hmac, .algorithm = "sha256", .output = output},
      pbkdf2("sha256", "salt", 0, hex),
      pbkdf2("sha256", "salt", 1, "00"),
      pbkdf2("sha256", "salt", 2'147'483'647, hex),
      pbkdf2("sha256", "salt", 4'294'967'295, hex),
      pbkdf2("sha1", "salt", 2'000'001, hex),
      scrypt("salt", 0, 8, 1, hex),
      scrypt("salt", 1000, 8, 1, hex),
      scrypt("salt", 1U << 31U, 1, 1, hex),
      scrypt("salt", 1U << 20U, 8, 1, hex),
      scrypt("salt", 16384, 0, 1, hex),
      scrypt("salt", 2, 4'000'000'000, 1, hex),
      scrypt("salt", 2, 8, 4'000'000'000, hex),
      scrypt("salt", 1U << 17U, 8, 16, hex),
  };
  for (const auto& hash : wrong)
    EXPECT_EQ(write_foreign_hash(hash).error().code, base::Errc::invalid) << hash.algorithm;
}

TEST(ForeignHash, a_damaged_or_hostile_text_is_wrong_for_every_password) {
  const auto good =
      write_foreign_hash({.algorithm = "sha1", .output = from_hex("5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8")}).value();
  ASSERT_EQ(good, "$foreign$digest$sha1$utf8$before$0$0$0$0$$$W6ph5Mm5Pz8GgiULbPgzG37mj9g=");
  for (std::size_t length = 0; length < good.size(); ++length)
    EXPECT_FALSE(verify_password(good.substr(0, length), "password")) << length;
  for (const char* text : {"$foreign$pbkdf2$sha1$utf8$before$4294967295$0$0$0$c2FsdA==$$DGDID5YfDnHzqbUkr2ASBi/gN6Y=",
                           "$foreign$pbkdf2$sha1$utf8$before$-1$0$0$0$c2FsdA==$$DGDID5YfDnHzqbUkr2ASBi/gN6Y=",
                           "$foreign$scrypt$$utf8$before$0$2147483648$64$16$c2FsdA==$$DGDID5YfDnHzqbUkr2ASBi/gN6Y=",
                           "$foreign$digest$sha1$utf8$before$1$0$0$0$!!$$DGDID5YfDnHzqbUkr2ASBi/gN6Y=",
                           "$foreign$digest$sha1$utf8$before$1$0$0$0$$$$", "$foreign$"})
    EXPECT_FALSE(verify_password(text, "password")) << text;
  EXPECT_TRUE(verify_password(good, "password"));
  EXPECT_FALSE(verify_password(good, std::string(2000, 'x')));
}

}  // namespace
}  // namespace cardea::crypto
