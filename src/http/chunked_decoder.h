#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cardea::http {

// Takes the chunked coding off a body (RFC 9112 §7.1). Strict: hexadecimal sizes without sign, blanks or prefix, CRLF
// only. Extensions and trailers are read over, within bounds.
class ChunkedDecoder {
 public:
  enum class State { reading, done, malformed, too_large };

  // Takes what it can of `bytes` and appends the data to `body`, which may grow to `limit`. Says how many bytes were
  // taken; hand in the rest again, with more behind it.
  std::size_t feed(std::string_view bytes, std::string& body, std::size_t limit);
  State state() const { return state_; }

 private:
  enum class Part { size, data, data_end, trailer };

  void read_line(std::string_view line, std::size_t room);
  void read_size(std::string_view line, std::size_t room);

  State state_ = State::reading;
  Part part_ = Part::size;
  std::uint64_t left_ = 0;  // of the chunk
  std::size_t trailer_bytes_ = 0;
};

}  // namespace cardea::http
