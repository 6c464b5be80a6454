#include "jobs/mail_message.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace cardea::jobs {
namespace {

Letter letter() {
  return {"01ABC",
          {"Acme", "login@acme.example"},
          {"", "ada@example.net"},
          base::from_seconds(1'769'853'600),  // 2026-01-31 10:00:00
          {"Hello", "Plain text\nwith https://id.example.com/u/reset-verify?ticket=abc_-\n", "<p>HTML</p>\n"}};
}

std::string text_of(const Letter& from) {
  auto message = to_message(from);
  EXPECT_TRUE(message) << (message ? "" : message.error().reason);
  return message ? *message : "";
}

// The header section, and nothing of the body.
std::string head_of(const Letter& from) {
  const auto text = text_of(from);
  return text.substr(0, text.find("\r\n\r\n") + 2);
}

bool has_line(const std::string& text, const std::string& line) {
  return ("\r\n" + text).find("\r\n" + line + "\r\n") != std::string::npos;
}

TEST(MailMessage, HasTheHeadersAndBothForms) {
  const auto text = text_of(letter());

  EXPECT_TRUE(has_line(text, "From: \"Acme\" <login@acme.example>"));
  EXPECT_TRUE(has_line(text, "To: ada@example.net"));
  EXPECT_TRUE(has_line(text, "Subject: Hello"));
  EXPECT_TRUE(has_line(text, "Date: Sat, 31 Jan 2026 10:00:00 +0000"));
  EXPECT_TRUE(has_line(text, "Message-ID: <01ABC@acme.example>"));
  EXPECT_TRUE(has_line(text, "MIME-Version: 1.0"));
  EXPECT_TRUE(has_line(text, "Content-Type: text/plain; charset=utf-8"));
  EXPECT_TRUE(has_line(text, "with https://id.example.com/u/reset-verify?ticket=abc_-"));
  EXPECT_TRUE(has_line(text, "Content-Type: text/html; charset=utf-8"));
  EXPECT_TRUE(has_line(text, "<p>HTML</p>"));
  EXPECT_TRUE(text.ends_with("--=_01ABC--\r\n"));
  EXPECT_LT(text.find("text/plain"), text.find("text/html"));
}

TEST(MailMessage, LineBreaksInFieldsAddNoHeaders) {
  auto hostile = letter();
  hostile.content.subject = "Hi\r\nBcc: victim@example.com\r\n\r\nbody";
  hostile.from.name = "Acme\"\r\nX-Evil: 1\n\0x";

  const auto head = head_of(hostile);

  EXPECT_EQ(head.find("\r\nBcc:"), std::string::npos);
  EXPECT_EQ(head.find("\r\nX-Evil"), std::string::npos);
  EXPECT_EQ(std::ranges::count(head, '\n'), std::ranges::count(head_of(letter()), '\n'));
}

TEST(MailMessage, QuotesInNamesDoNotEndThem) {
  auto tricky = letter();
  tricky.from.name = "A\"<evil@example.com>\\";

  EXPECT_TRUE(has_line(head_of(tricky), "From: \"A\\\"<evil@example.com>\\\\\" <login@acme.example>"));
}

TEST(MailMessage, WordsBeyondAsciiAreEncodedAndFoldedBetweenCharacters) {
  auto foreign = letter();
  foreign.content.subject = "Återställ ditt lösenord för Åkerlunds Bokhandel på nätet – gäller i fem dagar";
  foreign.from.name = "Åkerlund";

  const auto head = head_of(foreign);

  EXPECT_NE(head.find("From: =?UTF-8?B?w4VrZXJsdW5k?=\r\n <login@acme.example>\r\n"), std::string::npos);
  EXPECT_TRUE(std::ranges::all_of(head, [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
  for (std::size_t at = 0; at < head.size();) {
    const auto end = head.find("\r\n", at);
    EXPECT_LE(end - at, 78u + 10u) << head.substr(at, end - at);
    at = end + 2;
  }
}

TEST(MailMessage, ASubjectThatLooksEncodedIsEncoded) {
  auto tricky = letter();
  tricky.content.subject = "=?UTF-8?B?eA==?=";

  EXPECT_TRUE(has_line(head_of(tricky), "Subject: =?UTF-8?B?PT9VVEYtOD9CP2VBPT0/PQ==?="));
}

TEST(MailMessage, BodiesBeyondAsciiAreQuotedPrintableInShortLines) {
  auto foreign = letter();
  foreign.content.text = "Hej Åsa = snäll \n" + std::string(200, 'x') + "å\n";

  const auto text = text_of(foreign);

  EXPECT_TRUE(has_line(text, "Content-Transfer-Encoding: quoted-printable"));
  EXPECT_TRUE(has_line(text, "Hej =C3=85sa =3D sn=C3=A4ll=20"));
  EXPECT_TRUE(has_line(text, std::string(75, 'x') + "="));
  EXPECT_TRUE(std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
}

TEST(MailMessage, EveryLineEndsInCrlfWhateverComesIn) {
  auto mixed = letter();
  mixed.content.text = "a\nb\r\nc\rd\0e";
  mixed.content.html = "no end";

  const auto text = text_of(mixed);

  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') EXPECT_EQ(text[i - 1], '\r');
    if (text[i] == '\r') EXPECT_EQ(text[i + 1], '\n');
  }
}

TEST(MailMessage, IdsAndAddressesAreChecked) {
  auto bad_id = letter();
  bad_id.id = "x>\r\nBcc: a@b.c";
  auto bad_to = letter();
  bad_to.to.address = "a@b.c\r\nBcc: d@e.f";
  auto no_from = letter();
  no_from.from.address = "";

  for (const auto& bad : {bad_id, bad_to, no_from}) EXPECT_FALSE(to_message(bad));
}

TEST(Mailbox, ParsesWhatPeopleWrite) {
  struct Case {
    std::string text, name, address;
  };
  const std::vector<Case> good{{"a@b.c", "", "a@b.c"},
                               {"<a@b.c>", "", "a@b.c"},
                               {"Cardea <no-reply@localhost>", "Cardea", "no-reply@localhost"},
                               {"\"Acme, Inc.\" <login@acme.example>", "Acme, Inc.", "login@acme.example"},
                               {"Åkerlund <a@b.c>", "Åkerlund", "a@b.c"}};
  for (const auto& c : good) {
    const auto box = Mailbox::parse(c.text);
    ASSERT_TRUE(box) << c.text;
    EXPECT_EQ(box->name, c.name);
    EXPECT_EQ(box->address, c.address);
  }
  for (const std::string& bad :
       {std::string(), std::string("a"), std::string("@b"), std::string("a@"), std::string("a@b>"),
        std::string("x <a@b"), std::string("a@b\r\n"), std::string("ä@b.c"), std::string("a b@c.d")})
    EXPECT_FALSE(Mailbox::parse(bad)) << bad;
}

}  // namespace
}  // namespace cardea::jobs
