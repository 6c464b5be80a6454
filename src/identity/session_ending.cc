#include "identity/session_ending.h"

#include <algorithm>

#include "identity/audit.h"

namespace cardea::identity {
namespace {

using base::Errc;
using base::Result;

constexpr std::string_view kQueue = "backchannel_logout";
// However long the tenant let sessions live when this one began.
constexpr auto kLongestLifetime = std::chrono::hours(24 * 366);

bool wants(const model::Client& client, std::string_view initiator) {
  if (client.backchannel_logout_urls.empty()) return false;
  if (initiator == "rp-logout" || initiator == "idp-logout") return true;
  return std::ranges::find(client.backchannel_logout_initiators, initiator) !=
         client.backchannel_logout_initiators.end();
}

void enqueue_logouts(store::Transaction& transaction, const RequestContext& context, const model::Session& session,
                     std::string_view initiator) {
  for (const auto& id : session.clients) {
    const auto* client = context.tenant->client(id.view());
    if (!client || !wants(*client, initiator)) continue;
    model::Job job;
    job.tenant = context.tenant->tenant.id;
    job.queue = kQueue;
    job.body = {{"client_id", id.value},
                {"sub", session.user_id.value},
                {"sid", session.id.value},
                {"url", client->backchannel_logout_urls.front()},
                {"issuer", context.address.issuer},
                {"request_id", context.request_id}};
    job.run_at = transaction.now();
    transaction.enqueue(std::move(job));
  }
}

void record_logout(store::Transaction& transaction, const RequestContext& context, const model::Session& session,
                   std::string_view initiator) {
  AuditDetails details;
  details.user_id = session.user_id.value;
  details.connection = session.connection;
  details.description = "User successfully logged out";
  details.details = {{"session_id", session.id.value}, {"initiator", initiator}};
  transaction.append_event(make_event(context, "slo", std::move(details), transaction.now()));
}

// Everything but the row itself.
void announce(store::Transaction& transaction, const RequestContext& context, const model::Session& session,
              std::string_view initiator) {
  enqueue_logouts(transaction, context, session, initiator);
  record_logout(transaction, context, session, initiator);
}

}  // namespace

SessionEnding::SessionEnding(SessionKeeper& keeper, store::Database& database, store::Sessions& sessions,
                             store::RefreshFamilies& families)
    : keeper_(keeper), database_(database), sessions_(sessions), families_(families) {}

base::awaitable<Result<void>> SessionEnding::end(RequestContext context, model::Session session,
                                                 std::string initiator) {
  const auto mark = co_await database_.write([&](store::Transaction& transaction) -> Result<void> {
    const auto row = sessions_.get_in(transaction, context.tenant->tenant.id, session.id);
    if (!row && row.error().code != Errc::not_found) return base::pass_on(row);
    if (row && row->revoked) return {};
    // What the row says of the clients is newer.
    return end_in(transaction, context, row && !keeper_.in_cookie() ? *row : session, initiator);
  });
  if (!mark) co_return base::pass_on(mark);
  co_return Result<void>{};
}

base::awaitable<Result<void>> SessionEnding::end_named(RequestContext context, model::SessionId id,
                                                       std::string initiator) {
  const auto& tenant = context.tenant->tenant;
  auto session = co_await keeper_.look_up(tenant.id, id);
  if (session) co_return co_await end(std::move(context), std::move(*session), std::move(initiator));
  if (session.error().code != Errc::not_found) co_return base::pass_on(session);
  if (!keeper_.in_cookie()) co_return Result<void>{};
  const auto mark = co_await database_.write([&](store::Transaction& transaction) -> Result<void> {
    model::Session unknown;
    unknown.id = id;
    unknown.expires_at = transaction.now() + std::max<base::Duration>(tenant.session_lifetime, kLongestLifetime);
    return end_in(transaction, context, unknown, initiator);
  });
  if (!mark) co_return base::pass_on(mark);
  co_return Result<void>{};
}

Result<void> SessionEnding::end_in(store::Transaction& transaction, const RequestContext& context,
                                   const model::Session& session, std::string_view initiator) {
  const auto& tenant = context.tenant->tenant.id;
  if (auto revoked = sessions_.revoke_in(transaction, tenant, session); !revoked) return revoked;
  // Offline access outlives a logout (OpenID Connect Core §11); it does not outlive a revocation.
  if (initiator != "rp-logout" && initiator != "idp-logout")
    if (auto revoked = families_.revoke_of_session_in(transaction, tenant, session.id); !revoked)
      return base::pass_on(revoked);
  announce(transaction, context, session, initiator);
  return {};
}

base::awaitable<std::vector<model::Session>> SessionEnding::elsewhere(model::TenantId tenant, model::UserKey user) {
  return keeper_.elsewhere(std::move(tenant), std::move(user));
}

Result<void> SessionEnding::end_all_in(store::Transaction& transaction, const RequestContext& context,
                                       const model::UserKey& user, const std::vector<model::Session>& elsewhere,
                                       std::string_view initiator) {
  const auto& tenant = context.tenant->tenant.id;
  const auto ended = sessions_.revoke_of_user_in(transaction, tenant, user);
  if (!ended) return base::pass_on(ended);
  if (auto revoked = families_.revoke_of_user_in(transaction, tenant, user); !revoked) return base::pass_on(revoked);
  for (const auto& session : *ended) announce(transaction, context, session, initiator);
  for (const auto& session : elsewhere) announce(transaction, context, session, initiator);
  return {};
}

}  // namespace cardea::identity
