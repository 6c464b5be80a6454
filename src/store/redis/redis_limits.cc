#include "store/redis/redis_limits.h"

#include <fmt/format.h>

#include "base/base64.h"
#include "crypto/digest.h"

namespace cardea::store {
namespace {

using base::awaitable;
using base::Result;

// `left`: the tokens of a bucket in the hash KEYS[1], refilled until now.
constexpr std::string_view kPrologue = R"(
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function left(size, refill)
  local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
  if not kept[1] then return tonumber(size) end
  return math.min(tonumber(size), tonumber(kept[1]) + math.max(0, now - tonumber(kept[2])) / tonumber(refill))
end
local function keep(tokens) redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', tostring(now)) end
)";

// ARGV: size, refill, whether it takes one. Gives whether there was one.
constexpr std::string_view kBucket = R"(
local tokens = left(ARGV[1], ARGV[2])
if tokens < 1 then return 0 end
if ARGV[3] == '1' then
  keep(tokens - 1)
  redis.call('PEXPIRE', KEYS[1], math.ceil(ARGV[1] * ARGV[2]))
end
return 1)";

// The hash of an account: its bucket, and of each source S the members f/S failures, l/S the last of them, u/S blocked
// until, t/S trusted until.
// ARGV: source, size, refill. Gives 0 none, 1 the pair is blocked, 2 the account is, 3 the source is trusted.
constexpr std::string_view kBlockOf = R"(
local kept = redis.call('HMGET', KEYS[1], 'u/' .. ARGV[1], 't/' .. ARGV[1])
if kept[1] and now < tonumber(kept[1]) then return 1 end
if kept[2] and now < tonumber(kept[2]) then return 3 end
if left(ARGV[2], ARGV[3]) < 1 then return 2 end
return 0)";

// ARGV: source, size, refill, failures, block. Gives whether a block begins.
constexpr std::string_view kFailed = R"(
local f, l, u = 'f/' .. ARGV[1], 'l/' .. ARGV[1], 'u/' .. ARGV[1]
local block = tonumber(ARGV[5])
local tokens = left(ARGV[2], ARGV[3])
if tokens >= 1 then keep(tokens - 1) end
local last = redis.call('HGET', KEYS[1], l)
if last and now - tonumber(last) > block then redis.call('HDEL', KEYS[1], f) end
redis.call('HSET', KEYS[1], l, tostring(now))
redis.call('PEXPIRE', KEYS[1], block)
local count = redis.call('HINCRBY', KEYS[1], f, 1)
local blocked = redis.call('HGET', KEYS[1], u)
if count < tonumber(ARGV[4]) or (blocked and now < tonumber(blocked)) then return 0 end
redis.call('HSET', KEYS[1], u, tostring(now + block))
redis.call('HDEL', KEYS[1], f)
return 1)";

// ARGV: source, block.
constexpr std::string_view kSucceeded = R"(
redis.call('HDEL', KEYS[1], 'f/' .. ARGV[1], 'l/' .. ARGV[1])
redis.call('HSET', KEYS[1], 't/' .. ARGV[1], tostring(now + tonumber(ARGV[2])))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1)";

std::string digest(std::string_view name) { return base::base64url_encode(crypto::sha256(name)); }
std::string account_key(const std::string& account) { return "cardea:guesses:" + digest(account); }
std::string bucket_key(const std::string& name) { return "cardea:bucket:" + digest(name); }
std::string text(double number) { return fmt::format("{}", number); }
std::string text(base::Duration duration) { return std::to_string(duration.count()); }

}  // namespace

awaitable<Result<std::int64_t>> RedisSharedLimits::run(std::string_view script, std::string key,
                                                       std::vector<std::string> arguments) {
  RedisCommand command = {"EVAL", std::string(kPrologue).append(script), "1", key};
  for (auto& argument : arguments) command.push_back(std::move(argument));
  const auto reply = co_await client_.run(std::move(key), std::move(command));
  if (!reply) co_return base::pass_on(reply);
  co_return reply->number;
}

awaitable<Result<std::int64_t>> RedisSharedLimits::bucket(std::string key, const Bucket& bucket, bool takes) {
  return run(kBucket, std::move(key), {text(bucket.size), text(bucket.refill), takes ? "1" : "0"});
}

awaitable<Result<bool>> RedisSharedLimits::take(std::string name, Bucket of) {
  const auto taken = co_await bucket(bucket_key(name), of, true);
  if (!taken) co_return base::pass_on(taken);
  co_return *taken == 1;
}

awaitable<Result<SharedLimits::Block>> RedisSharedLimits::block_of(Guess guess, GuessRules rules) {
  const auto found = co_await run(kBlockOf, account_key(guess.account),
                                  {guess.source, text(rules.of_account.size), text(rules.of_account.refill)});
  if (!found) co_return base::pass_on(found);
  if (*found == 1) co_return Block::pair;
  if (*found == 2) co_return Block::account;
  if (*found == 3) co_return Block::none;
  const auto available = co_await bucket(bucket_key(guess.any_account), rules.of_source, false);
  if (!available) co_return base::pass_on(available);
  co_return *available == 1 ? Block::none : Block::source;
}

awaitable<Result<bool>> RedisSharedLimits::failed(Guess guess, GuessRules rules) {
  const auto begins = co_await run(kFailed, account_key(guess.account),
                                   {guess.source, text(rules.of_account.size), text(rules.of_account.refill),
                                    std::to_string(rules.failures), text(rules.block)});
  if (!begins) co_return base::pass_on(begins);
  const auto taken = co_await bucket(bucket_key(guess.any_account), rules.of_source, true);
  if (!taken) co_return base::pass_on(taken);
  co_return *begins == 1;
}

awaitable<Result<void>> RedisSharedLimits::succeeded(Guess guess, GuessRules rules) {
  const auto done = co_await run(kSucceeded, account_key(guess.account), {guess.source, text(rules.block)});
  if (!done) co_return base::pass_on(done);
  co_return Result<void>{};
}

awaitable<Result<void>> RedisSharedLimits::forget(std::string account) {
  const auto key = account_key(account);
  const auto done = co_await client_.run(key, {"DEL", key});
  if (!done) co_return base::pass_on(done);
  co_return Result<void>{};
}

}  // namespace cardea::store
