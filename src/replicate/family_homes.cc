#include "replicate/family_homes.h"

#include "replicate/intake.h"
#include "replicate/wire/row_codec.h"

namespace cardea::replicate {
namespace {

using base::awaitable;
using base::Errc;
using base::Result;
using store::RefreshFamilies;
using Decision = RefreshFamilies::Decision;

constexpr base::Duration kPatienceWithHome{300};

mesh::Call question_of(const RefreshFamilies::Presented& presented, const RefreshFamilies::Use& use) {
  mesh::Call question;
  auto& asked = *question.mutable_use_family();
  asked.set_tenant(presented.tenant.value);
  asked.set_family(presented.family.value);
  asked.set_presented(use.presented);
  asked.set_rotate(use.rotate);
  asked.set_leeway(use.leeway.count());
  asked.set_idle_lifetime(use.idle_lifetime.count());
  return question;
}

RefreshFamilies::Use use_of(const mesh::FamilyUse& asked) {
  return {.presented = asked.presented(),
          .rotate = asked.rotate(),
          .leeway = std::chrono::seconds(asked.leeway()),
          .idle_lifetime = std::chrono::seconds(asked.idle_lifetime())};
}

// A generation that no family reaches would be the last one that can be presented.
bool is_sound(const mesh::FamilyUse& asked) {
  constexpr std::uint64_t kHighest = 1ULL << 48;
  constexpr std::int64_t kLongest = 100LL * 366 * 86'400;
  return !asked.tenant().empty() && !asked.family().empty() && asked.family().size() <= 512 && asked.presented() > 0 &&
         asked.presented() < kHighest && asked.leeway() >= 0 && asked.leeway() <= kLongest &&
         asked.idle_lifetime() >= 0 && asked.idle_lifetime() <= kLongest;
}

}  // namespace

awaitable<Result<Decision>> HomesOfFamilies::decide(RefreshFamilies::Presented presented, RefreshFamilies::Use use) {
  const auto here = cell_.database.cell();
  model::CellNumber asked = 0;
  while (true) {
    const auto family = co_await families_.find(presented.tenant, presented.family);
    if (!family && family.error().code != Errc::not_found) co_return base::pass_on(family);
    const auto home = family ? family->home : presented.minted_by;
    if (home == here || home == 0) co_return Decision{};
    if (family && family->revoked) co_return base::fail(Errc::denied, "refresh family is revoked");
    if (control_.state(home) == MemberState::down)
      co_return Decision{.next = {}, .here = RefreshFamilies::Here::adopter};

    auto decision = co_await ask_home(home, presented, use);
    if (decision || decision.error().code != Errc::unavailable) co_return decision;
    // The one that was asked may have told of another home: nobody stands in for that one unasked.
    const auto now = co_await families_.find(presented.tenant, presented.family);
    if (asked == 0 && now && now->home != home) {
      asked = home;
      continue;
    }
    // Who hears from nobody may itself be the one that is cut off.
    if (!now || !co_await in_contact_()) co_return decision;
    co_return Decision{.next = {}, .here = RefreshFamilies::Here::stand_in};
  }
}

awaitable<Result<Decision>> HomesOfFamilies::ask_home(model::CellNumber home,
                                                      const RefreshFamilies::Presented& presented,
                                                      const RefreshFamilies::Use& use) {
  auto answer = co_await ask_(home, question_of(presented, use), kPatienceWithHome);
  if (!answer) co_return base::fail(Errc::unavailable, answer.error().reason);
  if (!answer->has_family_used()) co_return base::fail(Errc::unavailable, "the home does not understand the question");
  co_return co_await take(home, answer->family_used());
}

awaitable<Result<Decision>> HomesOfFamilies::take(model::CellNumber home, const mesh::FamilyUsed& answer) {
  if (answer.has_row()) {
    Intake intake(cell_, home, store::Lane::bulk);
    std::vector<std::string> rows{answer.row()};
    const auto taken = co_await intake.take(std::move(rows), std::nullopt);
    if (!taken) co_return base::pass_on(taken);
    if (taken->refused + taken->held > 0) co_return base::fail(Errc::unavailable, "the home's answer cannot be taken");
  }
  switch (answer.verdict()) {
    case mesh::FamilyUsed::USED:
      co_return Decision{.next = answer.next()};
    case mesh::FamilyUsed::ENDED:
      co_return base::fail(Errc::denied, "refresh family is revoked or has expired");
    case mesh::FamilyUsed::REPLAYED:
      co_return base::fail(Errc::conflict, "refresh token was consumed before");
    case mesh::FamilyUsed::ELSEWHERE:
      co_return base::fail(Errc::unavailable, "the family has another home by now");
    default:
      co_return base::fail(Errc::not_found, "no such refresh family");
  }
}

awaitable<mesh::FamilyUsed> HomesOfFamilies::use_here(model::CellNumber peer, mesh::FamilyUse asked) {
  mesh::FamilyUsed out;
  if (!is_sound(asked)) co_return out;
  const store::Key key{model::TenantId{asked.tenant()}, store::Kind::refresh_family, asked.family()};
  const model::FamilyId id{asked.family()};
  const auto written = co_await cell_.database.write([&](store::Transaction& transaction) -> Result<void> {
    out.Clear();
    const auto family = families_.find_in(transaction, key.tenant, id);
    if (!family) return family.error().code == Errc::not_found ? Result<void>{} : base::pass_on(family);
    if (family->home != cell_.database.cell()) {
      out.set_verdict(mesh::FamilyUsed::ELSEWHERE);
    } else if (const auto used = families_.use_in(transaction, key.tenant, id, use_of(asked)); used) {
      out.set_verdict(mesh::FamilyUsed::USED);
      out.set_next(used->next);
    } else if (used.error().code == Errc::conflict) {
      out.set_verdict(mesh::FamilyUsed::REPLAYED);
      if (auto revoked = families_.revoke_in(transaction, key.tenant, id); !revoked) return revoked;
    } else if (used.error().code == Errc::denied) {
      out.set_verdict(mesh::FamilyUsed::ENDED);
    } else {
      return base::pass_on(used);
    }
    const auto row = transaction.get(key);
    if (row) out.set_row(write_row(*row).SerializeAsString());
    return {};
  });
  if (written) co_return out;
  cell_.log.warn("replicate: a family of ours could not be used for a peer",
                 {{"peer", peer}, {"reason", written.error().reason}});
  // No verdict of ours: the peer takes it for silence.
  mesh::FamilyUsed silent;
  silent.set_verdict(mesh::FamilyUsed::ELSEWHERE);
  co_return silent;
}

}  // namespace cardea::replicate
