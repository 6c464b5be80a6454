#pragma once

#include "crypto/digest.h"
#include "tests/store_contract/records_contract.h"

namespace cardea::store::contract {

using base::Errc;
using base::Result;

TEST_P(RecordsContract, a_new_user_gets_an_id_and_defaults_from_the_address) {
  const auto user = sign_up("Jane.Doe@Example.COM");

  ASSERT_TRUE(user);
  EXPECT_EQ(user->email, "jane.doe@example.com");
  EXPECT_EQ(user->name, "jane.doe@example.com");
  EXPECT_EQ(user->nickname, "jane.doe");
  EXPECT_EQ(user->picture, "https://s.gravatar.com/avatar/" + crypto::md5_hex("jane.doe@example.com") +
                               "?s=480&r=pg&d=https%3A%2F%2Fcdn.auth0.com%2Favatars%2Fja.png");
  EXPECT_TRUE(user->user_id.value.starts_with("auth0|"));
  EXPECT_EQ(user->user_id.value.size(), 6 + 24);
  EXPECT_EQ(user->created_at, clock_.now());
  EXPECT_FALSE(user->email_verified);
  EXPECT_FALSE(user->document.contains("connection"));
  const auto stored = wait(users().find(tenant_, user->key));
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->document, user->document);
}

TEST_P(RecordsContract, a_given_user_id_is_prefixed_once_and_secrets_never_reach_the_document) {
  const auto create = [&](base::json::object document) {
    return commit([&](Transaction& t) { return users().create_in(t, tenant_, "people", "auth0", document, {}); });
  };

  const auto plain = create({{"user_id", "42"}, {"username", "Ann"}, {"password", "s"}, {"last_ip", "::1"}});
  const auto prefixed = create({{"user_id", "auth0|43"}, {"phone_number", "+4670"}, {"blocked", true}});
  const auto again = create({{"user_id", "42"}, {"username", "Bo"}});

  ASSERT_TRUE(plain && prefixed);
  EXPECT_EQ(plain->user_id.value, "auth0|42");
  EXPECT_EQ(plain->name, "Ann");
  EXPECT_FALSE(plain->document.contains("password"));
  EXPECT_FALSE(plain->document.contains("last_ip"));
  EXPECT_FALSE(plain->document.contains("blocked"));
  EXPECT_EQ(prefixed->user_id.value, "auth0|43");
  EXPECT_EQ(prefixed->nickname, "+4670");
  EXPECT_TRUE(prefixed->document.at("blocked").as_bool());
  ASSERT_FALSE(again);
  EXPECT_EQ(code_of(again), Errc::already_exists);
}

TEST_P(RecordsContract, users_are_found_by_every_name_they_have) {
  const auto user = commit([&](Transaction& t) {
    return users().create_in(t, tenant_, "people", "auth0",
                             {{"email", "a@b.se"}, {"username", "Ann"}, {"phone_number", "+461"}}, {});
  });
  ASSERT_TRUE(user);

  for (const auto& [attribute, value] : std::vector<std::pair<std::string, std::string>>{
           {"email", "A@B.se"}, {"username", "aNN"}, {"phone_number", "+461"}}) {
    const auto found = wait(users().find_by_identifier(tenant_, "people", attribute, value));
    ASSERT_TRUE(found) << attribute;
    EXPECT_EQ(found->key, user->key) << attribute;
    EXPECT_FALSE(wait(users().find_by_identifier(tenant_, "others", attribute, value))) << attribute;
  }
  EXPECT_EQ(wait(users().find_by_user_id(tenant_, user->user_id))->key, user->key);
  EXPECT_EQ(wait(users().find_by_email(tenant_, "a@B.se"))->size(), 1U);
  EXPECT_TRUE(wait(users().find_by_email(make_tenant("globex"), "a@b.se"))->empty()) << "another tenant's";
}

