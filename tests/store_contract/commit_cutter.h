#pragma once

#include <atomic>
#include <string_view>

#include "tests/store_contract/relay.h"

namespace cardea::store {

// Stands between a client and a MySQL server on the loopback and breaks both connections at the next COMMIT, which it
// lets through to the server or not.
class CommitCutter {
 public:
  enum class Cut { none, before_the_server, before_the_answer };

  explicit CommitCutter(int server_port)
      : relay_(server_port, [this](std::string_view bytes) { return hear(bytes); }) {}

  int port() const { return relay_.port(); }
  void cut_next(Cut cut) { cut_ = cut; }

 private:
  Relay::Then hear(std::string_view bytes) {
    constexpr std::string_view kCommit =
        "\x03"
        "COMMIT";
    if (!bytes.ends_with(kCommit)) return Relay::Then::pass_on;
    switch (cut_.exchange(Cut::none)) {
      case Cut::none:
        return Relay::Then::pass_on;
      case Cut::before_the_server:
        return Relay::Then::break_without;
      case Cut::before_the_answer:
        return Relay::Then::pass_on_and_break;
    }
    return Relay::Then::pass_on;
  }

  std::atomic<Cut> cut_ = Cut::none;
  Relay relay_;
};

}  // namespace cardea::store
