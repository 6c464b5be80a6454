#include "identity/guess_limits.h"

#include <algorithm>

#include "http/cidr.h"

namespace cardea::identity {
namespace {

constexpr std::size_t kMaxSources = 256;  // of one account
constexpr auto kReportInterval = std::chrono::minutes(1);

std::string source_of(std::string_view ip) {
  auto address = http::IpAddress::parse(ip);
  if (!address) return std::string(ip);
  if (!address->v4) std::fill(address->bytes.begin() + 8, address->bytes.end(), std::uint8_t{0});
  return address->to_string();
}

std::string account_of(const model::TenantId& tenant, std::string_view identifier) {
  std::string name = tenant.value;
  name.push_back('\0');
  return name.append(identifier);
}

}  // namespace

GuessLimits::GuessLimits(const base::Clock& clock, Settings settings)
    : clock_(clock),
      settings_(settings),
      accounts_(clock, settings.account_failures, settings.account_refill, settings.max_tracked),
      sources_(clock, settings.source_failures, settings.source_refill, settings.max_tracked) {}

GuessLimits::Attempt GuessLimits::attempt(const model::TenantId& tenant, std::string_view identifier,
                                          std::string_view ip) {
  auto source = source_of(ip);
  auto any_account = account_of(tenant, source);
  return {account_of(tenant, identifier), std::move(source), std::move(any_account)};
}

store::SharedLimits::GuessRules GuessLimits::rules() const {
  return {settings_.failures,
          settings_.block,
          {settings_.account_failures, settings_.account_refill},
          {settings_.source_failures, settings_.source_refill}};
}

bool GuessLimits::blocked_here(const Source& source, base::Time now) const { return now < source.blocked_until; }

GuessLimits::Block GuessLimits::block_of(const Attempt& attempt) {
  const auto now = clock_.now();
  {
    const std::scoped_lock lock(mutex_);
    if (const auto* source = find(attempt)) {
      if (blocked_here(*source, now)) return Block::pair;
      if (now < source->trusted_until) return Block::none;
    }
  }
  if (!accounts_.available(attempt.account)) return Block::account;
  return sources_.available(attempt.any_account) ? Block::none : Block::source;
}

bool GuessLimits::failed(const Attempt& attempt) {
  const auto now = clock_.now();
  accounts_.take(attempt.account);
  sources_.take(attempt.any_account);
  const std::scoped_lock lock(mutex_);
  auto& source = open(attempt);
  if (now - source.last_failure > settings_.block) source.failures = 0;
  source.last_failure = now;
  ++source.failures;
  if (source.failures < settings_.failures || blocked_here(source, now)) return false;
  source.blocked_until = now + settings_.block;
  source.reported_at = now;
  source.failures = 0;
  return true;
}

void GuessLimits::succeeded(const Attempt& attempt) {
  const std::scoped_lock lock(mutex_);
  auto& source = open(attempt);
  source.failures = 0;
  source.trusted_until = clock_.now() + settings_.block;
}

void GuessLimits::unblock(const model::TenantId& tenant, std::string_view identifier) {
  const auto name = account_of(tenant, identifier);
  accounts_.forget(name);
  const std::scoped_lock lock(mutex_);
  const auto it = by_name_.find(name);
  if (it == by_name_.end()) return;
  const auto account = it->second;
  tracked_ -= account->sources.size();
  by_name_.erase(it);
  recent_.erase(account);
}

bool GuessLimits::worth_reporting(const Attempt& attempt) {
  const auto now = clock_.now();
  const std::scoped_lock lock(mutex_);
  auto& source = open(attempt);
  if (now - source.reported_at < kReportInterval) return false;
  source.reported_at = now;
  return true;
}

GuessLimits::Source* GuessLimits::find(const Attempt& attempt) {
  const auto it = by_name_.find(attempt.account);
  if (it == by_name_.end()) return nullptr;
  recent_.splice(recent_.begin(), recent_, it->second);
  const auto source = it->second->sources.find(attempt.source);
  if (source == it->second->sources.end()) return nullptr;
  source->second.last_seen = clock_.now();
  return &source->second;
}

GuessLimits::Source& GuessLimits::open(const Attempt& attempt) {
  if (auto* known = find(attempt)) return *known;
  if (!by_name_.contains(attempt.account)) {
    recent_.push_front({attempt.account, {}});
    by_name_.emplace(recent_.front().name, recent_.begin());
  }
  auto& sources = recent_.front().sources;
  if (sources.size() >= kMaxSources) {
    sources.erase(std::ranges::min_element(sources, {}, [](const auto& entry) { return entry.second.last_seen; }));
    --tracked_;
  }
  auto& source = sources[attempt.source];
  source.last_seen = clock_.now();
  ++tracked_;
  forget_oldest(settings_.max_tracked);
  return source;
}

void GuessLimits::forget_oldest(std::size_t keep_sources) {
  while (tracked_ > keep_sources && recent_.size() > 1) {
    tracked_ -= recent_.back().sources.size();
    by_name_.erase(recent_.back().name);
    recent_.pop_back();
  }
}

}  // namespace cardea::identity
