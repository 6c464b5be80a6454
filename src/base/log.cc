#include "base/log.h"

#include <spdlog/async.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace cardea::base {
namespace {

constexpr std::size_t kQueuedLines = 8192;

const char* name(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return "debug";
    case LogLevel::info: return "info";
    case LogLevel::warn: return "warn";
    case LogLevel::error: return "error";
  }
  return "error";
}

class JsonLog final : public Log {
 public:
  JsonLog(LogLevel lowest, Fields standing, const Clock& clock)
      : lowest_(lowest),
        standing_(std::move(standing)),
        clock_(clock),
        pool_(std::make_shared<spdlog::details::thread_pool>(kQueuedLines, 1)),
        logger_(std::make_shared<spdlog::async_logger>("cardea", std::make_shared<spdlog::sinks::stderr_sink_mt>(), pool_,
                                                       spdlog::async_overflow_policy::overrun_oldest)) {
    logger_->set_pattern("%v");
    logger_->set_level(spdlog::level::trace);
    logger_->flush_on(spdlog::level::trace);
  }

  ~JsonLog() override { logger_->flush(); }

  void write(LogLevel level, std::string_view message, Fields fields) override {
    if (level < lowest_) return;
    Fields line{{"time", to_iso8601(clock_.now())}, {"level", name(level)}, {"message", message}};
    for (const auto& [key, value] : standing_) line.insert_or_assign(key, value);
    for (auto& [key, value] : fields) line.insert_or_assign(key, std::move(value));
    logger_->log(spdlog::level::info, json::serialize(line));
  }

 private:
  const LogLevel lowest_;
  const Fields standing_;
  const Clock& clock_;
  std::shared_ptr<spdlog::details::thread_pool> pool_;
  std::shared_ptr<spdlog::async_logger> logger_;
};

}  // namespace

std::unique_ptr<Log> open_json_log(LogLevel lowest, Log::Fields standing, const Clock& clock) {
  return std::make_unique<JsonLog>(lowest, std::move(standing), clock);
}

}  // namespace cardea::base
