#include "app/background.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "oauth/logout_token.h"

namespace cardea::app {
namespace {

constexpr auto kSweepInterval = std::chrono::seconds(30);
constexpr std::size_t kSweepBatch = 500;
constexpr auto kRoleInterval = std::chrono::seconds(1);

base::Result<std::unique_ptr<jobs::MailTransport>> open_transport(Foundation& f) {
  if (!f.config.smtp_url.empty()) return jobs::open_smtp_transport({.url = f.config.smtp_url});
  const auto folder = f.config.mail_folder.empty() ? std::string("mail") : f.config.mail_folder;
  return jobs::open_folder_transport(folder, *f.log);
}

}  // namespace

base::Result<std::unique_ptr<Background>> Background::open(Foundation& f, boost::asio::io_context& context) {
  auto from = jobs::Mailbox::parse(f.config.mail_from);
  if (!from) return base::fail(base::Errc::invalid, "mail.from: " + from.error().reason);
  auto transport = open_transport(f);
  if (!transport) return base::fail(base::Errc::invalid, "mail: " + transport.error().reason);
  auto guard = http::EgressGuard::parse(f.config.egress_allow);
  if (!guard) return base::fail(base::Errc::invalid, "egress.allow: " + guard.error().reason);
  return std::unique_ptr<Background>(
      new Background(f, context, std::move(*transport), std::move(*from),
                     http::open_client({.ca_file = f.config.egress_ca_file}, std::move(*guard))));
}

Background::Background(Foundation& f, boost::asio::io_context& context, std::unique_ptr<jobs::MailTransport> transport,
                       jobs::Mailbox from, std::unique_ptr<http::Client> outgoing)
    : foundation_(f),
      context_(context),
      transport_(std::move(transport)),
      mailer_(*transport_, *f.tenants, f.keys, f.clock, std::move(from)),
      outgoing_(std::move(outgoing)),
      backchannel_(*outgoing_, *f.database, [this](model::Job job) { return logout_token(std::move(job)); }),
      mail_worker_(*f.database, mailer_.handler(), f.clock, f.random, *f.log, jobs::Mailer::worker_options()),
      logout_worker_(*f.database, backchannel_.handler(), f.clock, f.random, *f.log,
                     jobs::BackchannelLogout::worker_options()),
      follower_(
          "tenant-directory", store::Follower::From::now, *f.database, store::make_alarm(context.get_executor()),
          *f.log, [this](std::vector<store::FeedEntry> entries) { return follow(std::move(entries)); },
          store::Follower::Wake::by_poll),  // the directory listens to this process's commits
      sweep_alarm_(store::make_alarm(context.get_executor())),
      role_alarm_(store::make_alarm(context.get_executor())),
      ended_(store::make_alarm(context.get_executor())) {}

Background::~Background() = default;

void Background::start() {
  mail_worker_.start(context_);
  logout_worker_.start(context_);
  running_ = 3;
  const auto loop_ended = [this](std::exception_ptr error) {
    if (error) foundation_.log->error("a background loop ended by an exception");
    --running_;
    ended_->ring();
  };
  boost::asio::co_spawn(context_, follower_.run(), loop_ended);
  boost::asio::co_spawn(context_, sweep_until_stopped(), loop_ended);
  boost::asio::co_spawn(context_, watch_databases_until_stopped(), loop_ended);
}

base::awaitable<void> Background::sweep_until_stopped() {
  while (!stopping_) {
    const auto removed = co_await foundation_.database->sweep_expired(kSweepBatch);
    const auto forgotten = co_await forget_events();
    // A full batch means that there is more.
    const bool more = (removed && *removed >= kSweepBatch) || (forgotten && *forgotten >= kSweepBatch);
    if (!more && !stopping_) co_await sweep_alarm_->wait(kSweepInterval);
  }
}

base::awaitable<void> Background::watch_databases_until_stopped() {
  auto* standby = foundation_.standby;
  auto* replicas = foundation_.replicas.get();
  while ((standby != nullptr || replicas != nullptr) && !stopping_) {
    if (standby != nullptr) co_await standby->follow();
    if (replicas != nullptr) co_await replicas->follow();
    if (!stopping_) co_await role_alarm_->wait(kRoleInterval);
  }
}

base::awaitable<base::Result<std::size_t>> Background::forget_events() {
  const std::chrono::days kept(foundation_.config.events_days);
  if (kept.count() == 0) co_return std::size_t{0};
  co_return co_await foundation_.database->forget_events(foundation_.clock.now() - kept, kSweepBatch);
}

base::awaitable<base::Result<void>> Background::follow(std::vector<store::FeedEntry> entries) {
  for (const auto& entry : entries) foundation_.directory->changed(entry.key);
  co_return base::Result<void>{};
}

base::awaitable<base::Result<std::string>> Background::logout_token(model::Job job) {
  const auto tenant = co_await foundation_.directory->find(job.tenant);
  if (!tenant) co_return base::pass_on(tenant);
  co_return oauth::make_logout_token(**tenant, job.body, foundation_.clock.now(), foundation_.random);
}

base::awaitable<void> Background::stop() {
  co_await mail_worker_.stop();
  co_await logout_worker_.stop();
  follower_.stop();
  boost::asio::post(context_, [this] {
    stopping_ = true;
    sweep_alarm_->ring();
    role_alarm_->ring();
  });
  co_await boost::asio::co_spawn(
      context_,
      [](Background* self) -> base::awaitable<void> {
        while (self->running_ > 0) co_await self->ended_->wait(std::chrono::seconds(1));
      }(this),
      boost::asio::use_awaitable_t<base::Executor>());
}

}  // namespace cardea::app
