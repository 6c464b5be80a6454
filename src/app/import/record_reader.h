#pragma once

#include <cstdint>
#include <istream>
#include <optional>
#include <string>

#include "base/json.h"
#include "base/result.h"

namespace cardea::app {

// Reads JSON objects from a file one by one: an array of them, or one on each line (NDJSON). Memory does not grow with
// the file. One thread.
class RecordReader {
 public:
  static constexpr std::size_t kLongest = 4 << 20;  // bytes of one record

  struct Item {
    std::uint64_t line = 0;  // on which it begins, from 1
    // invalid: not a JSON object. The next item is still found on lines of their own; in an array everything after
    // a damaged record is lost, and that is its last item.
    base::Result<base::json::object> record;
  };

  // `in` must outlive it.
  explicit RecordReader(std::istream& in) : in_(in) {}

  // nullopt: the end of the file.
  std::optional<Item> next();

 private:
  int take();
  int first_of_record();
  std::optional<Item> next_line();
  std::optional<Item> next_element();
  bool copy_object(std::string& out);
  Item broken(std::uint64_t line, std::string reason);

  std::istream& in_;
  std::uint64_t line_ = 1;
  bool started_ = false, in_array_ = false, ended_ = false;
};

}  // namespace cardea::app
