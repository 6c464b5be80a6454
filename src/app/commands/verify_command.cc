#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "app/commands/commands.h"
#include "app/commands/verify_deployment.h"
#include "app/run_now.h"
#include "crypto/system_random.h"

namespace cardea::app {
namespace {

base::Result<void> check_options(const VerifyOptions& options) {
  if (options.client_id.empty() || options.client_secret.empty())
    return base::fail(base::Errc::invalid,
                      "a client of the Management API is needed: --client-id and --client-secret, or "
                      "CARDEA_VERIFY_CLIENT_ID and CARDEA_VERIFY_CLIENT_SECRET; cardea bootstrap prints one");
  std::error_code error;
  if (!options.ca_file.empty() && !std::filesystem::is_regular_file(options.ca_file, error))
    return base::fail(base::Errc::invalid, "cannot read the certificate " + options.ca_file);
  if (options.timeout_seconds == 0 || options.timeout_seconds > 600)
    return base::fail(base::Errc::invalid, "--timeout: 1 to 600 seconds expected");
  return {};
}

// Owns the client: it must be gone before the loop that runs the coroutine is.
base::awaitable<base::json::object> verify(VerifyOptions options, std::string issuer) {
  http::ClientOptions settings;
  settings.user_agent = "Cardea-verify/" CARDEA_VERSION;
  settings.ca_file = options.ca_file;
  settings.verify_certificates = !options.insecure;
  settings.connect_timeout = std::chrono::seconds(options.timeout_seconds);
  // The operator names the address, so nothing is refused.
  const auto client = http::open_trusted_client(std::move(settings));
  const base::SystemClock clock;
  crypto::SystemRandom random;
  VerifyProgress progress(
      clock, [](const std::string& text) { fmt::print(stderr, "{}", text); }, isatty(STDERR_FILENO) != 0);
  co_return co_await verify_deployment(*client, clock, random, std::move(options), std::move(issuer), progress);
}

}  // namespace

int verify_command(const VerifyOptions& options, const Output& output) {
  const auto issuer = issuer_from(options.url);
  if (!issuer) return output.failure(issuer.error());
  if (const auto checked = check_options(options); !checked) return output.failure(checked.error());
  const auto summary = run_now(verify(options, *issuer));
  output.object(summary);
  return base::get_bool_or(summary, "ok", false) ? 0 : 1;
}

}  // namespace cardea::app
