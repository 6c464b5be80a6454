#include "model/signing_key.h"

namespace cardea::model {
namespace {

using base::json::object;

base::Time time_of(const object& document, std::string_view name) {
  return base::from_millis(base::get_int_or(document, name, 0));
}

SigningKeyState state_of(std::string_view name) {
  if (name == "pending") return SigningKeyState::pending;
  if (name == "active") return SigningKeyState::active;
  if (name == "retiring") return SigningKeyState::retiring;
  // A state that a newer version wrote: never sign with it, never trust it.
  return SigningKeyState::revoked;
}

}  // namespace

const char* to_string(SigningKeyState state) {
  switch (state) {
    case SigningKeyState::pending:
      return "pending";
    case SigningKeyState::active:
      return "active";
    case SigningKeyState::retiring:
      return "retiring";
    case SigningKeyState::revoked:
      return "revoked";
  }
  return "revoked";
}

SigningKeyRow signing_key_from_document(const object& document) {
  SigningKeyRow key;
  key.kid = KeyId{base::get_string_or(document, "kid")};
  key.alg = base::get_string_or(document, "alg");
  key.state = state_of(base::get_string_or(document, "state"));
  key.sealed_private_pem = base::get_string_or(document, "sealed_private_pem");
  key.certificate_pem = base::get_string_or(document, "certificate_pem");
  key.public_pem = base::get_string_or(document, "public_pem");
  key.created_at = time_of(document, "created_at");
  key.activate_at = time_of(document, "activate_at");
  key.current_since = time_of(document, "current_since");
  key.current_until = time_of(document, "current_until");
  key.revoked_at = time_of(document, "revoked_at");
  return key;
}

object to_document(const SigningKeyRow& key) {
  object document{{"kid", key.kid.value},
                  {"alg", key.alg},
                  {"state", to_string(key.state)},
                  {"sealed_private_pem", key.sealed_private_pem},
                  {"certificate_pem", key.certificate_pem},
                  {"public_pem", key.public_pem}};
  const auto put_time = [&](std::string_view name, base::Time time) {
    if (time != base::Time{}) document[name] = base::to_millis(time);
  };
  put_time("created_at", key.created_at);
  put_time("activate_at", key.activate_at);
  put_time("current_since", key.current_since);
  put_time("current_until", key.current_until);
  put_time("revoked_at", key.revoked_at);
  return document;
}

}  // namespace cardea::model
