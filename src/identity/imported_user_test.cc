#include "identity/imported_user.h"

#include <gtest/gtest.h>

namespace cardea::identity {
namespace {

constexpr std::string_view kBcrypt = "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy";

base::json::object parse(std::string text) {
  const auto at = text.find("HASH");
  if (at != std::string::npos) text.replace(at, 4, kBcrypt);
  return base::parse_json(text)->get_object();
}

TEST(ImportedUser, TakesOverWhatAnExportHas) {
  const auto user =
      read_imported_user(parse(R"({"user_id":"auth0|5f7c","email":" Ann@Example.COM","email_verified":true,
      "given_name":"Ann","user_metadata":{"a":1},"app_metadata":{"plan":"x"},"blocked":false,"nickname":null,
      "logins_count":7,"identities":[{"provider":"auth0"}],"created_at":"2020-01-01T00:00:00.000Z",
      "password_hash":"HASH"})"));

  ASSERT_TRUE(user.has_value());
  EXPECT_EQ(base::json::serialize(user->document),
            R"({"user_id":"auth0|5f7c","email":"ann@example.com","email_verified":true,"given_name":"Ann",)"
            R"("blocked":false,"user_metadata":{"a":1},"app_metadata":{"plan":"x"}})");
  EXPECT_EQ(user->password_hash, kBcrypt);
  EXPECT_EQ(base::to_iso8601(user->times.created_at), "2020-01-01T00:00:00.000Z");
  EXPECT_EQ(user->times.updated_at, base::Time{});
}

TEST(ImportedUser, TakesCustomHashesThatItCanVerify) {
  const auto bcrypt = read_imported_user(parse(
      R"({"username":"ann","custom_password_hash":{"algorithm":"bcrypt","hash":{"value":"HASH","encoding":"utf8"}}})"));
  const auto argon2 = read_imported_user(parse(
      R"({"username":"ann","custom_password_hash":{"algorithm":"argon2","hash":
      {"value":"$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"}}})"));

  ASSERT_TRUE(bcrypt.has_value());
  EXPECT_EQ(bcrypt->password_hash, kBcrypt);
  ASSERT_TRUE(argon2.has_value());
  EXPECT_TRUE(argon2->password_hash->starts_with("$argon2id$"));
}

TEST(ImportedUser, RefusesWithoutRepeatingTheValue) {
  constexpr std::pair<const char*, const char*> kCases[] = {
      {R"({})", "email, username or phone_number is needed"},
      {R"({"email":"no address"})", "email: not an address"},
      {R"({"email":5})", "email: of another type, or too long"},
      {R"({"username":"a b"})", "username: of another type, or too long"},
      {R"({"username":"a\u0000b"})", "username: of another type, or too long"},
      {R"({"username":"a","user_metadata":[]})", "user_metadata: of another type, or too long"},
      {R"({"username":"a","created_at":"yesterday"})", "created_at: not of the form 2026-01-31T10:00:00.000Z"},
      {R"({"username":"a","updated_at":7})", "updated_at: not of the form 2026-01-31T10:00:00.000Z"},
      {R"({"username":"a","password_hash":"md5"})", "password_hash: not a bcrypt hash"},
      {R"({"username":"a","password_hash":7})", "password_hash: not a bcrypt hash"},
      {R"({"username":"a","custom_password_hash":{"algorithm":"md5","hash":{"value":"secret"}}})",
       "custom_password_hash.hash: not in hex or base64"},
      {R"({"username":"a","custom_password_hash":{"algorithm":"argon2","hash":{"value":"HASH"}}})",
       "custom_password_hash.hash: not a hash of this algorithm"},
      {R"({"username":"a","custom_password_hash":{"algorithm":"bcrypt"}})",
       "custom_password_hash.hash: not a hash of this algorithm"},
      {R"({"username":"a","custom_password_hash":{"algorithm":"bcrypt","hash":{"value":"HASH","encoding":"hex"}}})",
       "custom_password_hash.hash.encoding: only utf8 is understood"},
      {R"({"username":"a","custom_password_hash":{"algorithm":"bcrypt","hash":{"value":"HASH"},"salt":{"value":"x"}}})",
       "custom_password_hash: a salt is part of the hash here"},
  };
  for (const auto& [text, reason] : kCases) {
    const auto user = read_imported_user(parse(text));
    ASSERT_FALSE(user.has_value()) << text;
    EXPECT_EQ(user.error().reason, reason) << text;
  }
}

}  // namespace
}  // namespace cardea::identity
