#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "api/manage/manage_routes.h"
#include "api/manage/paging.h"
#include "api/manage/user_query.h"

namespace cardea::api {
namespace {

using base::json::object;
using Answer = base::awaitable<base::Result<http::Response, ManagementError>>;

constexpr std::size_t kBatch = 1000;
constexpr std::size_t kWindow = 1000;

// Digits that sort by time and lead back to the row: "900", milliseconds, sequence number.
std::string log_id_of(const model::Event& event) {
  return fmt::format("900{:015}{:018}", base::to_millis(event.at), event.seq);
}

std::optional<std::uint64_t> sequence_of(std::string_view log_id) {
  constexpr std::size_t kLength = 3 + 15 + 18;
  if (log_id.size() != kLength) return std::nullopt;
  std::uint64_t seq = 0;
  const auto digits = log_id.substr(kLength - 18);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seq);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return seq;
}

object shown_log(const ManagementCall& call, const model::Event& event) {
  object out = event.body;
  const auto id = log_id_of(event);
  out["date"] = base::to_iso8601(event.at);
  out["type"] = event.type;
  out["log_id"] = id;
  out["_id"] = id;
  out["tenant_name"] = call.context.tenant->tenant.name;
  if (!out.contains("isMobile")) out["isMobile"] = false;
  return out;
}

// GET /logs?from=…&take=…: oldest first, with the address of the next page.
Answer list_from_checkpoint(const ManageServices& services, const ManagementCall& call) {
  std::uint64_t after = 0;
  if (const auto from = call.query.get("from"); from && !from->empty()) {
    const auto seq = sequence_of(*from);
    if (!seq) co_return std::unexpected(invalid_query("from", "Not a log id"));
    after = *seq;
  }
  std::size_t take = 50;
  if (const auto text = call.query.get("take")) {
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), take);
    if (error != std::errc{} || end != text->data() + text->size() || take < 1 || take > 100)
      co_return std::unexpected(invalid_query("take", "Expected a number from 1 to 100"));
  }
  auto events = co_await services.database.events_after(call.tenant(), after, take);
  if (!events) co_return std::unexpected(from_store(events.error()));
  base::json::array rows;
  for (const auto& event : *events) rows.push_back(shown_log(call, event));
  auto response = http::Response::json(200, rows);
  if (!events->empty())
    response.header("Link", fmt::format("<{}api/v2/logs?from={}&take={}>; rel=\"next\"", call.context.address.issuer,
                                        log_id_of(events->back()), take));
  co_return response;
}

// Newest first; those that `wanted` takes, within the window of 1000 records.
base::awaitable<base::Result<std::vector<object>, ManagementError>> newest(const ManageServices& services,
                                                                           const ManagementCall& call,
                                                                           const std::optional<UserQuery>& query,
                                                                           std::string_view user_id) {
  std::vector<object> rows;
  std::uint64_t before = 0;
  while (rows.size() < kWindow) {
    auto events = co_await services.database.events_before(call.tenant(), before, kBatch);
    if (!events) co_return std::unexpected(from_store(events.error()));
    if (events->empty()) break;
    for (const auto& event : *events) {
      auto row = shown_log(call, event);
      const bool wanted =
          (!query || query->matches(row)) && (user_id.empty() || base::get_string_or(row, "user_id") == user_id);
      if (wanted && rows.size() < kWindow) rows.push_back(std::move(row));
    }
    before = events->back().seq;
  }
  co_return rows;
}

Answer list_newest(const ManageServices& services, const ManagementCall& call, std::string user_id) {
  auto page = parse_paging(call.query, {.offset_window = kWindow});
  if (!page) co_return base::pass_on(page);
  auto selection = FieldSelection::parse(call.query);
  if (!selection) co_return base::pass_on(selection);
  std::optional<UserQuery> query;
  const auto text = call.query.has("q") ? call.query.get("q") : call.query.get("search");
  if (text && !text->empty()) {
    auto parsed = UserQuery::parse(*text);
    if (!parsed) co_return std::unexpected(invalid_query("q", parsed.error()));
    query = std::move(*parsed);
  }
  auto rows = co_await newest(services, call, query, user_id);
  if (!rows) co_return base::pass_on(rows);
  if (call.query.get_or_empty("sort") == "date:1") std::reverse(rows->begin(), rows->end());
  for (auto& row : *rows) selection->apply(row);
  co_return http::Response::json(200, lay_out(*page, "logs", std::move(*rows)));
}

Answer list(ManageServices services, ManagementCall call) {
  if (call.query.has("from") || call.query.has("take")) co_return co_await list_from_checkpoint(services, call);
  co_return co_await list_newest(services, call, "");
}

Answer list_of_user(ManageServices services, ManagementCall call) {
  co_return co_await list_newest(services, call, std::string(call.param("id")));
}

Answer read(ManageServices services, ManagementCall call) {
  const ManagementError missing{404, "No log found by that id", "inexistent_log"};
  const auto seq = sequence_of(call.param("id"));
  if (!seq || *seq == 0) co_return std::unexpected(missing);
  auto events = co_await services.database.events_after(call.tenant(), *seq - 1, 1);
  if (!events) co_return std::unexpected(from_store(events.error()));
  if (events->empty() || events->front().seq != *seq) co_return std::unexpected(missing);
  co_return http::Response::json(200, shown_log(call, events->front()));
}

}  // namespace

void add_log_routes(ManagementRouter& router, const ManageServices& services) {
  router.add("GET", "/logs", {"read:logs", "read:logs_users"}, bind(services, list));
  router.add("GET", "/logs/{id}", {"read:logs", "read:logs_users"}, bind(services, read));
  router.add("GET", "/users/{id}/logs", {"read:logs", "read:logs_users"}, bind(services, list_of_user));
}

}  // namespace cardea::api
