#include <gtest/gtest.h>

#include "jobs/mail_transport.h"
#include "tests/jobs/smtp_sink.h"
#include "tests/store_contract/wait.h"

namespace cardea::jobs {
namespace {

using base::Errc;
using store::wait;

struct SmtpTransportTest : testing::Test {
  static std::unique_ptr<MailTransport> open(std::string url, std::size_t threads = 1) {
    auto opened = open_smtp_transport({.url = std::move(url), .timeout = std::chrono::seconds(5), .threads = threads});
    EXPECT_TRUE(opened) << (opened ? "" : opened.error().reason);
    return std::move(*opened);
  }
  static OutgoingMessage message(std::string text = "Subject: hi\r\n\r\nhello\r\n") {
    return {"ID1", "login@example.com", "ada@example.net", std::move(text)};
  }
  // The error of one mail that the sink answers in this way.
  static Errc error_when(std::string command, std::string answer) {
    SmtpSink sink;
    sink.answer = [=](std::string_view line) { return line.starts_with(command) ? answer : std::string(); };
    const auto sent = wait(open(sink.url())->send(message()));
    EXPECT_FALSE(sent) << command << " " << answer;
    EXPECT_TRUE(sink.received().empty());
    return sent ? Errc::conflict : sent.error().code;
  }
};

TEST_F(SmtpTransportTest, HandsOverTheMessageAsItIs) {
  SmtpSink sink;
  const auto transport = open(sink.url());

  ASSERT_TRUE(wait(transport->send(message("Subject: hi\r\n\r\n.leading dot\r\nå\r\n"))));

  const auto received = sink.received();
  ASSERT_EQ(received.size(), 1u);
  EXPECT_TRUE(received[0].from.starts_with("<login@example.com>"));
  EXPECT_TRUE(received[0].to.starts_with("<ada@example.net>"));
  EXPECT_EQ(received[0].message, "Subject: hi\r\n\r\n.leading dot\r\nå\r\n");
}

TEST_F(SmtpTransportTest, KeepsItsConnectionBetweenMails) {
  SmtpSink sink;
  const auto transport = open(sink.url());
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(wait(transport->send(message())));

  EXPECT_EQ(sink.received().size(), 3u);
  EXPECT_EQ(sink.connections(), 1);
}

TEST_F(SmtpTransportTest, TemporaryAnswersMeanLater) {
  EXPECT_EQ(error_when("MAIL", "451 busy"), Errc::unavailable);
  EXPECT_EQ(error_when("RCPT", "450 mailbox busy"), Errc::unavailable);
  EXPECT_EQ(error_when(".", "452 no room"), Errc::unavailable);
}

TEST_F(SmtpTransportTest, PermanentAnswersMeanNever) {
  EXPECT_EQ(error_when("MAIL", "553 not from you"), Errc::denied);
  EXPECT_EQ(error_when("RCPT", "550 no such mailbox"), Errc::denied);
  EXPECT_EQ(error_when(".", "554 looks like spam"), Errc::denied);
}

TEST_F(SmtpTransportTest, AServerThatRefusesEverybodyMayTakeItLater) {
  EXPECT_EQ(error_when("greeting", "554 go away"), Errc::unavailable);
  EXPECT_EQ(error_when("greeting", "421 closing"), Errc::unavailable);
  EXPECT_EQ(error_when("greeting", "hang up"), Errc::unavailable);
  EXPECT_EQ(error_when(".", "hang up"), Errc::unavailable);
}

TEST_F(SmtpTransportTest, NobodyListeningIsUnavailable) {
  std::string url;
  {
    const SmtpSink gone;
    url = gone.url();
  }

  const auto sent = wait(open(url)->send(message()));

  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Errc::unavailable);
}

TEST_F(SmtpTransportTest, TlsThatIsRequiredIsNotDoneWithout) {
  SmtpSink sink;  // offers no STARTTLS

  const auto sent = wait(open(sink.url() + "?tls=required")->send(message()));

  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Errc::unavailable);
  EXPECT_TRUE(sink.received().empty());
}

TEST_F(SmtpTransportTest, AddressesCannotSmuggleCommands) {
  SmtpSink sink;
  const auto transport = open(sink.url());
  for (const std::string& address : {std::string("a@b.c>\r\nRCPT TO:<x@y.z"), std::string("a@b.c\nDATA"),
                                     std::string("a b@c.d"), std::string(), std::string("a@b.c> SIZE=1")}) {
    auto hostile = message();
    hostile.to = address;
    const auto sent = wait(transport->send(hostile));
    ASSERT_FALSE(sent) << address;
    EXPECT_EQ(sent.error().code, Errc::invalid);
  }
  EXPECT_EQ(sink.connections(), 0);
}

TEST_F(SmtpTransportTest, UrlsAreCheckedAndTheirPasswordsStayOutOfErrors) {
  for (const std::string& url : {std::string("http://mail.example.com"), std::string("mail.example.com:25"),
                                 std::string(), std::string("smtp://user:hush-hush@mail.example.com?tls=maybe"),
                                 std::string("smtp://user:hush-hush%zz@mail.example.com")}) {
    const auto opened = open_smtp_transport({.url = url});
    ASSERT_FALSE(opened) << url;
    EXPECT_EQ(opened.error().code, Errc::invalid);
    EXPECT_EQ(opened.error().reason.find("hush"), std::string::npos);
  }
  EXPECT_TRUE(open_smtp_transport({.url = "smtps://us%40er:p%3Aw@mail.example.com:465"}));
  EXPECT_TRUE(open_smtp_transport({.url = "smtp://[::1]:2525?tls=none"}));
}

TEST_F(SmtpTransportTest, AFullQueueIsUnavailableAtOnce) {
  auto opened = open_smtp_transport({.url = "smtp://127.0.0.1:9", .threads = 0, .max_queued = 0});
  ASSERT_TRUE(opened);

  const auto sent = wait((*opened)->send(message()));

  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Errc::unavailable);
}

}  // namespace
}  // namespace cardea::jobs
