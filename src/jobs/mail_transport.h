#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/async.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"

namespace cardea::jobs {

// A message on its way, with the addresses of its envelope (RFC 5321 §2.3.1).
struct OutgoingMessage {
  std::string id;    // [A-Za-z0-9]{1,64}
  std::string from;  // addr-spec, checked by Mailbox::parse
  std::string to;
  std::string message;  // RFC 5322, CRLF
};

// Where mails go.
class MailTransport {
 public:
  virtual ~MailTransport() = default;
  // Done when the next mail server has taken it. unavailable: later perhaps. denied: this message never. invalid: an
  // address that cannot stand in a command. Resumes on the caller's executor.
  virtual base::awaitable<base::Result<void>> send(OutgoingMessage message) = 0;
};

struct SmtpOptions {
  // `mail.smtp_url`: smtp://[user:password@]host[:port][?tls=required|try|none] or smtps://…. Over smtp STARTTLS is
  // `required` when there is a password and the host is not this machine, else `try`.
  std::string url;
  base::Duration timeout = std::chrono::seconds(30);  // of one mail
  std::size_t threads = 2;                            // each with a connection that is kept
  std::size_t max_queued = 256;                       // more than that are unavailable at once
};

// Speaks SMTP by libcurl on threads of its own. The address is the operator's, so no egress guard stands before it.
// invalid: the URL. Destroying it ends what waits with unavailable; do that before the callers' io_contexts are gone.
base::Result<std::unique_ptr<MailTransport>> open_smtp_transport(SmtpOptions options);

// Puts each mail into a file <id>.eml (mode 0600) of `folder`, which is made when it is missing. Says so once in the
// log. For machines without a mail server. invalid: the folder cannot be made or written.
base::Result<std::unique_ptr<MailTransport>> open_folder_transport(const std::string& folder, base::Log& log);

}  // namespace cardea::jobs
