#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace cardea::app {

// How commands answer: results on standard output, for people or, with --json, as one line for machines; everything
// else on standard error.
class Output {
 public:
  explicit Output(bool json) : json_(json) {}

  // One object: "key  value" lines, or the object.
  void object(const base::json::object& value) const;
  // Rows with the same members: an aligned table of `columns`, or an array.
  void table(const std::vector<std::string>& columns, const std::vector<base::json::object>& rows) const;
  // Prints what went wrong; gives the exit status 1, or 2 for Errc::invalid.
  int failure(const base::Error& error) const;

 private:
  bool json_;
};

}  // namespace cardea::app
