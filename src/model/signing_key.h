#pragma once

#include <string>

#include "base/clock.h"
#include "base/json.h"
#include "model/ids.h"

namespace cardea::model {

// REPLICATION.md §2.12: published before use, published while anything signed with it may live.
enum class SigningKeyState { pending, active, retiring, revoked };

const char* to_string(SigningKeyState state);

// A tenant's token signing key. The private part is sealed under the tenant's data key.
struct SigningKeyRow {
  KeyId kid;
  std::string alg;  // "RS256", "ES256" … the JWS algorithm that it is used with
  SigningKeyState state = SigningKeyState::pending;
  std::string sealed_private_pem;  // base64; open with store::TenantKeys
  std::string certificate_pem;     // carries the public key; empty for kinds without x5c
  std::string public_pem;
  base::Time created_at;
  base::Time activate_at;  // pending: when it may become active
  base::Time current_since, current_until;
  base::Time revoked_at;
};

SigningKeyRow signing_key_from_document(const base::json::object& document);
base::json::object to_document(const SigningKeyRow& key);

}  // namespace cardea::model
