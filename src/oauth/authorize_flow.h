#pragma once

#include <string>
#include <variant>

#include "base/async.h"
#include "identity/login_transaction.h"
#include "identity/session_service.h"
#include "oauth/authorization_code.h"
#include "oauth/authorization_decision.h"
#include "oauth/authorization_request.h"
#include "oauth/event_writer.h"
#include "oauth/token_issuing.h"
#include "store/one_time.h"

namespace cardea::oauth {

// The authorization endpoint (RFC 6749 §3.1, OpenID Connect Core §3.1.2): decides whether the client gets its answer
// now or the person has to be asked something first. What it needs to know between two requests is sealed into the
// `state` of the pages; nothing is stored. Safe from any thread.
class AuthorizeFlow {
 public:
  // All must outlive it.
  struct Parts {
    identity::SessionService& sessions;
    store::Users& users;
    store::Consents& consents;
    const identity::LoginTransactions& transactions;
    const AuthorizationCodes& codes;
    TokenIssuing& issuing;
    EventWriter& events;
    const base::Clock& clock;
  };
  explicit AuthorizeFlow(const Parts& parts) : parts_(parts) {}

  // The values of the browser's cookies. The one that binds transactions is never empty: the caller makes it up when
  // the browser has none, and sets it with the answer.
  struct Browser {
    std::string session_cookie;
    std::string browser_cookie;
  };

  // The person has to be asked.
  struct Interaction {
    NextStep page;        // login, choose_account or consent
    bool signup = false;  // login: start with the registration
    std::string state;    // the sealed transaction
  };
  // There is nobody that an answer could safely be sent to.
  struct OnPage {
    Refusal refusal;
    bool lost_login = false;  // the transaction has expired or is not this browser's
  };
  using Outcome = std::variant<ClientAnswer, Interaction, OnPage>;

  // A new request of a client.
  base::awaitable<Outcome> begin(identity::RequestContext context, Parameters parameters, Browser browser);
  // The pages are done with what they were asked to do; everything is decided anew. A person who said no (`declined`)
  // is access_denied to the client.
  base::awaitable<Outcome> resume(identity::RequestContext context, std::string state, Browser browser);

 private:
  struct Visit;
  base::awaitable<Outcome> proceed(Visit& visit);
  base::awaitable<base::Result<void, Refusal>> find_person(Visit& visit);
  base::awaitable<base::Result<bool, Refusal>> consent_missing(Visit& visit);
  base::awaitable<Outcome> answer(Visit& visit);
  base::awaitable<base::Result<std::vector<base::QueryPair>, Refusal>> answer_parameters(Visit& visit);
  Outcome refuse_to_client(const Visit& visit, Refusal refusal);
  Interaction interaction(const Visit& visit, NextStep step) const;
  void note(const Visit& visit, std::string_view type, std::string_view description);

  Parts parts_;
};

// The parameters as they go out: with the client's `state` and, where the tenant has it on, `iss` (RFC 9207).
std::vector<base::QueryPair> outgoing_parameters(const identity::RequestContext& context, const ClientAnswer& answer);

}  // namespace cardea::oauth
