#include "identity/account_recovery.h"

#include <gtest/gtest.h>

#include "crypto/password_hash.h"
#include "jobs/mail_job.h"
#include "tests/identity/identity_fixture.h"

namespace cardea::identity {
namespace {

using Refusal = AccountRecovery::Refusal;

class AccountRecoveryTest : public IdentityTest {
 protected:
  base::Result<void> request(const std::string& identifier) {
    const auto made = context();
    return run(recovery.request_reset(made, connection(made), model::ClientId{std::string(kClient)}, identifier));
  }
  // The secrets in the links of all mails that wait.
  std::vector<std::string> mailed_secrets() {
    std::vector<std::string> secrets;
    for (const auto& job : jobs("mail")) {
      const auto link = must(jobs::mail_of_job(job, keys)).link;
      secrets.push_back(link.substr(link.find("ticket=") + 7));
    }
    return secrets;
  }
  std::string reset_secret() {
    check(request("ada@example.com"));
    const auto secrets = mailed_secrets();
    EXPECT_EQ(secrets.size(), 1u);
    return secrets.empty() ? "" : secrets.front();
  }
  std::string verification_secret() {
    const auto made = context();
    write([&](store::Transaction& transaction) {
      return mail.send_verification_in(transaction, made, ada, model::ClientId{std::string(kClient)});
    });
    return mailed_secrets().at(0);
  }
  auto change(const std::string& secret, const std::string& password) {
    return run(recovery.change_password(context(), secret, password));
  }
  Refusal refusal_of(const base::Result<model::Ticket, AccountRecovery::Refused>& result) {
    EXPECT_FALSE(result);
    return result ? Refusal::unavailable : result.error().why;
  }
  model::User reread() { return must(run(users.find(tenant_id, ada.key))); }
  bool password_is(const std::string& password) {
    return crypto::verify_password(must(run(users.password(tenant_id, ada.key))).hash, password);
  }

