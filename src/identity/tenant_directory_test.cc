#include "identity/tenant_directory.h"

#include <gtest/gtest.h>

#include <thread>

#include "tests/identity/identity_fixture.h"

namespace cardea::identity {
namespace {

using base::Errc;

class TenantDirectoryTest : public IdentityTest {
 protected:
  base::Result<TenantPtr> at(std::string host) { return run(directory.find_by_host(std::move(host))); }
  std::string name_at(std::string host) {
    const auto tenant = at(std::move(host));
    return tenant ? (*tenant)->tenant.name : base::to_string(tenant.error().code);
  }
  void set_domains(const model::TenantId& id, const std::vector<std::string>& domains) {
    write([&](store::Transaction& transaction) -> base::Result<void> {
      auto set = tenants.set_domains_in(transaction, id, domains);
      if (!set) return base::pass_on(set);
      return {};
    });
  }
  void rename_client(const std::string& name) {
    write([&](store::Transaction& transaction) -> base::Result<void> {
      auto done =
          configuration.update_in(transaction, tenant_id, store::Kind::client, std::string(kClient), {{"name", name}});
      if (!done) return base::pass_on(done);
      return {};
    });
  }
};

TEST_F(TenantDirectoryTest, FindsTenantsByEveryKindOfHost) {
  const auto other = make_tenant("other");
  set_domains(other, {"login.other.com", "login.other.org:9443"});

  EXPECT_EQ(name_at("id.example.com:8443"), "acme");  // the first tenant is the default one
  EXPECT_EQ(name_at("localhost:8443"), "acme");
  EXPECT_EQ(name_at("127.0.0.1:1234"), "acme");
  EXPECT_EQ(name_at("acme.id.example.com"), "acme");
  EXPECT_EQ(name_at("other.id.example.com:8443"), "other");
  EXPECT_EQ(name_at("Other.localhost"), "other");
  EXPECT_EQ(name_at("login.other.com"), "other");
  EXPECT_EQ(name_at("login.other.com:8443"), "other");
  EXPECT_EQ(name_at("login.other.org:9443"), "other");
  EXPECT_EQ(name_at("login.other.org"), "not_found");
  EXPECT_EQ(name_at("nobody.id.example.com"), "not_found");
  EXPECT_EQ(name_at("a.b.id.example.com"), "not_found");
  EXPECT_EQ(name_at("no host"), "not_found");
}

TEST_F(TenantDirectoryTest, TheDefaultTenantCanBeNamed) {
  make_tenant("other");
  TenantDirectory named(*database, tenants, configuration, keys, clock,
                        {.base_url = std::string(kBaseUrl), .default_tenant = "other"});

  const auto found = run(named.find_by_host("id.example.com"));

  ASSERT_TRUE(found);
  EXPECT_EQ((*found)->tenant.name, "other");
}

TEST_F(TenantDirectoryTest, IssuersFollowTheHostButNotTheCellsAddress) {
  const auto other = make_tenant("other");
  set_domains(other, {"login.other.com"});
  const auto acme = must(at("acme.id.example.com"));
  const auto custom = must(at("other.id.example.com"));

  EXPECT_EQ(directory.address(*acme, "id.example.com:8443").issuer, "https://id.example.com:8443/");
  EXPECT_EQ(directory.address(*acme, "127.0.0.1:8443").issuer, "https://id.example.com:8443/");
  EXPECT_EQ(directory.address(*acme, "acme.localhost:1").issuer, "https://acme.id.example.com:8443/");
  EXPECT_EQ(directory.address(*custom, "other.id.example.com").issuer, "https://other.id.example.com:8443/");
  EXPECT_EQ(directory.address(*custom, "login.other.com").issuer, "https://login.other.com/");
  EXPECT_EQ(directory.address(*custom, "login.other.com").host, "login.other.com");
}

TEST_F(TenantDirectoryTest, AnAddressFromMemoryIsTheSame) {
  for (const auto* host : {"id.example.com", "acme.localhost:1", "127.0.0.1"}) {
    const auto tenant = must(at(host));
    const auto computed = directory.address(*tenant, host);
    must(at(host));
    ASSERT_NE(directory.cached(host), nullptr);

    EXPECT_EQ(directory.address(*tenant, host).issuer, computed.issuer);
    EXPECT_EQ(directory.address(*tenant, host).host, computed.host);
  }
}

TEST_F(TenantDirectoryTest, ATenantThatWasNotReachedByAHostHasItsOwnAddress) {
  const auto other = make_tenant("other");
  const auto first = must(run(directory.find(tenant_id)));
  const auto second = must(run(directory.find(other)));

  EXPECT_EQ(directory.address(*first, "").issuer, "https://id.example.com:8443/");
  EXPECT_EQ(directory.address(*second, "").issuer, "https://other.id.example.com:8443/");
}

TEST_F(TenantDirectoryTest, ASnapshotHoldsTheWholeConfiguration) {
  add_key(tenant_id, crypto::SigningAlgorithm::rs256, model::SigningKeyState::active, "rsa");
  add_key(tenant_id, crypto::SigningAlgorithm::es256, model::SigningKeyState::pending, "next");
  add_key(tenant_id, crypto::SigningAlgorithm::es256, model::SigningKeyState::retiring, "previous");
  add_key(tenant_id, crypto::SigningAlgorithm::es256, model::SigningKeyState::revoked, "stolen");
  write([&](store::Transaction& transaction) -> base::Result<void> {
    for (const auto* subject : {"client", "user"}) {
      auto made = configuration.create_in(
          transaction, tenant_id, store::Kind::client_grant,
          {{"client_id", kClient}, {"audience", "urn:api"}, {"subject_type", subject}, {"scope", {"read:x"}}});
      if (!made) return base::pass_on(made);
    }
    return {};
  });

  const auto tenant = must(run(directory.find(tenant_id)));

  ASSERT_NE(tenant->client(kClient), nullptr);
  EXPECT_EQ(tenant->client("nobody"), nullptr);
  ASSERT_NE(tenant->connection(kConnection), nullptr);
  EXPECT_EQ(tenant->realm(kConnection), tenant->connection(kConnection));
  EXPECT_EQ(tenant->databases_for(model::ClientId{std::string(kClient)}).size(), 1u);
  EXPECT_TRUE(tenant->databases_for(model::ClientId{"nobody"}).empty());
  ASSERT_NE(tenant->grant(model::ClientId{std::string(kClient)}, "urn:api", "user"), nullptr);
  EXPECT_EQ(tenant->grant(model::ClientId{std::string(kClient)}, "urn:other", "user"), nullptr);

  EXPECT_NE(tenant->key("rsa"), nullptr);
  EXPECT_NE(tenant->key("next"), nullptr);
  EXPECT_NE(tenant->key("previous"), nullptr);
  EXPECT_EQ(tenant->key("stolen"), nullptr);
  EXPECT_EQ(tenant->signers.at(crypto::SigningAlgorithm::es256).kid(), "key-1");
  EXPECT_EQ(tenant->signers.at(crypto::SigningAlgorithm::rs256).kid(), "rsa");
  EXPECT_EQ(tenant->signers.at(crypto::SigningAlgorithm::ps256).kid(), "rsa");
  EXPECT_FALSE(tenant->signers.contains(crypto::SigningAlgorithm::eddsa));
}

TEST_F(TenantDirectoryTest, TheKeySetHasWhatVerifiersNeedAndNothingPrivate) {
  add_key(tenant_id, crypto::SigningAlgorithm::rs256, model::SigningKeyState::active, "rsa");

  const auto tenant = must(run(directory.find(tenant_id)));

  const auto set = base::parse_json(tenant->jwks);
  ASSERT_TRUE(set);
  const auto& list = set->as_object().at("keys").as_array();
  ASSERT_EQ(list.size(), 2u);
  for (const auto& value : list) {
    const auto& jwk = value.as_object();
    for (const auto* name : {"kty", "use", "alg", "kid", "x5t", "x5c"}) EXPECT_TRUE(jwk.contains(name)) << name;
    for (const auto* name : {"d", "p", "q"}) EXPECT_FALSE(jwk.contains(name)) << name;
    EXPECT_TRUE(base::get_string_or(jwk, "kty") == "RSA"
                    ? jwk.contains("n") && jwk.contains("e")
                    : jwk.contains("crv") && jwk.contains("x") && jwk.contains("y"));
  }
}

TEST_F(TenantDirectoryTest, TheFlagTakesAlgOutOfTheKeySet) {
  write([&](store::Transaction& transaction) -> base::Result<void> {
    auto done = tenants.update_settings_in(transaction, tenant_id, {{"flags", {{"remove_alg_from_jwks", true}}}});
    if (!done) return base::pass_on(done);
    return {};
  });

  const auto tenant = must(run(directory.find(tenant_id)));

  EXPECT_EQ(tenant->jwks.find("\"alg\""), std::string::npos);
}

TEST_F(TenantDirectoryTest, ACommitOfThisNodeShowsAtOnce) {
  must(at("acme.localhost"));
  EXPECT_EQ(must(at("acme.localhost"))->client(kClient)->name, "The Application");
  EXPECT_NE(directory.cached("acme.localhost"), nullptr);

  rename_client("Renamed");

  EXPECT_EQ(directory.cached("acme.localhost"), nullptr);
  EXPECT_EQ(must(at("acme.localhost"))->client(kClient)->name, "Renamed");
  EXPECT_EQ(must(run(directory.find(tenant_id)))->client(kClient)->name, "Renamed");
}

TEST_F(TenantDirectoryTest, AHitReadsNothing) {
  must(at("acme.localhost"));
  must(run(directory.find(tenant_id)));
  const int before = database->reads;

  must(at("acme.localhost"));
  must(run(directory.find(tenant_id)));

  EXPECT_EQ(database->reads, before);
}

TEST_F(TenantDirectoryTest, WritesThatNoSnapshotHoldsDoNotThrowItAway) {
  must(at("acme.localhost"));
  const auto before = must(at("acme.localhost"));

  make_user("ada@example.com", "Secret-123");

  EXPECT_EQ(directory.cached("acme.localhost"), before);
}

TEST_F(TenantDirectoryTest, UnknownHostsAreRememberedForAShortTimeUnlessTenantsChange) {
  EXPECT_EQ(name_at("soon.localhost"), "not_found");
  const int before = database->reads;
  EXPECT_EQ(name_at("soon.localhost"), "not_found");
  EXPECT_EQ(database->reads, before);

  clock.advance(std::chrono::seconds(4));
  EXPECT_EQ(name_at("soon.localhost"), "not_found");
  EXPECT_GT(database->reads, before);

  make_tenant("soon");
  EXPECT_EQ(name_at("soon.localhost"), "soon");
}

TEST_F(TenantDirectoryTest, ManyWhoAskAtOnceShareOneLoad) {
  database->slow = true;
  must(at("acme.localhost"));  // the host is known from here on
  directory.forget(tenant_id);
  database->tenant_reads = 0;
  std::vector<base::awaitable<base::Result<TenantPtr>>> finders;
  for (int i = 0; i < 50; ++i) finders.push_back(directory.find_by_host("acme.localhost"));

  const auto found = run_all(std::move(finders));

  EXPECT_EQ(database->tenant_reads, 1);
  for (const auto& tenant : found) {
    ASSERT_TRUE(tenant);
    EXPECT_EQ(*tenant, *found.front());
  }
}

TEST_F(TenantDirectoryTest, AChangeDuringALoadIsNotMissed) {
  database->slow = true;
  bool changed = false;
  database->during_page = [&] {
    if (changed) return;
    changed = true;
    database->during_page = nullptr;
    // Behind the reader's back, as another connection would.
    const auto renamed = store::Database::Body([&](store::Transaction& transaction) -> base::Result<void> {
      auto done =
          configuration.update_in(transaction, tenant_id, store::Kind::client, std::string(kClient), {{"name", "New"}});
      if (!done) return base::pass_on(done);
      return {};
    });
    must(run(memory->write(renamed)));
  };

  const auto tenant = must(at("acme.localhost"));

  EXPECT_TRUE(changed);
  EXPECT_EQ(tenant->client(kClient)->name, "New");
  EXPECT_EQ(must(at("acme.localhost"))->client(kClient)->name, "New");
}

TEST_F(TenantDirectoryTest, WithoutTheStoreAnOutdatedSnapshotIsServedOn) {
  const auto before = must(at("acme.localhost"));
  directory.changed({tenant_id, store::Kind::client, "some-row"});
  database->down = true;

  EXPECT_EQ(must(at("acme.localhost")), before);
  const int reads = database->reads;
  EXPECT_EQ(must(at("acme.localhost")), before);
  EXPECT_EQ(database->reads, reads);  // the store is left alone for a second

  clock.advance(std::chrono::seconds(2));
  database->down = false;
  EXPECT_NE(must(at("acme.localhost")), before);
}

TEST_F(TenantDirectoryTest, WithoutTheStoreAHostKeepsItsTenantThoughTenantsHaveChanged) {
  const auto before = must(at("acme.localhost"));
  make_tenant("other");
  database->down = true;

  EXPECT_EQ(must(at("acme.localhost")), before);
}

TEST_F(TenantDirectoryTest, WithoutTheStoreATenantThatIsNotInMemoryIsUnavailable) {
  database->down = true;

  const auto tenant = at("acme.localhost");

  ASSERT_FALSE(tenant);
  EXPECT_EQ(tenant.error().code, Errc::unavailable);
}

TEST_F(TenantDirectoryTest, AKeyThatDoesNotOpenIsAnErrorNotATenantThatCannotSign) {
  write([&](store::Transaction& transaction) -> base::Result<void> {
    auto rows = signing_keys.all_in(transaction, tenant_id);
    if (!rows) return base::pass_on(rows);
    rows->front().sealed_private_pem = "AAAA";
    return signing_keys.put_in(transaction, tenant_id, rows->front());
  });

  const auto tenant = at("acme.localhost");

  ASSERT_FALSE(tenant);
  EXPECT_NE(tenant.error().reason.find("key-1"), std::string::npos);
}

TEST_F(TenantDirectoryTest, TheLeastRecentlyUsedTenantsAreForgotten) {
  TenantDirectory small(*database, tenants, configuration, keys, clock,
                        {.base_url = std::string(kBaseUrl), .default_tenant = "acme", .max_tenants = 3});
  for (const auto* name : {"a", "b", "c"}) {
    make_tenant(name);
    must(run(small.find_by_host(std::string(name) + ".localhost")));
  }
  must(run(small.find_by_host("a.localhost")));  // used again
  make_tenant("d");

  must(run(small.find_by_host("d.localhost")));

  database->down = true;
  EXPECT_TRUE(run(small.find_by_host("a.localhost")));
  EXPECT_TRUE(run(small.find_by_host("d.localhost")));
  EXPECT_FALSE(run(small.find_by_host("b.localhost")));
}

// For ThreadSanitizer as well.
TEST_F(TenantDirectoryTest, ThreadsThatReadWhileOthersWriteSeeWhatIsCommitted) {
  constexpr int kChanges = 50;
  std::atomic<int> committed{0};
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0};
  rename_client("0");
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i)
    readers.emplace_back([&] {
      boost::asio::io_context context(1);
      while (!done) {
        const int least = committed;
        std::optional<base::Result<TenantPtr>> found;
        boost::asio::co_spawn(
            context.get_executor(), directory.find_by_host("acme.localhost"),
            [&](std::exception_ptr, base::Result<TenantPtr> result) { found.emplace(std::move(result)); });
        context.restart();
        context.run();
        if (!*found || std::stoi((**found)->client(kClient)->name) < least) ++wrong;
      }
    });

  for (int i = 1; i <= kChanges; ++i) {
    rename_client(std::to_string(i));
    committed = i;
  }
  done = true;
  for (auto& reader : readers) reader.join();

  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(must(at("acme.localhost"))->client(kClient)->name, std::to_string(kChanges));
}

}  // namespace
}  // namespace cardea::identity
