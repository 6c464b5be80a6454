#include "model/user.h"

#include <gtest/gtest.h>

#include "model/signing_key.h"

namespace cardea::model {
namespace {

base::json::object parse(std::string_view text) { return base::parse_json(text).value().as_object(); }

TEST(UserTest, the_stored_document_becomes_what_the_api_shows) {
  const auto user = user_from_document(UserKey{"01U"}, parse(R"({"user_id":"auth0|1","connection":"people",
    "provider":"auth0","email":"a@b.se","email_verified":true,"blocked":false,"logins":{"1.x":2,"2.y":3,"3.z":"bad"},
    "created_at":"2026-01-31T10:00:00.123Z","updated_at":"yesterday","user_metadata":{"a":1}})"));

  EXPECT_EQ(user.key.value, "01U");
  EXPECT_EQ(user.connection, "people");
  EXPECT_TRUE(user.email_verified);
  EXPECT_EQ(base::to_iso8601(user.created_at), "2026-01-31T10:00:00.123Z");
  EXPECT_EQ(user.updated_at, base::Time{});
  EXPECT_EQ(user.document, parse(R"({"user_id":"auth0|1","email":"a@b.se","email_verified":true,"logins_count":5,
    "created_at":"2026-01-31T10:00:00.123Z","updated_at":"yesterday","user_metadata":{"a":1}})"));
}

TEST(UserTest, blocked_is_shown_when_it_is_true) {
  EXPECT_TRUE(user_from_document(UserKey{}, parse(R"({"blocked":true})")).document.contains("blocked"));
  EXPECT_FALSE(user_from_document(UserKey{}, parse(R"({"blocked":"yes"})")).blocked);
}

TEST(SigningKeyTest, a_key_survives_being_stored) {
  SigningKeyRow key;
  key.kid = KeyId{"k"};
  key.alg = "ES256";
  key.sealed_private_pem = "sealed";
  key.certificate_pem = "certificate";
  key.public_pem = "public";
  key.created_at = base::from_millis(1);
  key.activate_at = base::from_millis(2);
  key.current_since = base::from_millis(3);
  key.current_until = base::from_millis(4);
  key.revoked_at = base::from_millis(5);
  for (const auto state :
       {SigningKeyState::pending, SigningKeyState::active, SigningKeyState::retiring, SigningKeyState::revoked}) {
    key.state = state;
    const auto read = signing_key_from_document(to_document(key));
    EXPECT_EQ(read.state, state);
    EXPECT_EQ(to_document(read), to_document(key));
    EXPECT_EQ(read.revoked_at, key.revoked_at);
  }
}

TEST(SigningKeyTest, a_state_that_is_not_known_here_is_never_trusted) {
  EXPECT_EQ(signing_key_from_document(parse(R"({"state":"quantum"})")).state, SigningKeyState::revoked);
  EXPECT_EQ(signing_key_from_document({}).state, SigningKeyState::revoked);
}

}  // namespace
}  // namespace cardea::model
