#include "api/manage/users.h"

#include "tests/manage/manage_fixture.h"

namespace cardea::api {
namespace {

constexpr std::string_view kEverything = "read:users,create:users,update:users,delete:users";

class UsersTest : public ManageTest {
 protected:
  Answer ask(std::string_view method, std::string_view target, std::string_view body = "") {
    return call(method, target, kEverything, body);
  }
  // Made by the API; gives "/users/<id>".
  std::string make(std::string_view email, base::json::object more = {}) {
    more["connection"] = kConnection;
    more["email"] = email;
    more["password"] = "A-good-passw0rd";
    return "/users/" + base::percent_encode(good(ask("POST", "/users", base::json::serialize(more))).member("user_id"));
  }
  std::vector<std::string> found(const std::string& query) {
    return all(good(ask("GET", "/users?" + query)).array(), "email");
  }
};

TEST_F(UsersTest, AUserIsMadeReadChangedAndDeleted) {
  const auto made = ask("POST", "/users",
                        R"({"connection":"Username-Password-Authentication","email":"Jane@Example.com",
                            "password":"A-good-passw0rd","app_metadata":{"plan":"gold"}})");
  ASSERT_EQ(made.status, 201);
  const auto path = "/users/" + base::percent_encode(made.member("user_id"));
  const auto read = ask("GET", path);
  const auto changed = ask("PATCH", path, R"({"name":"Jane","app_metadata":{"since":2025}})");
  const auto deleted = ask("DELETE", path);
  const auto gone = ask("GET", path);

  EXPECT_TRUE(made.member("user_id").starts_with("auth0|"));
  EXPECT_EQ(made.member("email"), "jane@example.com");
  EXPECT_EQ(made.object().at("email_verified"), false);
  ASSERT_EQ(made.object().at("identities").get_array().size(), 1U);
  const auto& identity = made.object().at("identities").get_array().front().get_object();
  EXPECT_EQ(base::get_string_or(identity, "connection"), kConnection);
  EXPECT_EQ("auth0|" + base::get_string_or(identity, "user_id"), made.member("user_id"));
  EXPECT_EQ(read.body, made.body);
  EXPECT_EQ(changed.member("name"), "Jane");
  EXPECT_EQ(changed.object().at("app_metadata"), parse(R"({"plan":"gold","since":2025})"));
  EXPECT_EQ(deleted.status, 204);
  EXPECT_EQ(gone.body, parse(R"({"statusCode":404,"error":"Not Found","message":"The user does not exist.",
                                 "errorCode":"inexistent_user"})"));
}

TEST_F(UsersTest, DeletingTwiceSucceedsTwice) {
  const auto path = make("jane@example.com");

  EXPECT_EQ(ask("DELETE", path).status, 204);
  EXPECT_EQ(ask("DELETE", path).status, 204);
}

TEST_F(UsersTest, ACreationIsRefusedWithTheReason) {
  struct Case {
    std::string_view body;
    int status;
    std::string_view message;
  };
  for (
      const auto& [body, status, message] : std::vector<Case>{
          {R"({})", 400, "Payload validation error: 'Missing required property: connection'."},
          {R"({"connection":"nothing","email":"a@b.c","password":"A-good-passw0rd"})", 400,
           "The connection does not exist."},
          {R"({"connection":"Username-Password-Authentication","password":"A-good-passw0rd"})", 400,
           "Payload validation error: 'Missing required property: email'."},
          {R"({"connection":"Username-Password-Authentication","email":"a@b.c"})", 400,
           "Payload validation error: 'Missing required property: password'."},
          {R"({"connection":"Username-Password-Authentication","email":"nobody","password":"A-good-passw0rd"})", 400,
           "Payload validation error: 'Object didn't pass validation for format email' on property email."},
          {R"({"connection":"Username-Password-Authentication","email":"a@b.c","password":"short"})", 400,
           "PasswordStrengthError: Password is too weak"},
          {R"({"connection":"Username-Password-Authentication","email":"a@b.c","password":"A-good-passw0rd","emial":"x"})",
           400, "Payload validation error: 'Additional properties not allowed: emial'."},
          {R"({"connection":"Username-Password-Authentication","email":"a@b.c","password":"A-good-passw0rd",
                "last_login":"2025-01-01"})",
           400, "Payload validation error: 'Additional properties not allowed: last_login'."},
          {R"({"connection":"Username-Password-Authentication","email":"a@b.c","password":"A-good-passw0rd",
                "app_metadata":{"blocked":true}})",
           400, "Payload validation error: 'Additional properties not allowed: blocked' on property app_metadata."}}) {
    const auto answer = ask("POST", "/users", body);
    EXPECT_EQ(answer.status, status) << body;
    EXPECT_EQ(answer.message(), message) << body;
  }
  EXPECT_TRUE(found("").empty());
}

