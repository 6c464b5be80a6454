#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace cardea::app {

// What we read of S3's XML: the text of a few elements, by their names, without a document and without entities beyond
// the five of XML and numbers. Everything else is passed over, so hostile answers can do nothing but be refused.

struct S3Listing {
  struct Object {
    std::string key;
    std::uint64_t bytes = 0;
  };
  std::vector<Object> objects;
  std::string next;  // token of the next page; empty on the last one
};

// Of ListObjectsV2. invalid: not such an answer.
base::Result<S3Listing> parse_listing(std::string_view xml);

// The text of the first element of that name; nullopt: there is none, or its text is not well-formed.
std::optional<std::string> s3_element(std::string_view xml, std::string_view name);

// " (NoSuchBucket)" of an error, "" when the answer has no plain code.
std::string s3_error_code(std::string_view xml);

}  // namespace cardea::app
