#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "model/ids.h"

namespace cardea::model {

// A person signed in with one browser; every application of the tenant shares it (SSO).
struct Session {
  SessionId id;
  UserKey user;
  UserId user_id;
  std::string connection;
  base::Time created_at;
  base::Time auth_time;  // of the last interactive login
  base::Time last_seen_at;
  base::Time idle_expires_at;
  base::Time expires_at;          // absolute
  std::vector<std::string> amr;   // RFC 8176
  std::vector<ClientId> clients;  // that took part; back-channel logout goes to them
  bool revoked = false;

  bool alive(base::Time now) const { return !revoked && now < idle_expires_at && now < expires_at; }
};

// One use of a refresh-token generation.
struct ConsumedGeneration {
  base::Time at;
  CellNumber cell = 0;
};

// What one authorization gave: every refresh token that descends from it (REPLICATION.md §2.11).
struct RefreshFamily {
  FamilyId id;
  UserKey user;
  UserId user_id;
  ClientId client;
  SessionId session;
  std::string audience;
  std::vector<std::string> scope;
  base::Time auth_time;
  base::Time created_at;
  base::Time expires_at;       // absolute; Time{} = never
  base::Time idle_expires_at;  // moves with each use; Time{} = never
  CellNumber home = 0;
  std::uint32_t home_epoch = 1;
  Generation generation = 1;  // the newest that was given out
  // When the generation before the newest was consumed; the leeway counts from here.
  std::optional<ConsumedGeneration> last_consumed;
  // The cells that have consumed that one: each but the first gave a token of the newest generation to a client that
  // perhaps never got the first one's answer.
  std::vector<CellNumber> consumers;
  base::Time last_used_at;
  bool revoked = false;
};

// A user's agreement that a client may have scopes of an audience.
struct Consent {
  std::string row_id;
  UserKey user;
  UserId user_id;
  ClientId client;
  std::string audience;
  std::vector<std::string> scope;
};

// The one-time right behind a link in a mail. The link carries a secret; only its hash is kept.
struct Ticket {
  std::string token_hash;  // row id: base64url SHA-256 of the secret
  std::string type;        // "verify_email", "reset_password"
  UserKey user;
  ClientId client;  // may be empty
  std::string result_url;
  std::string email;  // that it was sent to; void when the user's differs by now
  bool include_email_in_redirect = false;
  bool mark_email_as_verified = false;
  base::Time expires_at;
  bool used = false;
};

}  // namespace cardea::model
