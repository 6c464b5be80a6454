#include "api/manage/resource.h"

#include "tests/manage/manage_fixture.h"

namespace cardea::api {
namespace {

constexpr std::string_view kEverything =
    "read:clients,read:client_keys,create:clients,update:clients,update:client_keys,delete:clients,"
    "read:connections,create:connections,update:connections,delete:connections,"
    "read:resource_servers,create:resource_servers,update:resource_servers,delete:resource_servers,"
    "read:client_grants,create:client_grants,update:client_grants,delete:client_grants";

class ResourceTest : public ManageTest {
 protected:
  Answer ask(std::string_view method, std::string_view target, std::string_view body = "") {
    return call(method, target, kEverything, body);
  }
  std::string make_client(std::string_view body) { return good(ask("POST", "/clients", body)).member("client_id"); }
  std::string make_api(std::string_view identifier) {
    return good(ask("POST", "/resource-servers",
                    base::json::serialize(base::json::object{{"identifier", identifier},
                                                             {"scopes", base::json::array{{{"value", "read:x"}}}}})))
        .member("id");
  }
};

TEST_F(ResourceTest, AClientIsMadeReadChangedAndDeleted) {
  const auto made =
      ask("POST", "/clients", R"({"name":"An app","app_type":"spa","callbacks":["https://a.example/cb"]})");
  ASSERT_EQ(made.status, 201);
  const auto path = "/clients/" + made.member("client_id");
  const auto read = ask("GET", path);
  const auto changed = ask("PATCH", path, R"({"name":"Another name","callbacks":null})");
  const auto deleted = ask("DELETE", path);
  const auto gone = ask("GET", path);

  EXPECT_EQ(made.member("client_id").size(), 32U);
  EXPECT_EQ(made.member("tenant"), "acme");
  EXPECT_EQ(made.member("token_endpoint_auth_method"), "none");
  EXPECT_EQ(read.status, 200);
  EXPECT_EQ(read.body, made.body);
  EXPECT_EQ(changed.status, 200);
  EXPECT_EQ(changed.member("name"), "Another name");
  EXPECT_FALSE(changed.object().contains("callbacks"));
  EXPECT_EQ(deleted.status, 204);
  EXPECT_TRUE(deleted.body.is_null());
  EXPECT_EQ(gone.status, 404);
  EXPECT_EQ(gone.body, parse(R"({"statusCode":404,"error":"Not Found","message":"The client does not exist",
                                 "errorCode":"inexistent_client"})"));
}

TEST_F(ResourceTest, DeletingTwiceSucceedsTwice) {
  const auto path = "/clients/" + make_client(R"({"name":"An app"})");

  EXPECT_EQ(ask("DELETE", path).status, 204);
  EXPECT_EQ(ask("DELETE", path).status, 204);
}

TEST_F(ResourceTest, UnknownFieldsAreNamedAndNothingIsWritten) {
  const auto path = "/clients/" + make_client(R"({"name":"An app"})");
  const auto events = event_types().size();

  const auto made = ask("POST", "/clients", R"({"name":"x","nmae":"y"})");
  const auto changed = ask("PATCH", path, R"({"name":"x","client_id":"y"})");

  EXPECT_EQ(made.status, 400);
  EXPECT_EQ(made.body, parse(R"({"statusCode":400,"error":"Bad Request","errorCode":"invalid_body",
                      "message":"Payload validation error: 'Additional properties not allowed: nmae'."})"));
  EXPECT_EQ(changed.message(), "Payload validation error: 'Additional properties not allowed: client_id'.");
  EXPECT_EQ(ask("GET", path).member("name"), "An app");
  EXPECT_EQ(event_types().size(), events);
}

TEST_F(ResourceTest, OnlyAScopeOfItsOwnShowsTheSecret) {
  const auto made = call("POST", "/clients", "create:clients,read:client_keys", R"({"name":"An app"})");
  const auto path = "/clients/" + made.member("client_id");

  EXPECT_EQ(made.member("client_secret").size(), 64U);
  EXPECT_EQ(call("GET", path, "read:client_keys").member("client_secret"), made.member("client_secret"));
  EXPECT_FALSE(call("GET", path, "read:clients").object().contains("client_secret"));
  EXPECT_FALSE(call("PATCH", path, "update:clients", R"({"name":"x"})").object().contains("client_secret"));
  for (const auto& row : call("GET", "/clients", "read:clients").array())
    EXPECT_FALSE(row.get_object().contains("client_secret"));
}

TEST_F(ResourceTest, WhoMakesAClientLearnsItsSecretOnlyWithTheScope) {
  EXPECT_FALSE(call("POST", "/clients", "create:clients", R"({"name":"An app"})").object().contains("client_secret"));
}

TEST_F(ResourceTest, ASecretIsRotated) {
  const auto made = ask("POST", "/clients", R"({"name":"An app"})");
  const auto path = "/clients/" + made.member("client_id");

  const auto rotated = call("POST", path + "/rotate-secret", "update:client_keys");

  EXPECT_EQ(rotated.status, 200);
  EXPECT_EQ(rotated.member("client_secret").size(), 64U);
  EXPECT_NE(rotated.member("client_secret"), made.member("client_secret"));
  EXPECT_EQ(ask("GET", path).member("client_secret"), rotated.member("client_secret"));
  EXPECT_EQ(call("POST", "/clients/nobody/rotate-secret", "update:client_keys").status, 404);
}

TEST_F(ResourceTest, AnUpdateDoesNotTouchTheSecret) {
  const auto made = ask("POST", "/clients", R"({"name":"An app"})");

  const auto changed = ask("PATCH", "/clients/" + made.member("client_id"), R"({"name":"x"})");

  EXPECT_EQ(changed.member("client_secret"), made.member("client_secret"));
}

TEST_F(ResourceTest, AClientsRulesAreKept) {
  struct Case {
    std::string_view body, message;
  };
  for (const auto& [body, message] : std::vector<Case>{
           {R"({"name":"x","refresh_token":{"rotation_type":"rotating","expiration_type":"non-expiring"}})",
            "Payload validation error: 'A rotating refresh token must be expiring' on property "
            "refresh_token.expiration_type."},
           {R"({"name":"x","refresh_token":{"rotation_type":"rotating"}})",
            "Payload validation error: 'Missing required property: expiration_type' on property refresh_token."},
           {R"({"name":"x","client_metadata":{"a":1}})",
            "Payload validation error: 'Expected short string values' on property client_metadata."},
           {R"({"name":"x","callbacks":["no url"]})",
            "Payload validation error: 'Object didn't pass validation for format url' on property callbacks[0]."},
           {R"({"name":"x","app_type":"robot"})",
            "Payload validation error: 'No enum match for: robot' on property app_type."},
           {R"({"name":"<script>"})",
            "Payload validation error: 'Object didn't pass validation for format name' on property name."}}) {
    const auto answer = ask("POST", "/clients", body);
    EXPECT_EQ(answer.status, 400) << body;
    EXPECT_EQ(answer.message(), message) << body;
  }
}

TEST_F(ResourceTest, AChangedTokenSettingIsComplete) {
  const auto path = "/clients/" + make_client(R"({"name":"An app"})");

  const auto changed = ask("PATCH", path, R"({"refresh_token":{"rotation_type":"rotating","expiration_type":"expiring"},
                                              "jwt_configuration":{"alg":"ES256"}})");

  EXPECT_EQ(changed.object().at("refresh_token"),
            parse(R"({"rotation_type":"rotating","expiration_type":"expiring","leeway":0,"token_lifetime":2592000,
                      "idle_token_lifetime":1296000,"infinite_token_lifetime":false,"infinite_idle_token_lifetime":false})"));
  EXPECT_EQ(changed.object().at("jwt_configuration"),
            parse(R"({"alg":"ES256","lifetime_in_seconds":36000,"secret_encoded":false})"));
}

TEST_F(ResourceTest, ListsComeInEveryStyle) {
  for (const auto* name : {"b", "c", "d"}) make_client(base::json::serialize(base::json::object{{"name", name}}));

  const auto bare = ask("GET", "/clients?fields=name&page=1&per_page=2");
  const auto totals = ask("GET", "/clients?fields=name&page=0&per_page=2&include_totals=true");
  const auto first = ask("GET", "/clients?fields=name&take=3");
  const auto last = ask("GET", "/clients?fields=name&take=3&from=" + first.member("next"));

  EXPECT_EQ(bare.body, parse(R"([{"name":"c"},{"name":"d"}])"));
  EXPECT_EQ(totals.body, parse(R"({"start":0,"limit":2,"length":2,"total":4,
                                   "clients":[{"name":"The Application"},{"name":"b"}]})"));
  EXPECT_EQ(all(first.object().at("clients").get_array(), "name"),
            (std::vector<std::string>{"The Application", "b", "c"}));
  EXPECT_EQ(last.body, parse(R"({"clients":[{"name":"d"}]})"));
  EXPECT_EQ(ask("GET", "/clients?per_page=101").status, 400);
}

TEST_F(ResourceTest, ListsAreFiltered) {
  make_client(R"({"name":"spa","app_type":"spa","is_first_party":false})");
  make_client(R"({"name":"native","app_type":"native"})");

  EXPECT_EQ(all(ask("GET", "/clients?app_type=spa").array(), "name"), (std::vector<std::string>{"spa"}));
  EXPECT_EQ(all(ask("GET", "/clients?app_type=spa,native").array(), "name"),
            (std::vector<std::string>{"spa", "native"}));
  EXPECT_EQ(all(ask("GET", "/clients?is_first_party=false").array(), "name"), (std::vector<std::string>{"spa"}));
  EXPECT_EQ(ask("GET", "/clients?is_global=true").array().size(), 0U);
  EXPECT_EQ(ask("GET", "/clients?is_first_party=maybe").status, 400);
}

TEST_F(ResourceTest, FieldsAreChosen) {
  const auto path = "/clients/" + make_client(R"({"name":"An app"})");

  EXPECT_EQ(ask("GET", path + "?fields=name,tenant").body, parse(R"({"name":"An app","tenant":"acme"})"));
  EXPECT_FALSE(ask("GET", path + "?fields=name&include_fields=false").object().contains("name"));
}

TEST_F(ResourceTest, AConnectionIsMadeAndChanged) {
  const auto made =
      ask("POST", "/connections", R"({"name":"people","strategy":"auth0","enabled_clients":["client-one"]})");
  ASSERT_EQ(made.status, 201);
  const auto path = "/connections/" + made.member("id");
  const auto changed = ask("PATCH", path, R"({"options":{"passwordPolicy":"low"},"enabled_clients":[]})");

  EXPECT_TRUE(made.member("id").starts_with("con_"));
  EXPECT_EQ(made.object().at("realms"), parse(R"(["people"])"));
  EXPECT_EQ(made.object().at("enabled_clients"), parse(R"(["client-one"])"));
  EXPECT_EQ(base::get_string_or(made.object().at("options").get_object(), "passwordPolicy"), "good");
  EXPECT_EQ(base::get_string_or(changed.object().at("options").get_object(), "passwordPolicy"), "low");
  EXPECT_EQ(changed.object().at("enabled_clients"), parse("[]"));
  EXPECT_EQ(ask("PATCH", path, R"({"name":"other"})").status, 400);
  EXPECT_EQ(ask("DELETE", path).status, 204);
  EXPECT_EQ(ask("GET", path).code(), "inexistent_connection");
}

TEST_F(ResourceTest, ANameIsTakenOnce) {
  ask("POST", "/connections", R"({"name":"people","strategy":"auth0"})");

  const auto again = ask("POST", "/connections", R"({"name":"people","strategy":"auth0"})");

  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(again.body, parse(R"({"statusCode":409,"error":"Conflict","errorCode":"connection_conflict",
                                  "message":"A connection with the same name already exists"})"));
}

TEST_F(ResourceTest, AConnectionsStrategyMustBeOneThatSignsIn) {
  const auto answer = ask("POST", "/connections", R"({"name":"people","strategy":"carrier-pigeon"})");

  EXPECT_EQ(answer.message(), "Payload validation error: 'No enum match for: carrier-pigeon' on property strategy.");
}

TEST_F(ResourceTest, ADeletedClientLeavesItsConnections) {
  const auto client = make_client(R"({"name":"An app"})");
  good(ask("PATCH", "/connections/con_1", R"({"enabled_clients":["client-one",")" + client + R"("]})"));

  good(ask("DELETE", "/clients/" + client));

  EXPECT_EQ(ask("GET", "/connections/con_1").object().at("enabled_clients"), parse(R"(["client-one"])"));
}

TEST_F(ResourceTest, AnApiIsFoundByItsIdentifierToo) {
  const auto id = make_api("https://api.example.com/");

  EXPECT_EQ(ask("GET", "/resource-servers/" + id).member("identifier"), "https://api.example.com/");
  EXPECT_EQ(ask("GET", "/resource-servers/https%3A%2F%2Fapi.example.com%2F").member("id"), id);
  EXPECT_EQ(ask("PATCH", "/resource-servers/https%3A%2F%2Fapi.example.com%2F", R"({"name":"The API"})").member("name"),
            "The API");
  EXPECT_EQ(ask("POST", "/resource-servers", R"({"identifier":"https://api.example.com/"})").code(),
            "resource_server_conflict");
}

TEST_F(ResourceTest, ALifetimeForTheWebIsNoLongerThanTheOther) {
  const auto shorter = ask("POST", "/resource-servers", R"({"identifier":"a","token_lifetime":600})");
  const auto id = shorter.member("id");

  EXPECT_EQ(shorter.object().at("token_lifetime_for_web"), 600);
  EXPECT_EQ(ask("PATCH", "/resource-servers/" + id, R"({"token_lifetime_for_web":601})").status, 400);
  EXPECT_EQ(ask("PATCH", "/resource-servers/" + id, R"({"token_lifetime":60})").object().at("token_lifetime_for_web"),
            60);
  EXPECT_EQ(ask("PATCH", "/resource-servers/" + id, R"({"token_lifetime":60,"token_lifetime_for_web":60})").status,
            200);
}

TEST_F(ResourceTest, ASystemApiStays) {
  write([&](store::Transaction& t) -> base::Result<void> {
    auto made = configuration.create_in(t, tenant_id, store::Kind::resource_server,
                                        {{"identifier", "system"}, {"name", "System"}, {"is_system", true}});
    if (!made) return base::pass_on(made);
    return {};
  });

  EXPECT_EQ(ask("DELETE", "/resource-servers/system").status, 403);
  EXPECT_EQ(ask("PATCH", "/resource-servers/system", R"({"name":"x"})").status, 400);
  EXPECT_EQ(ask("PATCH", "/resource-servers/system", R"({"token_lifetime":60,"token_lifetime_for_web":60})").status,
            200);
}

TEST_F(ResourceTest, AGrantBelongsToAClientAndAnApiThatExist) {
  make_api("https://api.example.com/");

  const auto made = ask("POST", "/client-grants",
                        R"({"client_id":"client-one","audience":"https://api.example.com/","scope":["read:x"]})");
  const auto again =
      ask("POST", "/client-grants", R"({"client_id":"client-one","audience":"https://api.example.com/","scope":[]})");

  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(made.member("subject_type"), "client");
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(again.code(), "client_grant_conflict");
  EXPECT_EQ(ask("POST", "/client-grants", R"({"client_id":"nobody","audience":"https://api.example.com/","scope":[]})")
                .status,
            400);
  EXPECT_EQ(ask("POST", "/client-grants", R"({"client_id":"client-one","audience":"nothing","scope":[]})").status, 400);
  EXPECT_EQ(
      ask("PATCH", "/client-grants/" + made.member("id"), R"({"scope":["write:x"]})").message(),
      "Payload validation error: 'Some scopes are not defined in the resource server: write:x' on property scope.");
  EXPECT_EQ(ask("GET", "/client-grants?client_id=client-one").array().size(), 1U);
  EXPECT_EQ(ask("GET", "/client-grants?audience=other").array().size(), 0U);
}

TEST_F(ResourceTest, TenantsDoNotSeeEachOther) {
  const auto client = make_client(R"({"name":"An app"})");
  const auto elsewhere = [&](std::string_view method, const std::string& target, std::string_view body = "") {
    return call(method, target, kEverything, body, kOtherHost);
  };

  EXPECT_EQ(elsewhere("GET", "/clients/" + client).status, 404);
  EXPECT_EQ(elsewhere("PATCH", "/clients/" + client, R"({"name":"x"})").status, 404);
  EXPECT_EQ(elsewhere("DELETE", "/clients/" + client).status, 204);
  EXPECT_EQ(elsewhere("POST", "/clients/" + client + "/rotate-secret").status, 404);
  EXPECT_EQ(all(elsewhere("GET", "/clients").array(), "client_id"), (std::vector<std::string>{"client-one"}));
  EXPECT_EQ(ask("GET", "/clients/" + client).member("name"), "An app");
}

TEST_F(ResourceTest, AHostileIdIsRefusedAndNeverAnError) {
  EXPECT_EQ(ask("GET", "/clients/" + std::string(5000, 'a')).status, 400);
  EXPECT_EQ(ask("GET", "/clients/%00").status, 404);
  EXPECT_EQ(ask("GET", "/clients/%FF%FE").status, 404);
  EXPECT_EQ(ask("GET", "/clients/..%2F..%2Fetc").status, 404);
  EXPECT_EQ(ask("GET", "/clients/%zz").status, 400);
  EXPECT_EQ(ask("PUT", "/clients/x").status, 405);
}

}  // namespace
}  // namespace cardea::api
