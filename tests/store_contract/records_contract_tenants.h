#pragma once

#include "tests/store_contract/records_contract.h"

namespace cardea::store::contract {

TEST_P(RecordsContract, a_tenant_is_found_by_id_name_and_domain) {
  const auto created = wait(tenants().create("globex", {{"friendly_name", "Globex"}, {"nothing", nullptr}}));
  ASSERT_TRUE(created);
  ASSERT_TRUE(
      commit([&](Transaction& t) { return tenants().set_domains_in(t, created->id, {"Login.Globex.com:8443"}); }));

  const auto by_id = wait(tenants().find(created->id));
  const auto by_name = wait(tenants().find_by_name("globex"));
  const auto by_domain = wait(tenants().find_by_domain("login.globex.COM:8443"));

  ASSERT_TRUE(by_id && by_name && by_domain);
  EXPECT_EQ(by_id->friendly_name, "Globex");
  EXPECT_FALSE(by_id->settings.contains("nothing"));
  EXPECT_EQ(by_name->id, created->id);
  EXPECT_EQ(by_domain->id, created->id);
  EXPECT_EQ(by_domain->domains, std::vector<std::string>{"login.globex.com:8443"});
  EXPECT_EQ(code_of(wait(tenants().find_by_name("initech"))), base::Errc::not_found);
  EXPECT_EQ(code_of(wait(tenants().find_by_domain("globex.com"))), base::Errc::not_found);
}

TEST_P(RecordsContract, a_tenants_name_has_a_form_and_one_owner) {
  for (const auto* name : {"", "Acme", "a.b", "a b", "ä", "a_b"})
    EXPECT_EQ(code_of(wait(tenants().create(name, {}))), base::Errc::invalid) << name;
  EXPECT_EQ(code_of(wait(tenants().create(std::string(64, 'a'), {}))), base::Errc::invalid);
  EXPECT_TRUE(wait(tenants().create(std::string(63, 'a'), {})));
  EXPECT_EQ(code_of(wait(tenants().create("acme", {}))), base::Errc::already_exists);
  EXPECT_EQ(code_of(wait(tenants().create("system", {}))), base::Errc::already_exists);
  EXPECT_EQ(wait(tenants().find_by_name("system"))->id, model::kSystemTenant);
}

TEST_P(RecordsContract, domains_move_from_tenant_to_tenant_but_are_never_shared) {
  const auto globex = make_tenant("globex");
  const auto set = [&](const model::TenantId& id, const std::vector<std::string>& domains) {
    return commit([&](Transaction& t) { return tenants().set_domains_in(t, id, domains); });
  };

  ASSERT_TRUE(set(tenant_, {"a.com", "b.com"}));
  EXPECT_EQ(code_of(set(globex, {"b.com"})), base::Errc::already_exists);
  ASSERT_TRUE(set(tenant_, {"a.com"}));
  EXPECT_TRUE(set(globex, {"b.com"}));
  EXPECT_EQ(wait(tenants().find_by_domain("b.com"))->id, globex);
}

TEST_P(RecordsContract, tenant_settings_change_member_by_member) {
  const auto change = [&](base::json::object changes) {
    return commit([&](Transaction& t) { return tenants().update_settings_in(t, tenant_, changes); });
  };

  ASSERT_TRUE(change({{"friendly_name", "Acme"}, {"session_lifetime", 2}, {"flags", {{"a", true}}}}));
  const auto changed = change({{"friendly_name", nullptr}, {"flags", {{"b", true}}}});

  ASSERT_TRUE(changed);
  EXPECT_EQ(changed->settings, (base::json::object{{"session_lifetime", 2}, {"flags", {{"b", true}}}}));
  EXPECT_EQ(changed->session_lifetime, std::chrono::hours{2});
  EXPECT_EQ(wait(tenants().find(tenant_))->settings, changed->settings);
}

TEST_P(RecordsContract, all_tenants_are_those_of_customers) {
  make_tenant("globex");

  const auto all = wait(tenants().all(100));

  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 2U);
  EXPECT_EQ(wait(tenants().all(1))->size(), 1U);
}

