#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

struct redisReader;

namespace cardea::store {

using RedisCommand = std::vector<std::string>;

// As it goes over the wire (RESP2).
std::string to_wire(const RedisCommand& command);

struct RedisReply {
  enum class Type { nothing, number, text, list, error };
  Type type = Type::nothing;
  std::int64_t number = 0;
  std::string text;  // of an error too: "MOVED 3999 127.0.0.1:6381"
  std::vector<RedisReply> list;

  bool is_error() const { return type == Type::error; }
  // Error codes are the first word.
  bool is_error(std::string_view code) const;
};

// Takes replies out of what arrives. After an error it is of no use any more.
class RedisReplyReader {
 public:
  RedisReplyReader();
  ~RedisReplyReader();
  RedisReplyReader(const RedisReplyReader&) = delete;
  RedisReplyReader& operator=(const RedisReplyReader&) = delete;

  void feed(std::string_view bytes);
  // nullopt: not complete yet. invalid: that is not Redis.
  base::Result<std::optional<RedisReply>> next();

 private:
  redisReader* reader_;
};

}  // namespace cardea::store
