#include <curl/curl.h>

#include <atomic>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/percent.h"
#include "base/url.h"
#include "jobs/mail_message.h"
#include "jobs/mail_transport.h"

namespace cardea::jobs {
namespace {

namespace asio = boost::asio;
using base::Errc;
using base::Result;

struct Server {
  std::string url;  // without credentials
  std::string user, password;
  long use_ssl = CURLUSESSL_TRY;
};

std::optional<long> tls_mode(std::string_view query) {
  if (query == "tls=required") return CURLUSESSL_ALL;
  if (query == "tls=try") return CURLUSESSL_TRY;
  if (query == "tls=none") return CURLUSESSL_NONE;
  return std::nullopt;
}

Result<Server> parse_server(const std::string& text) {
  const auto url = base::Url::parse(text);
  // The text holds a password: it stays out of the reason.
  if (!url || url->host.empty() || (url->scheme != "smtp" && url->scheme != "smtps"))
    return base::fail(Errc::invalid, "mail.smtp_url must be smtp://host[:port] or smtps://host[:port]");
  Server server;
  server.url = url->scheme + "://" + (url->is_ipv6 ? "[" + url->host + "]" : url->host);
  if (url->has_port) server.url += ":" + std::to_string(url->port);

  const auto colon = url->user_info.find(':');
  const auto user = base::percent_decode(std::string_view(url->user_info).substr(0, colon));
  const auto password = colon == std::string::npos
                            ? std::optional<std::string>("")
                            : base::percent_decode(std::string_view(url->user_info).substr(colon + 1));
  if (!user || !password) return base::fail(Errc::invalid, "mail.smtp_url: user and password must be percent-encoded");
  server.user = *user;
  server.password = *password;

  server.use_ssl = !server.password.empty() && !url->is_loopback() ? CURLUSESSL_ALL : CURLUSESSL_TRY;
  if (url->query) {
    const auto asked = tls_mode(*url->query);
    if (!asked) return base::fail(Errc::invalid, "mail.smtp_url: only ?tls=required, try or none is understood");
    server.use_ssl = *asked;
  }
  if (url->scheme == "smtps") server.use_ssl = CURLUSESSL_ALL;
  return server;
}

// One connection that is kept between mails. One thread.
class Connection {
 public:
  Connection(const Server& server, base::Duration timeout, const std::atomic<bool>& stopping)
      : handle_(curl_easy_init()), stopping_(stopping) {
    if (!handle_) return;
    curl_easy_setopt(handle_, CURLOPT_URL, server.url.c_str());
    curl_easy_setopt(handle_, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(handle_, CURLOPT_PROXY, "");
    curl_easy_setopt(handle_, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle_, CURLOPT_USE_SSL, server.use_ssl);
    curl_easy_setopt(handle_, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
    curl_easy_setopt(handle_, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(timeout.count() / 3));
    curl_easy_setopt(handle_, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(handle_, CURLOPT_READFUNCTION, &Connection::read);
    curl_easy_setopt(handle_, CURLOPT_READDATA, this);
    curl_easy_setopt(handle_, CURLOPT_WRITEFUNCTION, &Connection::drop);
    curl_easy_setopt(handle_, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(handle_, CURLOPT_XFERINFOFUNCTION, &Connection::progress);
    curl_easy_setopt(handle_, CURLOPT_XFERINFODATA, this);
    if (!server.user.empty()) {
      curl_easy_setopt(handle_, CURLOPT_USERNAME, server.user.c_str());
      curl_easy_setopt(handle_, CURLOPT_PASSWORD, server.password.c_str());
    }
  }
  ~Connection() {
    if (handle_) curl_easy_cleanup(handle_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Result<void> send(const OutgoingMessage& message) {
    if (!handle_) return base::fail(Errc::unavailable, "libcurl has no memory");
    const auto from = "<" + message.from + ">";
    const auto to = "<" + message.to + ">";
    curl_slist* recipients = curl_slist_append(nullptr, to.c_str());
    rest_ = message.message;
    curl_easy_setopt(handle_, CURLOPT_MAIL_FROM, from.c_str());
    curl_easy_setopt(handle_, CURLOPT_MAIL_RCPT, recipients);
    const auto code = curl_easy_perform(handle_);
    curl_easy_setopt(handle_, CURLOPT_MAIL_RCPT, nullptr);
    curl_slist_free_all(recipients);
    return judge(code);
  }

 private:
  // A 5xx for this sender, recipient or content is final (RFC 5321 §4.2.1). One for the connection or the log-in is the
  // operator's to repair, and the mail waits for it.
  Result<void> judge(CURLcode code) const {
    if (code == CURLE_OK) return {};
    long status = 0;
    curl_off_t uploaded = 0;
    curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(handle_, CURLINFO_SIZE_UPLOAD_T, &uploaded);
    auto reason = "SMTP: " + std::string(curl_easy_strerror(code));
    if (status > 0) reason += ", last answer " + std::to_string(status);
    const bool of_this_mail = code == CURLE_SEND_ERROR || uploaded > 0;
    const bool final = of_this_mail && code != CURLE_LOGIN_DENIED && status >= 500 && status < 600;
    return base::fail(final ? Errc::denied : Errc::unavailable, std::move(reason));
  }

  static std::size_t read(char* out, std::size_t size, std::size_t count, void* self) {
    auto& rest = static_cast<Connection*>(self)->rest_;
    const auto length = std::min(size * count, rest.size());
    std::memcpy(out, rest.data(), length);
    rest.remove_prefix(length);
    return length;
  }
  static std::size_t drop(char*, std::size_t size, std::size_t count, void*) { return size * count; }
  static int progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<Connection*>(self)->stopping_ ? 1 : 0;
  }

  CURL* const handle_;
  const std::atomic<bool>& stopping_;
  std::string_view rest_;
};

class SmtpTransport final : public MailTransport {
 public:
  SmtpTransport(Server server, SmtpOptions options) : server_(std::move(server)), options_(std::move(options)) {
    for (std::size_t i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { work(); });
  }

  ~SmtpTransport() override {
    stopping_ = true;
    std::deque<Task> unsent;
    {
      const std::scoped_lock lock(mutex_);
      unsent.swap(tasks_);
    }
    wake_.notify_all();
    for (auto& task : unsent) task.done(base::fail(Errc::unavailable, "the mail transport stops"));
    for (auto& thread : threads_) thread.join();
  }

  base::awaitable<Result<void>> send(OutgoingMessage message) override {
    if (!Mailbox::parse(message.from) || !Mailbox::parse(message.to))
      co_return base::fail(Errc::invalid, "a mail with a bad address");
    co_return co_await submit(std::move(message));
  }

 private:
  struct Task {
    OutgoingMessage message;
    std::move_only_function<void(Result<void>)> done;
  };

  base::awaitable<Result<void>> submit(OutgoingMessage message) {
    using Token = asio::use_awaitable_t<base::Executor>;
    return asio::async_initiate<const Token, void(Result<void>)>(
        [this](auto handler, OutgoingMessage mail) {
          const auto executor = asio::get_associated_executor(handler);
          Task task{std::move(mail), [executor, guard = asio::make_work_guard(executor),
                                      handler = std::move(handler)](Result<void> result) mutable {
                      // The guard ends on the caller's thread: once the answer is there, the context may be gone.
                      asio::post(executor, [guard = std::move(guard), handler = std::move(handler),
                                            result = std::move(result)]() mutable {
                        guard.reset();
                        std::move(handler)(std::move(result));
                      });
                    }};
          admit(std::move(task));
        },
        Token(), std::move(message));
  }

  void admit(Task task) {
    {
      const std::scoped_lock lock(mutex_);
      if (!stopping_ && tasks_.size() < options_.max_queued) {
        tasks_.push_back(std::move(task));
        wake_.notify_one();
        return;
      }
    }
    task.done(base::fail(Errc::unavailable, "too many mails wait"));
  }

  void work() {
    Connection connection(server_, options_.timeout, stopping_);
    while (auto task = next()) task->done(connection.send(task->message));
  }

  std::optional<Task> next() {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
    if (tasks_.empty()) return std::nullopt;
    auto task = std::move(tasks_.front());
    tasks_.pop_front();
    return task;
  }

  const Server server_;
  const SmtpOptions options_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> tasks_;
  std::vector<std::thread> threads_;
};

}  // namespace

Result<std::unique_ptr<MailTransport>> open_smtp_transport(SmtpOptions options) {
  auto server = parse_server(options.url);
  if (!server) return base::pass_on(server);
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (initialised != CURLE_OK) return base::fail(Errc::invalid, "libcurl cannot be used");
  return std::make_unique<SmtpTransport>(std::move(*server), std::move(options));
}

}  // namespace cardea::jobs
