#include "jobs/mail_job.h"

namespace cardea::jobs {
namespace {

constexpr std::string_view kSealContext = "job";

}  // namespace

base::Result<model::Job> to_job(const MailJob& mail, const model::TenantId& tenant, store::TenantKeys& keys,
                                base::Time run_at) {
  model::Job job;
  job.tenant = tenant;
  job.queue = kMailQueue;
  job.run_at = run_at;
  job.body = {{"id", mail.id},
              {"to", mail.to},
              {"template", mail.mail_template},
              {"locale", mail.locale},
              {"variables", mail.variables}};
  if (!mail.overrides.empty()) job.body["overrides"] = mail.overrides;
  if (!mail.link.empty()) {
    const auto sealed = keys.seal_secret(tenant, kSealContext, mail.link);
    if (!sealed)
      return base::fail(base::Errc::invalid, "the link of a mail cannot be sealed: " + sealed.error().reason);
    job.body["sealed_link"] = *sealed;
  }
  return job;
}

base::Result<MailJob> mail_of_job(const model::Job& job, const store::TenantKeys& keys) {
  MailJob mail;
  mail.id = base::get_string_or(job.body, "id");
  mail.to = base::get_string_or(job.body, "to");
  mail.mail_template = base::get_string_or(job.body, "template");
  mail.locale = base::get_string_or(job.body, "locale", "en");
  if (mail.to.empty() || mail.mail_template.empty())
    return base::fail(base::Errc::invalid, "a mail job without recipient or template");
  if (const auto* variables = base::get_object(job.body, "variables")) mail.variables = *variables;
  if (const auto* overrides = base::get_object(job.body, "overrides")) mail.overrides = *overrides;
  if (const auto sealed = base::get_string(job.body, "sealed_link")) {
    auto link = keys.open_secret(job.tenant, kSealContext, *sealed);
    if (!link) return base::pass_on(link);
    mail.link = std::move(*link);
  }
  return mail;
}

}  // namespace cardea::jobs
