#include "identity/imported_password.h"

#include <gtest/gtest.h>

#include "crypto/password_hash.h"

namespace cardea::identity {
namespace {

base::Result<std::optional<std::string>> read(const std::string& custom) {
  return read_imported_password({{"custom_password_hash", *base::parse_json(custom)}});
}

std::string reason(const std::string& custom) {
  const auto stored = read(custom);
  return stored ? "" : stored.error().reason;
}

TEST(ImportedPassword, NoneIsNone) {
  EXPECT_EQ(read_imported_password({}).value(), std::nullopt);
  EXPECT_EQ(read_imported_password({{"custom_password_hash", nullptr}, {"password_hash", nullptr}}).value(),
            std::nullopt);
}

// "password" by each algorithm; the one of pbkdf2 is from the documentation of Azure IoT MQ.
TEST(ImportedPassword, WhatIsTakenVerifies) {
  constexpr const char* kCases[] = {
      R"({"algorithm":"md5","hash":{"value":"5f4dcc3b5aa765d61d8327deb882cf99","encoding":"hex"}})",
      R"({"algorithm":"md5","hash":{"value":"X03MO1qnZdYdgyfeuILPmQ==","encoding":"base64"}})",
      R"({"algorithm":"md5","hash":{"value":"X03MO1qnZdYdgyfeuILPmQ","encoding":"base64"}})",
      R"({"algorithm":"md5","hash":{"value":"67A1E09BB1F83F5007DC119C14D663AA","encoding":"hex"},
          "salt":{"value":"salt","position":"prefix"}})",
      R"({"algorithm":"ldap","hash":{"value":"{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g="}})",
      R"({"algorithm":"ldap","hash":{"value":"{md5}X03MO1qnZdYdgyfeuILPmQ==","encoding":"utf8"}})",
      R"({"algorithm":"pbkdf2","hash":{"value":"$pbkdf2-sha512$i=100000,l=64$HqJwOCHweNk1pLryiu3RsA$KVSvxKYcibIG5S5n55RvxKRTdAAfCUtBJoy5IuFzdSZyzkwvUcU+FPawEWFPn+06JyZsndfRTfpiEh+2eSJLkg"}})",
      R"({"algorithm":"scrypt","hash":{"value":"/bq+HJ00cgB4VucZDQHp/nxq18vII3gw53N2Y0s3MWIurzDZLiKjiG/xCSedmDDaxyevuUqD7m2DYMvfoswGQA==","encoding":"base64"},"salt":{"value":"TmFDbA==","encoding":"base64"},"keylen":64,"cost":1024,"blockSize":8,"parallelization":16})",
      R"({"algorithm":"argon2","hash":{"value":"$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA"}})",
  };
  for (const auto* text : kCases) {
    const auto stored = read(text);
    ASSERT_TRUE(stored) << text << stored.error().reason;
    ASSERT_TRUE(*stored);
    EXPECT_TRUE(crypto::verify_password(**stored, "password")) << text;
    EXPECT_FALSE(crypto::verify_password(**stored, "Password")) << text;
  }
}

TEST(ImportedPassword, WhatIsRefusedIsNamedWithoutItsValue) {
  constexpr std::pair<const char*, const char*> kCases[] = {
      {R"(7)", ": not an object"},
      {R"({})", ".algorithm: not supported"},
      {R"({"algorithm":"md4","hash":{"value":"secret"}})", ".algorithm: not supported"},
      {R"({"algorithm":7})", ".algorithm: not supported"},
      {R"({"algorithm":"md5"})", ".hash: not a hash of this algorithm, or too costly"},
      {R"({"algorithm":"md5","hash":{"value":"secret","encoding":"hex"}})", ".hash: not in hex or base64"},
      {R"({"algorithm":"md5","hash":{"value":"secret","encoding":"utf8"}})", ".hash: not in hex or base64"},
      {R"({"algorithm":"md5","hash":{"value":"5f4d","encoding":"hex"}})",
       ".hash: not a hash of this algorithm, or too costly"},
      {R"({"algorithm":"md5","hash":{"value":"5f4dcc3b5aa765d61d8327deb882cf99"},"salt":{"value":"secret","encoding":"hex"}})",
       ".salt: not one of this encoding"},
      {R"({"algorithm":"md5","hash":{"value":"5f4dcc3b5aa765d61d8327deb882cf99"},"salt":{"value":"x","position":"secret"}})",
       ".salt: not one of this encoding"},
      {R"({"algorithm":"md5","hash":{"value":"5f4dcc3b5aa765d61d8327deb882cf99"},"password":{"encoding":"secret"}})",
       ".password.encoding: not known"},
      {R"({"algorithm":"hmac","hash":{"value":"5f4dcc3b5aa765d61d8327deb882cf99","digest":"md5"}})",
       ".hash.key: needed, in its encoding"},
      {R"({"algorithm":"hmac","hash":{"value":"5f4dcc3b5aa765d61d8327deb882cf99","digest":"secret","key":{"value":"x"}}})",
       ".hash: not a hash of this algorithm, or too costly"},
      {R"({"algorithm":"scrypt","hash":{"value":"5f4dcc3b5aa765d61d8327deb882cf99"}})",
       ".keylen: not the length of the hash"},
      {R"({"algorithm":"scrypt","hash":{"value":"5f4dcc3b5aa765d61d8327deb882cf99"},"keylen":16,"cost":"secret"})",
       ".hash: not a hash of this algorithm, or too costly"},
      {R"({"algorithm":"scrypt","hash":{"value":"5f4dcc3b5aa765d61d8327deb882cf99"},"keylen":16,"cost":4294967312})",
       ".hash: not a hash of this algorithm, or too costly"},
      {R"({"algorithm":"pbkdf2","hash":{"value":"secret"}})",
       ".hash: not of the form $pbkdf2-sha512$i=100000,l=64$salt$hash"},
      {R"({"algorithm":"pbkdf2","hash":{"value":"$pbkdf2-sha1$i=1,l=2$c2FsdA$DGDID5YfDnHzqbUkr2ASBi/gN6Y"}})",
       ".hash: not of the form $pbkdf2-sha512$i=100000,l=64$salt$hash"},
      {R"({"algorithm":"pbkdf2","hash":{"value":"$pbkdf2-sha1$i=4000001,l=20$c2FsdA$DGDID5YfDnHzqbUkr2ASBi/gN6Y"}})",
       ".hash: not a hash of this algorithm, or too costly"},
      {R"({"algorithm":"pbkdf2","hash":{"value":"$pbkdf2-sha1$i=99999999999999999999$c2FsdA$DGDID5YfDnHzqbUkr2ASBi/gN6Y"}})",
       ".hash: not of the form $pbkdf2-sha512$i=100000,l=64$salt$hash"},
      {R"({"algorithm":"ldap","hash":{"value":"{CRYPT}secret"}})", ".hash: a scheme of LDAP that is not supported"},
      {R"({"algorithm":"ldap","hash":{"value":"{SSHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g="}})",
       ".hash: not a hash of this scheme"},
      {R"({"algorithm":"ldap","hash":{"value":"{SHA"}})", ".hash: not of the form {SCHEME}…"},
      {R"({"algorithm":"argon2","hash":{"value":"$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj"}})",
       ".hash: not a hash of this algorithm"},
      {R"({"algorithm":"argon2","hash":{"value":"secret"},"password":{"encoding":"ascii"}})",
       ".password.encoding: only utf8 is understood"},
  };
  for (const auto& [text, expected] : kCases)
    EXPECT_EQ(reason(text), std::string("custom_password_hash") + expected) << text;
}

}  // namespace
}  // namespace cardea::identity
