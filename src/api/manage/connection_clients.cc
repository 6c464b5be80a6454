#include <algorithm>
#include <set>

#include "api/manage/field.h"
#include "api/manage/manage_routes.h"
#include "api/manage/paging.h"
#include "api/manage/resource.h"

namespace cardea::api {
namespace {

using Answer = base::awaitable<base::Result<http::Response, ManagementError>>;
using Names = std::set<std::string, std::less<>>;

constexpr std::size_t kMaxPerCall = 50;
constexpr std::size_t kMaxTake = 1000;

ManagementError failure(const base::Error& error) {
  return error.code == base::Errc::not_found ? connections_resource().missing : from_store(error);
}

// GET /connections/{id}/clients: {"clients":[{"client_id"}],"next"}, always by checkpoint (reference §1.2).
Answer list_clients(ManageServices services, ManagementCall call) {
  PagingRules rules;
  rules.checkpoint = true;
  rules.max_per_page = kMaxTake;
  auto page = parse_paging(call.query, rules);
  if (!page) co_return base::pass_on(page);
  page->style = PageRequest::Style::checkpoint;
  auto connection =
      co_await services.configuration.find(call.tenant(), store::Kind::connection, std::string(call.param("id")));
  if (!connection) co_return std::unexpected(failure(connection.error()));

  auto names = base::get_strings(connection->document, "enabled_clients");
  std::ranges::sort(names);
  auto row = std::ranges::upper_bound(names, page->from);
  std::vector<Document> rows;
  for (; row != names.end() && rows.size() < page->per_page; ++row) rows.push_back({{"client_id", *row}});
  const auto next = row == names.end() ? std::string() : *std::prev(row);
  const auto total = names.size();
  co_return http::Response::json(200, lay_out_page(*page, "clients", std::move(rows), total, next));
}

struct Switches {
  Names on, off;
};

base::Result<Switches, ManagementError> switches_of(const ManagementCall& call) {
  static const std::vector<Field> fields = {{.name = "client_id", .required = true, .min = 1, .max = 64},
                                            {.name = "status", .type = FieldType::boolean, .required = true}};
  if (call.items.empty() || call.items.size() > kMaxPerCall)
    return std::unexpected(invalid_body("Payload validation error: 'Expected 1 to 50 clients'."));
  Switches switches;
  for (const auto& item : call.items) {
    if (!item.is_object()) return std::unexpected(invalid_body("Payload validation error: 'Expected type object'."));
    auto checked = check_creation(fields, item.get_object());
    if (!checked) return std::unexpected(invalid_body(checked.error()));
    const auto name = base::get_string_or(*checked, "client_id");
    (base::get_bool_or(*checked, "status", false) ? switches.on : switches.off).insert(name);
  }
  return switches;
}

// PATCH /connections/{id}/clients: switches the connection on and off for the named clients; the others stay.
Answer change_clients(ManageServices services, ManagementCall call) {
  auto switches = switches_of(call);
  if (!switches) co_return base::pass_on(switches);
  for (const auto& name : switches->on) {
    auto client = co_await services.configuration.find(call.tenant(), store::Kind::client, name);
    if (!client && client.error().code == base::Errc::not_found)
      co_return std::unexpected(invalid_body("Payload validation error: 'The client does not exist: " + name + "'."));
    if (!client) co_return std::unexpected(from_store(client.error()));
  }
  const std::string id(call.param("id"));
  const auto written = co_await services.database.write([&](store::Transaction& t) -> base::Result<void> {
    const auto kind = store::Kind::connection;
    auto current = services.configuration.update_in(t, call.tenant(), kind, id, {});
    if (!current) return base::pass_on(current);
    Names names = switches->on;
    for (auto& name : base::get_strings(current->document, "enabled_clients"))
      if (!switches->off.contains(name)) names.insert(std::move(name));
    const base::json::array enabled(names.begin(), names.end());
    auto done = services.configuration.update_in(t, call.tenant(), kind, id, {{"enabled_clients", enabled}});
    if (!done) return base::pass_on(done);
    t.append_event(call.event("Update the clients of a connection", t.now()));
    return {};
  });
  if (!written) co_return std::unexpected(failure(written.error()));
  co_return http::Response::no_content();
}

// GET /clients/{id}/connections: the connections that the client may use.
Answer list_connections(ManageServices services, ManagementCall call) {
  PagingRules rules;
  rules.checkpoint = true;
  auto page = parse_paging(call.query, rules);
  if (!page) co_return base::pass_on(page);
  page->style = PageRequest::Style::checkpoint;
  const std::string client(call.param("id"));
  if (call.context.tenant->client(client) == nullptr) co_return std::unexpected(clients_resource().missing);
  auto all = co_await services.configuration.all(call.tenant(), store::Kind::connection);
  if (!all) co_return std::unexpected(from_store(all.error()));

  const auto resource = connections_resource();
  std::vector<std::pair<std::string, Document>> found;
  for (auto& entry : *all) {
    const auto names = base::get_strings(entry.document, "enabled_clients");
    if (std::ranges::find(names, client) == names.end()) continue;
    auto id = base::get_string_or(entry.document, "id");
    found.emplace_back(std::move(id), shown(resource, call, std::move(entry.document)));
  }
  std::ranges::sort(found, {}, &std::pair<std::string, Document>::first);
  std::vector<Document> rows;
  std::string next;
  const auto total = found.size();
  for (auto& [id, document] : found) {
    if (id <= page->from) continue;
    if (rows.size() == page->per_page) {
      next = base::get_string_or(rows.back(), "id");
      break;
    }
    rows.push_back(std::move(document));
  }
  co_return http::Response::json(200, lay_out_page(*page, "connections", std::move(rows), total, next));
}

}  // namespace

void add_connection_client_routes(ManagementRouter& router, const ManageServices& services) {
  router.add("GET", "/connections/{id}/clients", {"read:connections"}, bind(services, list_clients));
  router.add("PATCH", "/connections/{id}/clients", {"update:connections"}, bind(services, change_clients),
             BodyShape::list);
  router.add("GET", "/clients/{id}/connections", {"read:connections", "read:clients", "read:client_summary"},
             bind(services, list_connections));
}

}  // namespace cardea::api
