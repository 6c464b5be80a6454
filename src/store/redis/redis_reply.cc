#include "store/redis/redis_reply.h"

#include <hiredis/hiredis.h>

#include <new>

namespace cardea::store {
namespace {

RedisReply copy(const redisReply& reply) {
  RedisReply out;
  switch (reply.type) {
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
      out.type = RedisReply::Type::text;
      out.text.assign(reply.str, reply.len);
      break;
    case REDIS_REPLY_ERROR:
      out.type = RedisReply::Type::error;
      out.text.assign(reply.str, reply.len);
      break;
    case REDIS_REPLY_INTEGER:
      out.type = RedisReply::Type::number;
      out.number = reply.integer;
      break;
    case REDIS_REPLY_ARRAY:
      out.type = RedisReply::Type::list;
      for (std::size_t i = 0; i < reply.elements; ++i) out.list.push_back(copy(*reply.element[i]));
      break;
    default:
      break;
  }
  return out;
}

}  // namespace

std::string to_wire(const RedisCommand& command) {
  std::string out = "*" + std::to_string(command.size()) + "\r\n";
  for (const auto& part : command) {
    out += "$" + std::to_string(part.size()) + "\r\n";
    out += part;
    out += "\r\n";
  }
  return out;
}

bool RedisReply::is_error(std::string_view code) const {
  return is_error() && text.starts_with(code) && (text.size() == code.size() || text[code.size()] == ' ');
}

RedisReplyReader::RedisReplyReader() : reader_(redisReaderCreate()) {
  if (reader_ == nullptr) throw std::bad_alloc();
}

RedisReplyReader::~RedisReplyReader() { redisReaderFree(reader_); }

void RedisReplyReader::feed(std::string_view bytes) { redisReaderFeed(reader_, bytes.data(), bytes.size()); }

base::Result<std::optional<RedisReply>> RedisReplyReader::next() {
  void* read = nullptr;
  if (redisReaderGetReply(reader_, &read) != REDIS_OK)
    return base::fail(base::Errc::invalid, "the answer is not of the Redis protocol");
  if (read == nullptr) return std::optional<RedisReply>{};
  const std::unique_ptr<redisReply, void (*)(redisReply*)> reply(static_cast<redisReply*>(read),
                                                                 [](redisReply* r) { freeReplyObject(r); });
  return std::optional(copy(*reply));
}

}  // namespace cardea::store
