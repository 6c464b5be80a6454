#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "identity/request_context.h"
#include "model/session.h"
#include "model/user.h"
#include "store/one_time.h"
#include "store/tenant_keys.h"

namespace cardea::identity {

// Makes tickets and queues the mails that carry them, inside the caller's unit of work. The queued job (queue "mail",
// body as jobs/mail_job.h says) has the link sealed, so that who reads the database cannot use it.
class AccountMail {
 public:
  // All must outlive it.
  AccountMail(store::Tickets& tickets, store::TenantKeys& keys, base::Random& random);

  // A ticket for the user and its link, `<issuer>u/email-verification?ticket=…` or `<issuer>u/reset-verify?ticket=…`.
  // `ticket` has everything but the hash; an expires_at of Time{} means 5 days.
  base::Result<std::string> make_link_in(store::Transaction& transaction, const RequestContext& context,
                                         model::Ticket ticket);

  base::Result<void> send_verification_in(store::Transaction& transaction, const RequestContext& context,
                                          const model::User& user, const model::ClientId& client);
  base::Result<void> send_reset_in(store::Transaction& transaction, const RequestContext& context,
                                   const model::User& user, const model::ClientId& client);

  // The row id of the ticket whose secret came back in a link.
  static std::string token_hash(std::string_view secret);

 private:
  base::Result<void> enqueue_in(store::Transaction& transaction, const RequestContext& context, const model::User& user,
                                const model::ClientId& client, std::string_view mail_template,
                                std::chrono::seconds lifetime, std::string_view link);

  store::Tickets& tickets_;
  store::TenantKeys& keys_;
  base::Random& random_;
};

}  // namespace cardea::identity
