#include "app/commands/verify_progress.h"

#include <fmt/format.h>

namespace cardea::app {
namespace {

std::int64_t to_milliseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
}

}  // namespace

void VerifyProgress::hide(std::string secret) {
  if (!secret.empty()) secrets_.push_back(std::move(secret));
}

void VerifyProgress::begin(std::string_view name) {
  step_ = name;
  step_started_ = clock_.steady();
  if (live_) sink_(fmt::format("…                   {}\r", step_));
}

void VerifyProgress::end(const base::Result<std::string>& result) {
  const auto took = to_milliseconds(clock_.steady() - step_started_);
  durations_[step_] = took;
  const auto remark = cleaned(result ? *result : result.error().reason);
  if (!result) failures_.push_back(base::json::string(fmt::format("{}: {}", step_, remark)));
  const auto name = remark.empty() ? step_ : fmt::format("{:<18}  {}", step_, remark);
  sink_(fmt::format("{:<7}{:>7} ms  {}\n", result ? "ok" : "failed", took, name));
}

base::json::object VerifyProgress::summary() const {
  base::json::object out{{"ok", all_good()}};
  if (!all_good()) out["failed"] = failures_;
  out["duration_ms"] = to_milliseconds(clock_.steady() - started_);
  out["steps"] = durations_;
  return out;
}

std::string VerifyProgress::cleaned(std::string text) const {
  for (const auto& secret : secrets_)
    for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at + 3))
      text.replace(at, secret.size(), "***");
  for (auto& c : text)
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7F) c = ' ';
  return text;
}

}  // namespace cardea::app
