#include "http/router.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <stdexcept>

namespace cardea::http {
namespace {

Handler named(std::string name) {
  return [name](Request request) -> base::awaitable<Response> {
    std::string text = name;
    for (const auto& [key, value] : request.params) text += " " + key + "=" + value;
    co_return Response::text(200, text);
  };
}

Response ask(const Router& router, Request request) {
  boost::asio::io_context context;
  Response response;
  boost::asio::co_spawn(context.get_executor(), router.dispatch(std::move(request)),
                        [&](std::exception_ptr failure, Response answer) {
                          EXPECT_FALSE(failure);
                          response = std::move(answer);
                        });
  context.run();
  return response;
}

Response ask(const Router& router, std::string method, std::string target, Headers headers = {}) {
  Request request;
  request.method = std::move(method);
  request.target = std::move(target);
  request.headers = std::move(headers);
  return ask(router, std::move(request));
}

Router sample() {
  Router router;
  router.add("GET", "/", named("root"));
  router.add("GET", "/api/v2/users", named("list"));
  router.add("POST", "/api/v2/users", named("create"));
  router.add("GET", "/api/v2/users/{id}", named("get"));
  router.add("DELETE", "/api/v2/users/{id}", named("delete"));
  router.add("GET", "/api/v2/users/{id}/roles", named("roles"));
  router.add("GET", "/api/v2/users/search/all", named("search"));
  router.add("GET", "/api/v2/users/{id}/roles/{role}", named("role"));
  router.add("GET", "/api/v2/users/me", named("me"));
  router.add("GET", "/dashboard/{file...}", named("file"));
  router.add("GET", "/dashboard/index.html", named("index"));
  return router;
}

TEST(Router, FindsTheMostLiteralRoute) {
  const auto router = sample();
  const std::pair<const char*, const char*> cases[] = {
      {"/", "root"},
      {"/?x", "root"},
      {"/api/v2/users", "list"},
      {"/api/v2/users?page=0#", "list"},
      {"/api/v2/users/abc", "get id=abc"},
      {"/api/v2/users/auth0%7C123", "get id=auth0|123"},
      {"/api/v2/users/a%2Fb", "get id=a/b"},
      {"/api/v2/users/a%2fb/roles", "roles id=a/b"},
      {"/api/v2/users/a%3Fb", "get id=a?b"},
      {"/api/v2/users/a+b", "get id=a+b"},
      {"/api/v2/users/me", "me"},
      {"/api/v2/users/search", "get id=search"},
      {"/api/v2/users/search/all", "search"},
      {"/api/v2/users/search/roles", "roles id=search"},
      {"/api/v2/users/1/roles/2", "role id=1 role=2"},
      {"/dashboard/index.html", "index"},
      {"/dashboard/assets/a%20b.js", "file file=assets/a b.js"},
  };
  for (const auto& [target, expected] : cases) {
    const auto response = ask(router, "GET", target);
    EXPECT_EQ(response.status, 200) << target;
    EXPECT_EQ(response.body, expected) << target;
  }
}

TEST(Router, OtherPathsAre404) {
  const auto router = sample();
  for (const auto* target :
       {"/api", "/api/v2/users/", "/api/v2//users", "//", "/api/v2/users//roles", "/API/v2/users",
        "/api/v2/users/1/roles/", "/dashboard", "/dashboard/", "/dashboard/../x", "/dashboard/%2e%2e/x",
        "/dashboard/a/..", "/dashboard/a%2f..%2fx", "/dashboard/a//b", "/dashboard/a%5Cb", "*", ""}) {
    const auto response = ask(router, "GET", target);
    EXPECT_EQ(response.status, 404) << target;
    EXPECT_EQ(response.body, R"({"statusCode":404,"error":"Not Found","message":"Not Found"})");
  }
}

TEST(Router, OtherMethodsAre405WithAllow) {
  const auto response = ask(sample(), "PATCH", "/api/v2/users/1");

  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(response.headers.get("Allow"), "DELETE, GET, HEAD, OPTIONS");
}

TEST(Router, HeadAndOptionsComeWithGet) {
  EXPECT_EQ(ask(sample(), "HEAD", "/api/v2/users").body, "list");
  const auto options = ask(sample(), "OPTIONS", "/api/v2/users");
  EXPECT_EQ(options.status, 204);
  EXPECT_EQ(options.headers.get("Allow"), "GET, HEAD, OPTIONS, POST");
  Router only_post;
  only_post.add("POST", "/x", named("x"));
  EXPECT_EQ(ask(only_post, "HEAD", "/x").status, 405);
}

TEST(Router, MethodsAreCaseSensitive) { EXPECT_EQ(ask(sample(), "get", "/").status, 405); }

TEST(Router, ABadEscapeInAParameterIs400) { EXPECT_EQ(ask(sample(), "GET", "/api/v2/users/%zz").status, 400); }

TEST(Router, RefusesBadPatternsAtStart) {
  auto router = sample();
  for (const auto* pattern : {"", "x", "/{}", "/{a b}", "/a{b}", "/{t...}/x", "/%41", "/api/v2/users"})
    EXPECT_THROW(router.add("GET", pattern, named("x")), std::logic_error) << pattern;
}

TEST(Router, TellsTheLimitsOfARoute) {
  Router router;
  router.add("POST", "/import/{id}", named("x"), {.max_body = 5'000'000, .timeout = std::chrono::seconds(90)});

  EXPECT_EQ(router.limits("POST", "/import/1?x").max_body, 5'000'000U);
  EXPECT_EQ(router.limits("POST", "/import/1").timeout, std::chrono::seconds(90));
  EXPECT_EQ(router.limits("GET", "/import/1").max_body, std::nullopt);
  EXPECT_EQ(router.limits("POST", "/other").max_body, std::nullopt);
}

TEST(Router, ListsItsRoutes) {
  Router router;
  router.add("GET", "/b/{id}", named("x"));
  router.add("DELETE", "/a", named("x"));
  EXPECT_EQ(router.routes(), (std::vector<std::string>{"DELETE /a", "GET /b/{id}"}));
}

Router with_cors(bool credentials) {
  auto policy = std::make_shared<CorsPolicy>();
  policy->credentials = credentials;
  policy->allows = [](const Request&, std::string_view origin) -> base::awaitable<bool> {
    co_return origin == "https://app.example";
  };
  Router router;
  router.add("POST", "/oauth/token", named("token"), {.cors = policy});
  router.add("GET", "/oauth/token", named("no cors"));
  router.add("GET", "/.well-known/jwks.json", named("keys"), {.cors = CorsPolicy::public_documents()});
  return router;
}

TEST(Cors, APreflightOfAKnownOriginIsAnswered) {
  const auto response = ask(with_cors(true), "OPTIONS", "/oauth/token",
                            {{"Origin", "https://app.example"},
                             {"Access-Control-Request-Method", "POST"},
                             {"Access-Control-Request-Headers", "dpop"}});

  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(response.headers.get("Access-Control-Allow-Origin"), "https://app.example");
  EXPECT_EQ(response.headers.get("Access-Control-Allow-Credentials"), "true");
  EXPECT_EQ(response.headers.get("Access-Control-Allow-Methods"), "GET, HEAD, OPTIONS, POST");
  EXPECT_EQ(response.headers.get("Access-Control-Allow-Headers"),
            "Content-Type, Authorization, Auth0-Client, X-Request-Language, DPoP, Idempotency-Key");
  EXPECT_EQ(response.headers.get("Access-Control-Max-Age"), "600");
  EXPECT_EQ(response.headers.all("Vary").back(), "Origin");
}

TEST(Cors, APreflightOfAStrangerGetsNoPermission) {
  const auto response = ask(with_cors(true), "OPTIONS", "/oauth/token",
                            {{"Origin", "https://evil.example"}, {"Access-Control-Request-Method", "POST"}});

  EXPECT_EQ(response.status, 204);
  EXPECT_FALSE(response.headers.has("Access-Control-Allow-Origin"));
  EXPECT_FALSE(response.headers.has("Access-Control-Allow-Methods"));
  EXPECT_EQ(response.headers.all("Vary").back(), "Origin");
}

TEST(Cors, AnAnswerIsReadableForAKnownOriginOnly) {
  const auto router = with_cors(false);

  const auto known = ask(router, "POST", "/oauth/token", {{"Origin", "https://app.example"}});
  const auto stranger = ask(router, "POST", "/oauth/token", {{"Origin", "https://evil.example"}});
  const auto none = ask(router, "POST", "/oauth/token");

  EXPECT_EQ(known.body, "token");
  EXPECT_EQ(known.headers.get("Access-Control-Allow-Origin"), "https://app.example");
  EXPECT_FALSE(known.headers.has("Access-Control-Allow-Credentials"));
  EXPECT_EQ(known.headers.get("Access-Control-Expose-Headers"),
            "DPoP-Nonce, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After, X-Request-Id");
  EXPECT_EQ(stranger.body, "token");
  EXPECT_FALSE(stranger.headers.has("Access-Control-Allow-Origin"));
  EXPECT_EQ(stranger.headers.get("Vary"), "Origin");
  EXPECT_FALSE(none.headers.has("Access-Control-Allow-Origin"));
  EXPECT_EQ(none.headers.get("Vary"), "Origin");
}

TEST(Cors, PublicDocumentsAreForEverybody) {
  const auto response = ask(with_cors(true), "GET", "/.well-known/jwks.json", {{"Origin", "https://anybody.example"}});

  EXPECT_EQ(response.headers.get("Access-Control-Allow-Origin"), "*");
  EXPECT_FALSE(response.headers.has("Access-Control-Allow-Credentials"));
  EXPECT_FALSE(response.headers.has("Vary"));
}

TEST(Cors, ARouteWithoutPolicySaysNothing) {
  EXPECT_FALSE(ask(with_cors(true), "GET", "/oauth/token", {{"Origin", "https://app.example"}})
                   .headers.has("Access-Control-Allow-Origin"));
}

}  // namespace
}  // namespace cardea::http
