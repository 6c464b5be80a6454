#include "store/redis/redis_session_cache.h"

#include "base/json.h"
#include "store/document_fields.h"
#include "store/session_document.h"

namespace cardea::store {
namespace {

using base::Errc;
using base::Result;

// Fields of a session's hash: the document, and one for each client, so that two visits at once forget nobody.
constexpr std::string_view kDocument = "session";
constexpr std::string_view kClient = "client/";

constexpr std::string_view kPutSession =
    "redis.call('HSET', KEYS[1], unpack(ARGV, 2)) return redis.call('PEXPIREAT', KEYS[1], ARGV[1])";
constexpr std::string_view kPutOfUser =
    "redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1]) redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[3]) "
    "local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES') "
    "if last[2] then redis.call('PEXPIREAT', KEYS[1], last[2]) end return 1";

std::string session_key(const model::TenantId& tenant, const model::SessionId& id) {
  return "cardea:session:" + tenant.value + ":" + id.value;
}

std::string user_key(const model::TenantId& tenant, const model::UserKey& user) {
  return "cardea:sessions:" + tenant.value + ":" + user.value;
}

std::string millis(base::Time time) { return std::to_string(base::to_millis(time)); }

base::Time end_of(const model::Session& session) { return earlier_end(session.idle_expires_at, session.expires_at); }

// HGETALL: names and values in turn.
Result<model::Session> session_from(model::SessionId id, const RedisReply& reply) {
  std::optional<model::Session> session;
  std::vector<model::ClientId> clients;
  for (std::size_t i = 0; i + 1 < reply.list.size(); i += 2) {
    const auto& name = reply.list[i].text;
    if (name.starts_with(kClient)) clients.emplace_back(name.substr(kClient.size()));
    if (name != kDocument) continue;
    const auto document = base::parse_json(reply.list[i + 1].text);
    if (document && document->is_object()) session = session_from_document(id, document->get_object());
  }
  if (!session) return base::fail(Errc::not_found, "no such session");
  session->clients = std::move(clients);
  return std::move(*session);
}

}  // namespace

base::awaitable<Result<model::Session>> RedisSessionCache::find(model::TenantId tenant, model::SessionId id) {
  const auto key = session_key(tenant, id);
  const auto reply = co_await client_.run(key, {"HGETALL", key});
  if (!reply) co_return base::pass_on(reply);
  co_return session_from(std::move(id), *reply);
}

base::awaitable<Result<void>> RedisSessionCache::put(model::TenantId tenant, model::Session session) {
  const auto key = session_key(tenant, session.id);
  const auto end = millis(end_of(session));
  auto document = document_of(session);
  document.erase("clients");
  RedisCommand command = {
      "EVAL", std::string(kPutSession), "1", key, end, std::string(kDocument), base::json::serialize(document)};
  for (const auto& client : session.clients) {
    command.push_back(std::string(kClient) + client.value);
    command.emplace_back("1");
  }
  if (auto done = co_await client_.run(key, std::move(command)); !done) co_return base::pass_on(done);

  const auto of_user = user_key(tenant, session.user);
  const auto done = co_await client_.run(
      of_user, {"EVAL", std::string(kPutOfUser), "1", of_user, session.id.value, end, millis(clock_.now())});
  if (!done) co_return base::pass_on(done);
  co_return Result<void>{};
}

base::awaitable<Result<std::vector<model::Session>>> RedisSessionCache::of_user(model::TenantId tenant,
                                                                                model::UserKey user,
                                                                                std::size_t limit) {
  const auto key = user_key(tenant, user);
  const auto ids = co_await client_.run(
      key, {"ZREVRANGEBYSCORE", key, "+inf", millis(clock_.now()), "LIMIT", "0", std::to_string(limit)});
  if (!ids) co_return base::pass_on(ids);
  std::vector<model::Session> sessions;
  for (const auto& id : ids->list) {
    auto session = co_await find(tenant, model::SessionId{id.text});
    if (session) sessions.push_back(std::move(*session));
    if (!session && session.error().code != Errc::not_found) co_return base::pass_on(session);
  }
  co_return sessions;
}

base::awaitable<Result<void>> RedisSessionCache::check() {
  const std::string key = "cardea:check";
  const auto done = co_await client_.run(key, {"SET", key, "1", "PX", "60000"});
  if (!done) co_return base::pass_on(done);
  co_return Result<void>{};
}

}  // namespace cardea::store
