#include "store/sql/server_worker.h"

#include <algorithm>
#include <array>

namespace cardea::store {
namespace {

// The ceiling is written two seconds ahead, and again when less than one of them is left.
constexpr std::uint64_t kSecond = 1000ULL << 16;

constexpr int kMostRuns = 10;
// Of 1,000 entries each; the next reader goes on.
constexpr int kMostPortions = 20;

std::unexpected<Trouble> final(base::Errc code, std::string reason) {
  return std::unexpected(Trouble{Trouble::Kind::other, {code, std::move(reason)}});
}

}  // namespace

ServerWorker::Connection::Connection(std::unique_ptr<ServerSession> opened, const ServerShared& shared)
    : session(std::move(opened)),
      counted(shared.metrics.open()),
      watch(shared.surroundings.clock, shared.slow),
      leash(shared.watchdog, watch, session->socket()),
      link(session->soci(), watch),
      rows(link, shared.ulids, shared.surroundings.import ? Outbox::Numbers::at_once : Outbox::Numbers::later),
      begin(link, std::string(link.dialect.begin)),
      commit(link, "COMMIT"),
      rollback(link, "ROLLBACK"),
      set_ceiling(link,
                  "UPDATE meta SET hlc_ceiling = " + std::string(link.dialect.greatest) + "(hlc_ceiling, :ceiling)"),
      refuses_writes(link, std::string(link.dialect.refuses_writes)),
      tell_news(link, std::string(link.dialect.tell_news)) {}

ServerWorker::ServerWorker(const ServerShared& shared)
    : shared_(shared), random_(seeded_from(shared.surroundings.random)) {}

base::Result<void> ServerWorker::connect() {
  if (connection_) return {};
  if (!shared_.gate.enter()) return base::fail(base::Errc::unavailable, "the database cannot be reached");
  auto session = shared_.engine.connect();
  shared_.gate.leave(session.has_value());
  if (!session) {
    shared_.surroundings.log.error("store: no connection to the database", {{"reason", session.error().reason}});
    return base::pass_on(session);
  }
  connection_.emplace(std::move(*session), shared_);
  return {};
}

Trouble ServerWorker::examine(const soci::soci_error& error) {
  auto trouble = connection_->session->trouble_of(error);
  if (connection_->leash.cut()) {  // not again: the caller has waited long enough
    shared_.surroundings.log.error("store: the database does not answer", {{"reason", trouble.error.reason}});
    connection_.reset();
    return {Trouble::Kind::other, {base::Errc::unavailable, "the database does not answer"}};
  }
  if (trouble.kind == Trouble::Kind::lost) {
    shared_.surroundings.log.warn("store: lost a connection to the database", {{"reason", trouble.error.reason}});
    connection_.reset();
  } else if (trouble.kind == Trouble::Kind::other && trouble.error.code != base::Errc::invalid) {
    shared_.surroundings.log.error("store: a statement failed", {{"reason", trouble.error.reason}});
  }
  return trouble;
}

base::Result<void> ServerWorker::read(const Read& read) {
  for (int attempt = 1;; ++attempt) {
    if (auto connected = connect(); !connected) return connected;
    connection_->rows.lock_reads(false);
    try {
      read(connection_->rows);
      return {};
    } catch (const NotStorable& error) {
      return base::fail(base::Errc::invalid, error.what());
    } catch (const soci::soci_error& error) {
      auto trouble = examine(error);
      if (trouble.kind == Trouble::Kind::other || attempt == 2) return std::unexpected(std::move(trouble.error));
    }
  }
}

void ServerWorker::roll_back() {
  connection_->rows.forget();
  try {
    connection_->rollback.run();
  } catch (const soci::soci_error&) {
    connection_.reset();
  }
}

base::Result<void, Trouble> ServerWorker::try_once(const Step& step) {
  bool committing = false;
  try {
    connection_->begin.run();
    if (auto done = step(connection_->rows); !done) {
      roll_back();
      return std::unexpected(Trouble{Trouble::Kind::other, done.error()});
    }
    connection_->rows.finish();
    if (!connection_->session->can_commit()) {
      roll_back();
      return final(base::Errc::unavailable, "a unit of work went on after a failure of the database");
    }
    committing = true;
    connection_->commit.run();
    return {};
  } catch (const soci::soci_error& error) {
    auto trouble = examine(error);
    if (connection_) roll_back();
    const bool undone = trouble.kind == Trouble::Kind::again || trouble.kind == Trouble::Kind::duplicate;
    if (committing && !undone) return final(base::Errc::unavailable, "it is not known whether the commit was done");
    return std::unexpected(std::move(trouble));
  } catch (const NotStorable& error) {
    roll_back();
    return final(base::Errc::invalid, error.what());
  } catch (...) {
    roll_back();
    throw;
  }
}

base::Result<void> ServerWorker::transact(const Step& step) {
  bool lost_before = false;
  for (int attempt = 1;; ++attempt) {
    if (auto connected = connect(); !connected) return connected;
    auto done = try_once(step);
    if (done) return {};
    const auto kind = done.error().kind;
    const bool lost = kind == Trouble::Kind::lost;
    if (kind == Trouble::Kind::other || attempt == kMostRuns || (lost && lost_before))
      return std::unexpected(std::move(done.error().error));
    lost_before = lost_before || lost;
    if (!lost) pause(attempt);
  }
}

// The ceiling must be committed no later than the stamps that it covers. Zero: it is high enough.
std::uint64_t ServerWorker::raise_ceiling() {
  const std::uint64_t last = shared_.hlc.last();
  if (last + kSecond < shared_.ceiling.load(std::memory_order_relaxed)) return 0;
  const std::uint64_t ceiling = last + 2 * kSecond;
  connection_->set_ceiling.run(clamped(ceiling));
  return ceiling;
}

base::Result<CommitMark> ServerWorker::change(const Work& work) {
  CommitMark mark;
  std::uint64_t ceiling = 0;
  const auto& around = shared_.surroundings;
  auto done = transact([&](SqlRows& rows) -> base::Result<void> {
    rows.lock_reads(true);
    UnitOfWork unit(rows, {shared_.hlc, around.keys, random_, around.import}, around.clock.now());
    if (auto worked = work(unit, rows); !worked) return worked;
    mark = std::move(unit).mark();
    const bool news = std::ranges::any_of(mark.written, [](const auto& w) { return kept_in_memory(w.key.kind); });
    if (news && shared_.news.available()) connection_->tell_news.run();
    ceiling = mark.written.empty() ? 0 : raise_ceiling();
    return {};
  });
  if (!done) return base::pass_on(done);
  auto known = shared_.ceiling.load(std::memory_order_relaxed);
  while (known < ceiling && !shared_.ceiling.compare_exchange_weak(known, ceiling, std::memory_order_relaxed)) {
  }
  return mark;
}

base::Result<bool> ServerWorker::refuses_writes() {
  bool refuses = false;
  auto done =
      read([&](SqlRows&) { connection_->refuses_writes.each([&](long long answer) { refuses = answer != 0; }); });
  if (!done) return base::pass_on(done);
  return refuses;
}

base::Result<void> ServerWorker::sequence(const std::function<bool(SqlRows&)>& any,
                                          const std::function<std::size_t(SqlRows&)>& move) {
  if (shared_.role == ServerRole::guest) return {};
  bool more = false;
  if (auto done = read([&](SqlRows& rows) { more = any(rows); }); !done) return done;
  if (more && shared_.role == ServerRole::standby) {
    const auto refuses = refuses_writes();
    if (!refuses) return base::pass_on(refuses);
    more = !*refuses;
  }
  for (int portion = 0; more && portion < kMostPortions; ++portion) {
    auto done = transact([&](SqlRows& rows) -> base::Result<void> {
      more = move(rows) == Outbox::kPortion;
      return {};
    });
    if (!done) return done;
  }
  return {};
}

base::Result<void> ServerWorker::number(NumberFirst first) {
  switch (first) {
    case NumberFirst::nothing:
      return {};
    case NumberFirst::hot_rows:
      return sequence_rows(Lane::hot);
    case NumberFirst::bulk_rows:
      return sequence_rows(Lane::bulk);
    case NumberFirst::events:
      return sequence_events();
  }
  return {};
}

base::Result<void> ServerWorker::sequence_rows(Lane lane) {
  return sequence([lane](SqlRows& rows) { return rows.outbox().any_rows(lane); },
                  [lane](SqlRows& rows) { return rows.outbox().sequence_rows(lane); });
}

base::Result<void> ServerWorker::sequence_events() {
  return sequence([](SqlRows& rows) { return rows.outbox().any_events(); },
                  [](SqlRows& rows) { return rows.outbox().sequence_events(); });
}

// Up to 2, 4, 8 … 128 ms, by chance, so that those who met do not meet again.
void ServerWorker::pause(int attempt) {
  std::array<std::uint8_t, 2> chance;
  random_.fill(chance);
  const auto most = std::chrono::microseconds(1000LL << std::min(attempt, 7));
  std::unique_lock lock(pausing_);
  never_.wait_for(lock, most * (chance[0] * 256 + chance[1]) / 65536);
}

}  // namespace cardea::store
