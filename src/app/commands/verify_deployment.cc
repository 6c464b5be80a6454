#include "app/commands/verify_deployment.h"

#include "app/commands/verify_canary.h"
#include "app/commands/verify_relying_party.h"
#include "base/url.h"

namespace cardea::app {
namespace {

struct Verification {
  Verification(http::Client& client, const base::Clock& clock, base::Random& random, VerifyOptions with, std::string at,
               VerifyProgress& progress)
      : options(std::move(with)),
        issuer(std::move(at)),
        canary(client, clock, random, progress, std::chrono::seconds(options.timeout_seconds)),
        party(client, clock, random, canary, progress, std::chrono::seconds(options.timeout_seconds)) {}

  const VerifyOptions options;
  const std::string issuer;
  VerifyCanary canary;
  VerifyRelyingParty party;
};

struct Step {
  std::string_view name;
  base::awaitable<StepResult> (*work)(Verification&);
};

constexpr Step kSteps[] = {
    {"discovery", [](Verification& v) { return v.party.discover(v.issuer); }},
    {"OAuth metadata", [](Verification& v) { return v.party.discover_oauth(); }},
    {"keys", [](Verification& v) { return v.party.read_keys(); }},
    {"management token",
     [](Verification& v) {
       return v.canary.authorise(v.party.endpoints(), v.options.client_id, v.options.client_secret);
     }},
    {"make application", [](Verification& v) { return v.canary.create_client(); }},
    {"enable directory", [](Verification& v) { return v.canary.enable_client(); }},
    {"make user", [](Verification& v) { return v.canary.create_user(); }},
    {"login page", [](Verification& v) { return v.party.open_login_page(); }},
    {"sign in", [](Verification& v) { return v.party.sign_in(); }},
    {"exchange code", [](Verification& v) { return v.party.exchange_code(); }},
    {"ID token", [](Verification& v) { return v.party.check_id_token(); }},
    {"userinfo", [](Verification& v) { return v.party.read_userinfo(); }},
    {"refresh", [](Verification& v) { return v.party.refresh(); }},
    {"single sign-on", [](Verification& v) { return v.party.sign_in_silently(); }},
    {"sign out", [](Verification& v) { return v.party.sign_out(); }},
    {"signed out", [](Verification& v) { return v.party.stay_signed_out(); }},
};
constexpr Step kRemoveUser{"remove user", [](Verification& v) { return v.canary.remove_user(); }};
constexpr Step kRemoveClient{"remove application", [](Verification& v) { return v.canary.remove_client(); }};

base::awaitable<bool> take(Verification& verification, const Step& step, VerifyProgress& progress) {
  progress.begin(step.name);
  const auto result = co_await step.work(verification);
  progress.end(result);
  co_return result.has_value();
}

}  // namespace

base::Result<std::string> issuer_from(const std::string& text) {
  const auto url = base::Url::parse(text);
  if (!url || !url->is_http() || !url->user_info.empty() || url->query || url->fragment)
    return base::fail(base::Errc::invalid, "an address such as https://login.example.com/ expected");
  auto issuer = url->origin() + url->path;
  if (!issuer.ends_with('/')) issuer += '/';
  return issuer;
}

base::awaitable<base::json::object> verify_deployment(http::Client& client, const base::Clock& clock,
                                                      base::Random& random, VerifyOptions options, std::string issuer,
                                                      VerifyProgress& progress) {
  progress.hide(options.client_secret);
  Verification v(client, clock, random, std::move(options), std::move(issuer), progress);
  for (const auto& step : kSteps)
    if (!co_await take(v, step, progress)) break;
  if (v.canary.has_user()) co_await take(v, kRemoveUser, progress);
  if (v.canary.has_client()) co_await take(v, kRemoveClient, progress);

  base::json::object summary{{"url", v.options.url}, {"issuer", v.issuer}};
  for (auto& member : progress.summary()) summary[member.key()] = std::move(member.value());
  co_return summary;
}

}  // namespace cardea::app
