#include "crypto/system_random.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <pthread.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>

namespace cardea::crypto {
namespace {

std::atomic<unsigned> forks{0};

void generate(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    const auto part = std::min<std::size_t>(out.size(), 1 << 20);
    if (RAND_bytes(out.data(), static_cast<int>(part)) != 1) std::abort();
    out = out.subspan(part);
  }
}

// Bytes drawn ahead; those already given away are zero.
class Buffer {
 public:
  ~Buffer() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

  void take(std::span<std::uint8_t> out) {
    // A child of fork() would otherwise hand out the same bytes as its parent.
    const unsigned seen = forks.load(std::memory_order_relaxed);
    if (bytes_.size() - used_ < out.size() || seen != forks_) {
      generate(bytes_);
      used_ = 0;
      forks_ = seen;
    }
    std::memcpy(out.data(), bytes_.data() + used_, out.size());
    OPENSSL_cleanse(bytes_.data() + used_, out.size());
    used_ += out.size();
  }

 private:
  std::array<std::uint8_t, 1024> bytes_{};
  std::size_t used_ = bytes_.size();
  unsigned forks_ = 0;
};

constexpr std::size_t kLargestBuffered = 128;

void watch_forks() {
  static const bool watching = [] {
    if (pthread_atfork(nullptr, nullptr, [] { forks.fetch_add(1, std::memory_order_relaxed); }) != 0) std::abort();
    return true;
  }();
  static_cast<void>(watching);
}

}  // namespace

void SystemRandom::fill(std::span<std::uint8_t> out) {
  if (out.empty()) return;
  if (out.size() > kLargestBuffered) return generate(out);
  watch_forks();
  static thread_local Buffer buffer;
  buffer.take(out);
}

}  // namespace cardea::crypto
