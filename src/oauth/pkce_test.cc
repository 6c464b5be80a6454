#include "oauth/pkce.h"

#include <gtest/gtest.h>

#include <string>

namespace cardea::oauth {
namespace {

// RFC 7636, appendix B.
constexpr std::string_view kVerifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
constexpr std::string_view kChallenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

TEST(Pkce, TheVectorOfTheRfcFits) {
  EXPECT_TRUE(is_code_challenge(kChallenge, false));
  EXPECT_TRUE(verifier_fits(kVerifier, kChallenge, false));
  EXPECT_FALSE(verifier_fits(kVerifier, kChallenge, true));
  EXPECT_TRUE(verifier_fits(kVerifier, kVerifier, true));
}

TEST(Pkce, MalformedVerifiersAndChallengesAreRefused) {
  for (const auto& text : {std::string(), std::string(42, 'a'), std::string(129, 'a'), std::string(42, 'a') + "+",
                           std::string(42, 'a') + " "}) {
    EXPECT_FALSE(verifier_fits(text, text, true)) << text;
    EXPECT_FALSE(is_code_challenge(text, true)) << text;
  }
  EXPECT_FALSE(is_code_challenge(std::string(44, 'a'), false));
  EXPECT_FALSE(is_code_challenge(std::string(42, 'a') + "=", false));
}

}  // namespace
}  // namespace cardea::oauth