TEST_P(RecordsContract, an_address_is_unique_in_a_directory_but_not_across_connections) {
  ASSERT_TRUE(sign_up("a@b.se"));

  const auto same = sign_up("A@b.se");
  const auto elsewhere = sign_up("a@b.se", "partners");
  const auto upstream = [&] {
    return commit(
        [&](Transaction& t) { return users().create_in(t, tenant_, "corp", "samlp", {{"email", "a@b.se"}}, {}); });
  };

  ASSERT_FALSE(same);
  EXPECT_EQ(code_of(same), Errc::already_exists);
  EXPECT_TRUE(elsewhere);
  EXPECT_TRUE(upstream());
  EXPECT_TRUE(upstream()) << "two upstream accounts may share an address";
  EXPECT_EQ(wait(users().find_by_email(tenant_, "a@b.se"))->size(), 4U);
  EXPECT_EQ(*wait(database().count(tenant_, Kind::user)), 4U) << "the refused one left nothing behind";
  EXPECT_EQ(*wait(database().count(tenant_, Kind::credential)), 2U);
}

TEST_P(RecordsContract, a_changed_address_frees_the_old_one_and_takes_the_new_one) {
  const auto ann = sign_up("ann@b.se"), bo = sign_up("bo@b.se");
  const auto change = [&](const model::User& user, base::json::object changes) {
    return commit([&](Transaction& t) { return users().update_in(t, tenant_, user.key, changes); });
  };
  clock_.advance(std::chrono::seconds{5});

  EXPECT_EQ(code_of(change(*ann, {{"email", "BO@b.se"}})), Errc::already_exists);
  const auto moved = change(*ann, {{"email", "Ann@new.se"}, {"email_verified", true}});
  ASSERT_TRUE(moved);
  EXPECT_EQ(moved->email, "ann@new.se");
  EXPECT_TRUE(moved->email_verified);
  EXPECT_EQ(moved->updated_at, clock_.now());
  EXPECT_FALSE(wait(users().find_by_identifier(tenant_, "people", "email", "ann@b.se")));
  EXPECT_EQ(wait(users().find_by_identifier(tenant_, "people", "email", "ann@new.se"))->key, ann->key);
  EXPECT_TRUE(change(*bo, {{"email", "ann@b.se"}})) << "the old address is free";
  EXPECT_TRUE(change(*bo, {{"email", "bo@b.se"}})) << "and back again";
  EXPECT_TRUE(change(*ann, {{"email", nullptr}}));
  EXPECT_TRUE(sign_up("ann@new.se"));
}

TEST_P(RecordsContract, an_address_that_was_proven_strengthens_its_claim) {
  const auto user = sign_up("a@b.se");
  const auto verify = [&] {
    const auto mark = write([&](Transaction& t) -> Result<void> {
      auto changed = users().update_in(t, tenant_, user->key, {{"email_verified", true}});
      if (!changed) return base::pass_on(changed);
      return {};
    });
    return std::ranges::count(mark->written, Kind::claim, [](const auto& written) { return written.key.kind; });
  };

  EXPECT_EQ(verify(), 1);
  EXPECT_EQ(verify(), 0) << "once is enough";
}

TEST_P(RecordsContract, metadata_merges_at_its_first_level) {
  const auto user = sign_up("a@b.se");
  const auto change = [&](base::json::object changes) {
    return commit([&](Transaction& t) { return users().update_in(t, tenant_, user->key, changes); }).value().document;
  };

  auto document = change({{"user_metadata", {{"a", 1}, {"b", {{"c", 2}}}}}, {"app_metadata", {{"plan", "x"}}}});
  EXPECT_EQ(document.at("user_metadata"), base::json::value({{"a", 1}, {"b", {{"c", 2}}}}));
  document = change({{"user_metadata", {{"a", nullptr}, {"b", {{"d", 3}}}}}});
  EXPECT_EQ(document.at("user_metadata"), base::json::value({{"b", {{"d", 3}}}}));
  document = change({{"user_metadata", base::json::object{}}});
  EXPECT_FALSE(document.contains("user_metadata"));
  EXPECT_EQ(document.at("app_metadata"), base::json::value({{"plan", "x"}}));
  EXPECT_EQ(wait(users().find(tenant_, user->key))->document, document);
}

