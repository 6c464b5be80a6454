#include "identity/audit.h"

namespace cardea::identity {
namespace {

// Text that a caller of ours got from a request; a log record is no place to keep megabytes of it.
constexpr std::size_t kMaxText = 512;

// Cut at a character, not inside one.
std::string_view shortened(std::string_view text) {
  if (text.size() <= kMaxText) return text;
  std::size_t end = kMaxText;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

void set(base::json::object& body, std::string_view name, std::string_view value) {
  if (!value.empty()) body[name] = shortened(value);
}

bool is_mobile(std::string_view user_agent) {
  return user_agent.find("Mobi") != std::string_view::npos || user_agent.find("Android") != std::string_view::npos;
}

}  // namespace

model::Event make_event(const RequestContext& context, std::string_view type, AuditDetails details, base::Time now) {
  model::Event event{.tenant = context.tenant->tenant.id, .type = std::string(type), .at = now, .body = {}};
  auto& body = event.body;
  body.reserve(18);
  set(body, "description", details.description);
  set(body, "connection", details.connection);
  if (const auto* connection = context.tenant->connection(details.connection)) {
    set(body, "connection_id", connection->id);
    set(body, "strategy", connection->strategy);
    set(body, "strategy_type", connection->strategy == "auth0" ? "database" : "enterprise");
  }
  set(body, "client_id", details.client_id);
  if (details.client_name.empty())
    if (const auto* client = context.tenant->client(details.client_id)) details.client_name = client->name;
  set(body, "client_name", details.client_name);
  set(body, "user_id", details.user_id);
  set(body, "user_name", details.user_name);
  set(body, "audience", details.audience);
  set(body, "scope", details.scope);
  set(body, "ip", context.ip);
  set(body, "user_agent", context.user_agent);
  set(body, "hostname", context.address.host);
  set(body, "tenant_name", context.tenant->tenant.name);
  body["isMobile"] = is_mobile(context.user_agent);
  set(details.details, "request_id", context.request_id);
  if (!details.details.empty()) body["details"] = std::move(details.details);
  return event;
}

}  // namespace cardea::identity
