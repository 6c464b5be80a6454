#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <functional>
#include <latch>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/fake_clock.h"
#include "base/log.h"
#include "crypto/system_random.h"
#include "store/configuration.h"
#include "store/one_time.h"
#include "store/open.h"
#include "store/refresh_families.h"
#include "store/sessions.h"
#include "store/tenants.h"
#include "store/users.h"

// What the record types promise on every backend. A backend's test includes the records_contract_*.h and says
//   INSTANTIATE_TEST_SUITE_P(Memory, RecordsContract, testing::Values(Backend{…}), backend_name);
namespace cardea::store::contract {

struct Backend {
  std::string name;
  // `folder` is empty, belongs to this test alone and is removed after it.
  std::function<std::unique_ptr<Database>(const Surroundings& surroundings, const std::string& folder)> open;
  bool shared = false;  // opened twice in one folder it gives two nodes of one cell; races then run on both
};

inline std::string backend_name(const testing::TestParamInfo<Backend>& info) { return info.param.name; }

// Executors that live until the end of the program, as those of a server do: a backend's thread may still be on its way
// out of one when the awaitable that it completed has been answered.
class Executors {
 public:
  static Executors& all() {
    static Executors executors;
    return executors;
  }
  std::unique_ptr<boost::asio::io_context> borrow() {
    const std::scoped_lock lock(mutex_);
    if (idle_.empty()) return std::make_unique<boost::asio::io_context>(1);
    auto one = std::move(idle_.back());
    idle_.pop_back();
    one->restart();
    return one;
  }
  void give_back(std::unique_ptr<boost::asio::io_context> one) {
    const std::scoped_lock lock(mutex_);
    idle_.push_back(std::move(one));
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<boost::asio::io_context>> idle_;
};

// Runs one awaitable to its end.
template <class T>
T wait(base::awaitable<T> work) {
  auto io = Executors::all().borrow();
  std::optional<T> result;
  boost::asio::co_spawn(*io, std::move(work), [&](std::exception_ptr error, T value) {
    if (error) std::rethrow_exception(error);
    result = std::move(value);
  });
  io->run();
  Executors::all().give_back(std::move(io));
  return std::move(*result);
}

inline base::Errc code_of(const auto& result) { return result.error().code; }

class RecordsContract : public testing::TestWithParam<Backend> {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("records_contract_" + base::random_hex(random_, 8));
    std::filesystem::create_directory(folder_);
    database_ = GetParam().open({clock_, random_, log_, keys_, 7}, folder_.string());
    ASSERT_NE(database_, nullptr);
    if (GetParam().shared) second_node_ = GetParam().open({clock_, random_, log_, keys_, 7}, folder_.string());
    ASSERT_TRUE(wait(tenants().prepare()));
    tenant_ = make_tenant("acme");
  }

  void TearDown() override {
    second_node_.reset();
    database_.reset();
    std::filesystem::remove_all(folder_);
  }

  Database& database() { return *database_; }
  Database& node(std::size_t number) { return second_node_ && number % 2 == 1 ? *second_node_ : *database_; }
  Tenants tenants() { return {database(), keys_, random_}; }
  Users users() { return {database(), random_}; }
  Sessions sessions() { return Sessions(database()); }
  RefreshFamilies families() { return RefreshFamilies(database()); }
  Consumptions consumptions() { return Consumptions(database()); }
  Tickets tickets() { return Tickets(database()); }
  Consents consents() { return {database(), random_}; }
  Configuration configuration() { return {database(), keys_, random_}; }
  SigningKeys signing_keys() { return SigningKeys(database()); }

  model::TenantId make_tenant(const std::string& name) {
    auto tenant = wait(tenants().create(name, {}));
    EXPECT_TRUE(tenant) << tenant.error().reason;
    return tenant ? tenant->id : model::TenantId{};
  }

  base::Result<CommitMark> write(Database::Body body) { return wait(database().write(std::move(body))); }

  // Commits one step and hands its value out.
  template <class Step>
  auto commit(Step step) -> decltype(step(std::declval<Transaction&>())) {
    std::optional<decltype(step(std::declval<Transaction&>()))> result;
    auto done = write([&](Transaction& transaction) -> base::Result<void> {
      result.emplace(step(transaction));
      if (!*result) return base::pass_on(*result);
      return {};
    });
    if (!done) return base::pass_on(done);
    return std::move(*result);
  }

  // Each thread commits `step` once, all at the same time.
  std::vector<base::Result<CommitMark>> race(int threads, const std::function<base::Result<void>(Transaction&)>& step) {
    std::vector<base::Result<CommitMark>> results(static_cast<std::size_t>(threads),
                                                  base::fail(base::Errc::invalid, ""));
    std::latch start(threads);
    std::vector<std::jthread> running;
    for (auto& result : results)
      running.emplace_back([&] {
        start.arrive_and_wait();
        result = wait(node(static_cast<std::size_t>(&result - results.data())).write(step));
      });
    running.clear();
    return results;
  }

  static std::size_t successes(const std::vector<base::Result<CommitMark>>& results) {
    return static_cast<std::size_t>(
        std::ranges::count_if(results, [](const auto& result) { return result.has_value(); }));
  }
  static std::size_t failures(const std::vector<base::Result<CommitMark>>& results, base::Errc code) {
    return static_cast<std::size_t>(
        std::ranges::count_if(results, [&](const auto& result) { return !result && result.error().code == code; }));
  }

  base::Result<model::User> sign_up(const std::string& email, const std::string& connection = "people") {
    return commit([&](Transaction& t) {
      return users().create_in(t, tenant_, connection, "auth0", {{"email", email}}, "$2b$10$hash");
    });
  }

  base::FakeClock clock_;
  crypto::SystemRandom random_;
  base::NullLog log_;
  TenantKeys keys_{crypto::SealKey::from_bytes(std::string(32, 'k')), random_};
  std::filesystem::path folder_;
  std::unique_ptr<Database> database_, second_node_;
  model::TenantId tenant_;
};

}  // namespace cardea::store::contract