TEST_F(UsersTest, AnAddressIsTakenOncePerConnection) {
  make("jane@example.com");

  const auto again =
      ask("POST", "/users", R"({"connection":"Username-Password-Authentication","email":"JANE@example.com",
                                               "password":"A-good-passw0rd"})");

  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(again.code(), "auth0_idp_error");
  EXPECT_EQ(again.message(), "The user already exists.");
}

TEST_F(UsersTest, NoAnswerShowsAPasswordOrItsHash) {
  const auto path = make("jane@example.com");
  ask("PATCH", path, R"({"password":"Another-passw0rd"})");

  for (const auto& answer :
       {ask("GET", path), ask("GET", "/users"), ask("GET", "/users-by-email?email=jane@example.com")}) {
    const auto text = base::json::serialize(answer.body);
    EXPECT_EQ(text.find("passw0rd"), std::string::npos);
    EXPECT_EQ(text.find("$2"), std::string::npos);
  }
}

TEST_F(UsersTest, ANewUserIsMailedUnlessToldOtherwise) {
  make("mailed@example.com");
  EXPECT_EQ(jobs("mail").size(), 1U);
  make("verified@example.com", {{"email_verified", true}});
  EXPECT_EQ(jobs("mail").size(), 0U);
  make("quiet@example.com", {{"verify_email", false}});
  EXPECT_EQ(jobs("mail").size(), 0U);
}

TEST_F(UsersTest, WhatMayNotTravelTogetherIsRefused) {
  const auto path = make("jane@example.com");

  EXPECT_EQ(ask("PATCH", path, R"({"email":"x@example.com","password":"Another-passw0rd"})").message(),
            "Cannot update email and username or password simultaneously");
  EXPECT_EQ(ask("PATCH", path, R"({"username":"x","password":"Another-passw0rd"})").message(),
            "Cannot update username and password simultaneously");
  EXPECT_EQ(ask("PATCH", path, R"({"user_id":"auth0|x"})").status, 400);
}

TEST_F(UsersTest, AChangedAddressIsUnverifiedAndOldOnesAreFree) {
  const auto path = make("jane@example.com", {{"email_verified", true}});

  const auto changed = ask("PATCH", path, R"({"email":"New@Example.com"})");

  EXPECT_EQ(changed.member("email"), "new@example.com");
  EXPECT_EQ(changed.object().at("email_verified"), false);
  EXPECT_FALSE(make("jane@example.com").empty());
  EXPECT_EQ(ask("PATCH", path, R"({"email":"jane@example.com"})").status, 409);
}

TEST_F(UsersTest, ANewPasswordIsTheOneThatCounts) {
  const auto path = make("jane@example.com");
  good(ask("PATCH", path, R"({"password":"Another-passw0rd"})"));
  const auto with = context();

  EXPECT_FALSE(run(passwords.check(with, client(with), connection(with), "jane@example.com", "A-good-passw0rd")));
  EXPECT_TRUE(run(passwords.check(with, client(with), connection(with), "jane@example.com", "Another-passw0rd")));
  EXPECT_EQ(ask("PATCH", path, R"({"password":"x"})").message(), "PasswordStrengthError: Password is too weak");
}

TEST_F(UsersTest, ABlockedUserShowsItAndAnUnblockedOneDoesNot) {
  const auto path = make("jane@example.com");

  EXPECT_FALSE(ask("GET", path).object().contains("blocked"));
  EXPECT_EQ(ask("PATCH", path, R"({"blocked":true})").object().at("blocked"), true);
  EXPECT_FALSE(ask("PATCH", path, R"({"blocked":false})").object().contains("blocked"));
}

TEST_F(UsersTest, ListsArePagedInTheStylesOfTheReference) {
  for (const auto* email : {"a@example.com", "b@example.com", "c@example.com"}) make(email);

  const auto bare = ask("GET", "/users?page=1&per_page=2&fields=email");
  const auto totals = ask("GET", "/users?per_page=2&include_totals=true&fields=email");

  EXPECT_EQ(bare.body, parse(R"([{"email":"c@example.com"}])"));
  EXPECT_EQ(totals.body, parse(R"({"start":0,"limit":2,"length":2,"total":3,
                                   "users":[{"email":"a@example.com"},{"email":"b@example.com"}]})"));
  EXPECT_EQ(ask("GET", "/users?page=5").body, parse("[]"));
  EXPECT_EQ(ask("GET", "/users?page=11&per_page=100").code(), "invalid_paging");
}

