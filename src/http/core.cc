#include "http/core.h"

#include <fmt/chrono.h>

#include <vector>

#include "http/connection.h"

namespace cardea::http {
namespace {

constexpr std::size_t kKeptBytes = std::size_t{8} << 20;

std::uint64_t scramble(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

}  // namespace

Core::Core(boost::asio::io_context& context, ServerState& state)
    : context_(context), state_(state), round_(context.get_executor(), state.clock), timer_(context.get_executor()) {
  state.random.fill({reinterpret_cast<std::uint8_t*>(id_seed_), sizeof id_seed_});
}

void Core::start_ticking() {
  ticking_ = true;
  state_.tasks.add();
  tick();
}

void Core::stop_ticking() {
  ticking_ = false;
  timer_.cancel();
}

void Core::tick() {
  const auto now = state_.clock.steady();
  // A connection that gives up may end at once and strike itself from the list.
  const std::vector<Connection*> present(connections_.begin(), connections_.end());
  for (auto* connection : present)
    if (connections_.contains(connection)) connection->check_deadline(now);
  timer_.expires_after(state_.options.deadline_check);
  timer_.async_wait([this](const boost::system::error_code&) {
    if (ticking_)
      tick();
    else
      state_.tasks.remove();
  });
}

std::string_view Core::date() {
  const auto second = base::to_seconds(state_.clock.now());
  if (second != date_second_) {
    date_second_ = second;
    date_ = fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(static_cast<std::time_t>(second)));
  }
  return date_;
}

std::string Core::next_request_id() {
  static constexpr char kDigits[] = "0123456789abcdef";
  ++id_count_;
  const std::uint64_t halves[2] = {scramble(id_seed_[0] + id_count_ * 0x9E3779B97F4A7C15ULL),
                                   scramble(id_seed_[1] ^ id_count_)};
  std::string out(32, '0');
  for (std::size_t i = 0; i < 32; ++i) out[i] = kDigits[(halves[i / 16] >> (4 * (i % 16))) & 15];
  return out;
}

std::shared_ptr<const std::string> Core::compressed(const BodyHash& hash, std::string_view body, Coding coding) {
  const std::pair key(hash, coding);
  if (const auto it = compressed_.find(key); it != compressed_.end()) return it->second;
  auto result = std::make_shared<const std::string>(compress(body, coding, Effort::kept));
  if (compressed_bytes_ + result->size() > kKeptBytes) {
    compressed_.clear();
    compressed_bytes_ = 0;
  }
  compressed_bytes_ += result->size() + sizeof key;
  compressed_.emplace(key, result);
  return result;
}

}  // namespace cardea::http
