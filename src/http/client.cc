#include "http/client.h"

#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/url.h"

namespace cardea::http {
namespace {

namespace asio = boost::asio;
using Outcome = base::Result<OutgoingResponse>;
using Done = std::function<void(Outcome)>;

constexpr std::size_t kMaxHeaderBytes = 64 * 1024;

IpAddress to_ip(const sockaddr* address) {
  IpAddress out;
  if (address->sa_family == AF_INET) {
    out.v4 = true;
    out.bytes[10] = out.bytes[11] = 0xFF;
    std::memcpy(out.bytes.data() + 12, &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, 4);
    return out;
  }
  std::memcpy(out.bytes.data(), &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr, 16);
  return IpAddress::parse(out.to_string()).value_or(out);
}

// One call, from its start to the last redirect. Owned and used by the worker thread.
struct Call {
  OutgoingRequest request;
  Done done;
  base::Url url;
  const EgressGuard* guard = nullptr;  // nullptr: everything may be reached
  CURL* easy = nullptr;
  curl_slist* headers = nullptr;
  OutgoingResponse response;
  std::size_t header_bytes = 0;
  bool too_large = false;
  std::string refused;      // why the guard said no
  base::Duration spent{0};  // by the hops before this one

  ~Call() {
    curl_slist_free_all(headers);
    if (easy != nullptr) curl_easy_cleanup(easy);
  }
};

std::size_t on_header(char* data, std::size_t size, std::size_t count, void* argument) {
  auto& call = *static_cast<Call*>(argument);
  const std::string_view line(data, size * count);
  call.header_bytes += line.size();
  if (call.header_bytes > kMaxHeaderBytes) {
    call.too_large = true;
    return 0;
  }
  if (line.starts_with("HTTP/")) {  // 100 Continue and the like come before the real one
    call.response.headers.clear();
    return line.size();
  }
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return line.size();
  auto value = line.substr(colon + 1);
  while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
  while (!value.empty() && static_cast<unsigned char>(value.back()) <= ' ') value.remove_suffix(1);
  call.response.headers.add(line.substr(0, colon), value);
  return line.size();
}

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* argument) {
  auto& call = *static_cast<Call*>(argument);
  if (call.response.body.size() + size * count > call.request.max_response_bytes) {
    call.too_large = true;
    return 0;
  }
  call.response.body.append(data, size * count);
  return size * count;
}

// Here the address is final: names are resolved, nothing is between this check and connect().
curl_socket_t on_open_socket(void* argument, curlsocktype, curl_sockaddr* address) {
  auto& call = *static_cast<Call*>(argument);
  if (call.guard != nullptr) {
    if (address->family != AF_INET && address->family != AF_INET6) return CURL_SOCKET_BAD;
    auto port =
        ntohs(reinterpret_cast<const sockaddr_in*>(&address->addr)->sin_port);  // at the same place in sockaddr_in6
    if (auto allowed = call.guard->check(call.url.host, to_ip(&address->addr), port); !allowed) {
      call.refused = allowed.error().reason;
      return CURL_SOCKET_BAD;
    }
  }
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

class CurlClient final : public Client {
 public:
  CurlClient(ClientOptions options, std::optional<EgressGuard> guard)
      : options_(std::move(options)), guard_(std::move(guard)), multi_(curl_multi_init()), thread_([this] { run(); }) {}

  ~CurlClient() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    curl_multi_wakeup(multi_);
    thread_.join();
    curl_multi_cleanup(multi_);
  }

  base::awaitable<Outcome> send(OutgoingRequest request) override {
    const auto executor = co_await asio::this_coro::executor;
    co_return co_await asio::async_initiate<const asio::use_awaitable_t<base::Executor>, void(Outcome)>(
        [this, executor](auto handler, OutgoingRequest wanted) {
          auto shared = std::make_shared<decltype(handler)>(std::move(handler));
          submit(std::move(wanted), [shared, work = asio::make_work_guard(executor)](Outcome outcome) {
            asio::post(work.get_executor(),
                       [shared, outcome = std::move(outcome)]() mutable { (*shared)(std::move(outcome)); });
          });
        },
        kToken, std::move(request));
  }

 private:
  static constexpr asio::use_awaitable_t<base::Executor> kToken{};

  void submit(OutgoingRequest request, Done done) {
    auto url = base::Url::parse(request.url);
    if (!url || !url->is_http() || !url->user_info.empty())
      return done(base::fail(base::Errc::invalid, "not an http(s) URL to call"));
    auto call = std::make_unique<Call>();
    call->url = std::move(*url);
    call->request = std::move(request);
    call->done = std::move(done);
    call->guard = guard_ ? &*guard_ : nullptr;
    {
      const std::lock_guard lock(mutex_);
      if (!stopping_ && in_flight_ < options_.max_in_flight) {
        ++in_flight_;
        waiting_.push_back(std::move(call));
      }
    }
    if (call) return call->done(base::fail(base::Errc::unavailable, "too many calls are in flight"));
    curl_multi_wakeup(multi_);
  }

  void run() {
    while (true) {
      std::vector<std::unique_ptr<Call>> fresh;
      {
        const std::lock_guard lock(mutex_);
        if (stopping_) break;
        fresh.swap(waiting_);
      }
      for (auto& call : fresh) start(std::move(call));
      int running = 0;
      curl_multi_perform(multi_, &running);
      int left = 0;
      while (const CURLMsg* message = curl_multi_info_read(multi_, &left))
        if (message->msg == CURLMSG_DONE) finish(message->easy_handle, message->data.result);
      curl_multi_poll(multi_, nullptr, 0, 1000, nullptr);
    }
    for (auto& [easy, call] : running_) {
      curl_multi_remove_handle(multi_, easy);
      call->done(base::fail(base::Errc::unavailable, "shutting down"));
    }
    running_.clear();
    for (auto& call : waiting_) call->done(base::fail(base::Errc::unavailable, "shutting down"));
    waiting_.clear();
  }

  void start(std::unique_ptr<Call> call) {
    call->easy = curl_easy_init();
    if (call->easy == nullptr || !prepare(*call))
      return end(std::move(call), base::fail(base::Errc::unavailable, "libcurl cannot take the call"));
    CURL* const easy = call->easy;
    running_.emplace(easy, std::move(call));
    curl_multi_add_handle(multi_, easy);
  }

  bool prepare(Call& call) {
    CURL* const easy = call.easy;
    curl_easy_reset(easy);
    curl_slist_free_all(call.headers);
    call.headers = nullptr;
    bool good = true;
    const auto set = [&](CURLoption option, auto value) {
      good = good && curl_easy_setopt(easy, option, value) == CURLE_OK;
    };
    const auto left = call.request.timeout - call.spent;
    set(CURLOPT_URL, call.request.url.c_str());
    set(CURLOPT_PROTOCOLS, static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS));
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_PROXY, "");
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(std::max<std::int64_t>(1, left.count())));
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.connect_timeout.count()));
    set(CURLOPT_USERAGENT, options_.user_agent.c_str());
    if (!options_.ca_file.empty()) set(CURLOPT_CAINFO, options_.ca_file.c_str());
    if (!options_.verify_certificates) {
      set(CURLOPT_SSL_VERIFYPEER, 0L);
      set(CURLOPT_SSL_VERIFYHOST, 0L);
    }
    set(CURLOPT_ACCEPT_ENCODING, "");
    set(CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
    set(CURLOPT_OPENSOCKETDATA, &call);
    set(CURLOPT_HEADERFUNCTION, on_header);
    set(CURLOPT_HEADERDATA, &call);
    set(CURLOPT_WRITEFUNCTION, on_body);
    set(CURLOPT_WRITEDATA, &call);
    if (call.request.method == "HEAD") {
      set(CURLOPT_NOBODY, 1L);
    } else if (!call.request.body.empty() || (call.request.method != "GET" && call.request.method != "DELETE")) {
      set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call.request.body.size()));
      set(CURLOPT_POSTFIELDS, call.request.body.data());
      add_header(call, "Expect:");
      if (!call.request.headers.has("Content-Type")) add_header(call, "Content-Type:");
    }
    set(CURLOPT_CUSTOMREQUEST, call.request.method.c_str());
    for (const auto field : call.request.headers)
      add_header(call, field.value.empty() ? std::string(field.name) + ";"
                                           : std::string(field.name) + ": " + std::string(field.value));
    set(CURLOPT_HTTPHEADER, call.headers);
    return good;
  }

  static void add_header(Call& call, const std::string& line) {
    if (curl_slist* longer = curl_slist_append(call.headers, line.c_str()); longer != nullptr) call.headers = longer;
  }

  void finish(CURL* easy, CURLcode code) {
    const auto it = running_.find(easy);
    auto call = std::move(it->second);
    running_.erase(it);
    curl_multi_remove_handle(multi_, easy);
    if (!call->refused.empty()) {
      const auto refused = base::fail(base::Errc::denied, call->refused);
      return end(std::move(call), refused);
    }
    if (call->too_large) return end(std::move(call), base::fail(base::Errc::unavailable, "the answer is too large"));
    if (code != CURLE_OK) return end(std::move(call), base::fail(base::Errc::unavailable, curl_easy_strerror(code)));
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    call->response.status = static_cast<int>(status);
    curl_off_t micros = 0;
    curl_easy_getinfo(easy, CURLINFO_TOTAL_TIME_T, &micros);
    call->spent += base::Duration(micros / 1000);
    char* next = nullptr;
    curl_easy_getinfo(easy, CURLINFO_REDIRECT_URL, &next);
    if (next != nullptr && call->request.follow_redirects > 0) return follow(std::move(call), next);
    Outcome outcome(std::move(call->response));
    end(std::move(call), std::move(outcome));
  }

  // The next hop is a call of its own: its host is what the guard compares with.
  void follow(std::unique_ptr<Call> call, std::string location) {
    auto url = base::Url::parse(location);
    if (!url || !url->is_http() || !url->user_info.empty())
      return end(std::move(call),
                 base::fail(base::Errc::unavailable, "redirected to something that is no http(s) URL"));
    auto& request = call->request;
    const int status = call->response.status;
    if (url->origin() != call->url.origin()) {
      request.headers.remove("Authorization");
      request.headers.remove("Cookie");
    }
    if (status == 303 || ((status == 301 || status == 302) && request.method == "POST")) {
      if (request.method != "HEAD") request.method = "GET";
      request.body.clear();
      request.headers.remove("Content-Type");
    }
    request.url = std::move(location);
    --request.follow_redirects;
    call->url = std::move(*url);
    call->response = {};
    call->header_bytes = 0;
    if (!prepare(*call))
      return end(std::move(call), base::fail(base::Errc::unavailable, "libcurl cannot take the call"));
    CURL* const easy = call->easy;
    running_.emplace(easy, std::move(call));
    curl_multi_add_handle(multi_, easy);
  }

  void end(std::unique_ptr<Call> call, Outcome outcome) {
    {
      const std::lock_guard lock(mutex_);
      --in_flight_;
    }
    call->done(std::move(outcome));
  }

  const ClientOptions options_;
  const std::optional<EgressGuard> guard_;
  std::mutex mutex_;
  bool stopping_ = false;
  std::size_t in_flight_ = 0;
  std::vector<std::unique_ptr<Call>> waiting_;
  std::map<CURL*, std::unique_ptr<Call>> running_;
  CURLM* const multi_;
  std::thread thread_;  // last: it uses all of the above
};

void initialise_once() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

}  // namespace

std::unique_ptr<Client> open_client(ClientOptions options, EgressGuard guard) {
  initialise_once();
  return std::make_unique<CurlClient>(std::move(options), std::move(guard));
}

std::unique_ptr<Client> open_trusted_client(ClientOptions options) {
  initialise_once();
  return std::make_unique<CurlClient>(std::move(options), std::nullopt);
}

}  // namespace cardea::http
