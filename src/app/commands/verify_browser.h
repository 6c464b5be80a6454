#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/commands/verify_form.h"
#include "base/async.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/url.h"
#include "http/client.h"

namespace cardea::app {

// The absolute address that `reference` means on the page at `page` (RFC 3986 §5.2, without dot segments).
std::string resolve_address(const base::Url& page, std::string_view reference);

// The cookies that a browser keeps (RFC 6265 §5.3, §5.4), as long as it runs. Secure cookies also go to plain loopback.
class CookieJar {
 public:
  // A Set-Cookie header of an answer from `url`. One without a name, or for a foreign domain, is passed over.
  void take(const base::Url& url, std::string_view set_cookie);
  // The Cookie header of a request to `url`; "" when there is nothing to send.
  std::string header_for(const base::Url& url) const;

 private:
  struct Cookie {
    std::string name, value, domain, path;
    bool host_only = true, secure = false;
  };
  std::vector<Cookie> cookies_;
};

// Where the browser ended up.
struct PageVisit {
  std::string url;
  int status = 0;  // that of the redirect when the callback was reached
  std::string body;
  bool at_callback = false;  // `url` is the callback with the answer in its query; it was not fetched
};

// As much of a browser as a login needs: pages, redirects, cookies, forms. One thread.
class VerifyBrowser {
 public:
  // `client` must outlive it. A redirect to an address that begins with `callback` ends a visit.
  VerifyBrowser(http::Client& client, std::string callback, base::Duration timeout)
      : client_(client), callback_(std::move(callback)), timeout_(timeout) {}

  base::awaitable<base::Result<PageVisit>> open(std::string url);
  // POSTs the form of a page that this browser is on.
  base::awaitable<base::Result<PageVisit>> submit(std::string page_url, HtmlForm form);

 private:
  base::awaitable<base::Result<PageVisit>> go(http::OutgoingRequest request);

  http::Client& client_;
  const std::string callback_;
  const base::Duration timeout_;
  CookieJar cookies_;
};

}  // namespace cardea::app
