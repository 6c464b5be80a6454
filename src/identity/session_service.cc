#include "identity/session_service.h"

#include <algorithm>

namespace cardea::identity {
namespace {

using base::Errc;
using base::Result;

constexpr std::string_view kPurpose = "session";
constexpr std::size_t kIdLength = 32;
constexpr auto kTouchInterval = std::chrono::minutes(1);

base::json::object cookie_body(const model::Session& session) {
  return {{"sid", session.id.value},
          {"user", session.user.value},
          {"user_id", session.user_id.value},
          {"connection", session.connection},
          {"auth_time", base::to_millis(session.auth_time)},
          {"idle", base::to_millis(session.idle_expires_at)},
          {"amr", base::to_json_array(session.amr)}};
}

// A shortened tenant setting applies from the next activity, a lengthened one only to new logins (reference §8.5).
void move_expiry(model::Session& session, const model::Tenant& tenant, base::Time now) {
  session.last_seen_at = now;
  session.expires_at = std::min(session.expires_at, session.auth_time + tenant.session_lifetime);
  session.idle_expires_at = std::min(now + tenant.idle_session_lifetime, session.expires_at);
}

bool knows_client(const model::Session& session, const model::ClientId& client) {
  return client.empty() || std::ranges::find(session.clients, client) != session.clients.end();
}

}  // namespace

SessionService::SessionService(store::Database& database, store::Sessions& sessions, const store::Artifacts& artifacts,
                               base::Random& random, const base::Clock& clock)
    : database_(database),
      sessions_(sessions),
      users_(database, random),
      artifacts_(artifacts),
      random_(random),
      clock_(clock) {}

base::awaitable<Result<model::Session>> SessionService::find(RequestContext context, std::string cookie) {
  if (cookie.empty()) co_return base::fail(Errc::not_found, "no session cookie");
  const auto& tenant = context.tenant->tenant.id;
  const auto content = artifacts_.open(tenant, kPurpose, cookie);
  // A forged cookie is no session, and nothing more.
  if (!content) co_return base::fail(Errc::not_found, content.error().reason);

  auto session = co_await sessions_.find(tenant, model::SessionId{base::get_string_or(content->body, "sid")});
  if (!session) co_return base::pass_on(session);
  if (!session->alive(clock_.now())) co_return base::fail(Errc::not_found, "session ended");
  if (session->user.value != base::get_string_or(content->body, "user"))
    co_return base::fail(Errc::not_found, "session of another user");

  const auto user = co_await users_.find(tenant, session->user);
  if (!user) co_return base::pass_on(user);
  if (user->blocked) co_return base::fail(Errc::not_found, "the session's user is blocked");
  co_return std::move(*session);
}

Result<model::Session> SessionService::start_in(store::Transaction& transaction, const RequestContext& context,
                                                const model::User& user, std::vector<std::string> amr,
                                                const std::optional<model::SessionId>& previous) {
  const auto& tenant = context.tenant->tenant;
  const auto now = transaction.now();
  model::Session session;
  if (previous) {
    auto found = sessions_.get_in(transaction, tenant.id, *previous);
    if (!found && found.error().code != Errc::not_found) return base::pass_on(found);
    if (found && found->alive(now)) {
      if (found->user == user.key) {
        session = std::move(*found);
      } else if (auto revoked = sessions_.revoke_in(transaction, tenant.id, found->id); !revoked) {
        return base::pass_on(revoked);
      }
    }
  }
  if (session.id.empty()) {
    session.id = model::SessionId{base::random_alphanumeric(random_, kIdLength)};
    session.created_at = now;
  }
  session.user = user.key;
  session.user_id = user.user_id;
  session.connection = user.connection;
  session.auth_time = now;
  session.amr = std::move(amr);
  session.expires_at = now + tenant.session_lifetime;
  move_expiry(session, tenant, now);
  if (auto stored = sessions_.put_in(transaction, tenant.id, session); !stored) return base::pass_on(stored);
  return session;
}

std::string SessionService::cookie(const RequestContext& context, const model::Session& session) const {
  return artifacts_.seal(context.tenant->tenant.id, kPurpose, cookie_body(session), session.expires_at);
}

base::awaitable<Result<model::Session>> SessionService::touch(RequestContext context, model::SessionId id,
                                                              model::ClientId client) {
  const auto& tenant = context.tenant->tenant;
  auto session = co_await sessions_.find(tenant.id, id);
  if (!session) co_return base::pass_on(session);
  if (!session->alive(clock_.now())) co_return base::fail(Errc::not_found, "session ended");
  if (clock_.now() - session->last_seen_at < kTouchInterval && knows_client(*session, client))
    co_return std::move(*session);

  model::Session touched;
  const auto mark = co_await database_.write([&](store::Transaction& transaction) -> Result<void> {
    auto current = sessions_.get_in(transaction, tenant.id, id);
    if (!current) return base::pass_on(current);
    if (!current->alive(transaction.now())) return base::fail(Errc::not_found, "session ended");
    move_expiry(*current, tenant, transaction.now());
    if (!knows_client(*current, client)) current->clients.push_back(client);
    touched = std::move(*current);
    return sessions_.put_in(transaction, tenant.id, touched);
  });
  if (!mark) co_return base::pass_on(mark);
  co_return touched;
}

}  // namespace cardea::identity
