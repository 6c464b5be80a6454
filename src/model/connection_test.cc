#include "model/connection.h"

#include <gtest/gtest.h>

namespace cardea::model {
namespace {

using base::json::object;

object parse(std::string_view text) { return base::parse_json(text).value().as_object(); }
Connection connection(std::string_view text) { return connection_from_document("row", parse(text)); }
Connection with_options(std::string_view options) { return connection("{\"options\":" + std::string(options) + "}"); }

TEST(ConnectionTest, an_empty_document_gives_every_default_of_the_reference) {
  for (const auto* text : {R"({"name":"people"})", R"({"name":"people","options":{}})",
                           R"({"name":"people","options":"x","realms":"y","enabled_clients":7})"}) {
    const auto c = connection(text);
    EXPECT_EQ(c.realms, std::vector<std::string>{"people"}) << text;
    EXPECT_TRUE(c.enabled_clients.empty()) << text;
    EXPECT_EQ(c.password_policy, PasswordPolicy::good) << text;
    EXPECT_EQ(c.password_min_length, 0) << text;
    EXPECT_FALSE(c.requires_username || c.disable_signup) << text;
    EXPECT_EQ(c.username_min, 1) << text;
    EXPECT_EQ(c.username_max, 15) << text;
    EXPECT_TRUE(c.brute_force_protection) << text;
  }
}

TEST(ConnectionTest, password_rules_are_read) {
  const struct {
    std::string_view options;
    PasswordPolicy policy;
    int min_length;
  } cases[] = {
      {R"({"passwordPolicy":"none"})", PasswordPolicy::none, 0},
      {R"({"passwordPolicy":"low"})", PasswordPolicy::low, 0},
      {R"({"passwordPolicy":"fair"})", PasswordPolicy::fair, 0},
      {R"({"passwordPolicy":"excellent","password_complexity_options":{"min_length":12}})", PasswordPolicy::excellent,
       12},
      {R"({"passwordPolicy":"superb","password_complexity_options":{"min_length":129}})", PasswordPolicy::good, 0},
      {R"({"password_options":{"complexity":{"min_length":15}},"password_complexity_options":{"min_length":2}})",
       PasswordPolicy::good, 15},
  };
  for (const auto& test : cases) {
    const auto c = with_options(test.options);
    EXPECT_EQ(c.password_policy, test.policy) << test.options;
    EXPECT_EQ(c.password_min_length, test.min_length) << test.options;
  }
}

TEST(ConnectionTest, username_rules_have_an_older_and_a_newer_form) {
  const struct {
    std::string_view options;
    bool required;
    int min, max;
  } cases[] = {
      {R"({"requires_username":true,"validation":{"username":{"min":3,"max":20}}})", true, 3, 20},
      {R"({"requires_username":true,"validation":{"username":{"min":30,"max":20}}})", true, 30, 30},
      {R"({"validation":{"username":{"min":0,"max":1000}}})", false, 1, 15},
      {R"({"attributes":{"username":{"identifier":{"active":true},"validation":{"min_length":2,"max_length":128}}}})",
       true, 2, 128},
      {R"({"attributes":{"username":{"signup":{"status":"required"}}}})", true, 1, 15},
      {R"({"attributes":{"username":{"signup":{"status":"optional"}}},"requires_username":true})", false, 1, 15},
  };
  for (const auto& test : cases) {
    const auto c = with_options(test.options);
    EXPECT_EQ(c.requires_username, test.required) << test.options;
    EXPECT_EQ(c.username_min, test.min) << test.options;
    EXPECT_EQ(c.username_max, test.max) << test.options;
  }
}

TEST(ConnectionTest, enabled_clients_are_read_from_both_forms) {
  const auto stored = connection(R"({"enabled_clients":{"b":true,"a":true,"off":false}})");
  const auto shown = connection(R"({"enabled_clients":["a","b"]})");

  EXPECT_EQ(stored.enabled_clients, (std::vector{ClientId{"a"}, ClientId{"b"}}));
  EXPECT_EQ(shown.enabled_clients, stored.enabled_clients);
  EXPECT_TRUE(stored.enabled_for(ClientId{"a"}));
  EXPECT_FALSE(stored.enabled_for(ClientId{"off"}));
  EXPECT_EQ(stored.document.at("enabled_clients"), parse(R"({"x":["a","b"]})").at("x"));
}

TEST(ConnectionTest, the_two_forms_turn_into_each_other) {
  const auto set = with_enabled_clients_as_set(parse(R"({"name":"n","enabled_clients":["a","b",1]})"));

  EXPECT_EQ(set, parse(R"({"name":"n","enabled_clients":{"a":true,"b":true}})"));
  EXPECT_EQ(with_enabled_clients_as_array(set), parse(R"({"name":"n","enabled_clients":["a","b"]})"));
  EXPECT_EQ(with_enabled_clients_as_set(parse(R"({"name":"n"})")), parse(R"({"name":"n"})"));
  EXPECT_EQ(with_enabled_clients_as_array({}), parse(R"({"enabled_clients":[]})"));
}

}  // namespace
}  // namespace cardea::model
