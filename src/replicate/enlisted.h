#pragma once

#include <set>
#include <utility>

namespace cardea::replicate {

// In the set as long as it lives.
template <class T>
struct Enlisted {
  Enlisted(std::set<T>& in, T item) : set(in), at(in.insert(std::move(item)).first) {}
  Enlisted(const Enlisted&) = delete;
  Enlisted& operator=(const Enlisted&) = delete;
  ~Enlisted() { set.erase(at); }

  std::set<T>& set;
  typename std::set<T>::iterator at;
};

}  // namespace cardea::replicate
