#include "crypto/password_hash.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "crypto/system_random.h"

namespace cardea::crypto {
namespace {

using base::Errc;

PasswordHashing quick_bcrypt() { return {.scheme = PasswordHashing::bcrypt, .bcrypt_cost = 4}; }

PasswordHashing quick_argon2() {
  return {.scheme = PasswordHashing::argon2id, .argon2_memory_kib = 64, .argon2_passes = 1};
}

TEST(PasswordHash, known_bcrypt_hashes_verify) {
  const std::vector<std::pair<std::string, std::string>> known = {
      {"$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"},
      {"$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK", "U*U*"},
      {"$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a", "U*U*U"},
      {"$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy", ""},
      {"$2y$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e", "\xff\xff\xa3"},
      {"$2b$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e", "\xff\xff\xa3"}};
  for (const auto& [stored, password] : known) {
    EXPECT_TRUE(verify_password(stored, password)) << stored;
    EXPECT_FALSE(verify_password(stored, password + "x")) << stored;
  }
}

TEST(PasswordHash, known_argon2id_hashes_verify) {
  for (const auto* stored : {"$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
                             "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc"}) {
    EXPECT_TRUE(verify_password(stored, "password")) << stored;
    EXPECT_FALSE(verify_password(stored, "Password")) << stored;
  }
}

TEST(PasswordHash, what_is_hashed_verifies_and_nothing_else) {
  SystemRandom random;
  for (const auto& policy : {quick_bcrypt(), quick_argon2()}) {
    const auto stored = hash_password(policy, "correct horse", random).value();

    EXPECT_TRUE(verify_password(stored, "correct horse"));
    for (const auto* wrong : {"", "correct hors", "correct horse ", "Correct horse", "correct horse\t"})
      EXPECT_FALSE(verify_password(stored, wrong)) << wrong;
    EXPECT_NE(hash_password(policy, "correct horse", random).value(), stored) << "each has its own salt";
    EXPECT_FALSE(needs_rehash(stored, policy));
  }
}

TEST(PasswordHash, writes_the_formats_that_others_read) {
  SystemRandom random;

  EXPECT_TRUE(hash_password(quick_bcrypt(), "password", random)->starts_with("$2b$04$"));
  EXPECT_EQ(hash_password(quick_bcrypt(), "password", random)->size(), 60U);
  EXPECT_TRUE(hash_password(quick_argon2(), "password", random)->starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
}

TEST(PasswordHash, bcrypt_takes_72_bytes_and_not_one_more) {
  SystemRandom random;
  const std::string longest(72, 'p');
  const auto stored = hash_password(quick_bcrypt(), longest, random).value();

  EXPECT_TRUE(verify_password(stored, longest));
  EXPECT_FALSE(verify_password(stored, longest + "more")) << "its first 72 bytes would match";
  EXPECT_EQ(hash_password(quick_bcrypt(), longest + "p", random).error().code, Errc::invalid);
  EXPECT_TRUE(hash_password(quick_argon2(), longest + "p", random));
  EXPECT_EQ(hash_password(quick_argon2(), std::string(1025, 'p'), random).error().code, Errc::invalid);
}

TEST(PasswordHash, a_nul_byte_is_refused) {
  SystemRandom random;
  const std::string with_nul("pass\0word", 9);
  for (const auto& policy : {quick_bcrypt(), quick_argon2()}) {
    EXPECT_EQ(hash_password(policy, with_nul, random).error().code, Errc::invalid);
    EXPECT_FALSE(verify_password(hash_password(policy, "pass", random).value(), with_nul));
  }
}

TEST(PasswordHash, policies_out_of_range_are_refused) {
  const auto code = [](const PasswordHashing& policy) { return check_hashable(policy, "password").error().code; };

  for (const int cost : {-1, 0, 3, 21, 31}) EXPECT_EQ(code({.bcrypt_cost = cost}), Errc::invalid) << cost;
  EXPECT_EQ(code({.scheme = PasswordHashing::argon2id, .argon2_memory_kib = 7}), Errc::invalid);
  EXPECT_EQ(code({.scheme = PasswordHashing::argon2id, .argon2_memory_kib = 300'000}), Errc::invalid);
  EXPECT_EQ(code({.scheme = PasswordHashing::argon2id, .argon2_passes = 0}), Errc::invalid);
  EXPECT_EQ(code({.scheme = PasswordHashing::argon2id, .argon2_lanes = 0}), Errc::invalid);
  EXPECT_EQ(check_hashable({}, "").error().code, Errc::invalid);
  EXPECT_TRUE(check_hashable({}, "password"));
}

TEST(PasswordHash, unknown_and_hostile_formats_do_not_verify) {
  for (const auto* stored :
       {"",
        "*0",
        "*1",
        "x",
        "$",
        "$2",
        "$2a$",
        "password",
        "$1$salt$qJH7.N4xYta3aEG/dfqo/0",
        "$2x$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e",
        "$2a$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2a$5$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeWx",
        "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOe",
        "$2a$05$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$",
        "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=16$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=4294967295,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=99999999999,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=256,t=2000000,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=256,t=2,p=99$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=-256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$t=2,m=256,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4=",
        "$argon2id$v=19$m=256,t=2,p=1$!$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"}) {
    EXPECT_FALSE(verify_password(stored, "U*U")) << stored;
    EXPECT_FALSE(verify_password(stored, "password")) << stored;
    EXPECT_TRUE(needs_rehash(stored, {})) << stored;
  }
}

TEST(PasswordHash, weaker_hashes_want_to_be_renewed) {
  SystemRandom random;
  const auto weak = hash_password(quick_bcrypt(), "password", random).value();
  const auto argon2 = hash_password(quick_argon2(), "password", random).value();
  auto more_memory = quick_argon2();
  more_memory.argon2_memory_kib = 128;

  EXPECT_TRUE(needs_rehash(weak, {.bcrypt_cost = 5}));
  EXPECT_FALSE(needs_rehash(weak, quick_bcrypt()));
  EXPECT_TRUE(needs_rehash(weak, quick_argon2()));
  EXPECT_TRUE(needs_rehash(argon2, quick_bcrypt()));
  EXPECT_TRUE(needs_rehash(argon2, more_memory));
  EXPECT_FALSE(needs_rehash(argon2, quick_argon2()));
}

TEST(PasswordHash, the_unmatchable_hash_is_well_formed_and_matches_nothing) {
  for (const auto& policy : {quick_bcrypt(), quick_argon2()}) {
    const auto stored = unmatchable_hash(policy);

    EXPECT_FALSE(needs_rehash(stored, policy)) << stored;
    EXPECT_FALSE(verify_password(stored, "password"));
    EXPECT_FALSE(verify_password(stored, ""));
  }
}

TEST(PasswordHash, threads_do_not_disturb_each_other) {
  SystemRandom random;
  std::vector<std::thread> threads;
  threads.reserve(4);
  std::vector<int> right(4);
  for (std::size_t t = 0; t < right.size(); ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) {
        const auto password = std::to_string(t) + "/" + std::to_string(i);
        const auto policy = i % 2 == 0 ? quick_bcrypt() : quick_argon2();
        right[t] += verify_password(hash_password(policy, password, random).value(), password) ? 1 : 0;
      }
    });
  for (auto& thread : threads) thread.join();

  for (const int count : right) EXPECT_EQ(count, 10);
}

}  // namespace
}  // namespace cardea::crypto
