#pragma once

#include <string>
#include <utility>

#include "app/foundation.h"
#include "app/output.h"
#include "app/run_now.h"

namespace cardea::app {

// Opens the store, finds the tenant by name ("" = the configured or first one) and runs `work(foundation, tenant)`, a
// coroutine that gives a Result of a JSON object to print. `import`: as in store::Surroundings.
template <class Work>
int with_tenant(Config config, const std::string& name, const Output& output, Work work, bool import = false) {
  auto opened = Foundation::open(std::move(config), import);
  if (!opened) return output.failure(opened.error());
  auto& f = **opened;
  auto tenant = run_now(find_tenant(f, name));
  if (!tenant) return output.failure(tenant.error());
  auto result = run_now(work(f, std::move(*tenant)));
  if (!result) return output.failure(result.error());
  output.object(*result);
  return 0;
}

}  // namespace cardea::app
