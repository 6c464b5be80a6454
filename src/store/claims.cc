#include "store/claims.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <vector>

#include "base/base64.h"
#include "crypto/digest.h"
#include "store/database.h"

namespace cardea::store {
namespace {

constexpr std::size_t kMaxReleased = 256;

std::optional<Candidate> parse(std::string_view attempt, const base::json::value& value) {
  const auto* object = value.if_object();
  if (object == nullptr) return std::nullopt;
  Candidate candidate;
  candidate.attempt = attempt;
  candidate.row = base::get_string_or(*object, "row");
  candidate.verified = base::get_int_or(*object, "verified", 0);
  candidate.created = base::get_int_or(*object, "created", 0);
  candidate.cell = static_cast<model::CellNumber>(base::get_int_or(*object, "cell", 0));
  candidate.released = base::get_bool_or(*object, "released", false);
  return candidate;
}

auto rank(const Candidate& c) {
  return std::tuple(c.verified == 0, c.verified == 0 ? c.created : c.verified, c.cell, std::string_view(c.row));
}

base::json::object to_json(const Candidate& candidate) {
  base::json::object value{{"row", candidate.row}, {"created", candidate.created}, {"cell", candidate.cell}};
  if (candidate.verified != 0) value["verified"] = candidate.verified;
  if (candidate.released) value["released"] = true;
  return value;
}

void drop_old_released(base::json::object& candidates) {
  std::vector<std::string> released;
  for (const auto& [attempt, value] : candidates)
    if (const auto candidate = parse(attempt, value); !candidate || candidate->released) released.emplace_back(attempt);
  if (released.size() <= kMaxReleased) return;
  std::ranges::sort(released);
  released.resize(released.size() - kMaxReleased);
  for (const auto& attempt : released) candidates.erase(attempt);
}

}  // namespace

base::Result<std::string> claim_id(const TenantKeys& keys, const model::TenantId& tenant, std::string_view attribute,
                                   std::string_view value) {
  const auto key = keys.key(tenant, "claims");
  if (!key) return base::pass_on(key);
  std::string name(attribute);
  name.push_back('\0');
  name.append(value);
  return base::base64url_encode(crypto::hmac_sha256(key->bytes(), name));
}

std::optional<Candidate> winner_of(const base::json::object& candidates) {
  std::optional<Candidate> best;
  for (const auto& [attempt, value] : candidates) {
    auto candidate = parse(attempt, value);
    if (!candidate || candidate->released) continue;
    if (!best || rank(*candidate) < rank(*best)) best = std::move(candidate);
  }
  return best;
}

std::optional<Candidate> candidate_of(const base::json::object& candidates, std::string_view row) {
  std::optional<Candidate> newest;
  for (const auto& [attempt, value] : candidates) {
    auto candidate = parse(attempt, value);
    if (!candidate || candidate->released || candidate->row != row) continue;
    if (!newest || newest->attempt < candidate->attempt) newest = std::move(candidate);
  }
  return newest;
}

base::awaitable<base::Result<std::string>> find_holder(Database& database, const TenantKeys& keys,
                                                       model::TenantId tenant, std::string attribute,
                                                       std::string value) {
  auto id = claim_id(keys, tenant, attribute, value);
  if (!id) co_return base::pass_on(id);
  const auto row = co_await database.get({std::move(tenant), Kind::claim, std::move(*id)});
  if (!row && row.error().code != base::Errc::not_found) co_return base::pass_on(row);
  auto winner = row ? winner_of(row->document()) : std::nullopt;
  if (!winner) co_return base::fail(base::Errc::not_found, "nobody holds the name");
  co_return std::move(winner->row);
}

base::json::object merge_candidate(std::string_view attempt, const base::json::object& a, const base::json::object& b) {
  const auto one = *parse(attempt, a), other = *parse(attempt, b);
  Candidate out = rank(other) < rank(one) ? other : one;
  out.verified = one.verified == 0 || other.verified == 0 ? std::max(one.verified, other.verified)
                                                          : std::min(one.verified, other.verified);
  out.released = one.released || other.released;
  return to_json(out);
}

void put_candidate(base::json::object& candidates, const Candidate& candidate) {
  candidates[candidate.attempt] = to_json(candidate);
  drop_old_released(candidates);
}

}  // namespace cardea::store
