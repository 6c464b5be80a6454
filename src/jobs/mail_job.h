#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "model/event.h"
#include "store/tenant_keys.h"

namespace cardea::jobs {

inline constexpr std::string_view kMailQueue = "mail";

// A mail that waits to be written and sent: what its template is filled with. The body of a job in queue "mail":
// {"id","to","template","locale","variables":{…},"overrides":{…},"sealed_link"}.
struct MailJob {
  std::string id;             // ULID: becomes the Message-ID, the same at every attempt
  std::string to;             // one addr-spec
  std::string mail_template;  // jobs/mail_template.h
  std::string locale;
  base::json::object variables;  // without "url"
  base::json::object overrides;  // the tenant's own words; may be empty
  std::string link;              // becomes variable "url"; a right to whoever has it, so it is sealed in the job
};

// invalid: the tenant's key is not known.
base::Result<model::Job> to_job(const MailJob& mail, const model::TenantId& tenant, store::TenantKeys& keys,
                                base::Time run_at);

// invalid: no such body, or the link does not open.
base::Result<MailJob> mail_of_job(const model::Job& job, const store::TenantKeys& keys);

}  // namespace cardea::jobs
