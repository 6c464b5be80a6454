#include "store/tenant_keys.h"

#include <gtest/gtest.h>

namespace cardea::store {
namespace {

using base::Errc;

struct Cell {
  base::SeededRandom random{5};
  crypto::SealKey cell_key = crypto::SealKey::generate(random);
  TenantKeys keys{cell_key, random};
};

const model::TenantId kTenant{"t1"};
const model::TenantId kOther{"t2"};

TEST(TenantKeysTest, a_key_is_known_after_it_was_learned) {
  Cell cell;
  const auto wrapped = cell.keys.make_wrapped();
  EXPECT_FALSE(cell.keys.knows(kTenant));
  EXPECT_EQ(cell.keys.key(kTenant, "claims").error().code, Errc::not_found);
  EXPECT_EQ(cell.keys.seal_secret(kTenant, "client:1", "s").error().code, Errc::not_found);

  ASSERT_TRUE(cell.keys.learn(kTenant, wrapped));
  ASSERT_TRUE(cell.keys.learn(kTenant, wrapped)) << "again";

  EXPECT_TRUE(cell.keys.knows(kTenant));
  EXPECT_EQ(cell.keys.key(kTenant, "claims")->bytes(), cell.keys.key(kTenant, "claims")->bytes());
  EXPECT_NE(cell.keys.key(kTenant, "claims")->bytes(), cell.keys.key(kTenant, "cookies")->bytes());
}

TEST(TenantKeysTest, another_process_of_the_cell_gets_the_same_key) {
  Cell cell;
  const auto wrapped = cell.keys.make_wrapped();
  TenantKeys second(cell.cell_key, cell.random);

  ASSERT_TRUE(cell.keys.learn(kTenant, wrapped));
  ASSERT_TRUE(second.learn(kTenant, wrapped));

  EXPECT_EQ(cell.keys.key(kTenant, "claims")->bytes(), second.key(kTenant, "claims")->bytes());
}

TEST(TenantKeysTest, a_key_wrapped_elsewhere_is_refused) {
  Cell cell;
  TenantKeys other(crypto::SealKey::generate(cell.random), cell.random);

  EXPECT_EQ(cell.keys.learn(kTenant, other.make_wrapped()).error().code, Errc::invalid);
  EXPECT_EQ(cell.keys.learn(kTenant, "").error().code, Errc::invalid);
  EXPECT_EQ(cell.keys.learn(kTenant, "not base64!").error().code, Errc::invalid);
  EXPECT_FALSE(cell.keys.knows(kTenant));
}

TEST(TenantKeysTest, a_secret_opens_only_where_it_belongs) {
  Cell cell;
  ASSERT_TRUE(cell.keys.learn(kTenant, cell.keys.make_wrapped()));
  ASSERT_TRUE(cell.keys.learn(kOther, cell.keys.make_wrapped()));

  const auto sealed = *cell.keys.seal_secret(kTenant, "client:1", "hunter2");

  EXPECT_EQ(sealed.find("hunter2"), std::string::npos);
  EXPECT_EQ(cell.keys.open_secret(kTenant, "client:1", sealed), "hunter2");
  EXPECT_EQ(cell.keys.open_secret(kTenant, "client:2", sealed).error().code, Errc::invalid);
  EXPECT_EQ(cell.keys.open_secret(kOther, "client:1", sealed).error().code, Errc::invalid);
  EXPECT_EQ(cell.keys.open_secret(kTenant, "client:1", "%%%").error().code, Errc::invalid);
}

TEST(TenantKeysTest, a_tenant_may_get_a_new_key) {
  Cell cell;
  ASSERT_TRUE(cell.keys.learn(kTenant, cell.keys.make_wrapped()));
  const std::string before(cell.keys.key(kTenant, "claims")->bytes());

  ASSERT_TRUE(cell.keys.learn(kTenant, cell.keys.make_wrapped()));

  EXPECT_NE(cell.keys.key(kTenant, "claims")->bytes(), before);
}

}  // namespace
}  // namespace cardea::store
