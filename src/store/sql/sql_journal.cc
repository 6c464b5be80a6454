#include "store/sql/sql_journal.h"

#include <limits>

#include "store/row_text.h"

namespace cardea::store {
namespace {

auto into_events(std::vector<model::Event>& out) {
  return [&out](long long seq, std::string& tenant, std::string& type, long long at, const std::string& body) {
    out.push_back({static_cast<std::uint64_t>(seq), model::TenantId(std::move(tenant)), std::move(type),
                   base::from_millis(at), read_body(body)});
  };
}

}  // namespace

SqlJournal::SqlJournal(const SqlLink& link)
    : append_(link, "INSERT INTO events (seq, tenant, type, at, body) VALUES (:seq, :tenant, :type, :at, :body)"),
      after_(link,
             "SELECT seq, tenant, type, at, body FROM events WHERE tenant = :tenant AND seq > :after "
             "ORDER BY seq LIMIT :most"),
      all_after_(link, "SELECT seq, tenant, type, at, body FROM events WHERE seq > :after ORDER BY seq LIMIT :most"),
      before_(link,
              "SELECT seq, tenant, type, at, body FROM events WHERE tenant = :tenant AND seq < :before "
              "ORDER BY seq DESC LIMIT :most"),
      oldest_(link, "SELECT seq, at FROM events ORDER BY seq LIMIT :most"),
      forget_(link, "DELETE FROM events WHERE seq <= :last"),
      enqueue_(link, "INSERT INTO job (tenant, queue, run_at, body) VALUES (:tenant, :queue, :run_at, :body)"),
      any_due_(link, "SELECT 1 FROM job WHERE queue = :queue AND run_at <= :now LIMIT 1"),
      due_(link,
           "SELECT id, tenant, run_at, attempts, body FROM job WHERE queue = :queue AND run_at <= :now "
           "ORDER BY run_at, id LIMIT :most" +
               std::string(link.dialect.lock_free)),
      lease_(link, "UPDATE job SET attempts = attempts + 1, run_at = :run_at WHERE id = :id"),
      finish_(link, "DELETE FROM job WHERE id = :id"),
      postpone_(link, "UPDATE job SET run_at = :run_at WHERE id = :id") {}

void SqlJournal::append(const model::Event& event, long long seq) {
  append_.run(seq, event.tenant.value, event.type, base::to_millis(event.at), write_body(event.body));
}

std::vector<model::Event> SqlJournal::events_after(const model::TenantId* tenant, std::uint64_t after,
                                                   std::size_t limit) {
  std::vector<model::Event> out;
  const auto since = clamped(after);
  const auto most = clamped(limit);
  if (tenant == nullptr) {
    all_after_.each(into_events(out), since, most);
  } else {
    after_.each(into_events(out), tenant->value, since, most);
  }
  return out;
}

std::vector<model::Event> SqlJournal::events_before(const model::TenantId& tenant, std::uint64_t before,
                                                    std::size_t limit) {
  std::vector<model::Event> out;
  const auto end = before == 0 ? std::numeric_limits<long long>::max() : clamped(before);
  before_.each(into_events(out), tenant.value, end, clamped(limit));
  return out;
}

std::size_t SqlJournal::forget(base::Time before, std::size_t limit) {
  std::size_t count = 0;
  long long last = 0;
  bool old = true;
  oldest_.each(
      [&](long long seq, long long at) {
        old = old && at < base::to_millis(before);
        if (!old) return;
        last = seq;
        ++count;
      },
      clamped(limit));
  if (count > 0) forget_.run(last);
  return count;
}

void SqlJournal::enqueue(const model::Job& job) {
  enqueue_.run(job.tenant.value, job.queue, base::to_millis(job.run_at), write_body(job.body));
}

bool SqlJournal::has_due(const std::string& queue, base::Time now) {
  bool any = false;
  any_due_.each([&](auto&&...) { any = true; }, queue, base::to_millis(now));
  return any;
}

std::vector<model::Job> SqlJournal::take(const std::string& queue, base::Time now, base::Duration lease,
                                         std::size_t limit) {
  std::vector<model::Job> out;
  due_.each(
      [&](long long id, std::string& tenant, long long run_at, long long attempts, const std::string& body) {
        out.push_back({static_cast<std::uint64_t>(id), model::TenantId(std::move(tenant)), queue, read_body(body),
                       base::from_millis(run_at), static_cast<int>(attempts) + 1});
      },
      queue, base::to_millis(now), clamped(limit));
  for (const auto& job : out) lease_.run(base::to_millis(now + lease), clamped(job.id));
  return out;
}

void SqlJournal::finish(std::uint64_t id) { finish_.run(clamped(id)); }

bool SqlJournal::postpone(std::uint64_t id, base::Time run_at) {
  return postpone_.run(base::to_millis(run_at), clamped(id)) > 0;
}

}  // namespace cardea::store
