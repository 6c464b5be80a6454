#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "jobs/mail_template.h"

namespace cardea::jobs {

// Somebody's mail address with the name that mail programs show (RFC 5322 §3.4).
struct Mailbox {
  std::string name;     // UTF-8; may be empty
  std::string address;  // addr-spec, ASCII

  // `Name <a@b>`, `"Name" <a@b>` or `a@b`. invalid: no address, control characters, or an address with more than
  // ASCII letters, digits and the signs of atoms: it goes into SMTP commands.
  static base::Result<Mailbox> parse(std::string_view text);
};

// A mail that is ready to be sent.
struct Letter {
  std::string id;  // [A-Za-z0-9]{1,64}: becomes the Message-ID, the same at every attempt
  Mailbox from;
  Mailbox to;
  base::Time date;
  Mail content;
};

// The message in text (RFC 5322, lines end with CRLF): multipart/alternative of plain text and HTML, UTF-8 in encoded
// words (RFC 2047). Whatever the fields hold, a header line stays one header.
// invalid: an id or address that does not fit.
base::Result<std::string> to_message(const Letter& letter);

}  // namespace cardea::jobs
