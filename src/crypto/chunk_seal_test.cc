#include "crypto/chunk_seal.h"

#include <gtest/gtest.h>

#include <vector>

#include "crypto/digest.h"
#include "crypto/sha256_stream.h"

namespace cardea::crypto {
namespace {

SealKey key_of(char byte) { return SealKey::from_bytes(std::string(32, byte)); }

class ChunkSealTest : public testing::Test {
 protected:
  // Gives what opens of the chunks, or "broken".
  static std::string open_all(const std::vector<std::string>& chunks, const SealKey& key,
                              const std::string& associated) {
    ChunkOpener opener(key, associated);
    std::string out;
    for (std::size_t i = 0; i < chunks.size(); ++i) {
      const auto text = opener.open(chunks[i], i + 1 == chunks.size());
      if (!text) return "broken";
      out += *text;
    }
    return out;
  }

  std::vector<std::string> three() {
    ChunkSealer sealer(key_, "header");
    return {sealer.seal("one ", false), sealer.seal("two ", false), sealer.seal("three", true)};
  }

  SealKey key_ = key_of('k');
};

TEST_F(ChunkSealTest, WhatWasSealedOpensInItsOrder) {
  EXPECT_EQ(open_all(three(), key_, "header"), "one two three");
  EXPECT_EQ(three()[0].size(), 4 + kChunkOverhead);
}

TEST_F(ChunkSealTest, AnEmptyTextIsOneEmptyChunk) {
  ChunkSealer sealer(key_, "");
  EXPECT_EQ(open_all({sealer.seal("", true)}, key_, ""), "");
}

TEST_F(ChunkSealTest, ChunksLeftOutSwappedRepeatedOrCutOffDoNotOpen) {
  const auto chunks = three();

  EXPECT_EQ(open_all({chunks[0], chunks[1]}, key_, "header"), "broken");
  EXPECT_EQ(open_all({chunks[0], chunks[2]}, key_, "header"), "broken");
  EXPECT_EQ(open_all({chunks[1], chunks[2]}, key_, "header"), "broken");
  EXPECT_EQ(open_all({chunks[1], chunks[0], chunks[2]}, key_, "header"), "broken");
  EXPECT_EQ(open_all({chunks[0], chunks[0], chunks[1], chunks[2]}, key_, "header"), "broken");
  EXPECT_EQ(open_all({chunks[0], chunks[1], chunks[2], chunks[2]}, key_, "header"), "broken");
}

TEST_F(ChunkSealTest, AnotherKeyOtherDataOrAChangedBitDoNotOpen) {
  const auto chunks = three();

  EXPECT_EQ(open_all(chunks, key_of('x'), "header"), "broken");
  EXPECT_EQ(open_all(chunks, key_, "Header"), "broken");
  for (std::size_t at = 0; at < chunks[1].size(); ++at) {
    auto changed = chunks;
    changed[1][at] = static_cast<char>(changed[1][at] ^ 1);
    EXPECT_EQ(open_all(changed, key_, "header"), "broken") << at;
  }
  EXPECT_EQ(open_all({"short"}, key_, "header"), "broken");
}

TEST_F(ChunkSealTest, NothingFollowsTheLastChunk) {
  ChunkSealer sealer(key_, "");
  (void)sealer.seal("end", true);
  EXPECT_THROW((void)sealer.seal("more", false), std::logic_error);
}

TEST(Sha256Stream, PiecesGiveTheDigestOfTheWhole) {
  Sha256Stream stream;
  stream.update("ab");
  stream.update("");
  stream.update("c");
  EXPECT_EQ(stream.finish(), sha256("abc"));
  EXPECT_EQ(stream.finish(), sha256(""));
}

}  // namespace
}  // namespace cardea::crypto