TEST_P(RecordsContract, what_only_the_server_writes_cannot_be_changed) {
  const auto user = sign_up("a@b.se");

  const auto changed = commit([&](Transaction& t) {
    return users().update_in(t, tenant_, user->key,
                             {{"user_id", "auth0|evil"},
                              {"connection", "x"},
                              {"created_at", "1970"},
                              {"logins_count", 99},
                              {"password", "secret"},
                              {"nickname", "Nick"}});
  });

  ASSERT_TRUE(changed);
  EXPECT_EQ(changed->user_id, user->user_id);
  EXPECT_EQ(changed->connection, "people");
  EXPECT_EQ(changed->created_at, user->created_at);
  EXPECT_FALSE(changed->document.contains("password"));
  EXPECT_FALSE(changed->document.contains("logins_count"));
  EXPECT_EQ(changed->nickname, "Nick");
}

TEST_P(RecordsContract, blocking_again_is_newer_than_what_another_cell_was_told_meanwhile) {
  const auto user = sign_up("a@b.se");
  ASSERT_TRUE(user);
  const auto say = [&](bool blocked) {
    clock_.advance(std::chrono::milliseconds(5));
    ASSERT_TRUE(
        commit([&](Transaction& t) { return users().update_in(t, tenant_, user->key, {{"blocked", blocked}}); }));
  };
  const auto stamp = [&] {
    const auto row = wait(database().get({tenant_, Kind::user, user->key.value}));
    return row ? row->stamps.at("blocked") : Stamp{};
  };
  say(true);
  const auto first = stamp();

  say(true);

  EXPECT_GT(stamp(), first);
  EXPECT_EQ(wait(users().find(tenant_, user->key))->blocked, true);
}

TEST_P(RecordsContract, logins_are_counted_and_shown_as_one_number) {
  const auto user = sign_up("a@b.se");

  for (int i = 0; i < 3; ++i) {
    clock_.advance(std::chrono::seconds{1});
    ASSERT_TRUE(commit([&](Transaction& t) { return users().record_login_in(t, tenant_, user->key, "192.0.2.1"); }));
  }

  const auto document = wait(users().find(tenant_, user->key))->document;
  EXPECT_EQ(document.at("logins_count").to_number<int>(), 3);
  EXPECT_EQ(document.at("last_ip"), "192.0.2.1");
  EXPECT_EQ(document.at("last_login"), base::to_iso8601(clock_.now()).c_str());
  EXPECT_FALSE(document.contains("logins"));
}

TEST_P(RecordsContract, a_password_is_replaced_and_its_change_is_dated) {
  const auto user = sign_up("a@b.se");
  const auto first = wait(users().password(tenant_, user->key));
  clock_.advance(std::chrono::hours{1});

  ASSERT_TRUE(commit([&](Transaction& t) { return users().set_password_in(t, tenant_, user->key, "new"); }));

  const auto second = wait(users().password(tenant_, user->key));
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->hash, "$2b$10$hash");
  EXPECT_EQ(second->hash, "new");
  EXPECT_EQ(second->row_id, first->row_id);
  EXPECT_EQ(second->changed_at, clock_.now());
  EXPECT_EQ(wait(users().find(tenant_, user->key))->document.at("last_password_reset"),
            base::to_iso8601(clock_.now()).c_str());
}

TEST_P(RecordsContract, identities_tell_where_a_user_comes_from) {
  const auto user = commit([&](Transaction& t) {
    return users().create_in(t, tenant_, "google", "google-oauth2", {{"user_id", "117"}}, {});
  });

  const auto identities = wait(users().identities(tenant_, user->key));

  ASSERT_TRUE(identities);
  ASSERT_EQ(identities->size(), 1U);
  EXPECT_EQ(identities->front().provider, "google-oauth2");
  EXPECT_EQ(identities->front().connection, "google");
  EXPECT_EQ(identities->front().user_id, "117");
  EXPECT_TRUE(identities->front().is_social);
  EXPECT_EQ(code_of(wait(users().password(tenant_, user->key))), Errc::not_found);
}

