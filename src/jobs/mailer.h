#pragma once

#include <string>

#include "base/async.h"
#include "base/clock.h"
#include "base/result.h"
#include "jobs/mail_message.h"
#include "jobs/mail_transport.h"
#include "jobs/worker.h"
#include "model/event.h"
#include "store/tenant_keys.h"
#include "store/tenants.h"

namespace cardea::jobs {

// Writes and sends the mails of queue "mail" (jobs/mail_job.h).
class Mailer {
 public:
  // All must outlive it. `from`: the setting mail.from.
  Mailer(MailTransport& transport, store::Tenants& tenants, store::TenantKeys& keys, const base::Clock& clock,
         Mailbox from);

  base::awaitable<base::Result<void>> run(model::Job job);
  // For a Worker; this object must outlive its stop().
  JobHandler handler();
  // Retries for about a day; then the event fn.
  static Worker::Options worker_options();

 private:
  base::awaitable<base::Result<void>> know_key_of(model::TenantId tenant);

  MailTransport& transport_;
  store::Tenants& tenants_;
  store::TenantKeys& keys_;
  const base::Clock& clock_;
  const Mailbox from_;
};

}  // namespace cardea::jobs
