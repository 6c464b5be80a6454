#include "crypto/ecdsa_signature.h"

#include <gtest/gtest.h>

namespace cardea::crypto {
namespace {

using namespace std::string_literals;

TEST(EcdsaSignature, short_and_long_numbers_go_there_and_back) {
  const auto low = std::string(31, '\0') + "\x01";
  const auto high = "\xff"s + std::string(31, '\x22');
  const auto leading_zero_then_top_bit = "\0\x80"s + std::string(30, '\x11');

  for (const auto& jose : {low + high, high + low, leading_zero_then_top_bit + low}) {
    const auto der = ecdsa_jose_to_der(jose, 32);
    ASSERT_TRUE(der);
    EXPECT_EQ(ecdsa_der_to_jose(*der, 32), jose);
  }
}

TEST(EcdsaSignature, writes_the_shortest_der) {
  EXPECT_EQ(ecdsa_jose_to_der("\x00\x01\x00\x80"s, 2), "\x30\x07\x02\x01\x01\x02\x02\x00\x80"s);
}

TEST(EcdsaSignature, wrong_lengths_and_zeros_are_refused) {
  EXPECT_FALSE(ecdsa_jose_to_der("", 32));
  EXPECT_FALSE(ecdsa_jose_to_der(std::string(63, 'a'), 32));
  EXPECT_FALSE(ecdsa_jose_to_der(std::string(65, 'a'), 32));
  EXPECT_FALSE(ecdsa_jose_to_der(std::string(64, '\0'), 32));
}

TEST(EcdsaSignature, broken_der_is_refused) {
  const auto good = "\x30\x06\x02\x01\x01\x02\x01\x02"s;
  ASSERT_EQ(ecdsa_der_to_jose(good, 2), "\x00\x01\x00\x02"s);

  for (std::size_t length = 0; length < good.size(); ++length)
    EXPECT_FALSE(ecdsa_der_to_jose(good.substr(0, length), 2));
  EXPECT_FALSE(ecdsa_der_to_jose(good + "\x00"s, 2));
  EXPECT_FALSE(ecdsa_der_to_jose("\x31\x06\x02\x01\x01\x02\x01\x02"s, 2));
  EXPECT_FALSE(ecdsa_der_to_jose("\x30\x06\x02\x01\x81\x02\x01\x02"s, 2)) << "a negative number";
  EXPECT_FALSE(ecdsa_der_to_jose("\x30\x08\x02\x03\x01\x01\x01\x02\x01\x02"s, 2)) << "a number that is too long";
  EXPECT_FALSE(ecdsa_der_to_jose("\x30\x06\x02\x7f\x01\x02\x01\x02"s, 2)) << "a length beyond the end";
}

}  // namespace
}  // namespace cardea::crypto