TEST_P(RecordsContract, permissions_come_and_go_per_audience) {
  const auto user = sign_up("a@b.se");
  const auto change = [&](bool grant, const std::string& audience, const std::string& permission) {
    return commit([&](Transaction& t) {
      return grant ? users().grant_permission_in(t, tenant_, user->key, audience, permission)
                   : users().remove_permission_in(t, tenant_, user->key, audience, permission);
    });
  };

  for (const auto* permission : {"write:x", "read:x", "read:x"}) ASSERT_TRUE(change(true, "https://api", permission));
  ASSERT_TRUE(change(true, "https://other", "read:y"));
  EXPECT_EQ(*wait(users().permissions(tenant_, user->key, "https://api")),
            (std::vector<std::string>{"read:x", "write:x"}));
  ASSERT_TRUE(change(false, "https://api", "read:x"));
  EXPECT_EQ(*wait(users().permissions(tenant_, user->key, "https://api")), std::vector<std::string>{"write:x"});
  ASSERT_TRUE(change(true, "https://api", "read:x")) << "a permission can be given again";
  EXPECT_EQ(wait(users().permissions(tenant_, user->key, "https://api"))->size(), 2U);
}

TEST_P(RecordsContract, an_erased_user_leaves_nothing_and_frees_every_name) {
  const auto user = sign_up("a@b.se");
  model::Session session{model::SessionId{"s1"}, user->key};
  session.expires_at = session.idle_expires_at = clock_.now() + std::chrono::hours{1};
  const model::RefreshFamily family{model::FamilyId{"f1"}, user->key, user->user_id, model::ClientId{"c"}};
  ASSERT_TRUE(commit([&](Transaction& t) -> Result<void> {
    if (auto r = sessions().put_in(t, tenant_, session); !r) return r;
    if (auto r = families().create_in(t, tenant_, family); !r) return r;
    if (auto r = users().grant_permission_in(t, tenant_, user->key, "https://api", "read:x"); !r) return r;
    return consents().add_in(t, tenant_,
                             {"", user->key, user->user_id, model::ClientId{"c"}, "https://api", {"openid"}});
  }));

  ASSERT_TRUE(commit([&](Transaction& t) { return users().erase_in(t, tenant_, user->key); }));

  EXPECT_EQ(code_of(wait(users().find(tenant_, user->key))), Errc::not_found);
  EXPECT_EQ(code_of(wait(users().find_by_user_id(tenant_, user->user_id))), Errc::not_found);
  EXPECT_EQ(code_of(wait(users().identities(tenant_, user->key))), Errc::not_found);
  EXPECT_EQ(code_of(wait(users().password(tenant_, user->key))), Errc::not_found);
  EXPECT_TRUE(wait(users().permissions(tenant_, user->key, "https://api"))->empty());
  EXPECT_EQ(code_of(wait(consents().find(tenant_, user->key, model::ClientId{"c"}, "https://api"))), Errc::not_found);
  EXPECT_TRUE(wait(sessions().find(tenant_, session.id))->revoked);
  EXPECT_TRUE(wait(families().find(tenant_, family.id))->revoked);
  EXPECT_EQ(code_of(commit([&](Transaction& t) { return users().erase_in(t, tenant_, user->key); })), Errc::not_found);
  for (const auto kind : {Kind::user, Kind::identity, Kind::credential, Kind::consent, Kind::user_permission})
    EXPECT_EQ(*wait(database().count(tenant_, kind)), 0U) << static_cast<int>(kind);

  const auto again = commit([&](Transaction& t) {
    return users().create_in(t, tenant_, "people", "auth0", {{"user_id", user->user_id.value}, {"email", "a@b.se"}},
                             {});
  });
  ASSERT_TRUE(again);
  EXPECT_NE(again->key, user->key) << "a row id is never used twice";
}

TEST_P(RecordsContract, of_eight_sign_ups_with_one_address_one_wins) {
  const auto results = race(8, [&](Transaction& t) -> Result<void> {
    auto user = users().create_in(t, tenant_, "people", "auth0", {{"email", "a@b.se"}}, "hash");
    if (!user) return base::pass_on(user);
    return {};
  });

  EXPECT_EQ(successes(results), 1U);
  EXPECT_EQ(failures(results, Errc::already_exists), 7U);
  EXPECT_EQ(*wait(database().count(tenant_, Kind::user)), 1U);
}

}  // namespace cardea::store::contract
