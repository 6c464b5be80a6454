// What a server does not put up with: too much, too slow, too many, too late.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "http/server.h"
#include "http/test_handlers.h"
#include "http/test_server.h"

namespace cardea::http {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::always;
using testing::echo;
using testing::kGet;
using testing::pause;
using testing::RawClient;
using testing::TestServer;

TEST(ServerLimits, RefusesAndClosesWithoutCallingTheHandler) {
  std::atomic<int> calls = 0;
  TestServer server([&](Request) -> base::awaitable<Response> {
    ++calls;
    co_return Response::text(200, "");
  });
  const std::pair<std::string, int> cases[] = {
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
      {"GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled "
       "HTTP/1.1\r\nHost: a\r\n\r\n",
       400},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(100'000, 'x'), 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFF\r\n", 413},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n" + std::string(1'048'577, 'x'), 413},
      {"GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(20'000, 'a') + "\r\n\r\n", 431},
      {"GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505},
      {"\x16\x03\x01 nonsense\n", 400},
  };
  for (const auto& [bytes, status] : cases) {
    RawClient client(server.port());
    const auto response = client.ask(bytes);
    EXPECT_EQ(response.status, status) << bytes.substr(0, 100);
    EXPECT_EQ(response.headers.get("Connection"), "close");
    EXPECT_EQ(parsed(response.body).at("statusCode"), status);
    EXPECT_TRUE(client.is_closed());
  }
  EXPECT_EQ(calls, 0);
}

TEST(ServerLimits, ARouteMayTakeALargerBody) {
  Router router;
  router.add("POST", "/import", echo(), {.max_body = 100});
  router.add("POST", "/small", echo(), {.max_body = 3});
  TestServer server([&](Request request) { return router.dispatch(std::move(request)); },
                    {.max_body_bytes = 10, .limits_of = [&](std::string_view method, std::string_view target) {
                       return router.limits(method, target);
                     }});
  const auto post = [&](const std::string& path) {
    RawClient client(server.port());
    return client.ask("POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello").status;
  };

  EXPECT_EQ(post("/import"), 200);
  EXPECT_EQ(post("/small"), 413);
  EXPECT_EQ(post("/other"), 404);
}

TEST(ServerLimits, CutsOffWhoSendsTheHeaderTooSlowly) {
  TestServer server(echo(), {.header_timeout = 100ms});
  RawClient client(server.port());
  const auto started = std::chrono::steady_clock::now();

  for (int i = 0; i < 8; ++i) {
    client.send("G");
    std::this_thread::sleep_for(20ms);
  }
  const auto response = client.receive();

  EXPECT_EQ(response.status, 408);
  EXPECT_TRUE(client.is_closed());
  EXPECT_LT(std::chrono::steady_clock::now() - started, 2s);
}

TEST(ServerLimits, CutsOffWhoSendsTheBodyTooSlowly) {
  TestServer server(echo(), {.body_timeout = 100ms});
  RawClient client(server.port());

  EXPECT_EQ(client.ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc").status, 408);
  EXPECT_TRUE(client.is_closed());
}

TEST(ServerLimits, ClosesIdleConnectionsSilently) {
  TestServer server(echo(), {.header_timeout = 100ms, .idle_timeout = 100ms});
  RawClient fresh(server.port());
  RawClient used(server.port());
  EXPECT_EQ(used.ask(kGet).status, 200);

  EXPECT_TRUE(fresh.is_closed());
  EXPECT_TRUE(used.is_closed());
}

TEST(ServerLimits, CutsOffWhoDoesNotReadTheAnswer) {
  TestServer server(always(Response::text(200, std::string(30'000'000, 'x'))), {.write_timeout = 100ms});
  RawClient client(server.port());
  client.send(kGet);

  for (int i = 0; i < 400 && server.server().connections() > 0; ++i) std::this_thread::sleep_for(10ms);

  EXPECT_EQ(server.server().connections(), 0U);
}

TEST(ServerLimits, AHandlerThatTakesTooLongIsCancelled) {
  std::atomic<bool> went_on = false;
  TestServer server(
      [&](Request) -> base::awaitable<Response> {
        co_await pause(10s);
        went_on = true;
        co_return Response::text(200, "");
      },
      {.handler_timeout = 50ms});
  RawClient client(server.port());

  const auto response = client.ask(kGet);

  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.headers.get("Retry-After"), "1");
  EXPECT_FALSE(went_on);
}

TEST(ServerLimits, TurnsAwayConnectionsBeyondTheLargestNumber) {
  TestServer server(echo(), {.max_connections = 2});
  RawClient first(server.port());
  RawClient second(server.port());
  EXPECT_EQ(first.ask(kGet).status, 200);
  EXPECT_EQ(second.ask(kGet).status, 200);

  RawClient third(server.port());
  EXPECT_TRUE(third.is_closed());
}

TEST(ServerLimits, ServesAThousandConnectionsOnTwoCores) {
  TestServer server(echo(), {}, 2);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 1000; ++i) clients.push_back(std::make_unique<RawClient>(server.port()));

  for (int round = 0; round < 3; ++round) {
    for (auto& client : clients) client->send(kGet);
    for (auto& client : clients) EXPECT_EQ(client->receive().status, 200);
  }

  EXPECT_EQ(server.server().connections(), 1000U);
}

TEST(ServerLimits, DrainsWithoutLosingARequest) {
  std::atomic<bool> entered = false;
  TestServer server([&](Request) -> base::awaitable<Response> {
    entered = true;
    co_await pause(100ms);
    co_return Response::text(200, "done");
  });
  RawClient busy(server.port());
  RawClient idle(server.port());
  EXPECT_EQ(idle.ask(kGet).status, 200);
  entered = false;
  busy.send(kGet);
  while (!entered) std::this_thread::sleep_for(1ms);

  server.server().drain(5s);

  EXPECT_EQ(server.server().connections(), 0U);
  const auto response = busy.receive();
  EXPECT_EQ(response.body, "done");
  EXPECT_EQ(response.headers.get("Connection"), "close");
  EXPECT_TRUE(busy.is_closed());
  EXPECT_TRUE(idle.is_closed());
  EXPECT_FALSE(RawClient(server.port()).connected());
}

TEST(ServerLimits, ADrainIsBounded) {
  TestServer server([](Request) -> base::awaitable<Response> {
    co_await pause(1h);
    co_return Response();
  });
  RawClient client(server.port());
  client.send(kGet);
  std::this_thread::sleep_for(20ms);
  const auto started = std::chrono::steady_clock::now();

  server.server().drain(50ms);
  server.server().stop();

  EXPECT_LT(std::chrono::steady_clock::now() - started, 2s);
  EXPECT_TRUE(client.is_closed());
}

}  // namespace
}  // namespace cardea::http
