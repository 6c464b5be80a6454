#include "http/client.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <future>

#include "http/test_server.h"

namespace cardea::http {
namespace {

using namespace std::chrono_literals;
using testing::TestServer;

base::Result<OutgoingResponse> send(TestServer& server, Client& client, OutgoingRequest request) {
  std::promise<base::Result<OutgoingResponse>> promise;
  boost::asio::co_spawn(server.executor(), client.send(std::move(request)),
                        [&](std::exception_ptr failure, base::Result<OutgoingResponse> outcome) {
                          EXPECT_FALSE(failure);
                          promise.set_value(std::move(outcome));
                        });
  return promise.get_future().get();
}

std::string at(const TestServer& server, const std::string& path) {
  return "http://127.0.0.1:" + std::to_string(server.port()) + path;
}

EgressGuard allow(const std::string& entry) { return *EgressGuard::parse({entry}); }

Handler site() {
  return [](Request request) -> base::awaitable<Response> {
    if (request.path == "/echo") {
      auto response = Response::json(201, {{"method", request.method},
                                           {"body", request.body},
                                           {"type", request.content_type()},
                                           {"authorization", request.header("Authorization").value_or("")}});
      response.header("X-Seen", request.header("X-Sent").value_or("nothing"));
      co_return response;
    }
    if (request.path == "/large") co_return Response::text(200, std::string(100'000, 'x'));
    if (request.path == "/json") co_return Response::json_text(200, "{\"a\":\"" + std::string(5000, 'a') + "\"}");
    if (request.path == "/to") co_return Response::redirect(302, request.query);
    if (request.path == "/see-other") co_return Response::redirect(303, "/echo");
    if (request.path == "/again") co_return Response::redirect(307, "/echo");
    if (request.path == "/loop") co_return Response::redirect(302, "/loop");
    co_return Response::text(404, "");
  };
}

TEST(Client, SendsAndReceives) {
  TestServer server(site());
  const auto client = open_client({}, allow("127.0.0.0/8"));

  const auto response = send(server, *client,
                             {.method = "POST",
                              .url = at(server, "/echo"),
                              .headers = {{"Content-Type", "application/json"}, {"X-Sent", "yes"}},
                              .body = "{}"});

  ASSERT_TRUE(response) << response.error().reason;
  EXPECT_EQ(response->status, 201);
  EXPECT_EQ(response->headers.get("x-seen"), "yes");
  EXPECT_EQ(response->body, R"({"method":"POST","body":"{}","type":"application/json","authorization":""})");
}

TEST(Client, UsesTheMethodItIsTold) {
  TestServer server(site());
  const auto client = open_client({}, allow("127.0.0.0/8"));
  for (const std::string method : {"GET", "PUT", "DELETE", "PATCH"}) {
    const auto response = send(server, *client, {.method = method, .url = at(server, "/echo")});
    ASSERT_TRUE(response) << response.error().reason;
    EXPECT_NE(response->body.find("\"" + method + "\""), std::string::npos);
  }
  EXPECT_EQ(send(server, *client, {.method = "HEAD", .url = at(server, "/echo")})->body, "");
}

TEST(Client, UnpacksCompressedAnswers) {
  TestServer server(site());
  const auto client = open_client({}, allow("127.0.0.0/8"));

  EXPECT_EQ(send(server, *client, {.url = at(server, "/json")})->body.size(), 5008U);
}

TEST(Client, BoundsTheAnswer) {
  TestServer server(site());
  const auto client = open_client({}, allow("127.0.0.0/8"));

  EXPECT_TRUE(send(server, *client, {.url = at(server, "/large"), .max_response_bytes = 100'000}));
  EXPECT_EQ(send(server, *client, {.url = at(server, "/large"), .max_response_bytes = 99'999}).error().code,
            base::Errc::unavailable);
  EXPECT_FALSE(send(server, *client, {.url = at(server, "/json"), .max_response_bytes = 1000}));
}

TEST(Client, RefusesAddressesThatTheGuardDoesNotAllow) {
  TestServer server(site());
  const auto client = open_client({}, {});
  for (const auto& url : {at(server, "/echo"), "http://localhost:" + std::to_string(server.port()) + "/echo",
                          "http://[::ffff:127.0.0.1]:" + std::to_string(server.port()) + "/",
                          std::string("http://169.254.169.254/latest"), std::string("http://10.255.255.1/"),
                          std::string("http://[::1]:1/")}) {
    const auto refused = send(server, *client, {.url = url, .timeout = 2s});
    ASSERT_FALSE(refused) << url;
    EXPECT_EQ(refused.error().code, base::Errc::denied) << url << refused.error().reason;
  }
  EXPECT_TRUE(server.log().lines().empty());
}

TEST(Client, AsksTheGuardAgainAfterARedirect) {
  TestServer server(site());
  TestServer inner(site());
  const auto client = open_client({}, allow("127.0.0.1:" + std::to_string(server.port())));

  const auto within = send(server, *client, {.url = at(server, "/to?" + at(server, "/echo")), .follow_redirects = 3});
  const auto outside = send(server, *client, {.url = at(server, "/to?" + at(inner, "/echo")), .follow_redirects = 3});
  const auto metadata =
      send(server, *client, {.url = at(server, "/to?http://169.254.169.254/"), .follow_redirects = 3});

  EXPECT_EQ(within->status, 201);
  EXPECT_EQ(outside.error().code, base::Errc::denied);
  EXPECT_EQ(metadata.error().code, base::Errc::denied);
  EXPECT_TRUE(inner.log().lines().empty());
}

TEST(Client, FollowsOnlyAsFarAsItIsTold) {
  TestServer server(site());
  const auto client = open_client({}, allow("127.0.0.0/8"));

  EXPECT_EQ(send(server, *client, {.url = at(server, "/see-other")})->status, 303);
  EXPECT_EQ(send(server, *client, {.url = at(server, "/loop"), .follow_redirects = 5})->status, 302);
  EXPECT_EQ(send(server, *client, {.url = at(server, "/to?file:///etc/passwd"), .follow_redirects = 5}).error().code,
            base::Errc::unavailable);
}

TEST(Client, ARedirectChangesTheMethodAsBrowsersDo) {
  TestServer server(site());
  const auto client = open_client({}, allow("127.0.0.0/8"));
  const auto post = [&](const std::string& path) {
    return send(server, *client,
                {.method = "POST",
                 .url = at(server, path),
                 .headers = {{"Content-Type", "text/plain"}},
                 .body = "x",
                 .follow_redirects = 1})
        ->body;
  };

  EXPECT_EQ(post("/see-other"), R"({"method":"GET","body":"","type":"","authorization":""})");
  EXPECT_EQ(post("/again"), R"({"method":"POST","body":"x","type":"text/plain","authorization":""})");
}

TEST(Client, CredentialsDoNotFollowToAnotherOrigin) {
  TestServer server(site());
  TestServer other(site());
  const auto client = open_client({}, allow("127.0.0.0/8"));
  const auto follow_to = [&](const std::string& url) {
    return send(server, *client,
                {.url = at(server, "/to?" + url),
                 .headers = {{"Authorization", "Bearer secret"}},
                 .follow_redirects = 1})
        ->body;
  };

  EXPECT_NE(follow_to(at(server, "/echo")).find("Bearer secret"), std::string::npos);
  EXPECT_EQ(follow_to(at(other, "/echo")).find("Bearer secret"), std::string::npos);
}

TEST(Client, RefusesOtherUrls) {
  TestServer server(site());
  const auto client = open_client({}, {});
  for (const auto* url : {"", "file:///etc/passwd", "gopher://a/", "ftp://a/", "http://", "//a/", "http://user:pw@a/"})
    EXPECT_EQ(send(server, *client, {.url = url}).error().code, base::Errc::invalid) << url;
}

TEST(Client, GivesUpInTime) {
  TestServer server([](Request) -> base::awaitable<Response> {
    std::this_thread::sleep_for(500ms);
    co_return Response();
  });
  TestServer caller(site());
  const auto client = open_client({}, allow("127.0.0.0/8"));
  const auto started = std::chrono::steady_clock::now();

  EXPECT_EQ(send(caller, *client, {.url = at(server, "/"), .timeout = 100ms}).error().code, base::Errc::unavailable);
  EXPECT_LT(std::chrono::steady_clock::now() - started, 450ms);
}

TEST(Client, ATrustedOneReachesEverything) {
  TestServer server(site());
  const auto client = open_trusted_client({});

  EXPECT_EQ(send(server, *client, {.url = at(server, "/echo")})->status, 201);
}

TEST(Client, RunsManyCallsAtOnceUpToItsBound) {
  TestServer server(site(), {}, 1);
  const auto client = open_client({.max_in_flight = 8}, allow("127.0.0.0/8"));
  std::atomic<int> good = 0;
  std::atomic<int> full = 0;
  std::promise<void> all;
  for (int i = 0; i < 50; ++i)
    boost::asio::co_spawn(server.executor(), client->send({.url = at(server, "/echo")}),
                          [&](std::exception_ptr, base::Result<OutgoingResponse> outcome) {
                            (outcome ? good : full) += 1;
                            if (good + full == 50) all.set_value();
                          });
  all.get_future().wait();

  EXPECT_GE(good, 8);
  EXPECT_GT(full, 0);
}

TEST(Client, EndsItsCallsWhenItIsDestroyed) {
  TestServer server([](Request) -> base::awaitable<Response> {
    std::this_thread::sleep_for(200ms);
    co_return Response();
  });
  TestServer caller(site());
  auto client = open_client({}, allow("127.0.0.0/8"));
  std::promise<base::Result<OutgoingResponse>> promise;
  boost::asio::co_spawn(
      caller.executor(), client->send({.url = at(server, "/")}),
      [&](std::exception_ptr, base::Result<OutgoingResponse> outcome) { promise.set_value(std::move(outcome)); });
  std::this_thread::sleep_for(50ms);

  client.reset();

  EXPECT_EQ(promise.get_future().get().error().code, base::Errc::unavailable);
}

}  // namespace
}  // namespace cardea::http
