#include "http/compression.h"

#include <brotli/decode.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "http/entity_tag.h"

namespace cardea::http {
namespace {

TEST(AcceptEncoding, TheHighestWeightWins) {
  const std::pair<const char*, Coding> cases[] = {
      {"", Coding::identity},
      {"gzip", Coding::gzip},
      {"br", Coding::brotli},
      {"gzip, deflate, br", Coding::brotli},
      {"gzip;q=1.0, br;q=0.9", Coding::gzip},
      {"GZIP ; Q=0.5", Coding::gzip},
      {"br;q=0, gzip", Coding::gzip},
      {"br;q=0, gzip;q=0", Coding::identity},
      {"*", Coding::brotli},
      {"*;q=0", Coding::identity},
      {"br;q=0, *;q=0.1", Coding::gzip},
      {"identity", Coding::identity},
      {"identity;q=1, gzip;q=0.5", Coding::identity},
      {"identity;q=0.5, gzip;q=0.6", Coding::gzip},
      {"deflate, compress", Coding::identity},
      {"gzip;q=2", Coding::identity},
      {"gzip;q=abc", Coding::identity},
      {"gzip;q=", Coding::identity},
      {"gzip;q=0.0001", Coding::identity},
      {"gzip;level=9;q=0.3", Coding::gzip},
      {",,gzip,,", Coding::gzip},
  };
  for (const auto& [header, expected] : cases) EXPECT_EQ(choose_coding(header), expected) << header;
}

TEST(Compression, WhatIsCompressedComesBack) {
  std::string text;
  for (int i = 0; i < 500; ++i) text += "a line that repeats itself\n";

  const auto gzipped = compress(text, Coding::gzip, Effort::once);
  const auto brotlied = compress(text, Coding::brotli, Effort::kept);

  std::string out(text.size(), '\0');
  z_stream stream{};
  ASSERT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(gzipped.data()));
  stream.avail_in = static_cast<uInt>(gzipped.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  inflateEnd(&stream);
  EXPECT_EQ(out, text);

  std::size_t size = text.size();
  out.assign(size, '\0');
  EXPECT_EQ(BrotliDecoderDecompress(brotlied.size(), reinterpret_cast<const std::uint8_t*>(brotlied.data()), &size,
                                    reinterpret_cast<std::uint8_t*>(out.data())),
            BROTLI_DECODER_RESULT_SUCCESS);
  EXPECT_EQ(out, text);
}

TEST(Compression, WhatDoesNotShrinkIsLeft) { EXPECT_EQ(compress("x", Coding::gzip, Effort::once), ""); }

TEST(Compression, IsForText) {
  for (const auto* yes :
       {"text/html; charset=utf-8", "application/json", "application/jwk-set+json", "image/svg+xml", "text/css"})
    EXPECT_TRUE(is_compressible(yes)) << yes;
  for (const auto* no : {"", "image/png", "application/octet-stream", "font/woff2"})
    EXPECT_FALSE(is_compressible(no)) << no;
}

TEST(EntityTag, DiffersWithBodyAndCoding) {
  const auto tag = entity_tag(hash_body("hello"), Coding::identity);

  EXPECT_EQ(tag, entity_tag(hash_body("hello"), Coding::identity));
  EXPECT_NE(tag, entity_tag(hash_body("hellp"), Coding::identity));
  EXPECT_NE(tag, entity_tag(hash_body(std::string("hello\0", 6)), Coding::identity));
  EXPECT_NE(tag, entity_tag(hash_body("hello"), Coding::gzip));
  EXPECT_NE(hash_body(std::string(32, 'a')), hash_body(std::string(33, 'a')));
  EXPECT_NE(hash_body(std::string(16, 'a') + std::string(16, 'b')),
            hash_body(std::string(16, 'b') + std::string(16, 'a')));
}

TEST(EntityTag, NoneMatchComparesWeakly) {
  EXPECT_TRUE(none_match_hits("\"a\"", "\"a\""));
  EXPECT_TRUE(none_match_hits("\"x\", W/\"a\" ,\"y\"", "\"a\""));
  EXPECT_TRUE(none_match_hits(" * ", "\"a\""));
  EXPECT_FALSE(none_match_hits("\"b\"", "\"a\""));
  EXPECT_FALSE(none_match_hits("a", "\"a\""));
  EXPECT_FALSE(none_match_hits("", "\"a\""));
}

}  // namespace
}  // namespace cardea::http
