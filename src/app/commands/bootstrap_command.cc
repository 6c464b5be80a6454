#include "app/backup/bootstrap_store.h"
#include "app/bootstrap.h"
#include "app/commands/commands.h"
#include "app/run_now.h"

namespace cardea::app {

int bootstrap_command(Config config, const std::string& tenant, const Output& output) {
  if (auto filled = bootstrap_store(config); !filled) return output.failure(filled.error());
  auto foundation = Foundation::open(std::move(config));
  if (!foundation) return output.failure(foundation.error());
  const auto summary = run_now(bootstrap(**foundation, tenant));
  if (!summary) return output.failure(summary.error());
  output.object(summary->to_json());
  return 0;
}

}  // namespace cardea::app
