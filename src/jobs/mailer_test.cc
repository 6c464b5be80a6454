#include "jobs/mailer.h"

#include <gtest/gtest.h>

#include "base/fake_clock.h"
#include "jobs/mail_job.h"
#include "store/open.h"
#include "tests/store_contract/wait.h"

namespace cardea::jobs {
namespace {

using base::Errc;
using base::Result;
using store::wait;

class Outbox final : public MailTransport {
 public:
  base::awaitable<Result<void>> send(OutgoingMessage message) override {
    if (refusal) co_return base::fail(*refusal, "as the test wants it");
    sent.push_back(std::move(message));
    co_return Result<void>{};
  }
  std::vector<OutgoingMessage> sent;
  std::optional<Errc> refusal;
};

class MailerTest : public testing::Test {
 protected:
  MailerTest() {
    EXPECT_TRUE(wait(tenants.prepare()));
    tenant = wait(tenants.create("acme", {}))->id;
  }

  MailJob reset_mail() {
    MailJob mail;
    mail.id = "01MAIL";
    mail.to = "ada@example.net";
    mail.mail_template = "reset_password";
    mail.locale = "en";
    mail.variables = {
        {"email", "ada@example.net"}, {"user_name", "Ada"}, {"company_name", "Acme"}, {"expires_in", "5 days"}};
    mail.link = "https://id.example.com/u/reset-verify?ticket=SECRET";
    return mail;
  }
  model::Job job_of(const MailJob& mail) {
    auto job = to_job(mail, tenant, keys, clock.now());
    EXPECT_TRUE(job);
    return *job;
  }

  base::FakeClock clock;
  base::SeededRandom random{1};
  base::NullLog log;
  store::TenantKeys keys{crypto::SealKey::from_bytes(std::string(32, 'k')), random};
  std::unique_ptr<store::Database> database = store::open_memory({clock, random, log, keys, 7});
  store::Tenants tenants{*database, keys, random};
  model::TenantId tenant;
  Outbox outbox;
  Mailer mailer{outbox, tenants, keys, clock, {"Acme", "login@acme.example"}};
};

TEST_F(MailerTest, WritesAndSendsTheMail) {
  ASSERT_TRUE(wait(mailer.run(job_of(reset_mail()))));

  ASSERT_EQ(outbox.sent.size(), 1u);
  const auto& mail = outbox.sent.front();
  EXPECT_EQ(mail.id, "01MAIL");
  EXPECT_EQ(mail.from, "login@acme.example");
  EXPECT_EQ(mail.to, "ada@example.net");
  EXPECT_NE(mail.message.find("https://id.example.com/u/reset-verify?ticket"), std::string::npos);
  EXPECT_NE(mail.message.find("From: \"Acme\" <login@acme.example>"), std::string::npos);
  EXPECT_NE(mail.message.find("\r\nSubject: "), std::string::npos);
}

TEST_F(MailerTest, TheLinkIsSealedInTheJobAndBoundToItsTenant) {
  auto job = job_of(reset_mail());
  EXPECT_EQ(base::json::serialize(job.body).find("SECRET"), std::string::npos);
  ASSERT_TRUE(mail_of_job(job, keys));
  EXPECT_EQ(mail_of_job(job, keys)->link, reset_mail().link);

  job.tenant = wait(tenants.create("other", {}))->id;
  EXPECT_FALSE(mail_of_job(job, keys));
  job.tenant = tenant;
  job.body["sealed_link"] = "AAAA";
  EXPECT_FALSE(mail_of_job(job, keys));
}

TEST_F(MailerTest, LearnsTheTenantsKeyAfterARestart) {
  const auto job = job_of(reset_mail());
  store::TenantKeys fresh{crypto::SealKey::from_bytes(std::string(32, 'k')), random};
  store::Tenants reopened(*database, fresh, random);
  Mailer after_restart(outbox, reopened, fresh, clock, {"", "login@acme.example"});
  ASSERT_FALSE(fresh.knows(tenant));

  EXPECT_TRUE(wait(after_restart.run(job)));

  EXPECT_EQ(outbox.sent.size(), 1u);
}

TEST_F(MailerTest, JobsThatCanNeverBeSentAreFinal) {
  auto unknown_template = reset_mail();
  unknown_template.mail_template = "no_such_mail";
  auto hostile_recipient = reset_mail();
  hostile_recipient.to = "a@b.c\r\nBcc: d@e.f";
  auto no_id = reset_mail();
  no_id.id = "";
  for (const auto& mail : {unknown_template, hostile_recipient, no_id}) {
    const auto done = wait(mailer.run(job_of(mail)));
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Errc::invalid);
  }
  model::Job empty;
  empty.tenant = tenant;
  EXPECT_FALSE(wait(mailer.run(empty)));
  EXPECT_TRUE(outbox.sent.empty());
}

TEST_F(MailerTest, WhatTheTransportSaysDecidesOverRetries) {
  outbox.refusal = Errc::unavailable;
  EXPECT_EQ(wait(mailer.run(job_of(reset_mail()))).error().code, Errc::unavailable);
  outbox.refusal = Errc::denied;
  EXPECT_EQ(wait(mailer.run(job_of(reset_mail()))).error().code, Errc::denied);
}

TEST_F(MailerTest, AMailThatIsGivenUpLeavesAnEventWithoutItsWords) {
  const auto job = job_of(reset_mail());

  const auto event = Mailer::worker_options().obituary(job, {Errc::denied, "550"}, clock.now());

  ASSERT_TRUE(event);
  EXPECT_EQ(event->type, "fn");
  EXPECT_EQ(event->tenant, tenant);
  const auto text = base::json::serialize(event->body);
  EXPECT_NE(text.find("ada@example.net"), std::string::npos);
  EXPECT_EQ(text.find("ticket"), std::string::npos);
}

}  // namespace
}  // namespace cardea::jobs
