#include "replicate/recovery.h"

#include "base/ulid.h"
#include "replicate/applier.h"

namespace cardea::replicate {
namespace {

using base::awaitable;
using base::Result;
using store::Lane;

constexpr const char* kMark = "recovery";  // a position that is none: 1 while it goes on

}  // namespace

awaitable<Result<void>> Recovery::mark(bool going_on) {
  auto set = co_await cell_.database.set_cursor(kMark, Lane::hot, going_on ? 1 : 0);
  if (!set) co_return set;
  going_on_ = going_on;
  cell_.mesh.refuse_writes(going_on);
  co_return set;
}

awaitable<Result<void>> Recovery::resume() {
  const auto mark = co_await cell_.database.cursor(kMark, Lane::hot);
  if (!mark) co_return base::pass_on(mark);
  going_on_ = *mark != 0;
  if (going_on_) cell_.mesh.refuse_writes(true);
  co_return Result<void>{};
}

// Writes are refused first: from here on none of them gets a number that a peer knows already.
awaitable<Result<bool>> Recovery::begin(model::CellNumber told_by, std::string said) {
  if (said != cell_.database.incarnation()) co_return false;
  cell_.mesh.refuse_writes(true);
  if (auto marked = co_await mark(true); !marked) co_return base::pass_on(marked);
  const auto renewed = co_await cell_.mesh.renew_incarnation(said, base::new_ulid(cell_.clock, cell_.random));
  if (!renewed) co_return base::pass_on(renewed);
  cell_.log.error(
      "replicate: this store was set back: it takes no writes until its peers have given back what it lacks",
      {{"peer", told_by}, {"before", said}, {"incarnation", *renewed}});
  co_return true;
}

awaitable<Result<bool>> Recovery::is_complete(const Peer& peer) {
  const auto name = completeness_of(follower_of(cell_.database, peer.number, peer.incarnation));
  for (const auto lane : {Lane::hot, Lane::bulk}) {
    const auto flag = co_await cell_.database.cursor(name, lane);
    if (!flag) co_return base::pass_on(flag);
    if (*flag == 0) co_return false;
  }
  co_return true;
}

awaitable<Result<void>> Recovery::look(std::vector<Peer> peers) {
  if (!going_on_) co_return Result<void>{};
  bool any = false;
  for (const auto& peer : peers) {
    if (!peer.connected) continue;
    const auto complete = co_await is_complete(peer);
    if (!complete) co_return base::pass_on(complete);
    if (!*complete) co_return Result<void>{};
    any = true;
  }
  if (!any) co_return Result<void>{};
  cell_.log.info("replicate: the peers have given back what this store lacked; it takes writes again");
  co_return co_await mark(false);
}

}  // namespace cardea::replicate
