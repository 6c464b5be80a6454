#include "oauth/authorization_decision.h"

#include <gtest/gtest.h>

#include <functional>

namespace cardea::oauth {
namespace {

const auto kNow = base::from_seconds(1'800'000'000);

struct Setting {
  AuthorizationRequest request;
  Circumstances now;
};

Setting signed_in() {
  Setting setting;
  setting.now.signed_in = true;
  setting.now.now = kNow;
  setting.now.auth_time = kNow - std::chrono::seconds(100);
  return setting;
}

struct Case {
  const char* name;
  std::function<void(Setting&)> arrange;
  NextStep step;
  RefusalCode error = RefusalCode::server_error;
};

TEST(AuthorizationDecision, EverySituationHasItsStep) {
  const Case cases[] = {
      {"a session is enough", [](auto&) {}, NextStep::answer},
      {"no session", [](auto& s) { s.now.signed_in = false; }, NextStep::login},
      {"no session, silent",
       [](auto& s) {
         s.now.signed_in = false;
         s.request.prompt.none = true;
       },
       NextStep::refuse, RefusalCode::login_required},
      {"silent with a session", [](auto& s) { s.request.prompt.none = true; }, NextStep::answer},
      {"prompt=login", [](auto& s) { s.request.prompt.login = true; }, NextStep::login},
      {"prompt=login, done",
       [](auto& s) {
         s.request.prompt.login = true;
         s.now.authenticated = true;
       },
       NextStep::answer},
      {"max_age kept", [](auto& s) { s.request.max_age = 100; }, NextStep::answer},
      {"max_age over", [](auto& s) { s.request.max_age = 99; }, NextStep::login},
      {"max_age over, silent",
       [](auto& s) {
         s.request.max_age = 99;
         s.request.prompt.none = true;
       },
       NextStep::refuse, RefusalCode::login_required},
      {"max_age=0",
       [](auto& s) {
         s.request.max_age = 0;
         s.now.auth_time = kNow - base::Duration(1);
       },
       NextStep::login},
      {"max_age=0, done",
       [](auto& s) {
         s.request.max_age = 0;
         s.now.authenticated = true;
       },
       NextStep::answer},
      {"max_age beyond every clock", [](auto& s) { s.request.max_age = 10LL * 365 * 86'400; }, NextStep::answer},
      {"no SSO", [](auto& s) { s.now.sso_disabled = true; }, NextStep::login},
      {"no SSO, silent",
       [](auto& s) {
         s.now.sso_disabled = true;
         s.request.prompt.none = true;
       },
       NextStep::refuse, RefusalCode::login_required},
      {"no SSO, done", [](auto& s) { s.now.sso_disabled = s.now.authenticated = true; }, NextStep::answer},
      {"select_account", [](auto& s) { s.request.prompt.select_account = true; }, NextStep::choose_account},
      {"select_account, chosen", [](auto& s) { s.request.prompt.select_account = s.now.account_chosen = true; },
       NextStep::answer},
      {"select_account by a login", [](auto& s) { s.request.prompt.select_account = s.now.authenticated = true; },
       NextStep::answer},
      {"select_account without a session",
       [](auto& s) {
         s.request.prompt.select_account = true;
         s.now.signed_in = false;
       },
       NextStep::login},
      {"prompt=consent", [](auto& s) { s.request.prompt.consent = true; }, NextStep::consent},
      {"prompt=consent, given", [](auto& s) { s.request.prompt.consent = s.now.consented = true; }, NextStep::answer},
      {"consent missing", [](auto& s) { s.now.consent_missing = true; }, NextStep::consent},
      {"consent missing, silent", [](auto& s) { s.now.consent_missing = s.request.prompt.none = true; },
       NextStep::refuse, RefusalCode::consent_required},
      {"login before consent", [](auto& s) { s.now.consent_missing = s.request.prompt.login = true; }, NextStep::login},
      {"authenticated but the session is gone",
       [](auto& s) {
         s.now.authenticated = true;
         s.now.signed_in = false;
       },
       NextStep::login},
  };
  for (const auto& c : cases) {
    auto setting = signed_in();
    c.arrange(setting);
    const auto decision = decide(setting.request, setting.now);
    EXPECT_EQ(decision.step, c.step) << c.name;
    if (c.step == NextStep::refuse) {
      EXPECT_EQ(decision.error, c.error) << c.name;
    }
  }
}

// prompt=none never shows a page, whatever else is true.
TEST(AuthorizationDecision, SilentRequestsNeverInteract) {
  for (unsigned bits = 0; bits < 128; ++bits) {
    auto setting = signed_in();
    setting.request.prompt.none = true;
    setting.now.signed_in = bits & 1;
    setting.now.authenticated = bits & 2;
    setting.now.account_chosen = bits & 4;
    setting.now.consented = bits & 8;
    setting.now.consent_missing = bits & 16;
    setting.now.sso_disabled = bits & 32;
    if (bits & 64) setting.request.max_age = 1;
    const auto step = decide(setting.request, setting.now).step;
    EXPECT_TRUE(step == NextStep::answer || step == NextStep::refuse) << bits;
    if (!setting.now.signed_in) {
      EXPECT_EQ(step, NextStep::refuse) << bits;
    }
  }
}

TEST(AuthorizationDecision, ConsentIsForThirdPartiesAndForApisThatDoNotSkipIt) {
  constexpr auto kSafe = "https://app.example.com/cb";
  constexpr auto kLocal = "http://localhost:3000/cb";
  model::Client own, foreign;
  foreign.is_first_party = false;
  model::ResourceServer asking, skipping, system;
  skipping.skip_consent_for_verifiable_first_party_clients = true;
  system.is_system = true;

  EXPECT_TRUE(consent_needed(foreign, nullptr, kSafe));
  EXPECT_TRUE(consent_needed(foreign, &skipping, kSafe));
  EXPECT_FALSE(consent_needed(own, nullptr, kSafe));
  EXPECT_FALSE(consent_needed(own, nullptr, kLocal));
  EXPECT_FALSE(consent_needed(own, &skipping, kSafe));
  EXPECT_TRUE(consent_needed(own, &skipping, kLocal));
  EXPECT_TRUE(consent_needed(own, &asking, kSafe));
  EXPECT_FALSE(consent_needed(own, &system, kLocal));
}

}  // namespace
}  // namespace cardea::oauth
