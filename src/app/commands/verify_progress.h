#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"

namespace cardea::app {

// Tells how a verification goes, step by step, and keeps what there is to sum up. Nothing that it was told to hide
// gets out.
class VerifyProgress {
 public:
  using Sink = std::function<void(const std::string& text)>;

  // `clock` must outlive it. `live`: the sink is a terminal, so a running step shows too and its line is written over.
  VerifyProgress(const base::Clock& clock, Sink sink, bool live)
      : clock_(clock), sink_(std::move(sink)), live_(live), started_(clock.steady()) {}

  // A password, secret or token: each of its occurrences is shown as "***".
  void hide(std::string secret);

  void begin(std::string_view name);
  // The result holds a remark for people, which may be empty.
  void end(const base::Result<std::string>& result);

  bool all_good() const { return failures_.empty(); }
  // {"ok","steps":{name: milliseconds},"failed":[…],"duration_ms"}
  base::json::object summary() const;

 private:
  std::string cleaned(std::string text) const;

  const base::Clock& clock_;
  const Sink sink_;
  const bool live_;
  const std::chrono::nanoseconds started_;
  std::chrono::nanoseconds step_started_{};
  std::string step_;
  std::vector<std::string> secrets_;
  base::json::object durations_;
  base::json::array failures_;
};

}  // namespace cardea::app
