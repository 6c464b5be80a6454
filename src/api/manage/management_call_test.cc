#include "api/manage/management_call.h"

#include "tests/manage/manage_fixture.h"

namespace cardea::api {
namespace {

class ManagementCallTest : public ManageTest {
 protected:
  http::Request request() {
    http::Request out;
    out.method = "POST";
    out.target = out.path = "/api/v2/clients";
    out.host = kHost;
    out.headers.set("Authorization", "Bearer create:clients");
    out.headers.set("Content-Type", "application/json");
    out.body = R"({"name":"An app"})";
    return out;
  }
};

TEST_F(ManagementCallTest, WithoutATokenNobodyLearnsAnything) {
  const auto answer = call("GET", "/clients", "");

  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.body, parse(R"({"statusCode":401,"error":"Unauthorized","message":"Missing authentication"})"));
  EXPECT_TRUE(answer.headers.has("WWW-Authenticate"));
}

TEST_F(ManagementCallTest, ARefusedTokenSaysWhy) {
  const auto answer = call("GET", "/clients", "stolen");

  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.message(), "Invalid token");
}

TEST_F(ManagementCallTest, TheSchemesNameIgnoresCaseAndOtherSchemesDoNotCount) {
  auto shouted = request(), basic = request(), bare = request();
  shouted.headers.set("Authorization", "BEARER create:clients");
  basic.headers.set("Authorization", "Basic create:clients");
  bare.headers.set("Authorization", "Bearer ");

  EXPECT_EQ(send(shouted).status, 201);
  EXPECT_EQ(send(basic).status, 401);
  EXPECT_EQ(send(bare).status, 401);
}

TEST_F(ManagementCallTest, AMissingScopeIsNamed) {
  const auto answer = call("DELETE", "/clients/x", "read:clients,update:clients");

  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(
      answer.body,
      parse(R"({"statusCode":403,"error":"Forbidden","message":"Insufficient scope, expected any of: delete:clients",
                      "errorCode":"insufficient_scope"})"));
  EXPECT_EQ(call("GET", "/users", "read:clients").message(),
            "Insufficient scope, expected any of: read:users,read:user_idp_tokens");
}

TEST_F(ManagementCallTest, AScopeIsNoPrefixOfAnother) {
  EXPECT_EQ(call("GET", "/clients", "read:client").status, 403);
  EXPECT_EQ(call("GET", "/clients", "read:clients_x").status, 403);
}

TEST_F(ManagementCallTest, AnUnknownHostHasNoTenant) {
  EXPECT_EQ(call("GET", "/clients", "read:clients", "", "nobody.id.example.com:8443").status, 404);
}

TEST_F(ManagementCallTest, OnlyJsonObjectsAreTaken) {
  auto form = request(), broken = request(), list = request(), deep = request(), not_utf8 = request(),
       charset = request();
  form.headers.set("Content-Type", "application/x-www-form-urlencoded");
  broken.body = R"({"name":)";
  list.body = "[]";
  deep.body = R"({"name":"a","client_metadata":)" + std::string(5000, '[') + std::string(5000, ']') + "}";
  not_utf8.body = "{\"name\":\"\xFF\"}";
  charset.headers.set("Content-Type", "application/json; charset=utf-8");

  EXPECT_EQ(send(form).status, 415);
  EXPECT_EQ(send(broken).status, 400);
  EXPECT_EQ(send(broken).message(), "Invalid request payload JSON format");
  EXPECT_EQ(send(list).status, 400);
  EXPECT_EQ(send(deep).status, 400);
  EXPECT_EQ(send(not_utf8).status, 400);
  EXPECT_EQ(send(charset).status, 201);
}

TEST_F(ManagementCallTest, AnEmptyBodyCountsAsAnEmptyObject) {
  auto empty = request();
  empty.body.clear();

  EXPECT_EQ(send(empty).message(), "Payload validation error: 'Missing required property: name'.");
}

TEST_F(ManagementCallTest, ABrokenQueryIsRefused) {
  EXPECT_EQ(call("GET", "/clients?page=%zz", "read:clients").status, 400);
  EXPECT_EQ(call("GET", "/clients?=x", "read:clients").status, 400);
}

TEST_F(ManagementCallTest, AnUnavailableDatabaseIs503WithARetryAfter) {
  good(call("GET", "/clients", "read:clients"));
  database->down = true;

  const auto answer = call("GET", "/clients", "read:clients");

  EXPECT_EQ(answer.status, 503);
  EXPECT_TRUE(answer.headers.has("Retry-After"));
}

TEST_F(ManagementCallTest, AWriteLeavesAnEventWithoutTheToken) {
  good(call("POST", "/clients", "create:clients", R"({"name":"An app"})"));

  const auto events = this->events();
  ASSERT_FALSE(events.empty());
  EXPECT_EQ(events.back().type, "sapi");
  EXPECT_EQ(base::get_string_or(events.back().body, "description"), "Create a client");
  EXPECT_EQ(base::get_string_or(events.back().body, "client_id"), kClient);
  EXPECT_EQ(base::json::serialize(events.back().body).find("create:clients"), std::string::npos);
}

TEST_F(ManagementCallTest, ErrorsOfTheStoreHaveAStatusEach) {
  struct Case {
    base::Errc code;
    int status;
  };
  for (const auto& [code, status] : std::vector<Case>{{base::Errc::not_found, 404},
                                                      {base::Errc::already_exists, 409},
                                                      {base::Errc::conflict, 409},
                                                      {base::Errc::invalid, 400},
                                                      {base::Errc::denied, 403},
                                                      {base::Errc::read_only, 403},
                                                      {base::Errc::unconfirmed, 503},
                                                      {base::Errc::unavailable, 503}})
    EXPECT_EQ(from_store({code, "why"}).status, status) << base::to_string(code);
  EXPECT_EQ(from_store({base::Errc::read_only, ""}).code, "read_only_mode");
}

}  // namespace
}  // namespace cardea::api
