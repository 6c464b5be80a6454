#include <gtest/gtest.h>

#include "store/durability.h"
#include "tests/store_contract/wait.h"

namespace cardea::store {
namespace {

// Other cells that confirm C1 only.
class FakeReceipts final : public Receipts {
 public:
  std::size_t required(DataClass data_class) const override { return data_class == DataClass::c1 ? 2 : 0; }
  base::awaitable<base::Result<void>> await_applied(CommitMark mark, std::size_t cells) override {
    awaited = std::move(mark);
    asked = cells;
    if (reachable < cells) co_return base::fail(base::Errc::unconfirmed, "too few cells");
    co_return base::Result<void>{};
  }

  std::size_t reachable = 2;
  std::size_t asked = 0;
  CommitMark awaited;
};

CommitMark mark_of(std::initializer_list<DataClass> classes) {
  CommitMark mark;
  for (const auto data_class : classes)
    mark.written.push_back(
        {{model::TenantId("t"), Kind::user, std::to_string(mark.written.size())}, {1, 1}, data_class});
  return mark;
}

TEST(DurabilityConfirmTest, a_single_cell_waits_for_nothing) {
  Durability durability;

  EXPECT_TRUE(wait(durability.confirm(mark_of({DataClass::c1}))));
}

TEST(DurabilityConfirmTest, a_critical_write_waits_for_other_cells) {
  FakeReceipts receipts;
  Durability durability(receipts);

  EXPECT_TRUE(wait(durability.confirm(mark_of({DataClass::c3, DataClass::c1, DataClass::c2}))));

  EXPECT_EQ(receipts.asked, 2U);
  ASSERT_EQ(receipts.awaited.written.size(), 1U) << "bulk data of the same unit is not waited for";
  EXPECT_EQ(receipts.awaited.written[0].key.id, "1");
}

TEST(DurabilityConfirmTest, others_do_not_wait) {
  FakeReceipts receipts;
  Durability durability(receipts);

  EXPECT_TRUE(wait(durability.confirm(mark_of({DataClass::c2, DataClass::c3}))));
  EXPECT_TRUE(wait(durability.confirm({})));

  EXPECT_EQ(receipts.asked, 0U);
}

TEST(DurabilityConfirmTest, without_enough_cells_it_is_unconfirmed) {
  FakeReceipts receipts;
  receipts.reachable = 1;
  Durability durability(receipts);

  EXPECT_EQ(wait(durability.confirm(mark_of({DataClass::c1}))).error().code, base::Errc::unconfirmed);
}

}  // namespace
}  // namespace cardea::store
