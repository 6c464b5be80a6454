#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cardea::http {

struct Header {
  std::string_view name;
  std::string_view value;
};

// Header fields in the order they came; names compare without case (RFC 9110 §5.1), a name may occur several times.
// Views handed out stay good until the next change. One thread.
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<Header> fields) {
    for (const auto& field : fields) add(field.name, field.value);
  }

  // The first value of that name.
  std::optional<std::string_view> get(std::string_view name) const;
  std::vector<std::string_view> all(std::string_view name) const;
  bool has(std::string_view name) const { return get(name).has_value(); }
  std::size_t count(std::string_view name) const;

  // The only value of that name from now on.
  void set(std::string_view name, std::string_view value);
  // One more, after the others. A name or value with CR, LF or NUL in it is cut off there: nothing can be smuggled out.
  void add(std::string_view name, std::string_view value);
  void remove(std::string_view name);
  void clear();

  bool empty() const { return fields_.empty(); }
  std::size_t size() const { return fields_.size(); }

  class Iterator;
  Iterator begin() const;
  Iterator end() const;

 private:
  struct Field {
    std::uint32_t name_at, name_size, value_at, value_size;
  };
  Header at(std::size_t i) const {
    const auto& f = fields_[i];
    return {std::string_view(text_).substr(f.name_at, f.name_size),
            std::string_view(text_).substr(f.value_at, f.value_size)};
  }

  std::string text_;  // all names and values behind one another; a removed field leaves its text
  std::vector<Field> fields_;
};

class Headers::Iterator {
 public:
  using value_type = Header;
  using difference_type = std::ptrdiff_t;
  Iterator() = default;
  Iterator(const Headers* headers, std::size_t i) : headers_(headers), i_(i) {}
  Header operator*() const { return headers_->at(i_); }
  Iterator& operator++() {
    ++i_;
    return *this;
  }
  Iterator operator++(int) {
    auto before = *this;
    ++i_;
    return before;
  }
  bool operator==(const Iterator&) const = default;

 private:
  const Headers* headers_ = nullptr;
  std::size_t i_ = 0;
};

inline Headers::Iterator Headers::begin() const { return {this, 0}; }
inline Headers::Iterator Headers::end() const { return {this, fields_.size()}; }

// ASCII only, as field names and tokens compare.
bool equal_ignoring_case(std::string_view a, std::string_view b);

}  // namespace cardea::http
