#pragma once

#include "base/clock.h"
#include "identity/account_mail.h"
#include "identity/new_password.h"
#include "identity/password_login.h"
#include "identity/session_ending.h"
#include "oauth/key_rotation.h"
#include "store/configuration.h"
#include "store/database.h"
#include "store/tenants.h"
#include "store/users.h"

namespace cardea::api {

// What the Management API works with; app/ fills it. All must outlive the router.
struct ManageServices {
  store::Database& database;
  store::Configuration& configuration;
  store::Tenants& tenants;
  store::Users& users;
  store::SigningKeys& signing_keys;
  identity::NewPassword& new_password;
  identity::AccountMail& mail;
  identity::PasswordLogin& passwords;
  identity::SessionEnding& ending;
  oauth::KeyRotation& keys;
  const base::Clock& clock;
};

}  // namespace cardea::api
