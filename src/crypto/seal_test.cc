#include "crypto/seal.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "base/base64.h"
#include "crypto/system_random.h"

namespace cardea::crypto {
namespace {

class Seal : public testing::Test {
 protected:
  base::SeededRandom random_{7};
  SealKey key_ = SealKey::generate(random_);
};

TEST_F(Seal, opens_to_what_was_sealed) {
  for (const std::string& text : {std::string(), std::string("x"), std::string(300, 'a'), std::string(100'000, '\0')}) {
    const auto sealed = seal(key_, text, "tenant/field", random_);

    EXPECT_EQ(sealed.size(), text.size() + kSealOverhead);
    EXPECT_EQ(open_sealed(key_, sealed, "tenant/field").value(), text);
  }
}

TEST_F(Seal, repeats_the_published_vector_of_gcm) {
  // Test case 14 of the GCM specification has no associated data; ours always has the version byte, so only the
  // ciphertext agrees.
  class Zero final : public base::Random {
   public:
    void fill(std::span<std::uint8_t> out) override { std::fill(out.begin(), out.end(), 0); }
  } zero;
  const auto key = SealKey::from_bytes(std::string(32, '\0'));

  const auto sealed = seal(key, std::string(16, '\0'), "", zero);

  EXPECT_EQ(sealed.substr(13, 16), std::string("\xce\xa7\x40\x3d\x4d\x60\x6b\x6e\x07\x4e\xc5\xd3\xba\xf3\x9d\x18"));
}

TEST_F(Seal, no_changed_bit_goes_unnoticed) {
  const auto sealed = seal(key_, "a secret", "where it belongs", random_);
  for (std::size_t byte = 0; byte < sealed.size(); ++byte) {
    for (int bit = 0; bit < 8; ++bit) {
      auto changed = sealed;
      changed[byte] = static_cast<char>(changed[byte] ^ (1 << bit));

      const auto opened = open_sealed(key_, changed, "where it belongs");

      ASSERT_FALSE(opened) << byte << "." << bit;
      EXPECT_EQ(opened.error().code, base::Errc::invalid);
    }
  }
}

TEST_F(Seal, no_missing_or_added_byte_goes_unnoticed) {
  const auto sealed = seal(key_, "a secret", "", random_);
  for (std::size_t length = 0; length < sealed.size(); ++length)
    EXPECT_FALSE(open_sealed(key_, sealed.substr(0, length), "")) << length;
  EXPECT_FALSE(open_sealed(key_, sealed + '\0', ""));
}

TEST_F(Seal, does_not_open_elsewhere_or_with_another_key) {
  const auto sealed = seal(key_, "a secret", "tenant a", random_);

  EXPECT_FALSE(open_sealed(key_, sealed, "tenant b"));
  EXPECT_FALSE(open_sealed(key_, sealed, ""));
  EXPECT_FALSE(open_sealed(SealKey::generate(random_), sealed, "tenant a"));
  EXPECT_TRUE(open_sealed(key_, sealed, "tenant a"));
}

TEST_F(Seal, the_same_text_never_looks_the_same) {
  EXPECT_NE(seal(key_, "a secret", "", random_), seal(key_, "a secret", "", random_));
}

TEST_F(Seal, derived_keys_are_stable_and_apart) {
  const auto codes = key_.derive("codes");

  EXPECT_EQ(codes.bytes(), key_.derive("codes").bytes());
  EXPECT_NE(codes.bytes(), key_.derive("cookies").bytes());
  EXPECT_NE(codes.bytes(), key_.bytes());
}

TEST(SealKeyFromBase64, takes_both_alphabets_with_and_without_padding) {
  const std::string bytes(32, '\xfb');
  const auto standard = base::base64_encode(bytes);

  for (const auto& text : {standard, base::base64url_encode(bytes), standard + "\n", " " + standard}) {
    ASSERT_TRUE(SealKey::from_base64(text)) << text;
    EXPECT_EQ(SealKey::from_base64(text)->bytes(), bytes);
  }
}

TEST(SealKeyFromBase64, refuses_other_lengths_and_characters) {
  for (const auto& text : {std::string(), base::base64_encode(std::string(31, 'k')),
                           base::base64_encode(std::string(33, 'k')), std::string(43, '!')}) {
    ASSERT_FALSE(SealKey::from_base64(text)) << text;
    EXPECT_EQ(SealKey::from_base64(text).error().code, base::Errc::invalid);
  }
  EXPECT_THROW(SealKey::from_bytes("short"), std::invalid_argument);
}

}  // namespace
}  // namespace cardea::crypto
