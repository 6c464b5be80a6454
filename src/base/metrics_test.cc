#include "base/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cardea::base {
namespace {

using ::testing::HasSubstr;

TEST(Metrics, TheSameNameAndLabelsAreTheSameSeries) {
  Metrics metrics;
  metrics.counter("cardea_tokens_total", "Tokens issued.", {{"kind", "access"}}).add(2);
  metrics.counter("cardea_tokens_total", "Tokens issued.", {{"kind", "access"}}).add();
  metrics.counter("cardea_tokens_total", "Tokens issued.", {{"kind", "id"}}).add();

  EXPECT_EQ(metrics.counter("cardea_tokens_total", "Tokens issued.", {{"kind", "access"}}).value(), 3);
  EXPECT_THAT(metrics.render(), HasSubstr("# TYPE cardea_tokens_total counter\n"));
  EXPECT_THAT(metrics.render(), HasSubstr("cardea_tokens_total{kind=\"access\"} 3\n"));
  EXPECT_THAT(metrics.render(), HasSubstr("cardea_tokens_total{kind=\"id\"} 1\n"));
}

TEST(Metrics, RendersGaugesAndHistograms) {
  Metrics metrics;
  const auto open = metrics.gauge("cardea_open", "Open.");
  open.add(5);
  open.add(-2);
  const auto seconds = metrics.histogram("cardea_seconds", "Seconds.", {0.1, 1});
  seconds.observe(0.05);
  seconds.observe(0.5);
  seconds.observe(5);

  EXPECT_EQ(open.value(), 3);
  const auto text = metrics.render();
  EXPECT_THAT(text, HasSubstr("cardea_open 3\n"));
  EXPECT_THAT(text, HasSubstr("cardea_seconds_bucket{le=\"0.1\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("cardea_seconds_bucket{le=\"1\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("cardea_seconds_bucket{le=\"+Inf\"} 3\n"));
}

}  // namespace
}  // namespace cardea::base
