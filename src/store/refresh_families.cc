#include "store/refresh_families.h"

#include <algorithm>

#include "store/document_fields.h"

namespace cardea::store {
namespace {

using base::Errc;
using base::Result;
using base::json::object;

constexpr std::size_t kMaxLive = 200;  // per user and client

// An idle expiry that moves by less is not written, as it would cost a commit for every use of a token.
base::Duration idle_step(std::chrono::seconds idle_lifetime) {
  return std::min<base::Duration>(std::chrono::seconds{60}, base::Duration{idle_lifetime} / 100);
}

Key key_of(const model::TenantId& tenant, const model::FamilyId& id) {
  return {tenant, Kind::refresh_family, id.value};
}

// The look-up that the limit goes by.
std::string user_client(const model::UserKey& user, const model::ClientId& client) {
  return user.value + " " + client.value;
}

model::RefreshFamily family_of(const model::FamilyId& id, const object& document) {
  model::RefreshFamily family;
  family.id = id;
  family.user = model::UserKey{base::get_string_or(document, "user")};
  family.user_id = model::UserId{base::get_string_or(document, "user_id")};
  family.client = model::ClientId{base::get_string_or(document, "client")};
  family.session = model::SessionId{base::get_string_or(document, "session")};
  family.audience = base::get_string_or(document, "audience");
  family.scope = base::get_strings(document, "scope");
  family.auth_time = get_time(document, "auth_time");
  family.created_at = get_time(document, "created_at");
  family.expires_at = get_time(document, "expires_at");
  family.idle_expires_at = get_time(document, "idle_expires_at");
  family.home = static_cast<model::CellNumber>(base::get_int_or(document, "home", 0));
  family.home_epoch = static_cast<std::uint32_t>(base::get_int_or(document, "home_epoch", 1));
  family.generation = static_cast<model::Generation>(base::get_int_or(document, "generation", 1));
  if (const auto* last = base::get_object(document, "last_consumed"))
    family.last_consumed = {get_time(*last, "at"), static_cast<model::CellNumber>(base::get_int_or(*last, "cell", 0))};
  if (const auto* cells = document.if_contains("consumed"); cells != nullptr && cells->is_array())
    for (const auto& cell : cells->get_array())
      if (cell.is_int64()) family.consumers.push_back(static_cast<model::CellNumber>(cell.get_int64()));
  family.last_used_at = get_time(document, "last_used_at");
  family.revoked = base::get_bool_or(document, "revoked", false);
  return family;
}

model::RefreshFamily family_of(const Record& record) {
  return family_of(model::FamilyId{record.key.id}, record.document());
}

// What a use changes; the rest stays as it was created.
void lay_out_use(const model::RefreshFamily& family, object& document) {
  document["generation"] = family.generation;
  if (family.last_consumed)
    document["last_consumed"] =
        object{{"at", base::to_millis(family.last_consumed->at)}, {"cell", family.last_consumed->cell}};
  if (family.consumers.size() > 1)
    document["consumed"] = base::json::array(family.consumers.begin(), family.consumers.end());
  else
    document.erase("consumed");
  put_time(document, "idle_expires_at", family.idle_expires_at);
  put_time(document, "last_used_at", family.last_used_at);
}

object document_of(const model::RefreshFamily& family) {
  object document{{"user", family.user.value},
                  {"user_id", family.user_id.value},
                  {"client", family.client.value},
                  {"session", family.session.value},
                  {"audience", family.audience},
                  {"scope", base::to_json_array(family.scope)},
                  {"home", family.home},
                  {"home_epoch", family.home_epoch},
                  {"user_client", user_client(family.user, family.client)}};
  put_time(document, "auth_time", family.auth_time);
  put_time(document, "created_at", family.created_at);
  put_time(document, "expires_at", family.expires_at);
  lay_out_use(family, document);
  if (family.revoked) document["revoked"] = true;
  return document;
}

base::Time end_of(const model::RefreshFamily& family) { return earlier_end(family.expires_at, family.idle_expires_at); }

bool expired(const model::RefreshFamily& family, base::Time now) {
  const auto end = end_of(family);
  return end != base::Time{} && now >= end;
}

// Another cell may rebuild a family from a token's claims, and must then find that it was revoked. So a revoked row
// stays until no token of it can be valid, however long nobody came.
Result<void> revoke(Transaction& transaction, Record record) {
  auto document = record.document();
  if (base::get_bool_or(document, "revoked", false)) return {};
  document["revoked"] = true;
  record.set_document(document);
  record.expires_at = get_time(document, "expires_at");
  return transaction.put(std::move(record));
}

// All that the look-up finds; revoked ones are not found by it.
Result<std::size_t> revoke_found(Transaction& transaction, const model::TenantId& tenant, std::string_view lookup,
                                 std::string_view value) {
  std::size_t count = 0;
  auto done = empty_lookup(transaction, tenant, Kind::refresh_family, lookup, value, [&](Record record) {
    ++count;
    return revoke(transaction, std::move(record));
  });
  if (!done) return base::pass_on(done);
  return count;
}

Result<void> make_room(Transaction& transaction, const model::TenantId& tenant, const model::RefreshFamily& family) {
  auto records =
      transaction.find(tenant, Kind::refresh_family, "user_client", user_client(family.user, family.client), kMostRows);
  if (!records) return base::pass_on(records);
  if (records->size() < kMaxLive) return {};
  std::vector<std::pair<base::Time, std::size_t>> by_age;
  for (std::size_t i = 0; i < records->size(); ++i)
    by_age.emplace_back(get_time((*records)[i].document(), "created_at"), i);
  std::ranges::sort(by_age);
  by_age.resize(by_age.size() - kMaxLive + 1);
  for (const auto& [created, i] : by_age)
    if (auto done = revoke(transaction, std::move((*records)[i])); !done) return done;
  return {};
}

// Whether the newest generation but one was consumed by other cells only.
bool consumed_elsewhere(const model::RefreshFamily& family, model::CellNumber here) {
  return family.last_consumed && family.last_consumed->cell != here &&
         std::ranges::find(family.consumers, here) == family.consumers.end();
}

void add_consumer(model::RefreshFamily& family, model::CellNumber here) {
  if (family.consumers.empty()) family.consumers = {family.last_consumed->cell};
  family.consumers.push_back(here);
}

// The generation decides; `family` is changed as the use demands.
enum class Verdict { consumed, repeated, sibling, sibling_of_another_cells, replayed };

Verdict judge(const model::RefreshFamily& family, const RefreshFamilies::Use& use, model::CellNumber here,
              base::Time now) {
  // More than is known here: the caller has authenticated the token, so another cell gave it out and we lag behind.
  if (use.presented >= family.generation)
    return use.rotate || use.presented > family.generation ? Verdict::consumed : Verdict::repeated;
  const bool preceding = use.presented + 1 == family.generation && use.presented > 0;
  if (!preceding || !family.last_consumed) return Verdict::replayed;
  if (consumed_elsewhere(family, here)) return Verdict::sibling_of_another_cells;
  return now < family.last_consumed->at + use.leeway ? Verdict::sibling : Verdict::replayed;
}

void consume(model::RefreshFamily& family, const RefreshFamilies::Use& use, model::CellNumber here, base::Time now) {
  // Without rotation this is a lagging cell that catches up: nothing was consumed.
  if (use.rotate) {
    family.last_consumed = {now, here};
    family.consumers = {here};
  }
  family.generation = use.presented + (use.rotate ? 1 : 0);
}

}  // namespace

RefreshFamilies::RefreshFamilies(Database& database) : database_(database) {}

base::awaitable<Result<model::RefreshFamily>> RefreshFamilies::find(model::TenantId tenant, model::FamilyId id) {
  auto record = co_await database_.get(key_of(tenant, id));
  if (!record) co_return base::pass_on(record);
  co_return family_of(*record);
}

base::awaitable<Result<std::vector<model::RefreshFamily>>> RefreshFamilies::of_user(model::TenantId tenant,
                                                                                    model::UserKey user) {
  auto records = co_await database_.find(tenant, Kind::refresh_family, "user", user.value, kMostRows);
  if (!records) co_return base::pass_on(records);
  std::vector<model::RefreshFamily> families;
  for (const auto& record : *records) families.push_back(family_of(record));
  co_return families;
}

Result<void> RefreshFamilies::create_in(Transaction& transaction, const model::TenantId& tenant,
                                        const model::RefreshFamily& family) {
  if (auto room = make_room(transaction, tenant, family); !room) return room;
  Record record;
  record.key = key_of(tenant, family.id);
  record.expires_at = end_of(family);
  record.set_document(document_of(family));
  return transaction.put(std::move(record));
}

Result<RefreshFamilies::Used> RefreshFamilies::use_in(Transaction& transaction, const model::TenantId& tenant,
                                                      const model::FamilyId& id, const Use& use) {
  auto record = get_or_rebuild(transaction, tenant, id, use);
  if (!record) return base::pass_on(record);
  auto document = record->take_document();
  auto family = family_of(id, document);
  const auto now = transaction.now();
  const auto here = database_.cell();
  if (family.revoked) return base::fail(Errc::denied, "refresh family is revoked");
  if (expired(family, now)) return base::fail(Errc::denied, "refresh family has expired");

  const auto verdict = judge(family, use, here, now);
  if (verdict == Verdict::replayed) return base::fail(Errc::conflict, "refresh token was consumed before");
  if (verdict == Verdict::consumed) consume(family, use, here, now);
  if (verdict == Verdict::sibling_of_another_cells) add_consumer(family, here);
  const bool adopts = use.here == Here::adopter && family.home != here;
  if (adopts) {
    family.home = here;
    document["home"] = family.home;
    document["home_epoch"] = ++family.home_epoch;
  }
  const auto idle_end = use.idle_lifetime.count() > 0 ? now + use.idle_lifetime : base::Time{};
  const bool idle_moved = (idle_end == base::Time{}) != (family.idle_expires_at == base::Time{}) ||
                          std::chrono::abs(idle_end - family.idle_expires_at) > idle_step(use.idle_lifetime);
  if (verdict == Verdict::consumed || verdict == Verdict::sibling_of_another_cells || idle_moved || adopts) {
    family.idle_expires_at = idle_end;
    family.last_used_at = now;
    lay_out_use(family, document);
    record->set_document(std::move(document));
    record->expires_at = end_of(family);
    if (auto done = transaction.put(std::move(*record)); !done) return base::pass_on(done);
  }
  const auto next = use.rotate ? family.generation : use.presented;
  const bool sibling = verdict == Verdict::sibling || verdict == Verdict::sibling_of_another_cells;
  return Used{std::move(family), next, sibling};
}

base::awaitable<Result<RefreshFamilies::Decision>> RefreshFamilies::decide(Presented presented, Use use) {
  if (homes_ == nullptr) co_return Decision{};
  co_return co_await homes_->decide(std::move(presented), std::move(use));
}

// An adopter may have lost the family with its home: what the token says, which the caller has authenticated, is
// enough.
Result<Record> RefreshFamilies::get_or_rebuild(Transaction& transaction, const model::TenantId& tenant,
                                               const model::FamilyId& id, const Use& use) {
  auto record = transaction.get(key_of(tenant, id));
  if (record || record.error().code != Errc::not_found || use.here != Here::adopter || !use.claimed) return record;
  Record rebuilt;
  rebuilt.key = key_of(tenant, id);
  auto family = *use.claimed;
  family.id = id;
  family.generation = use.presented;
  rebuilt.expires_at = end_of(family);
  rebuilt.set_document(document_of(family));
  return rebuilt;
}

Result<model::RefreshFamily> RefreshFamilies::find_in(Transaction& transaction, const model::TenantId& tenant,
                                                      const model::FamilyId& id) {
  auto record = transaction.get(key_of(tenant, id));
  if (!record) return base::pass_on(record);
  return family_of(*record);
}

Result<model::RefreshFamily> RefreshFamilies::give_in(Transaction& transaction, const model::TenantId& tenant,
                                                      const model::FamilyId& id, model::Generation next) {
  auto record = transaction.get(key_of(tenant, id));
  if (!record) return base::pass_on(record);
  auto document = record->take_document();
  auto family = family_of(id, document);
  if (family.generation != next || !consumed_elsewhere(family, database_.cell())) return family;
  add_consumer(family, database_.cell());
  lay_out_use(family, document);
  record->set_document(std::move(document));
  if (auto done = transaction.put(std::move(*record)); !done) return base::pass_on(done);
  return family;
}

Result<void> RefreshFamilies::revoke_in(Transaction& transaction, const model::TenantId& tenant,
                                        const model::FamilyId& id) {
  auto record = transaction.get(key_of(tenant, id));
  if (!record) return record.error().code == Errc::not_found ? Result<void>{} : base::pass_on(record);
  return revoke(transaction, std::move(*record));
}

Result<void> RefreshFamilies::revoke_claimed_in(Transaction& transaction, const model::TenantId& tenant,
                                                const model::RefreshFamily& claimed) {
  auto record = transaction.get(key_of(tenant, claimed.id));
  if (record) return revoke(transaction, std::move(*record));
  if (record.error().code != Errc::not_found) return base::pass_on(record);
  if (homes_ == nullptr || expired(claimed, transaction.now())) return {};
  Record revoked;
  revoked.key = key_of(tenant, claimed.id);
  revoked.expires_at = claimed.expires_at;
  auto document = document_of(claimed);
  document["revoked"] = true;
  revoked.set_document(document);
  return transaction.put(std::move(revoked));
}

Result<std::size_t> RefreshFamilies::revoke_of_user_in(Transaction& transaction, const model::TenantId& tenant,
                                                       const model::UserKey& user) {
  return revoke_found(transaction, tenant, "user", user.value);
}

Result<std::size_t> RefreshFamilies::revoke_grant_in(Transaction& transaction, const model::TenantId& tenant,
                                                     const model::UserKey& user, const model::ClientId& client,
                                                     std::string_view audience) {
  auto records = transaction.find(tenant, Kind::refresh_family, "user_client", user_client(user, client), kMostRows);
  if (!records) return base::pass_on(records);
  std::size_t count = 0;
  for (auto& record : *records) {
    if (!audience.empty() && family_of(record).audience != audience) continue;
    if (auto done = revoke(transaction, std::move(record)); !done) return base::pass_on(done);
    ++count;
  }
  return count;
}

Result<std::size_t> RefreshFamilies::revoke_of_session_in(Transaction& transaction, const model::TenantId& tenant,
                                                          const model::SessionId& session) {
  if (session.empty()) return std::size_t{0};
  return revoke_found(transaction, tenant, "session", session.value);
}

}  // namespace cardea::store
