#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "model/ids.h"

namespace cardea::model {

// One account at one connection that a user signs in with. The first is the primary one.
struct Identity {
  std::string row_id;
  UserKey user;
  std::string connection;  // name
  std::string provider;    // "auth0" for our own databases, else the strategy
  std::string user_id;     // without the provider prefix
  bool is_social = false;
  base::json::object profile_data;
};

// A person. `document` is what GET /api/v2/users/{id} shows, without `identities`.
struct User {
  UserKey key;
  UserId user_id;          // "auth0|…"
  std::string connection;  // name of the primary identity's connection
  std::string email;       // lower case
  bool email_verified = false;
  std::string username;
  std::string phone_number;
  bool phone_verified = false;
  bool blocked = false;
  std::string name, nickname, given_name, family_name, picture;
  base::Time created_at, updated_at;
  base::Time sessions_revoked_at;  // logins from before count no more; Time{} = never
  base::json::object document;
};

User user_from_document(UserKey key, base::json::object document);

// How a person proves who they are. Type "password" now; factors later are further types.
struct Credential {
  std::string row_id;
  UserKey user;
  std::string type;
  std::string hash;  // modular crypt or PHC string
  base::Time changed_at;
};

}  // namespace cardea::model
