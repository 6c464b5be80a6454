#pragma once

#include "model/client.h"
#include "tests/store_contract/records_contract.h"

namespace cardea::store::contract {

class ConfigurationContract : public RecordsContract {
 protected:
  base::Result<Configuration::Entry> create(Kind kind, base::json::object document) {
    return commit([&](Transaction& t) { return configuration().create_in(t, tenant_, kind, document); });
  }
  base::Result<Configuration::Entry> update(Kind kind, const std::string& id, base::json::object changes) {
    return commit([&](Transaction& t) { return configuration().update_in(t, tenant_, kind, id, changes); });
  }
  base::Result<void> erase(Kind kind, const std::string& id) {
    return commit([&](Transaction& t) { return configuration().erase_in(t, tenant_, kind, id); });
  }
  std::string member(const base::Result<Configuration::Entry>& entry, std::string_view name) {
    return base::get_string_or(entry.value().document, name);
  }
};

TEST_P(ConfigurationContract, ids_have_the_form_that_their_kind_shows) {
  const auto client = create(Kind::client, {{"name", "App"}});
  const auto connection = create(Kind::connection, {{"name", "people"}, {"strategy", "auth0"}});
  const auto api = create(Kind::resource_server, {{"identifier", "https://api"}});
  const auto grant = create(Kind::client_grant, {{"client_id", "x"}, {"audience", "https://api"}});

  EXPECT_EQ(member(client, "client_id").size(), 32U);
  EXPECT_TRUE(member(connection, "id").starts_with("con_"));
  EXPECT_EQ(member(connection, "id").size(), 20U);
  EXPECT_EQ(member(api, "id").size(), 24U);
  EXPECT_TRUE(member(grant, "id").starts_with("cgr_"));
  EXPECT_EQ(member(grant, "subject_type"), "client");
  EXPECT_EQ(member(create(Kind::client, {{"client_id", "chosen"}}), "client_id"), "chosen");
}

TEST_P(ConfigurationContract, a_secret_is_sealed_at_rest_and_opened_for_its_reader) {
  const auto client = create(Kind::client, {{"name", "App"}, {"client_secret", "correct horse"}});

  const auto found = wait(configuration().find(tenant_, Kind::client, member(client, "client_id")));
  const auto row = wait(database().get(Key{tenant_, Kind::client, client->row_id}));

  EXPECT_EQ(member(found, "client_secret"), "correct horse");
  EXPECT_EQ(found->row_id, client->row_id);
  ASSERT_TRUE(row);
  EXPECT_EQ(base::json::serialize(row->groups).find("correct horse"), std::string::npos);
  EXPECT_NE(base::get_string_or(row->document(), "client_secret"), "");
}

TEST_P(ConfigurationContract, a_secret_is_made_for_those_who_need_one) {
  const auto web = create(Kind::client, {{"app_type", "regular_web"}});
  const auto other = create(Kind::client, {{"app_type", "regular_web"}});
  const auto spa = create(Kind::client, {{"app_type", "spa"}});
  const auto rsa = create(Kind::resource_server, {{"identifier", "a"}});
  const auto hmac = create(Kind::resource_server, {{"identifier", "b"}, {"signing_alg", "HS256"}});

  EXPECT_EQ(member(web, "client_secret").size(), 64U);
  EXPECT_NE(member(web, "client_secret"), member(other, "client_secret"));
  EXPECT_FALSE(spa->document.contains("client_secret"));
  EXPECT_FALSE(rsa->document.contains("signing_secret"));
  EXPECT_EQ(member(hmac, "signing_secret").size(), 64U);
  const auto confidential =
      update(Kind::client, member(spa, "client_id"), {{"token_endpoint_auth_method", "client_secret_post"}});
  EXPECT_EQ(member(confidential, "client_secret").size(), 64U);
}

TEST_P(ConfigurationContract, changes_replace_members_and_leave_the_others) {
  const auto client = create(Kind::client, {{"name", "App"},
                                            {"description", "d"},
                                            {"from_the_future", {{"x", 1}}},
                                            {"nothing", nullptr},
                                            {"jwt_configuration", {{"alg", "RS256"}}}});
  const auto id = member(client, "client_id"), secret = member(client, "client_secret");
  EXPECT_FALSE(client->document.contains("nothing"));

  const auto changed =
      update(Kind::client, id, {{"name", "New"}, {"description", nullptr}, {"jwt_configuration", {{"lifetime", 1}}}});

  EXPECT_EQ(member(changed, "name"), "New");
  EXPECT_FALSE(changed->document.contains("description"));
  EXPECT_EQ(changed->document.at("jwt_configuration"), base::json::value({{"lifetime", 1}}));
  EXPECT_EQ(changed->document.at("from_the_future"), base::json::value({{"x", 1}}));
  EXPECT_EQ(member(changed, "client_secret"), secret);
  EXPECT_EQ(wait(configuration().find(tenant_, Kind::client, id))->document, changed->document);
  EXPECT_EQ(member(update(Kind::client, id, {{"client_secret", "mine"}}), "client_secret"), "mine");
  const auto rotated = member(update(Kind::client, id, {{"client_secret", nullptr}}), "client_secret");
  EXPECT_EQ(rotated.size(), 64U) << "removing it makes a new one";
  EXPECT_EQ(code_of(update(Kind::client, "unknown", {{"name", "x"}})), base::Errc::not_found);
}

TEST_P(ConfigurationContract, names_are_unique_in_a_tenant_and_never_change) {
  const auto people = create(Kind::connection, {{"name", "people"}, {"strategy", "auth0"}});

  EXPECT_EQ(code_of(create(Kind::connection, {{"name", "people"}, {"strategy", "samlp"}})), base::Errc::already_exists);
  EXPECT_EQ(code_of(create(Kind::connection, {{"strategy", "auth0"}})), base::Errc::invalid);
  EXPECT_EQ(code_of(update(Kind::connection, member(people, "id"), {{"name", "others"}})), base::Errc::invalid);
  EXPECT_TRUE(update(Kind::connection, member(people, "id"), {{"name", "people"}, {"display_name", "P"}}));
  EXPECT_EQ(wait(configuration().find_by_name(tenant_, Kind::connection, "people"))->row_id, people->row_id);
  const auto grant = create(Kind::client_grant, {{"client_id", "c"}, {"audience", "a"}});
  EXPECT_EQ(code_of(create(Kind::client_grant, {{"client_id", "c"}, {"audience", "a"}})), base::Errc::already_exists);
  EXPECT_TRUE(create(Kind::client_grant, {{"client_id", "c"}, {"audience", "a"}, {"subject_type", "user"}}));
  EXPECT_EQ(wait(configuration().find_by_name(tenant_, Kind::client_grant, "c a client"))->row_id, grant->row_id);
  ASSERT_TRUE(erase(Kind::connection, member(people, "id")));
  EXPECT_TRUE(create(Kind::connection, {{"name", "people"}, {"strategy", "auth0"}})) << "the name is free again";
}

TEST_P(ConfigurationContract, the_clients_of_a_connection_are_shown_as_a_sorted_list) {
  const auto none = create(Kind::connection, {{"name", "none"}, {"strategy", "auth0"}});
  const auto connection =
      create(Kind::connection, {{"name", "people"}, {"strategy", "auth0"}, {"enabled_clients", {"b", "a"}}});

  EXPECT_EQ(none->document.at("enabled_clients"), base::json::array{});
  EXPECT_EQ(connection->document.at("enabled_clients"), base::json::value({"a", "b"}));
  const auto changed =
      update(Kind::connection, member(connection, "id"), {{"enabled_clients", base::json::array{"c"}}});
  EXPECT_EQ(changed->document.at("enabled_clients"), base::json::array{"c"});
  const auto all = wait(configuration().all(tenant_, Kind::connection));
  ASSERT_EQ(all->size(), 2U);
  EXPECT_EQ(wait(configuration().find_by_name(tenant_, Kind::connection, "people"))->document, changed->document);
}

TEST_P(ConfigurationContract, an_erased_client_leaves_no_trace) {
  for (const auto* id : {"gone", "stays"}) ASSERT_TRUE(create(Kind::client, {{"client_id", id}}));
  ASSERT_TRUE(
      create(Kind::connection, {{"name", "people"}, {"strategy", "auth0"}, {"enabled_clients", {"gone", "stays"}}}));
  ASSERT_TRUE(create(Kind::client_grant, {{"client_id", "gone"}, {"audience", "a"}}));
  ASSERT_TRUE(create(Kind::client_grant, {{"client_id", "stays"}, {"audience", "a"}}));

  ASSERT_TRUE(erase(Kind::client, "gone"));

  EXPECT_EQ(code_of(wait(configuration().find(tenant_, Kind::client, "gone"))), base::Errc::not_found);
  EXPECT_EQ(wait(configuration().find_by_name(tenant_, Kind::connection, "people"))->document.at("enabled_clients"),
            base::json::array{"stays"});
  const auto grants = wait(configuration().all(tenant_, Kind::client_grant));
  ASSERT_EQ(grants->size(), 1U);
  EXPECT_EQ(base::get_string_or(grants->front().document, "client_id"), "stays");
  EXPECT_EQ(code_of(erase(Kind::client, "gone")), base::Errc::not_found);
}

TEST_P(ConfigurationContract, an_erased_api_takes_its_grants_along) {
  const auto api = create(Kind::resource_server, {{"identifier", "https://api"}});
  ASSERT_TRUE(create(Kind::client_grant, {{"client_id", "c"}, {"audience", "https://api"}}));
  ASSERT_TRUE(create(Kind::client_grant, {{"client_id", "c"}, {"audience", "https://other"}}));

  ASSERT_TRUE(erase(Kind::resource_server, member(api, "id")));

  const auto grants = wait(configuration().all(tenant_, Kind::client_grant));
  ASSERT_EQ(grants->size(), 1U);
  EXPECT_EQ(base::get_string_or(grants->front().document, "audience"), "https://other");
  EXPECT_TRUE(create(Kind::client_grant, {{"client_id", "c"}, {"audience", "https://api"}}));
}

TEST_P(ConfigurationContract, another_tenant_sees_nothing) {
  const auto client = create(Kind::client, {{"name", "App"}});
  const auto other = make_tenant("globex");

  EXPECT_EQ(code_of(wait(configuration().find(other, Kind::client, member(client, "client_id")))),
            base::Errc::not_found);
  EXPECT_TRUE(wait(configuration().all(other, Kind::client))->empty());
}

}  // namespace cardea::store::contract
