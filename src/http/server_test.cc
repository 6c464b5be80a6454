#include "http/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/test_handlers.h"
#include "http/test_server.h"

namespace cardea::http {
namespace {

using namespace std::chrono_literals;
using testing::always;
using testing::echo;
using ::testing::HasSubstr;
using testing::kGet;
using ::testing::Not;
using testing::parsed;
using testing::RawClient;
using testing::TestServer;

TEST(Server, AnswersWithStrictHeaders) {
  TestServer server(echo());
  RawClient client(server.port());

  const auto response = client.ask("GET /a%20b?x=1 HTTP/1.1\r\nHost: LocalHost:80\r\n\r\n");

  EXPECT_EQ(response.status, 200);
  const auto body = parsed(response.body);
  EXPECT_EQ(body.at("path"), "/a b");
  EXPECT_EQ(body.at("query"), "x=1");
  EXPECT_EQ(body.at("host"), "localhost:80");
  EXPECT_EQ(body.at("scheme"), "http");
  EXPECT_EQ(body.at("remote"), "127.0.0.1");
  EXPECT_EQ(body.at("loopback"), true);
  EXPECT_EQ(response.headers.get("x-request-id")->size(), 32U);
  EXPECT_EQ(body.at("id").as_string(), *response.headers.get("x-request-id"));
  EXPECT_EQ(response.headers.get("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(response.headers.get("Referrer-Policy"), "no-referrer");
  EXPECT_EQ(response.headers.get("X-Frame-Options"), "DENY");
  EXPECT_EQ(response.headers.get("Content-Security-Policy"), "default-src 'none'; frame-ancestors 'none'");
  EXPECT_EQ(response.headers.get("Cache-Control"), "no-store");
  EXPECT_TRUE(response.headers.has("Permissions-Policy"));
  EXPECT_EQ(response.headers.get("Date")->size(), 29U);
  EXPECT_FALSE(response.headers.has("Strict-Transport-Security"));
  EXPECT_FALSE(response.headers.has("Connection"));
}

TEST(Server, AHandlerMayReplaceSomeHeadersAndNotOthers) {
  auto response = Response::html(200, "<p>");
  response.content_security_policy = "default-src 'self'";
  response.header("Cache-Control", "max-age=1").header("Content-Length", "999").header("Transfer-Encoding", "chunked");
  response.header("Referrer-Policy", "same-origin").header("Permissions-Policy", "camera=()").header("Connection", "x");
  response.cookie({.name = "a", .value = "1"}).cookie({.name = "b", .value = "2"});
  TestServer server(always(response));
  RawClient client(server.port());

  const auto answer = client.ask(kGet);

  EXPECT_EQ(answer.body, "<p>");
  EXPECT_EQ(answer.headers.all("Content-Security-Policy"), (std::vector<std::string_view>{"default-src 'self'"}));
  EXPECT_EQ(answer.headers.all("Cache-Control"), (std::vector<std::string_view>{"max-age=1"}));
  EXPECT_EQ(answer.headers.all("Referrer-Policy"), (std::vector<std::string_view>{"same-origin"}));
  EXPECT_EQ(answer.headers.all("Permissions-Policy"), (std::vector<std::string_view>{"camera=()"}));
  EXPECT_EQ(answer.headers.all("Content-Length"), (std::vector<std::string_view>{"3"}));
  EXPECT_EQ(answer.headers.count("Set-Cookie"), 2U);
  EXPECT_FALSE(answer.headers.has("Transfer-Encoding"));
  EXPECT_FALSE(answer.headers.has("Connection"));
}

TEST(Server, APageForAHiddenFrameMayBeFramed) {
  auto page = Response::html(200, "");
  page.allow_framing = true;
  TestServer server(always(page));
  RawClient client(server.port());

  const auto answer = client.ask(kGet);

  EXPECT_FALSE(answer.headers.has("X-Frame-Options"));
  EXPECT_THAT(std::string(*answer.headers.get("Content-Security-Policy")), Not(HasSubstr("frame-ancestors")));
}

TEST(Server, ReadsBodiesOfBothKinds) {
  TestServer server(echo());
  RawClient client(server.port());

  const auto sized = client.ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
  const auto chunked =
      client.ask("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n");

  EXPECT_EQ(parsed(sized.body).at("body"), "hello");
  EXPECT_EQ(parsed(chunked.body).at("body"), "hello");
}

TEST(Server, ReadsALargeBodyInPieces) {
  TestServer server([](Request request) -> base::awaitable<Response> {
    co_return Response::text(200, std::to_string(request.body.size()));
  });
  RawClient client(server.port());

  const auto response =
      client.ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n" + std::string(1'000'000, 'x'));

  EXPECT_EQ(response.body, "1000000");
}

TEST(Server, SendsALargeBodyToASlowReader) {
  TestServer server(always(Response::text(200, std::string(8'000'000, 'x'))));
  RawClient client(server.port());

  client.send(kGet);
  std::this_thread::sleep_for(50ms);

  EXPECT_EQ(client.receive().body.size(), 8'000'000U);
}

TEST(Server, AnswersPipelinedRequestsInOrder) {
  TestServer server([](Request request) -> base::awaitable<Response> {
    if (request.path == "/0") co_await pause(20ms);
    co_return Response::text(200, request.path + request.body);
  });
  RawClient client(server.port());
  std::string bytes;
  for (int i = 0; i < 50; ++i)
    bytes += "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n:b";

  client.send(bytes);

  for (int i = 0; i < 50; ++i) EXPECT_EQ(client.receive().body, "/" + std::to_string(i) + ":b");
}

TEST(Server, HeadHasTheHeadersOfGetOnly) {
  TestServer server(always(Response::text(200, "hello")));
  RawClient client(server.port());

  client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto head = client.receive(true);
  const auto get = client.ask(kGet);

  EXPECT_EQ(head.headers.get("Content-Length"), "5");
  EXPECT_EQ(get.body, "hello");
}

TEST(Server, NoContentHasNoLength) {
  TestServer server(always(Response::no_content()));
  RawClient client(server.port());

  EXPECT_FALSE(client.ask(kGet).headers.has("Content-Length"));
  EXPECT_EQ(client.ask(kGet).status, 204);
}

TEST(Server, KeepsOrClosesTheConnectionAsAsked) {
  TestServer server(echo());
  RawClient close(server.port());
  RawClient old(server.port());
  RawClient old_keep(server.port());

  EXPECT_EQ(close.ask("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").headers.get("Connection"), "close");
  EXPECT_TRUE(close.is_closed());
  EXPECT_EQ(old.ask("GET / HTTP/1.0\r\n\r\n").headers.get("Connection"), "close");
  EXPECT_TRUE(old.is_closed());
  EXPECT_EQ(old_keep.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").headers.get("Connection"), "keep-alive");
  EXPECT_EQ(old_keep.ask("GET / HTTP/1.0\r\n\r\n").status, 200);
}

TEST(Server, ClosesAfterTheLargestNumberOfRequests) {
  TestServer server(echo(), {.max_requests_per_connection = 2});
  RawClient client(server.port());

  EXPECT_FALSE(client.ask(kGet).headers.has("Connection"));
  EXPECT_EQ(client.ask(kGet).headers.get("Connection"), "close");
  EXPECT_TRUE(client.is_closed());
}

TEST(Server, InvitesABodyThatWaits) {
  TestServer server(echo());
  RawClient client(server.port());

  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  const auto invitation = client.receive();
  const auto response = client.ask("ok");

  EXPECT_EQ(invitation.status, 100);
  EXPECT_EQ(parsed(response.body).at("body"), "ok");
}

TEST(Server, DoesNotInviteABodyThatIsTooLarge) {
  TestServer server(echo());
  RawClient client(server.port());

  EXPECT_EQ(client.ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\nExpect: 100-continue\r\n\r\n").status,
            413);
  EXPECT_TRUE(client.is_closed());
}

TEST(Server, AHandlerThatThrowsIsA500AndTheConnectionEnds) {
  TestServer server([](Request request) -> base::awaitable<Response> {
    if (request.path == "/int") throw 7;
    throw std::runtime_error("the reason");
    co_return Response();
  });
  for (const std::string path : {"/", "/int"}) {
    RawClient client(server.port());
    const auto response = client.ask("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(response.status, 500);
    EXPECT_EQ(response.body, R"({"statusCode":500,"error":"Internal Server Error","message":"Internal Server Error"})");
    EXPECT_TRUE(client.is_closed());
  }
  EXPECT_EQ(server.log().lines().front().at("what"), "the reason");
}

TEST(Server, LogsEachRequestWithoutItsQuery) {
  auto response = Response::text(201, "hello");
  response.log_fields["tenant"] = "acme";
  TestServer server(always(response));
  RawClient client(server.port());

  const auto answer = client.ask("GET /cb?code=secret HTTP/1.1\r\nHost: a\r\n\r\n");
  client.ask(kGet);

  const auto line = server.log().lines().front();
  EXPECT_EQ(line.at("message"), "request");
  EXPECT_EQ(line.at("method"), "GET");
  EXPECT_EQ(line.at("path"), "/cb");
  EXPECT_EQ(line.at("status"), 201);
  EXPECT_EQ(line.at("bytes"), 5U);
  EXPECT_EQ(line.at("tenant"), "acme");
  EXPECT_EQ(line.at("remote"), "127.0.0.1");
  EXPECT_EQ(line.at("request_id").as_string(), *answer.headers.get("x-request-id"));
  EXPECT_TRUE(line.at("duration_ms").is_double());
  EXPECT_THAT(base::json::serialize(line), Not(HasSubstr("secret")));
}

TEST(Server, CountsItsRequests) {
  TestServer server(always(Response::text(404, "")));
  RawClient client(server.port());
  client.ask(kGet);
  client.ask(kGet);

  const std::string_view counted = "cardea_http_responses_total{status=\"4xx\"} 2";
  // An answer is counted just after it was written.
  for (int i = 0; i < 500 && server.metrics().render().find(counted) == std::string::npos; ++i)
    std::this_thread::sleep_for(1ms);
  EXPECT_THAT(server.metrics().render(), HasSubstr(counted));
  EXPECT_THAT(server.metrics().render(), HasSubstr("cardea_http_connections 1"));
}

TEST(Server, BelievesRequestIdsAndForwardedHeadersOfTrustedProxiesOnly) {
  const std::string bytes =
      "GET / HTTP/1.1\r\nHost: inner\r\nX-Forwarded-For: 6.6.6.6, 1.2.3.4\r\nX-Forwarded-Proto: "
      "https\r\nX-Forwarded-Host: login.example\r\n"
      "x-request-id: abcdefgh-1\r\n\r\n";
  TestServer strict(echo());
  TestServer trusting(echo(), {.trusted_proxies = {*Cidr::parse("127.0.0.0/8")}});
  RawClient to_strict(strict.port());
  RawClient to_trusting(trusting.port());

  const auto strict_answer = parsed(to_strict.ask(bytes).body);
  const auto trusting_response = to_trusting.ask(bytes);
  const auto trusting_answer = parsed(trusting_response.body);

  EXPECT_EQ(strict_answer.at("remote"), "127.0.0.1");
  EXPECT_EQ(strict_answer.at("scheme"), "http");
  EXPECT_EQ(strict_answer.at("host"), "inner");
  EXPECT_EQ(strict_answer.at("loopback"), false);
  EXPECT_NE(strict_answer.at("id"), "abcdefgh-1");
  EXPECT_EQ(trusting_answer.at("remote"), "1.2.3.4");
  EXPECT_EQ(trusting_answer.at("scheme"), "https");
  EXPECT_EQ(trusting_answer.at("host"), "login.example");
  EXPECT_EQ(trusting_answer.at("id"), "abcdefgh-1");
  EXPECT_EQ(trusting_response.headers.get("Strict-Transport-Security"), "max-age=31536000");
}

TEST(Server, MakesItsOwnIdInsteadOfAnOddOne) {
  TestServer server(echo(), {.trusted_proxies = {*Cidr::parse("127.0.0.1")}});
  RawClient client(server.port());
  for (const std::string id : {"short", "with space in it", "quote\"quote\"",
                               "12345678901234567890123456789012345678901234567890123456789012345"})
    EXPECT_EQ(
        client.ask("GET / HTTP/1.1\r\nHost: a\r\nx-request-id: " + id + "\r\n\r\n").headers.get("x-request-id")->size(),
        32U)
        << id;
}

const std::string kProxyHeader = std::string("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c", 16) +
                                 std::string("\x01\x02\x03\x04\x7f\0\0\x01\x12\x34\x01\xbb", 12);

TEST(Server, TakesTheAddressFromAProxyHeader) {
  ServerOptions options{.listeners = {{.address = "127.0.0.1", .proxy_protocol = true}},
                        .trusted_proxies = {*Cidr::parse("127.0.0.1")}};
  TestServer server(echo(), options);
  RawClient client(server.port());
  RawClient without(server.port());
  RawClient slow(server.port());

  EXPECT_EQ(parsed(client.ask(kProxyHeader + std::string(kGet)).body).at("remote"), "1.2.3.4");
  EXPECT_EQ(parsed(client.ask(kGet).body).at("remote"), "1.2.3.4");
  without.send(kGet);
  EXPECT_TRUE(without.is_closed());
  for (const char c : kProxyHeader) slow.send(std::string_view(&c, 1));
  EXPECT_EQ(parsed(slow.ask(kGet).body).at("remote"), "1.2.3.4");
}

TEST(Server, AStrangerMaySendNoProxyHeader) {
  ServerOptions options{.listeners = {{.address = "127.0.0.1", .proxy_protocol = true}},
                        .trusted_proxies = {*Cidr::parse("10.0.0.0/8")}};
  TestServer server(echo(), options);
  RawClient client(server.port());
  RawClient direct(server.port());

  EXPECT_EQ(client.ask(kProxyHeader + std::string(kGet)).status, 400);
  EXPECT_EQ(parsed(direct.ask(kGet).body).at("remote"), "127.0.0.1");
}

TEST(Server, SendsPlainVisitorsFromOutsideToHttps) {
  TestServer server(echo(), {.redirect_plain_non_loopback = true, .https_port = 8443});
  RawClient client(server.port());

  const auto outside = client.ask("GET /a?b=c HTTP/1.1\r\nHost: login.example:8080\r\n\r\n");
  const auto inside = client.ask("GET /a HTTP/1.1\r\nHost: localhost:8080\r\n\r\n");
  const auto health = client.ask("GET /health HTTP/1.1\r\nHost: 10.0.0.5\r\n\r\n");

  EXPECT_EQ(outside.status, 308);
  EXPECT_EQ(outside.headers.get("Location"), "https://login.example:8443/a?b=c");
  EXPECT_EQ(inside.status, 200);
  EXPECT_EQ(health.status, 200);
}

TEST(Server, AnswersConditionalRequestsWith304) {
  auto document = Response::json_text(200, "{\"keys\":[]}");
  document.cacheable_etag = true;
  TestServer server(always(document));
  RawClient client(server.port());

  const auto first = client.ask(kGet);
  const std::string tag(*first.headers.get("ETag"));
  const auto second = client.ask("GET / HTTP/1.1\r\nHost: a\r\nIf-None-Match: " + tag + "\r\n\r\n");
  const auto other = client.ask("GET / HTTP/1.1\r\nHost: a\r\nIf-None-Match: \"x\"\r\n\r\n");

  EXPECT_EQ(first.headers.get("Cache-Control"), "no-cache");
  EXPECT_EQ(second.status, 304);
  EXPECT_EQ(second.headers.get("ETag"), tag);
  EXPECT_FALSE(second.headers.has("Content-Length"));
  EXPECT_FALSE(second.headers.has("Content-Type"));
  EXPECT_EQ(other.status, 200);
}

TEST(Server, CompressesTextThatIsLongEnough) {
  auto document = Response::json_text(200, "{\"x\":\"" + std::string(2000, 'a') + "\"}");
  document.cacheable_etag = true;
  TestServer server(always(document));
  RawClient client(server.port());

  const auto plain = client.ask(kGet);
  const auto brotli = client.ask("GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip, br\r\n\r\n");
  const auto gzip = client.ask("GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n");
  const auto again = client.ask("GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\nIf-None-Match: " +
                                std::string(*gzip.headers.get("ETag")) + "\r\n\r\n");

  EXPECT_EQ(plain.headers.get("Vary"), "Accept-Encoding");
  EXPECT_FALSE(plain.headers.has("Content-Encoding"));
  EXPECT_EQ(brotli.headers.get("Content-Encoding"), "br");
  EXPECT_LT(brotli.body.size(), 200U);
  EXPECT_EQ(gzip.headers.get("Content-Encoding"), "gzip");
  EXPECT_NE(gzip.headers.get("ETag"), plain.headers.get("ETag"));
  EXPECT_EQ(again.status, 304);
}

TEST(Server, DoesNotCompressShortOrSecretText) {
  auto page = Response::html(200, std::string(5000, 'a'));
  page.compressible = false;
  TestServer secret(always(page));
  TestServer little(always(Response::html(200, std::string(1000, 'a'))));
  const std::string bytes = "GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n";

  EXPECT_EQ(RawClient(secret.port()).ask(bytes).body.size(), 5000U);
  EXPECT_EQ(RawClient(little.port()).ask(bytes).body.size(), 1000U);
}

TEST(Server, SaysWhenItCannotListen) {
  TestServer first(echo());
  boost::asio::io_context context;
  base::SystemClock clock;
  base::SeededRandom random(1);
  base::NullLog log;
  base::Metrics metrics;
  const auto start = [&](Listener listener) {
    Server server({.listeners = {listener}}, echo(), {&context}, clock, random, log, metrics);
    return server.start();
  };

  EXPECT_EQ(start({.address = "127.0.0.1", .port = first.port()}).error().code, base::Errc::unavailable);
  EXPECT_EQ(start({.address = "nonsense"}).error().code, base::Errc::invalid);
  EXPECT_EQ(start({.address = "127.0.0.1", .tls = true}).error().code, base::Errc::invalid);
}

}  // namespace
}  // namespace cardea::http
