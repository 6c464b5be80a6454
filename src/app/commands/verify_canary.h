#pragma once

#include <string>
#include <string_view>

#include "app/commands/verify_progress.h"
#include "base/async.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "http/client.h"

namespace cardea::app {

// The outcome of a step: a remark for people, or what is wrong.
using StepResult = base::Result<std::string>;

// Where the endpoints of a deployment are, as its discovery document says.
struct Endpoints {
  std::string issuer;  // with a slash at the end
  std::string authorization, token, userinfo, jwks;
  bool offline_access = false;
};

// The application and the user that a verification signs in, made and removed through the Management API. Each is
// removed also when the answer to its creation was lost.
class VerifyCanary {
 public:
  // Where the browser comes back to; nobody answers there (RFC 2606), and the browser stops before it.
  static constexpr std::string_view kCallback = "https://canary.cardea.invalid/callback";
  static constexpr std::string_view kAfterLogout = "https://canary.cardea.invalid/callback/signed-out";

  // All must outlive it.
  VerifyCanary(http::Client& client, const base::Clock& clock, base::Random& random, VerifyProgress& progress,
               base::Duration timeout);

  base::awaitable<StepResult> authorise(const Endpoints& endpoints, const std::string& client_id,
                                        const std::string& client_secret);
  base::awaitable<StepResult> create_client();
  // At the tenant's default directory.
  base::awaitable<StepResult> enable_client();
  base::awaitable<StepResult> create_user();

  bool has_user() const { return user_attempted_; }
  bool has_client() const { return client_attempted_; }
  base::awaitable<StepResult> remove_user();
  base::awaitable<StepResult> remove_client();

  const std::string& client_id() const { return client_id_; }
  const std::string& client_secret() const { return client_secret_; }
  const std::string& user_id() const { return user_id_; }
  const std::string& email() const { return email_; }
  const std::string& password() const { return password_; }

 private:
  http::OutgoingRequest request(std::string method, std::string path) const;
  http::OutgoingRequest request(std::string method, std::string path, const base::json::value& body) const;
  http::OutgoingRequest switch_request(bool on) const;
  base::awaitable<StepResult> find_directory();
  base::awaitable<StepResult> lost_user();
  base::awaitable<StepResult> lost_client();
  base::awaitable<StepResult> disable_client();

  http::Client& client_;
  VerifyProgress& progress_;
  const base::Duration timeout_;
  std::string issuer_, token_;
  std::string client_name_, client_id_, client_secret_;
  std::string directory_ = "Username-Password-Authentication", connection_id_;
  std::string email_, password_, user_id_;
  bool client_attempted_ = false, user_attempted_ = false;
};

}  // namespace cardea::app
