#pragma once

#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

namespace cardea::base {

using Labels = std::map<std::string, std::string>;

// Handles are cheap to copy and live as long as the Metrics they came from. Safe from any thread, no lock.
class Counter {
 public:
  explicit Counter(prometheus::Counter* counter) : counter_(counter) {}
  void add(double by = 1) const;
  double value() const;

 private:
  prometheus::Counter* counter_;
};

class Gauge {
 public:
  explicit Gauge(prometheus::Gauge* gauge) : gauge_(gauge) {}
  void set(double value) const;
  void add(double by = 1) const;
  double value() const;

 private:
  prometheus::Gauge* gauge_;
};

class Histogram {
 public:
  explicit Histogram(prometheus::Histogram* histogram) : histogram_(histogram) {}
  void observe(double value) const;

 private:
  prometheus::Histogram* histogram_;
};

// What the process counts, for Prometheus. Look a handle up once (it takes a lock) and keep it; asking again for the
// same name and labels gives the same series. Names and label values come from our code, never from a request:
// series are kept for ever. Safe from any thread.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  Counter counter(std::string_view name, std::string_view help, const Labels& labels = {});
  Gauge gauge(std::string_view name, std::string_view help, const Labels& labels = {});
  // `bounds`: upper bounds of the buckets, ascending; the same for every series of one name.
  Histogram histogram(std::string_view name, std::string_view help, const std::vector<double>& bounds,
                      const Labels& labels = {});

  // Prometheus' text format, version 0.0.4.
  std::string render() const;

 private:
  struct Registry;
  std::unique_ptr<Registry> registry_;
};

// Seconds, from 0.5 ms to 10 s: for request durations.
const std::vector<double>& latency_bounds();

}  // namespace cardea::base