TEST_P(RecordsContract, a_second_process_with_the_same_cell_key_reads_the_same_secrets) {
  const auto sealed = keys_.seal_secret(tenant_, "client:x", "correct horse");
  TenantKeys theirs(crypto::SealKey::from_bytes(std::string(32, 'k')), random_);
  TenantKeys strangers(crypto::SealKey::from_bytes(std::string(32, 'x')), random_);

  ASSERT_TRUE(wait(Tenants(database(), theirs, random_).prepare()));
  ASSERT_TRUE(wait(Tenants(database(), theirs, random_).find(tenant_)));

  EXPECT_EQ(*theirs.open_secret(tenant_, "client:x", *sealed), "correct horse");
  EXPECT_EQ(code_of(wait(Tenants(database(), strangers, random_).prepare())), base::Errc::invalid);
}

// The two nodes of a new cell start at once.
TEST_P(RecordsContract, first_starts_at_the_same_time_agree_on_one_system_key) {
  const auto folder = folder_ / "second";
  std::filesystem::create_directory(folder);
  TenantKeys engine_keys(crypto::SealKey::from_bytes(std::string(32, 'k')), random_);
  const auto fresh = GetParam().open({clock_, random_, log_, engine_keys, 7}, folder.string());
  std::vector<std::unique_ptr<TenantKeys>> keys;
  for (int i = 0; i < 8; ++i)
    keys.push_back(std::make_unique<TenantKeys>(crypto::SealKey::from_bytes(std::string(32, 'k')), random_));
  std::atomic<int> prepared{0};
  std::latch start(8);
  {
    std::vector<std::jthread> running;
    for (auto& mine : keys)
      running.emplace_back([&] {
        start.arrive_and_wait();
        if (wait(Tenants(*fresh, *mine, random_).prepare())) ++prepared;
      });
  }

  EXPECT_EQ(prepared.load(), 8);
  const auto sealed = keys[0]->seal_secret(model::kSystemTenant, "x", "secret");
  ASSERT_TRUE(sealed);
  for (const auto& mine : keys) EXPECT_TRUE(mine->open_secret(model::kSystemTenant, "x", *sealed));
}

TEST_P(RecordsContract, of_eight_tenants_with_one_name_one_is_created) {
  std::atomic<int> created{0}, refused{0};
  std::latch start(8);
  {
    std::vector<std::jthread> running;
    for (std::size_t i = 0; i < 8; ++i)
      running.emplace_back([&, i] {
        start.arrive_and_wait();
        const auto tenant = wait(Tenants(node(i), keys_, random_).create("globex", {}));
        if (tenant) ++created;
        if (!tenant && code_of(tenant) == base::Errc::already_exists) ++refused;
      });
  }

  EXPECT_EQ(created.load(), 1);
  EXPECT_EQ(refused.load(), 7);
}

TEST_P(RecordsContract, signing_keys_are_listed_and_a_revoked_one_stays_revoked) {
  model::SigningKeyRow key;
  key.kid = model::KeyId{"k1"};
  key.alg = "RS256";
  key.state = model::SigningKeyState::active;
  key.sealed_private_pem = "sealed";
  key.public_pem = "public";
  key.created_at = key.current_since = clock_.now();
  auto next = key;
  next.kid = model::KeyId{"k2"};
  next.state = model::SigningKeyState::pending;
  const auto put = [&](const model::SigningKeyRow& row) {
    return commit([&](Transaction& t) { return signing_keys().put_in(t, tenant_, row); });
  };
  ASSERT_TRUE(put(key) && put(next));

  auto keys = wait(signing_keys().all(tenant_));
  ASSERT_EQ(keys->size(), 2U);
  EXPECT_EQ((*keys)[0].kid, key.kid);
  EXPECT_EQ((*keys)[0].state, model::SigningKeyState::active);
  EXPECT_EQ((*keys)[0].current_since, clock_.now());
  EXPECT_EQ((*keys)[0].current_until, base::Time{});
  key.state = model::SigningKeyState::revoked;
  key.revoked_at = clock_.now();
  ASSERT_TRUE(put(key));
  key.state = model::SigningKeyState::active;
  EXPECT_EQ(code_of(put(key)), base::Errc::conflict);
  const auto inside = commit([&](Transaction& t) { return signing_keys().all_in(t, tenant_); });
  ASSERT_EQ(inside->size(), 2U);
  EXPECT_EQ((*inside)[0].state, model::SigningKeyState::revoked);
}

}  // namespace cardea::store::contract
