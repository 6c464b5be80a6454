#include "identity/account_mail.h"

#include "base/base64.h"
#include "base/percent.h"
#include "base/ulid.h"
#include "crypto/digest.h"
#include "crypto/random_token.h"
#include "jobs/mail_job.h"
#include "jobs/mail_template.h"

namespace cardea::identity {
namespace {

using base::Result;

constexpr std::size_t kSecretBytes = 32;
constexpr std::chrono::seconds kDefaultLifetime = std::chrono::days(5);

std::string link_of(const RequestContext& context, std::string_view type, std::string_view secret) {
  const auto page = type == "verify_email" ? "u/email-verification?ticket=" : "u/reset-verify?ticket=";
  return context.address.issuer + page + base::percent_encode(secret);
}

// "https://…" only: mail programs load the picture from there.
std::string https_or_nothing(std::string_view url) { return url.starts_with("https://") ? std::string(url) : ""; }

std::string primary_color(const model::Tenant& tenant) {
  const auto* branding = base::get_object(tenant.settings, "branding");
  const auto* colors = branding ? base::get_object(*branding, "colors") : nullptr;
  return colors ? base::get_string_or(*colors, "primary") : "";
}

base::json::object variables_for(const RequestContext& context, const model::User& user, const model::ClientId& client,
                                 std::chrono::seconds lifetime) {
  const auto& tenant = context.tenant->tenant;
  const auto* application = context.tenant->client(client.view());
  return {{"email", user.email},
          {"user_name", user.name.empty() ? user.email : user.name},
          {"company_name", tenant.friendly_name.empty() ? tenant.name : tenant.friendly_name},
          {"client_name", application ? application->name : ""},
          {"expires_in", jobs::describe_lifetime(lifetime.count(), context.locale)},
          {"support_url", tenant.support_url},
          {"support_email", tenant.support_email},
          {"logo_url", https_or_nothing(tenant.picture_url)},
          {"primary_color", primary_color(tenant)}};
}

}  // namespace

AccountMail::AccountMail(store::Tickets& tickets, store::TenantKeys& keys, base::Random& random)
    : tickets_(tickets), keys_(keys), random_(random) {}

Result<std::string> AccountMail::make_link_in(store::Transaction& transaction, const RequestContext& context,
                                              model::Ticket ticket) {
  const auto secret = crypto::random_token(random_, kSecretBytes);
  ticket.token_hash = token_hash(secret);
  if (ticket.expires_at == base::Time{}) ticket.expires_at = transaction.now() + kDefaultLifetime;
  if (auto created = tickets_.create_in(transaction, context.tenant->tenant.id, ticket); !created)
    return base::pass_on(created);
  return link_of(context, ticket.type, secret);
}

Result<void> AccountMail::send_verification_in(store::Transaction& transaction, const RequestContext& context,
                                               const model::User& user, const model::ClientId& client) {
  model::Ticket ticket;
  ticket.type = "verify_email";
  ticket.user = user.key;
  ticket.client = client;
  ticket.email = user.email;
  const auto link = make_link_in(transaction, context, std::move(ticket));
  if (!link) return base::pass_on(link);
  return enqueue_in(transaction, context, user, client, "verify_email", kDefaultLifetime, *link);
}

Result<void> AccountMail::send_reset_in(store::Transaction& transaction, const RequestContext& context,
                                        const model::User& user, const model::ClientId& client) {
  model::Ticket ticket;
  ticket.type = "reset_password";
  ticket.user = user.key;
  ticket.client = client;
  ticket.email = user.email;
  ticket.mark_email_as_verified = true;
  const auto link = make_link_in(transaction, context, std::move(ticket));
  if (!link) return base::pass_on(link);
  return enqueue_in(transaction, context, user, client, "reset_password", kDefaultLifetime, *link);
}

Result<void> AccountMail::enqueue_in(store::Transaction& transaction, const RequestContext& context,
                                     const model::User& user, const model::ClientId& client,
                                     std::string_view mail_template, std::chrono::seconds lifetime,
                                     std::string_view link) {
  jobs::MailJob mail;
  mail.id = base::new_ulid(transaction.now(), random_);
  mail.to = user.email;
  mail.mail_template = std::string(mail_template);
  mail.locale = context.locale;
  mail.variables = variables_for(context, user, client, lifetime);
  mail.link = std::string(link);
  if (const auto* texts = base::get_object(context.tenant->tenant.settings, "custom_text")) mail.overrides = *texts;

  auto job = jobs::to_job(mail, context.tenant->tenant.id, keys_, transaction.now());
  if (!job) return base::pass_on(job);
  transaction.enqueue(std::move(*job));
  return {};
}

std::string AccountMail::token_hash(std::string_view secret) { return base::base64url_encode(crypto::sha256(secret)); }

}  // namespace cardea::identity