TEST_F(UsersTest, APageAndTheTotalOfAllReadNoMoreThanThePage) {
  constexpr int kUsers = 2500;
  write([&](store::Transaction& t) -> base::Result<void> {
    for (int i = 0; i < kUsers; ++i) {
      auto made = users.create_in(t, tenant_id, std::string(kConnection), "auth0",
                                  {{"email", "u" + std::to_string(i) + "@example.com"}}, std::nullopt);
      if (!made) return base::pass_on(made);
    }
    return {};
  });
  int pages = 0;
  database->during_page = [&] { ++pages; };
  const auto pages_of = [&](std::string_view query, std::uint64_t total) {
    pages = 0;
    const auto answer = good(ask("GET", "/users?" + std::string(query)));
    if (answer.body.is_object()) EXPECT_EQ(answer.object().at("total"), total) << query;
    EXPECT_EQ((answer.body.is_object() ? answer.object().at("users").get_array() : answer.array()).size(), 50U);
    return pages;
  };

  pages_of("", 0);  // the tenant is in memory from now on
  EXPECT_EQ(pages_of("", 0), 1);
  EXPECT_EQ(pages_of("page=19", 0), 1);
  EXPECT_EQ(pages_of("include_totals=true", kUsers), 1);
  EXPECT_EQ(pages_of("include_totals=true&page=19", kUsers), 1);
  EXPECT_EQ(pages_of("q=email:u1*", 0), 1) << "enough is found";
  EXPECT_EQ(pages_of("include_totals=true&q=email:u1*", 1111), 3) << "all are looked at";
  EXPECT_EQ(pages_of("include_totals=true&sort=email:1", kUsers), 3);
  database->during_page = nullptr;
}

TEST_F(UsersTest, ListsAreSearchedAndSorted) {
  make("a@example.com", {{"app_metadata", {{"plan", "gold"}}}});
  make("b@other.com", {{"app_metadata", {{"plan", "gold"}}}, {"email_verified", true}});
  make("c@example.com");

  EXPECT_EQ(found("q=app_metadata.plan:gold"), (std::vector<std::string>{"a@example.com", "b@other.com"}));
  EXPECT_EQ(found("q=email.domain:%22example.com%22+AND+NOT+app_metadata.plan:gold&search_engine=v3"),
            (std::vector<std::string>{"c@example.com"}));
  EXPECT_EQ(found("q=identities.connection:%22Username-Password-Authentication%22").size(), 3U);
  EXPECT_EQ(found("q=NOT+identities.provider:auth0").size(), 0U);
  EXPECT_EQ(found("sort=email:-1"), (std::vector<std::string>{"c@example.com", "b@other.com", "a@example.com"}));
  EXPECT_EQ(found("sort=email:1&page=1&per_page=1"), (std::vector<std::string>{"b@other.com"}));
  EXPECT_EQ(found("connection=Username-Password-Authentication").size(), 3U);
  EXPECT_EQ(found("connection=somewhere-else").size(), 0U);
  EXPECT_EQ(ask("GET", "/users?q=(").status, 400);
  EXPECT_EQ(ask("GET", "/users?search_engine=v2").status, 400);
  EXPECT_EQ(ask("GET", "/users?sort=email").status, 400);
}

TEST_F(UsersTest, UsersAreFoundByAddress) {
  make("jane@example.com");

  EXPECT_EQ(all(ask("GET", "/users-by-email?email=JANE%40example.com").array(), "email"),
            (std::vector<std::string>{"jane@example.com"}));
  EXPECT_EQ(ask("GET", "/users-by-email?email=john@example.com").body, parse("[]"));
  EXPECT_EQ(ask("GET", "/users-by-email?email=nonsense").body, parse("[]"));
  EXPECT_EQ(ask("GET", "/users-by-email").status, 400);
}

TEST_F(UsersTest, AnIdThatIsNoneIsRefused) {
  EXPECT_EQ(ask("GET", "/users/nobody").message(), "Object didn't pass validation for format user-id");
  EXPECT_EQ(ask("GET", "/users/auth0%7C" + std::string(300, 'a')).status, 400);
  EXPECT_EQ(ask("GET", "/users/auth0%7Cnobody").status, 404);
  EXPECT_EQ(ask("PATCH", "/users/auth0%7Cnobody", R"({"name":"x"})").status, 404);
}

TEST_F(UsersTest, TenantsDoNotSeeEachOther) {
  const auto path = make("jane@example.com");

  EXPECT_EQ(call("GET", path, kEverything, "", kOtherHost).status, 404);
  EXPECT_EQ(call("PATCH", path, kEverything, R"({"name":"x"})", kOtherHost).status, 404);
  EXPECT_EQ(call("DELETE", path, kEverything, "", kOtherHost).status, 204);
  EXPECT_EQ(call("GET", "/users", kEverything, "", kOtherHost).body, parse("[]"));
  EXPECT_EQ(call("GET", "/users-by-email?email=jane@example.com", kEverything, "", kOtherHost).body, parse("[]"));
  EXPECT_EQ(ask("GET", path).status, 200);
}

TEST_F(UsersTest, AUserWhoIsDeletedFreesTheAddress) {
  const auto path = make("jane@example.com");
  good(ask("DELETE", path));

  EXPECT_FALSE(make("jane@example.com").empty());
}

}  // namespace
}  // namespace cardea::api
