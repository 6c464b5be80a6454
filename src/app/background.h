#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "app/foundation.h"
#include "base/async.h"
#include "base/result.h"
#include "http/client.h"
#include "jobs/backchannel_logout.h"
#include "jobs/mailer.h"
#include "jobs/worker.h"
#include "store/alarm.h"
#include "store/follower.h"

namespace cardea::app {

// What a node does beside answering requests: sending mails, back-channel logout, following the changes of other nodes,
// removing what has expired.
class Background {
 public:
  // invalid: a wrong mail or egress setting. `context` is run by somebody else, on one thread; all must outlive stop().
  static base::Result<std::unique_ptr<Background>> open(Foundation& foundation, boost::asio::io_context& context);
  ~Background();

  void start();
  // Takes no more work; done when nothing is under way any more. On any executor.
  base::awaitable<void> stop();

 private:
  Background(Foundation& foundation, boost::asio::io_context& context, std::unique_ptr<jobs::MailTransport> transport,
             jobs::Mailbox from, std::unique_ptr<http::Client> outgoing);

  base::awaitable<void> sweep_until_stopped();
  // Looks whether the database of a standby was promoted, and how far replicas are.
  base::awaitable<void> watch_databases_until_stopped();
  base::awaitable<base::Result<std::size_t>> forget_events();
  base::awaitable<base::Result<void>> follow(std::vector<store::FeedEntry> entries);
  base::awaitable<base::Result<std::string>> logout_token(model::Job job);

  Foundation& foundation_;
  boost::asio::io_context& context_;
  std::unique_ptr<jobs::MailTransport> transport_;
  jobs::Mailer mailer_;
  std::unique_ptr<http::Client> outgoing_;
  jobs::BackchannelLogout backchannel_;
  jobs::Worker mail_worker_;
  jobs::Worker logout_worker_;
  store::Follower follower_;
  std::shared_ptr<store::Alarm> sweep_alarm_, role_alarm_;
  std::shared_ptr<store::Alarm> ended_;
  bool stopping_ = false;  // context_'s thread only
  int running_ = 0;        // loops under way; context_'s thread only
};

}  // namespace cardea::app
