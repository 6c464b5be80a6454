#include "api/manage/resource.h"

#include <fmt/format.h>

#include <algorithm>

namespace cardea::api {
namespace {

using base::json::object;
using Answer = base::awaitable<base::Result<http::Response, ManagementError>>;
using Entry = store::Configuration::Entry;

constexpr std::size_t kPathIdLimit = 700;

// What the five operations of a resource work with.
struct Parts {
  store::Database& database;
  store::Configuration& configuration;
  const base::Clock& clock;
  Resource resource;
};
using PartsPtr = std::shared_ptr<const Parts>;

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

// A member that is absent counts as its fallback.
bool is_true(const Resource& resource, std::string_view member, const object& document) {
  const auto field = std::ranges::find(resource.fields, member, &Field::name);
  return base::get_bool_or(document, member, field != resource.fields.end() && field->fallback == "true");
}

bool matches(const Resource& resource, const Filter& filter, const std::vector<std::string_view>& wanted,
             const object& document) {
  if (filter.is_bool) return is_true(resource, filter.member, document) == (wanted.front() == "true");
  const auto* value = document.if_contains(filter.member);
  if (value == nullptr || !value->is_string()) return false;
  const std::string_view text = value->get_string();
  return std::ranges::any_of(wanted, [&](std::string_view w) {
    return filter.substring ? lower(text).find(lower(w)) != std::string::npos : text == w;
  });
}

// "strategy", "strategy[]" and "strategy=a,b" all occur in the wild.
std::vector<std::string_view> filter_values(const http::Form& query, std::string_view parameter) {
  std::vector<std::string_view> out;
  for (const auto& name : {std::string(parameter), std::string(parameter) + "[]"}) {
    for (auto text : query.all(name)) {
      while (true) {
        const auto comma = text.find(',');
        out.push_back(text.substr(0, comma));
        if (comma == std::string_view::npos) break;
        text.remove_prefix(comma + 1);
      }
    }
  }
  return out;
}

base::awaitable<base::Result<Entry, ManagementError>> find(const Parts& parts, const ManagementCall& call) {
  const std::string id(call.param("id"));
  const auto& resource = parts.resource;
  if (id.size() > kPathIdLimit)
    co_return std::unexpected(ManagementError{400, "Path validation error: the id is too long.", "invalid_uri"});
  auto entry = co_await parts.configuration.find(call.tenant(), resource.kind, id);
  if (!entry && entry.error().code == base::Errc::not_found && resource.found_by_name)
    entry = co_await parts.configuration.find_by_name(call.tenant(), resource.kind, id);
  if (entry) co_return std::move(*entry);
  if (entry.error().code == base::Errc::not_found) co_return std::unexpected(resource.missing);
  co_return std::unexpected(from_store(entry.error()));
}

ManagementError write_error(const Resource& resource, const base::Error& error) {
  if (error.code == base::Errc::already_exists) return resource.taken;
  if (error.code == base::Errc::not_found) return resource.missing;
  return from_store(error);
}

Answer list(PartsPtr parts, ManagementCall call) {
  const auto& resource = parts->resource;
  auto page = parse_paging(call.query, resource.paging);
  if (!page) co_return base::pass_on(page);
  auto selection = FieldSelection::parse(call.query);
  if (!selection) co_return base::pass_on(selection);
  for (const auto& filter : resource.filters) {
    if (!filter.is_bool) continue;
    if (auto flag = bool_parameter(call.query, filter.parameter); !flag) co_return base::pass_on(flag);
  }
  auto entries = co_await parts->configuration.all(call.tenant(), resource.kind);
  if (!entries) co_return std::unexpected(from_store(entries.error()));

  std::vector<object> rows;
  for (auto& entry : *entries) {
    const bool wanted = std::ranges::all_of(resource.filters, [&](const Filter& filter) {
      const auto values = filter_values(call.query, filter.parameter);
      return values.empty() || matches(resource, filter, values, entry.document);
    });
    if (wanted) rows.push_back(shown(resource, call, std::move(entry.document)));
  }
  for (auto& row : rows) selection->apply(row);
  co_return http::Response::json(200, lay_out(*page, resource.list_key, std::move(rows)));
}

Answer create(PartsPtr parts, ManagementCall call) {
  const auto& resource = parts->resource;
  auto document = check_creation(resource.fields, call.body);
  if (!document) co_return std::unexpected(invalid_body(document.error()));
  if (resource.on_create) {
    if (auto wrong = resource.on_create(*call.context.tenant, *document); !wrong.empty())
      co_return std::unexpected(invalid_body(std::move(wrong)));
  }
  Entry entry;
  const auto written = co_await parts->database.write([&](store::Transaction& t) -> base::Result<void> {
    auto created = parts->configuration.create_in(t, call.tenant(), resource.kind, *document);
    if (!created) return base::pass_on(created);
    entry = std::move(*created);
    t.append_event(call.event(fmt::format("Create a {}", resource.noun), t.now()));
    return {};
  });
  if (!written) co_return std::unexpected(write_error(resource, written.error()));
  co_return http::Response::json(201, shown(resource, call, std::move(entry.document)));
}

Answer read(PartsPtr parts, ManagementCall call) {
  auto selection = FieldSelection::parse(call.query);
  if (!selection) co_return base::pass_on(selection);
  auto entry = co_await find(*parts, call);
  if (!entry) co_return base::pass_on(entry);
  auto document = shown(parts->resource, call, std::move(entry->document));
  selection->apply(document);
  co_return http::Response::json(200, document);
}

Answer update(PartsPtr parts, ManagementCall call) {
  const auto& resource = parts->resource;
  auto entry = co_await find(*parts, call);
  if (!entry) co_return base::pass_on(entry);
  auto changes = check_update(resource.fields, call.body);
  if (!changes) co_return std::unexpected(invalid_body(changes.error()));
  if (auto refused = check_member_scopes(resource, call.token, *changes)) co_return std::unexpected(*refused);
  if (resource.on_update) {
    if (auto wrong = resource.on_update(*call.context.tenant, entry->document, *changes); !wrong.empty())
      co_return std::unexpected(invalid_body(std::move(wrong)));
  }
  const auto id = base::get_string_or(entry->document, resource.public_id);
  Entry updated;
  const auto written = co_await parts->database.write([&](store::Transaction& t) -> base::Result<void> {
    auto result = parts->configuration.update_in(t, call.tenant(), resource.kind, id, *changes);
    if (!result) return base::pass_on(result);
    updated = std::move(*result);
    t.append_event(call.event(fmt::format("Update a {}", resource.noun), t.now()));
    return {};
  });
  if (!written) co_return std::unexpected(write_error(resource, written.error()));
  co_return http::Response::json(200, shown(resource, call, std::move(updated.document)));
}

Answer remove(PartsPtr parts, ManagementCall call) {
  const auto& resource = parts->resource;
  auto entry = co_await find(*parts, call);
  // Deleting what is not there succeeds: a retry after a lost answer must not fail.
  if (!entry && entry.error().status == 404) co_return http::Response::no_content();
  if (!entry) co_return base::pass_on(entry);
  if (resource.on_delete) {
    if (auto refused = resource.on_delete(entry->document)) co_return std::unexpected(*refused);
  }
  const auto id = base::get_string_or(entry->document, resource.public_id);
  const auto written = co_await parts->database.write([&](store::Transaction& t) -> base::Result<void> {
    auto erased = parts->configuration.erase_in(t, call.tenant(), resource.kind, id);
    if (!erased && erased.error().code != base::Errc::not_found) return erased;
    t.append_event(call.event(fmt::format("Delete a {}", resource.noun), t.now()));
    return {};
  });
  if (!written) co_return std::unexpected(write_error(resource, written.error()));
  co_return http::Response::no_content();
}

}  // namespace

object shown(const Resource& resource, const ManagementCall& call, object document) {
  if (resource.on_show) resource.on_show(*call.context.tenant, document);
  object out;
  for (const auto& field : resource.fields) {
    auto* value = document.if_contains(field.name);
    if (value == nullptr) continue;
    if (!field.read_scope.empty() && !call.token.has(field.read_scope)) continue;
    out.emplace(field.name, std::move(*value));
  }
  return out;
}

std::optional<ManagementError> check_member_scopes(const Resource& resource, const ManagementToken& token,
                                                   const object& changes) {
  for (const auto& change : changes) {
    const auto own = std::ranges::find(resource.member_scopes, std::string_view(change.key()),
                                       [](const auto& entry) { return entry.first; });
    const auto needed = own == resource.member_scopes.end() ? resource.update_scopes.front() : own->second;
    if (!token.has(needed))
      return ManagementError{403, fmt::format("Insufficient scope, expected any of: {}", needed), "insufficient_scope"};
  }
  return std::nullopt;
}

void add_resource(ManagementRouter& router, store::Database& database, store::Configuration& configuration,
                  const base::Clock& clock, Resource resource) {
  const auto parts = std::make_shared<const Parts>(Parts{database, configuration, clock, std::move(resource)});
  const auto& r = parts->resource;
  const auto bind = [parts](Answer (*operation)(PartsPtr, ManagementCall)) -> ManagementHandler {
    return [parts, operation](ManagementCall call) { return operation(parts, std::move(call)); };
  };
  const std::string collection(r.path), item = collection + "/{id}";
  router.add("GET", collection, r.read_scopes, bind(list));
  router.add("POST", collection, r.create_scopes, bind(create));
  router.add("GET", item, r.read_scopes, bind(read));
  router.add("PATCH", item, r.update_scopes, bind(update));
  router.add("DELETE", item, r.delete_scopes, bind(remove));
}

}  // namespace cardea::api
