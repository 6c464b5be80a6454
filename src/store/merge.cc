#include "store/merge.h"

#include <algorithm>
#include <compare>
#include <set>
#include <tuple>

#include "store/claims.h"
#include "store/row_text.h"

namespace cardea::store {
namespace {

using base::json::object;
using base::json::value;

// One group in one state of the row. A group that was removed has a stamp and no value.
struct Group {
  const value* content = nullptr;
  Stamp stamp;
};

Group group_of(const Record& record, const std::string& name) {
  Group out;
  out.content = record.groups.if_contains(name);
  if (const auto stamp = record.stamps.find(name); stamp != record.stamps.end()) out.stamp = stamp->second;
  return out;
}

std::string text_of(const value* content) { return content == nullptr ? "" : base::json::serialize(*content); }

// Equal stamps with different contents come from a fault only; then all cells must still choose the same.
bool is_newer(const Group& a, const Group& b) {
  if (a.stamp != b.stamp) return a.stamp > b.stamp;
  return text_of(a.content) > text_of(b.content);
}

value or_flags(const Group& a, const Group& b) {
  const auto members = [](const Group& group) {
    return group.content != nullptr && group.content->is_object() ? group.content->get_object() : object{};
  };
  object out = members(a), other = members(b);
  if (std::tuple(a.stamp, base::json::serialize(out)) < std::tuple(b.stamp, base::json::serialize(other)))
    out = std::move(other);
  for (const auto* group : {&a, &b}) {
    if (group->content == nullptr || !group->content->is_object()) continue;
    for (const auto& [name, flag] : group->content->get_object())
      if (flag.is_bool() && flag.get_bool()) out[name] = true;
  }
  return out;
}

// By its first member: a number, or a time in ISO 8601, which is ordered as text.
std::tuple<std::int64_t, std::string> size_of(const GroupSchema& schema, const Group& group) {
  if (group.content == nullptr || !group.content->is_object()) return {};
  const auto& members = group.content->get_object();
  return {base::get_int_or(members, schema.members.front(), 0), base::get_string_or(members, schema.members.front())};
}

std::int64_t count_of(const Group& group) {
  return group.content != nullptr && group.content->is_int64() ? group.content->get_int64() : 0;
}

value all_candidates(const Group& a, const Group& b) {
  object out;
  for (const auto* group : {&a, &b}) {
    if (group->content == nullptr || !group->content->is_object()) continue;
    for (const auto& [attempt, content] : group->content->get_object()) {
      auto* known = out.if_contains(attempt);
      if (known == nullptr)
        out[attempt] = content;
      else if (known->is_object() && content.is_object())
        *known = merge_candidate(attempt, known->get_object(), content.get_object());
    }
  }
  return out;
}

class Merging {
 public:
  Merging(const Record& mine, const Record& theirs) : mine_(mine), theirs_(theirs), schema_(schema_of(mine.key.kind)) {}

  Merged run() {
    Merged out;
    out.record.key = mine_.key;
    out.record.expires_at = later(mine_.expires_at, theirs_.expires_at);
    if (mine_.deleted || theirs_.deleted) return dead(std::move(out));
    std::set<std::string> names;
    for (const auto* record : {&mine_, &theirs_})
      for (const auto& [name, stamp] : record->stamps) names.insert(name);
    for (const auto& name : names) {
      const auto before = group_of(mine_, name);
      auto [content, stamp] = outcome(name, before, group_of(theirs_, name));
      const bool same = content ? before.content != nullptr && *content == *before.content : before.content == nullptr;
      if (!same || stamp != before.stamp) out.changed.push_back(name);
      if (content) out.record.groups[name] = std::move(*content);
      if (stamp != Stamp{}) out.record.stamps[name] = stamp;
    }
    if (out.changed.empty() && out.record.expires_at != mine_.expires_at) out.changed.emplace_back(rest());
    return out;
  }

 private:
  static base::Time later(base::Time a, base::Time b) {
    return a == base::Time{} || b == base::Time{} ? base::Time{} : std::max(a, b);
  }

  std::string_view rest() const {
    return std::ranges::find_if(schema_.groups, [](const auto& group) { return group.members.empty(); })->name;
  }

  // Deletion is one-way and beats every change, whatever the stamps.
  Merged dead(Merged out) const {
    out.record.deleted = true;
    Stamp stamp;
    for (const auto* record : {&mine_, &theirs_})
      if (const auto found = record->stamps.find(kDeletionGroup); record->deleted && found != record->stamps.end())
        stamp = std::max(stamp, found->second);
    out.record.stamps.emplace(kDeletionGroup, stamp);
    if (!mine_.deleted || mine_.stamps != out.record.stamps || mine_.expires_at != out.record.expires_at)
      out.changed.emplace_back(kDeletionGroup);
    return out;
  }

  // What a group is, and its stamp: nothing with a stamp was removed.
  using Outcome = std::pair<std::optional<value>, Stamp>;

  Outcome outcome(const std::string& name, const Group& a, const Group& b) const {
    const auto* group = find_group(schema_, name);
    const auto both = std::max(a.stamp, b.stamp);
    const auto choose = [](const Group& chosen, Stamp stamp) {
      return Outcome{chosen.content == nullptr ? std::nullopt : std::optional(*chosen.content), stamp};
    };
    const auto larger = [&](auto size) {
      return choose(std::tuple(size(a), text_of(a.content)) < std::tuple(size(b), text_of(b.content)) ? b : a, both);
    };
    switch (group == nullptr ? Merge::latest : group->merge) {
      case Merge::latest:
        break;
      case Merge::or_flag:
        return a.content == nullptr && b.content == nullptr ? Outcome{std::nullopt, both}
                                                            : Outcome{or_flags(a, b), both};
      case Merge::maximum:
        return larger([&](const Group& g) { return size_of(*group, g); });
      case Merge::counter:
        return larger(count_of);
      case Merge::owner:
        return choose_owned(epoch(mine_) <=> epoch(theirs_), a, b);
      case Merge::progress: {
        const auto epochs = epoch(mine_) <=> epoch(theirs_);
        return choose_owned(epochs != 0 ? epochs : size_of(*group, a) <=> size_of(*group, b), a, b);
      }
      case Merge::claim_map:
        return a.content == nullptr && b.content == nullptr ? Outcome{std::nullopt, both}
                                                            : Outcome{all_candidates(a, b), both};
    }
    return choose(is_newer(b, a) ? b : a, both);
  }

  // The version is (order, stamp): a stamp alone says nothing across epochs.
  static Outcome choose_owned(std::strong_ordering order, const Group& a, const Group& b) {
    const Group& chosen = order == 0 ? (is_newer(b, a) ? b : a) : order < 0 ? b : a;
    return {chosen.content == nullptr ? std::nullopt : std::optional(*chosen.content), chosen.stamp};
  }

  // Who adopted the row last owns it (§2.11). Rows that are never adopted have none.
  static std::int64_t epoch(const Record& record) {
    const auto* owner = base::get_object(record.groups, "owner");
    return owner == nullptr ? 0 : base::get_int_or(*owner, "home_epoch", 0);
  }

  const Record& mine_;
  const Record& theirs_;
  const KindSchema& schema_;
};

}  // namespace

Merged merge(const Record& mine, const Record& theirs) { return Merging(mine, theirs).run(); }

}  // namespace cardea::store