  PasswordLogin logins{*database, users, hashes, clock};
  AccountRecovery recovery{*database, users, tickets, hashes, mail, logins, session_ending, clock};
  model::User ada = make_user("ada@example.com", "Secret-123");
};

TEST_F(AccountRecoveryTest, AMailedLinkSetsANewPasswordAndProvesTheMailbox) {
  const auto secret = reset_secret();
  ASSERT_TRUE(run(recovery.look_at(context(), secret)));

  const auto done = change(secret, "New-Secret-1");

  ASSERT_TRUE(done);
  EXPECT_EQ(done->user, ada.key);
  EXPECT_TRUE(password_is("New-Secret-1"));
  EXPECT_TRUE(reread().email_verified);
  EXPECT_EQ(event_types(), (std::vector<std::string>{"scpr", "scp"}));
}

TEST_F(AccountRecoveryTest, AskingForAnUnknownAddressLooksTheSameAndSendsNothing) {
  EXPECT_TRUE(request("nobody@example.com"));
  EXPECT_TRUE(request("' OR 1=1"));

  EXPECT_TRUE(jobs("mail").empty());
  EXPECT_EQ(event_types(), (std::vector<std::string>{"fcpr", "fcpr"}));
}

TEST_F(AccountRecoveryTest, ALinkWorksOnce) {
  const auto secret = reset_secret();
  ASSERT_TRUE(change(secret, "New-Secret-1"));

  EXPECT_EQ(refusal_of(change(secret, "New-Secret-2")), Refusal::used);
  EXPECT_EQ(refusal_of(run(recovery.look_at(context(), secret))), Refusal::used);
  EXPECT_TRUE(password_is("New-Secret-1"));
}

TEST_F(AccountRecoveryTest, OfTwoWhoUseALinkAtOnceOneWins) {
  const auto secret = reset_secret();
  std::vector<base::awaitable<base::Result<model::Ticket, AccountRecovery::Refused>>> both;
  both.push_back(recovery.change_password(context(), secret, "New-Secret-1"));
  both.push_back(recovery.change_password(context(), secret, "New-Secret-2"));

  const auto results = run_all(std::move(both));

  ASSERT_NE(results[0].has_value(), results[1].has_value());
  EXPECT_EQ(refusal_of(results[0] ? results[1] : results[0]), Refusal::used);
  EXPECT_TRUE(password_is(results[0] ? "New-Secret-1" : "New-Secret-2"));
  EXPECT_EQ(event_types(), (std::vector<std::string>{"scpr", "scp", "fcp"}));
}

TEST_F(AccountRecoveryTest, AChangeBurnsTheOtherLinksToo) {
  check(request("ada@example.com"));
  check(request("ada@example.com"));
  const auto secrets = mailed_secrets();
  ASSERT_EQ(secrets.size(), 2u);
  ASSERT_TRUE(change(secrets[0], "New-Secret-1"));

  EXPECT_EQ(refusal_of(change(secrets[1], "New-Secret-2")), Refusal::used);
}

TEST_F(AccountRecoveryTest, LinksExpireAfterFiveDays) {
  const auto secret = reset_secret();
  clock.advance(std::chrono::days(5) + std::chrono::seconds(1));

  EXPECT_EQ(refusal_of(change(secret, "New-Secret-1")), Refusal::expired);
}

TEST_F(AccountRecoveryTest, InventedSecretsAreExpiredOnes) {
  for (const std::string& secret : {std::string(), std::string("x"), std::string(43, 'A'), std::string(100'000, 'A')})
    EXPECT_EQ(refusal_of(change(secret, "New-Secret-1")), Refusal::expired);
}

TEST_F(AccountRecoveryTest, AWeakPasswordLeavesTheLinkUsable) {
  const auto secret = reset_secret();

  const auto weak = change(secret, "weak");

  EXPECT_EQ(refusal_of(weak), Refusal::weak_password);
  EXPECT_FALSE(weak.error().verdict.policy.empty());
  EXPECT_TRUE(change(secret, "New-Secret-1"));
}

TEST_F(AccountRecoveryTest, ALinkToAnAddressThatIsNoLongerTheUsersIsVoid) {
  const auto secret = reset_secret();
  write([&](store::Transaction& transaction) -> base::Result<void> {
    auto moved = users.update_in(transaction, tenant_id, ada.key, {{"email", "new@example.com"}});
    if (!moved) return base::pass_on(moved);
    return {};
  });

  EXPECT_EQ(refusal_of(change(secret, "New-Secret-1")), Refusal::mismatch);
  EXPECT_TRUE(password_is("Secret-123"));
}

TEST_F(AccountRecoveryTest, ALinkOfOneKindDoesNotDoTheOthersWork) {
  const auto verification = verification_secret();
  EXPECT_EQ(refusal_of(change(verification, "New-Secret-1")), Refusal::mismatch);

  const auto reset = reset_secret();
  EXPECT_EQ(refusal_of(run(recovery.verify_email(context(), reset))), Refusal::mismatch);
}

TEST_F(AccountRecoveryTest, AChangeEndsEverySessionAndTellsTheApplications) {
  const auto made = context();
  model::Session session;
  write([&](store::Transaction& transaction) -> base::Result<void> {
    auto started = session_service.start_in(transaction, made, ada, {"pwd"}, std::nullopt);
    if (!started) return base::pass_on(started);
    session = *started;
    session.clients.push_back(model::ClientId{std::string(kClient)});
    if (auto stored = sessions.put_in(transaction, tenant_id, session); !stored) return stored;
    model::RefreshFamily family;
    family.id = model::FamilyId{"family-1"};
    family.user = ada.key;
    family.client = model::ClientId{std::string(kClient)};
    family.session = session.id;
    return families.create_in(transaction, tenant_id, family);
  });
  const auto cookie = session_service.cookie(made, session);
  ASSERT_TRUE(run(session_service.find(made, cookie)));

  ASSERT_TRUE(change(reset_secret(), "New-Secret-1"));

  EXPECT_FALSE(run(session_service.find(made, cookie)));
  EXPECT_TRUE(must(run(families.find(tenant_id, model::FamilyId{"family-1"}))).revoked);
  const auto logouts = jobs("backchannel_logout");
  ASSERT_EQ(logouts.size(), 1u);
  EXPECT_EQ(base::get_string_or(logouts.front().body, "sid"), session.id.value);
  EXPECT_EQ(base::get_string_or(logouts.front().body, "url"), "https://app.example.net/logout");
}

TEST_F(AccountRecoveryTest, AChangeLiftsTheBlockOfWhoGuessed) {
  const auto made = context();
  const auto sign_in = [&](const std::string& password) {
    return run(logins.check(made, client(made), connection(made), "ada@example.com", password));
  };
  for (int i = 0; i < 10; ++i) ASSERT_FALSE(sign_in("Wrong-123"));
  ASSERT_EQ(sign_in("Secret-123").error(), LoginRefusal::too_many_attempts);

  ASSERT_TRUE(change(reset_secret(), "New-Secret-1"));

  EXPECT_TRUE(sign_in("New-Secret-1"));
}

TEST_F(AccountRecoveryTest, OneMailboxIsNotFloodedUnlessLimitsAreOff) {
  for (int i = 0; i < 12; ++i) EXPECT_TRUE(request("ada@example.com"));
  EXPECT_EQ(jobs("mail").size(), 10u);

  clock.advance(std::chrono::minutes(1));
  EXPECT_TRUE(request("ADA@example.com"));
  EXPECT_TRUE(request("ada@example.com"));
  EXPECT_EQ(jobs("mail").size(), 1u);

  AccountRecovery unlimited(*database, users, tickets, hashes, mail, logins, session_ending, clock, {.on = false});
  const auto made = context();
  for (int i = 0; i < 12; ++i)
    check(run(unlimited.request_reset(made, connection(made), model::ClientId{}, "ada@example.com")));
  EXPECT_EQ(jobs("mail").size(), 12u);
}

TEST_F(AccountRecoveryTest, AVerificationLinkVerifiesOnce) {
  const auto secret = verification_secret();

  ASSERT_TRUE(run(recovery.verify_email(context(), secret)));

  EXPECT_TRUE(reread().email_verified);
  EXPECT_EQ(refusal_of(run(recovery.verify_email(context(), secret))), Refusal::used);
  EXPECT_EQ(event_types(), std::vector<std::string>{"sv"});
}

TEST_F(AccountRecoveryTest, ALostStoreIsNoExpiredLink) {
  const auto secret = reset_secret();
  const auto made = context();
  database->down = true;

  EXPECT_EQ(refusal_of(run(recovery.change_password(made, secret, "New-Secret-1"))), Refusal::unavailable);
  EXPECT_EQ(refusal_of(run(recovery.verify_email(made, secret))), Refusal::unavailable);
  EXPECT_FALSE(run(recovery.request_reset(made, connection(made), model::ClientId{}, "ada@example.com")));
}

TEST_F(AccountRecoveryTest, TheStoreNeverSeesTheSecretOfALink) {
  check(request("ada@example.com"));
  const auto queued = jobs("mail");
  ASSERT_EQ(queued.size(), 1u);
  const auto link = must(jobs::mail_of_job(queued.front(), keys)).link;
  const auto secret = link.substr(link.find("ticket=") + 7);

  EXPECT_TRUE(link.starts_with("https://acme.id.example.com:8443/u/reset-verify?ticket="));
  EXPECT_EQ(secret.size(), 43u);
  EXPECT_EQ(base::json::serialize(queued.front().body).find(secret), std::string::npos);
  const auto rows = must(run(database->page(tenant_id, store::Kind::ticket, "", 10))).rows;
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_NE(rows.front().key.id, secret);
  EXPECT_EQ(base::json::serialize(rows.front().document()).find(secret), std::string::npos);
}

}  // namespace
}  // namespace cardea::identity
