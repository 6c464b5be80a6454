#include "crypto/system_random.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/base64.h"
#include "crypto/random_token.h"

namespace cardea::crypto {
namespace {

TEST(SystemRandom, never_repeats_itself_across_sizes_and_threads) {
  std::vector<std::set<std::string>> seen(4);
  std::vector<std::thread> threads;
  threads.reserve(seen.size());
  for (auto& mine : seen)
    threads.emplace_back([&mine] {
      SystemRandom random;
      for (int i = 0; i < 500; ++i) mine.insert(base::random_bytes(random, i % 2 == 0 ? 16 : 200));
    });
  for (auto& thread : threads) thread.join();

  std::set<std::string> all;
  for (const auto& mine : seen) all.insert(mine.begin(), mine.end());
  EXPECT_EQ(all.size(), 2000U);
}

TEST(SystemRandom, a_forked_child_draws_other_bytes_than_its_parent) {
  SystemRandom random;
  base::random_bytes(random, 16);
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);

  const pid_t child = fork();
  if (child == 0) {
    const std::string drawn = base::random_bytes(random, 16);
    _exit(write(ends[1], drawn.data(), drawn.size()) == 16 ? 0 : 1);
  }
  const std::string mine = base::random_bytes(random, 16);
  std::string theirs(16, '\0');
  ASSERT_EQ(read(ends[0], theirs.data(), theirs.size()), 16);
  int status = 0;
  waitpid(child, &status, 0);
  close(ends[0]);
  close(ends[1]);

  EXPECT_EQ(status, 0);
  EXPECT_NE(mine, theirs);
}

TEST(RandomToken, is_base64url_of_the_bytes_asked_for) {
  base::SeededRandom random(1);

  const auto token = random_token(random, 32);

  EXPECT_EQ(token.size(), 43U);
  ASSERT_TRUE(base::base64url_decode(token));
  EXPECT_EQ(base::base64url_decode(token)->size(), 32U);
  EXPECT_NE(random_token(random, 32), token);
}

}  // namespace
}  // namespace cardea::crypto
