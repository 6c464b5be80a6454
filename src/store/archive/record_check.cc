#include "store/archive/record_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/percent.h"
#include "store/claims.h"
#include "store/row_text.h"
#include "store/unit_of_work.h"

namespace cardea::store {
namespace {

constexpr auto kSweptAfter = std::chrono::hours(1);

std::size_t column(const Table& table, std::string_view name) {
  return static_cast<std::size_t>(std::ranges::find(table.columns, name, &Column::name) - table.columns.begin());
}

const std::string& text(const Row& row, std::size_t at) { return std::get<std::string>(row[at]); }
std::int64_t number(const Row& row, std::size_t at) { return std::get<std::int64_t>(row[at]); }

}  // namespace

// Whether a row of any of the kinds that have names lives.
class RecordCheck::Holders {
 public:
  explicit Holders(soci::session& session) {
    // The most frequent ones first.
    for (const auto kind : {Kind::user, Kind::consent, Kind::client, Kind::connection, Kind::resource_server,
                            Kind::client_grant, Kind::tenant})
      lookups_.push_back(std::make_unique<Lookup>(session, schema_of(kind).table));
  }

  bool alive(const std::string& tenant, const std::string& id) {
    return std::ranges::any_of(lookups_, [&](auto& lookup) { return lookup->alive(tenant, id); });
  }

 private:
  struct Lookup {
    Lookup(soci::session& session, std::string_view table) : statement(session) {
      statement.exchange(soci::use(tenant));
      statement.exchange(soci::use(id));
      statement.exchange(soci::into(count));
      statement.alloc();
      statement.prepare(
          fmt::format("SELECT count(*) FROM {} WHERE tenant = :tenant AND id = :id AND deleted = 0", table));
      statement.define_and_bind();
    }

    bool alive(const std::string& of, const std::string& row) {
      tenant = of;
      id = row;
      statement.execute(false);
      while (statement.fetch()) {
      }
      return count > 0;
    }

    std::string tenant, id;
    long long count = 0;
    soci::statement statement;  // after what it points into
  };

  std::vector<std::unique_ptr<Lookup>> lookups_;
};

RecordCheck::RecordCheck(soci::session& session, const KindSchema& schema, const Table& table, base::Time now,
                         StoreReport& report)
    : schema_(schema),
      now_(now),
      report_(report),
      deleted_(column(table, "deleted")),
      expires_at_(column(table, "expires_at")),
      ver_(column(table, "ver")),
      doc_(column(table, "doc")),
      holders_(schema.kind == Kind::claim ? std::make_unique<Holders>(session) : nullptr) {}

RecordCheck::~RecordCheck() = default;

void RecordCheck::found(std::string_view what, const Key& key) {
  report_.add({std::string(what), std::string(schema_.table), key.tenant.value, key.id});
}

void RecordCheck::row(const Row& row) {
  const Key key{model::TenantId(text(row, 0)), schema_.kind, text(row, 1)};
  const auto deleted = number(row, deleted_);
  const auto expires_at = number(row, expires_at_);
  if (key.tenant.value.empty() || key.id.empty() || !base::is_utf8(key.id)) found("row_id", key);
  if ((deleted != 0 && deleted != 1) || expires_at < 0) return found("damaged_row", key);
  if (expires_at > 0 && base::from_millis(expires_at) + kSweptAfter < now_) ++report_.expired;

  const auto record = read_row(key, {text(row, doc_), text(row, ver_), deleted != 0, expires_at, {}});
  if (!record) return found("damaged_row", key);
  check_content(*record, row);
}

void RecordCheck::check_content(const Record& record, const Row& row) {
  const auto& key = record.key;
  if (record.deleted ? !record.groups.empty() || !record.stamps.contains(kDeletionGroup) : record.stamps.empty())
    found("stamp", key);
  for (const auto& [group, value] : record.groups)
    if (!record.stamps.contains(std::string_view(group))) found("stamp", key);
  for (const auto& [group, stamp] : record.stamps)
    if (stamp.cell == report_.store.cell && stamp.hlc > static_cast<std::uint64_t>(report_.store.hlc_ceiling))
      found("stamp_above_ceiling", key);
  const auto expected = lookup_values(schema_, record);
  for (std::size_t i = 0; i < schema_.lookups.size(); ++i)
    if (text(row, 2 + i) != expected[i]) found("lookup", key);
  if (holders_ != nullptr && !record.deleted) check_claim(record);
}

void RecordCheck::check_claim(const Record& record) {
  const auto winner = winner_of(record.document());
  if (winner && !holders_->alive(record.key.tenant.value, winner->row)) found("claim_without_row", record.key);
}

}  // namespace cardea::store
