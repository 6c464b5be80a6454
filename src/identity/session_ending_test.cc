#include "identity/session_ending.h"

#include <gtest/gtest.h>

#include "identity/audit.h"
#include "tests/identity/identity_fixture.h"

namespace cardea::identity {
namespace {

class SessionEndingTest : public IdentityTest {
 protected:
  SessionEndingTest() {
    write([&](store::Transaction& transaction) -> base::Result<void> {
      for (const auto& document : more_clients())
        if (auto made = configuration.create_in(transaction, tenant_id, store::Kind::client, document); !made)
          return base::pass_on(made);
      return {};
    });
    write([&](store::Transaction& transaction) -> base::Result<void> {
      auto started = session_service.start_in(transaction, context_, ada, {"pwd"}, std::nullopt);
      if (!started) return base::pass_on(started);
      session = *started;
      for (const auto* name : {"client-one", "all", "silent", "deleted-since"}) session.clients.emplace_back(name);
      if (auto stored = sessions.put_in(transaction, tenant_id, session); !stored) return stored;
      model::RefreshFamily family;
      family.id = model::FamilyId{"family-1"};
      family.user = ada.key;
      family.client = model::ClientId{"all"};
      family.session = session.id;
      return families.create_in(transaction, tenant_id, family);
    });
    context_ = context();
  }

  static std::vector<base::json::object> more_clients() {
    return {{{"client_id", "all"},
             {"name", "All"},
             {"oidc_logout",
              {{"backchannel_logout_urls", {"https://all.example.net/out"}},
               {"backchannel_logout_initiators", {{"mode", "all"}}}}}},
            {{"client_id", "silent"}, {"name", "Silent"}}};
  }
  std::vector<std::string> told() {
    std::vector<std::string> urls;
    for (const auto& job : jobs("backchannel_logout")) urls.push_back(base::get_string_or(job.body, "url"));
    std::ranges::sort(urls);
    return urls;
  }
  bool family_revoked() { return must(run(families.find(tenant_id, model::FamilyId{"family-1"}))).revoked; }
  bool session_revoked() { return must(run(sessions.find(tenant_id, session.id))).revoked; }

  RequestContext context_ = context();
  model::User ada = make_user("ada@example.com", "Secret-123");
  model::Session session;
};

TEST_F(SessionEndingTest, ALogoutTellsEveryClientThatAskedForIt) {
  check(run(session_ending.end(context_, session, "rp-logout")));

  EXPECT_TRUE(session_revoked());
  EXPECT_FALSE(family_revoked());  // offline access outlives a logout
  EXPECT_EQ(told(), (std::vector<std::string>{"https://all.example.net/out", "https://app.example.net/logout"}));
  EXPECT_EQ(event_types(), std::vector<std::string>{"slo"});
}

TEST_F(SessionEndingTest, TheJobHasWhatTheLogoutTokenNeeds) {
  check(run(session_ending.end(context_, session, "rp-logout")));

  const auto queued = jobs("backchannel_logout");
  ASSERT_EQ(queued.size(), 2u);
  for (const auto& job : queued) {
    EXPECT_EQ(job.tenant, tenant_id);
    EXPECT_EQ(base::get_string_or(job.body, "sid"), session.id.value);
    EXPECT_EQ(base::get_string_or(job.body, "sub"), ada.user_id.value);
    EXPECT_EQ(base::get_string_or(job.body, "issuer"), "https://acme.id.example.com:8443/");
    EXPECT_FALSE(base::get_string_or(job.body, "client_id").empty());
  }
}

TEST_F(SessionEndingTest, OtherReasonsReachOnlyThoseWhoChoseThem) {
  check(run(session_ending.end(context_, session, "session-revoked")));

  EXPECT_EQ(told(), std::vector<std::string>{"https://all.example.net/out"});
  EXPECT_TRUE(family_revoked());
}

TEST_F(SessionEndingTest, EndingTwiceTellsOnce) {
  check(run(session_ending.end(context_, session, "rp-logout")));
  check(run(session_ending.end(context_, session, "rp-logout")));
  check(run(session_ending.end_named(context_, model::SessionId{"never-was"}, "rp-logout")));

  EXPECT_EQ(told().size(), 2u);
  EXPECT_EQ(event_types().size(), 1u);
}

TEST_F(SessionEndingTest, AllOfAUserEndTogether) {
  write([&](store::Transaction& transaction) {
    return session_ending.end_all_in(transaction, context_, ada.key, {}, "password-changed");
  });

  EXPECT_TRUE(session_revoked());
  EXPECT_TRUE(family_revoked());
  EXPECT_EQ(told(), (std::vector<std::string>{"https://all.example.net/out", "https://app.example.net/logout"}));
}

TEST_F(SessionEndingTest, AFailedWriteTellsNobody) {
  const auto failed = run(database->write([&](store::Transaction& transaction) -> base::Result<void> {
    if (auto ended = session_ending.end_in(transaction, context_, session, "rp-logout"); !ended) return ended;
    return base::fail(base::Errc::denied, "changed my mind");
  }));

  EXPECT_FALSE(failed);
  EXPECT_FALSE(session_revoked());
  EXPECT_TRUE(told().empty());
  EXPECT_TRUE(event_types().empty());
}

TEST_F(SessionEndingTest, EventsFillInWhatTheTenantKnows) {
  AuditDetails details;
  details.client_id = "client-one";
  details.connection = kConnection;
  details.user_name = std::string(5000, 'x');
  details.description = "hello";
  auto mobile = context_;
  mobile.user_agent = "Mozilla/5.0 (iPhone) Mobile/15E148";

  const auto event = make_event(mobile, "s", details, clock.now());

  EXPECT_EQ(event.tenant, tenant_id);
  EXPECT_EQ(event.type, "s");
  EXPECT_EQ(event.at, clock.now());
  EXPECT_EQ(base::get_string_or(event.body, "client_name"), "The Application");
  EXPECT_EQ(base::get_string_or(event.body, "connection_id"), "con_1");
  EXPECT_EQ(base::get_string_or(event.body, "strategy_type"), "database");
  EXPECT_EQ(base::get_string_or(event.body, "hostname"), "acme.id.example.com:8443");
  EXPECT_EQ(base::get_string_or(event.body, "tenant_name"), "acme");
  EXPECT_EQ(base::get_string_or(event.body, "user_name").size(), 512u);
  EXPECT_TRUE(base::get_bool_or(event.body, "isMobile", false));
  EXPECT_FALSE(event.body.contains("audience"));
}

}  // namespace
}  // namespace cardea::identity
