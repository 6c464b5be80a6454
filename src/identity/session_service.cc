#include "identity/session_service.h"

#include <algorithm>

#include "store/session_document.h"

namespace cardea::identity {
namespace {

using base::Errc;
using base::Result;

constexpr std::string_view kPurpose = "session";
constexpr std::size_t kIdLength = 32;
constexpr auto kTouchInterval = std::chrono::minutes(1);
// Of the 4 KiB that browsers keep of a cookie; of more the newest, and the others may not be told of a logout.
constexpr std::size_t kMostClients = 32;

base::json::object cookie_body(model::Session session, bool with_clients) {
  auto& clients = session.clients;
  const std::size_t kept = with_clients ? std::min(clients.size(), kMostClients) : 0;
  clients.erase(clients.begin(), clients.end() - static_cast<std::ptrdiff_t>(kept));
  auto body = store::document_of(session);
  body["sid"] = session.id.value;
  return body;
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

SessionService::SessionService(SessionKeeper& keeper, store::Sessions& sessions, store::Users& users,
                               const store::Artifacts& artifacts, base::Random& random, const base::Clock& clock)
    : keeper_(keeper), sessions_(sessions), users_(users), artifacts_(artifacts), random_(random), clock_(clock) {}

base::awaitable<Result<model::Session>> SessionService::find(RequestContext context, std::string cookie) {
  auto found = co_await find_with_user(std::move(context), std::move(cookie));
  if (!found) co_return base::pass_on(found);
  if (found->user.blocked) co_return base::fail(Errc::not_found, "the session's user is blocked");
  co_return std::move(found->session);
}

base::awaitable<Result<SessionService::SignedIn>> SessionService::find_with_user(RequestContext context,
                                                                                 std::string cookie) {
  if (cookie.empty()) co_return base::fail(Errc::not_found, "no session cookie");
  const auto& tenant = context.tenant->tenant.id;
  const auto content = artifacts_.open(tenant, kPurpose, cookie);
  // A forged cookie is no session, and nothing more.
  if (!content) co_return base::fail(Errc::not_found, content.error().reason);

  const model::SessionId id{base::get_string_or(content->body, "sid")};
  auto session = co_await keeper_.find(tenant, store::session_from_document(id, content->body));
  if (!session) co_return base::pass_on(session);
  if (!session->alive(clock_.now())) co_return base::fail(Errc::not_found, "session ended");

  auto user = co_await users_.find(tenant, session->user);
  if (!user) co_return base::pass_on(user);
  if (session->auth_time < user->sessions_revoked_at) co_return base::fail(Errc::not_found, "session ended");
  co_return SignedIn{std::move(*session), std::move(*user)};
}

Result<model::Session> SessionService::start_in(store::Transaction& transaction, const RequestContext& context,
                                                const model::User& user, std::vector<std::string> amr,
                                                const std::optional<model::Session>& previous) {
  const auto& tenant = context.tenant->tenant;
  const auto now = transaction.now();
  model::Session session;
  if (previous && previous->user == user.key) {
    const auto row = sessions_.get_in(transaction, tenant.id, previous->id);
    if (!row && row.error().code != Errc::not_found) return base::pass_on(row);
    const bool ended = row ? row->revoked : !keeper_.in_cookie();
    if (!ended) session = keeper_.in_cookie() ? *previous : *row;
  } else if (previous) {
    if (auto revoked = sessions_.revoke_in(transaction, tenant.id, *previous); !revoked) return base::pass_on(revoked);
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
  if (auto stored = keeper_.start_in(transaction, tenant.id, session); !stored) return base::pass_on(stored);
  return session;
}

base::awaitable<Result<void>> SessionService::started(RequestContext context, model::Session session) {
  return keeper_.started(context.tenant->tenant.id, std::move(session));
}

std::string SessionService::cookie(const RequestContext& context, const model::Session& session) const {
  return artifacts_.seal(context.tenant->tenant.id, kPurpose, cookie_body(session, keeper_.in_cookie()),
                         session.expires_at);
}

base::awaitable<Result<model::Session>> SessionService::touch(RequestContext context, model::Session session,
                                                              model::ClientId client) {
  const auto& tenant = context.tenant->tenant;
  if (clock_.now() - session.last_seen_at < kTouchInterval && knows_client(session, client))
    co_return std::move(session);
  co_return co_await keeper_.change(tenant.id, std::move(session), [&](model::Session& current) {
    move_expiry(current, tenant, clock_.now());
    if (!knows_client(current, client)) current.clients.push_back(client);
  });
}

std::string SessionService::renewed_cookie(const RequestContext& context, const model::Session& before,
                                           const model::Session& after) const {
  const bool same = before.last_seen_at == after.last_seen_at && before.clients.size() == after.clients.size();
  return keeper_.in_cookie() && !same ? cookie(context, after) : std::string();
}

}  // namespace cardea::identity
