#pragma once

#include <zlib.h>

#include <string>
#include <string_view>

#include "base/result.h"

namespace cardea::store {

// Streams of zlib (RFC 1950). One thread.
class Deflate {
 public:
  Deflate();
  ~Deflate() { ::deflateEnd(&stream_); }
  Deflate(const Deflate&) = delete;
  Deflate& operator=(const Deflate&) = delete;

  // Appends what comes out to `out`. `end`: nothing follows.
  void run(std::string_view in, bool end, std::string& out);

 private:
  z_stream stream_{};
};

class Inflate {
 public:
  Inflate();
  ~Inflate() { ::inflateEnd(&stream_); }
  Inflate(const Inflate&) = delete;
  Inflate& operator=(const Inflate&) = delete;

  // The next compressed piece; must stay alive until all of it is taken. Only when wants_more().
  void feed(std::string_view in);
  // Whether all that was fed has come out.
  bool wants_more() const { return stream_.avail_in == 0 && !full_; }
  bool ended() const { return ended_; }
  // Appends some of what comes out, at most 64 KiB. invalid: not such a stream, or something after its end.
  base::Result<void> take(std::string& out);

 private:
  z_stream stream_{};
  bool ended_ = false;
  bool full_ = false;  // the last take() had no room for all
};

}  // namespace cardea::store
