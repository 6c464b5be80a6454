#include "base/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace cardea::base {

// The registry merges families of one name, help and no labels, and a family merges series of equal labels.
struct Metrics::Registry {
  prometheus::Registry registry{prometheus::Registry::InsertBehavior::Merge};
};

void Counter::add(double by) const { counter_->Increment(by); }
double Counter::value() const { return counter_->Value(); }

void Gauge::set(double value) const { gauge_->Set(value); }
void Gauge::add(double by) const { gauge_->Increment(by); }
double Gauge::value() const { return gauge_->Value(); }

void Histogram::observe(double value) const { histogram_->Observe(value); }

Metrics::Metrics() : registry_(std::make_unique<Registry>()) {}
Metrics::~Metrics() = default;

Counter Metrics::counter(std::string_view name, std::string_view help, const Labels& labels) {
  auto& family =
      prometheus::BuildCounter().Name(std::string(name)).Help(std::string(help)).Register(registry_->registry);
  return Counter(&family.Add(labels));
}

Gauge Metrics::gauge(std::string_view name, std::string_view help, const Labels& labels) {
  auto& family = prometheus::BuildGauge().Name(std::string(name)).Help(std::string(help)).Register(registry_->registry);
  return Gauge(&family.Add(labels));
}

Histogram Metrics::histogram(std::string_view name, std::string_view help, const std::vector<double>& bounds,
                             const Labels& labels) {
  auto& family =
      prometheus::BuildHistogram().Name(std::string(name)).Help(std::string(help)).Register(registry_->registry);
  return Histogram(&family.Add(labels, bounds));
}

std::string Metrics::render() const { return prometheus::TextSerializer().Serialize(registry_->registry.Collect()); }

const std::vector<double>& latency_bounds() {
  static const std::vector<double> kBounds = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                              0.1,    0.25,  0.5,    1.0,   2.5,  5.0,   10.0};
  return kBounds;
}

}  // namespace cardea::base
