#include "jobs/mailer.h"

#include "jobs/mail_job.h"
#include "jobs/mail_template.h"

namespace cardea::jobs {
namespace {

using base::Errc;
using base::Result;

// Without the mail's words: they hold a link that is somebody's right.
model::Event not_sent(const model::Job& job, const base::Error& error, base::Time now) {
  model::Event event;
  event.tenant = job.tenant;
  event.type = "fn";
  event.at = now;
  event.body = {{"description", "Failed sending notification"},
                {"user_name", base::get_string_or(job.body, "to")},
                {"details",
                 {{"email_type", base::get_string_or(job.body, "template")},
                  {"to", base::get_string_or(job.body, "to")},
                  {"error", error.reason},
                  {"attempts", job.attempts}}}};
  return event;
}

}  // namespace

Mailer::Mailer(MailTransport& transport, store::Tenants& tenants, store::TenantKeys& keys, const base::Clock& clock,
               Mailbox from)
    : transport_(transport), tenants_(tenants), keys_(keys), clock_(clock), from_(std::move(from)) {}

base::awaitable<Result<void>> Mailer::run(model::Job job) {
  if (auto known = co_await know_key_of(job.tenant); !known) co_return known;
  auto mail = mail_of_job(job, keys_);
  if (!mail) co_return base::pass_on(mail);
  const auto to = Mailbox::parse(mail->to);
  if (!to) co_return base::pass_on(to);

  if (!mail->link.empty()) mail->variables["url"] = mail->link;
  Letter letter{mail->id, from_, *to, clock_.now(),
                render_mail(mail->mail_template, mail->locale, mail->variables, mail->overrides)};
  if (letter.content.subject.empty() && letter.content.text.empty())
    co_return base::fail(Errc::invalid, "no mail template " + mail->mail_template);
  auto message = to_message(letter);
  if (!message) co_return base::pass_on(message);
  co_return co_await transport_.send({mail->id, from_.address, to->address, std::move(*message)});
}

JobHandler Mailer::handler() {
  return [this](model::Job job) { return run(std::move(job)); };
}

Worker::Options Mailer::worker_options() {
  Worker::Options options;
  options.queue = kMailQueue;
  options.concurrency = 4;
  options.lease = std::chrono::minutes(2);
  options.max_attempts = 30;
  options.first_delay = std::chrono::seconds(5);
  options.longest_delay = std::chrono::hours(1);
  options.woken_by = {store::Kind::ticket};
  options.obituary = [](const model::Job& job, const base::Error& error, base::Time now) {
    return std::optional(not_sent(job, error, now));
  };
  return options;
}

base::awaitable<Result<void>> Mailer::know_key_of(model::TenantId tenant) {
  if (keys_.knows(tenant)) co_return Result<void>{};
  const auto found = co_await tenants_.find(std::move(tenant));
  if (!found) co_return base::pass_on(found);
  co_return Result<void>{};
}

}  // namespace cardea::jobs
