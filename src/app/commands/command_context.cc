#include "app/commands/command_context.h"

namespace cardea::app {

base::awaitable<base::Result<identity::RequestContext>> command_context(Foundation& f, model::TenantId tenant) {
  auto snapshot = co_await f.directory->find(tenant);
  if (!snapshot) co_return base::pass_on(snapshot);
  identity::RequestContext context;
  context.tenant = *snapshot;
  context.address = f.directory->address(**snapshot, "");
  context.user_agent = "cardea command line";
  co_return context;
}

}  // namespace cardea::app
