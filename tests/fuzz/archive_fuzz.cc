// A backup from anywhere: the whole of it, and what only the holder of its key could have made: its compressed content,
// its rows, its manifest. The first byte chooses.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/base64.h"
#include "base/json.h"
#include "crypto/chunk_seal.h"
#include "crypto/digest.h"
#include "store/archive/archive_format.h"
#include "store/archive/big_endian.h"
#include "store/archive/row_digest.h"
#include "store/archive/row_stream.h"
#include "store/archive/sealed_archive.h"

namespace {

using namespace cardea;
using namespace cardea::store;

void demand(bool holds) {
  if (!holds) std::abort();
}

class Source final : public ArchiveSource {
 public:
  explicit Source(std::string_view bytes) : rest_(bytes) {}
  base::Result<std::string> read(std::size_t most) override {
    std::string out(rest_.substr(0, most));
    rest_.remove_prefix(out.size());
    return out;
  }

 private:
  std::string_view rest_;
};

// Content without its seal.
class Plain final : public SealedInput {
 public:
  explicit Plain(std::string_view bytes) : rest_(bytes) {}
  base::Result<std::string> read(std::size_t bytes) override {
    if (bytes > rest_.size()) return base::fail(base::Errc::invalid, "cut off");
    std::string out(rest_.substr(0, bytes));
    rest_.remove_prefix(bytes);
    return out;
  }
  base::Result<Manifest> finish() override { return base::fail(base::Errc::invalid, "none"); }

 private:
  std::string_view rest_;
};

const ArchiveKeys& keys() {
  static const ArchiveKeys keys = ArchiveKeys::of(crypto::SealKey::from_bytes(std::string(32, 'k')), std::nullopt);
  return keys;
}
const crypto::SealKey& data_key() {
  static const auto key = crypto::SealKey::from_bytes(std::string(32, 'd'));
  return key;
}

std::string make_header() {
  base::SeededRandom random(1);
  const base::json::object fields{
      {"format", kFormat},
      {"key", keys().name},
      {"seal_check", keys().seal_check},
      {"wrapped", base::base64_encode(crypto::seal(keys().wrapping, data_key().bytes(), kWrapPurpose, random))}};
  const auto text = base::json::serialize(fields);
  std::string out(kMagic);
  append_number(out, text.size(), 4);
  return out + text;
}

// An archive with a good seal around whatever `compressed` is.
std::string sealed(std::string_view compressed, std::string_view manifest) {
  static const std::string header = make_header();
  crypto::ChunkSealer sealer(data_key().derive(kContentPurpose), crypto::sha256(header));
  std::string out = header;
  const auto half = compressed.size() / 2;
  for (const bool last : {false, true}) {
    const auto chunk = sealer.seal(last ? compressed.substr(half) : compressed.substr(0, half), last);
    append_number(out, chunk.size() | (last ? kLastChunk : 0), 4);
    out += chunk;
  }
  append_number(out, manifest.size(), 4);
  out += manifest;
  out +=
      crypto::hmac_sha256(data_key().derive(kManifestPurpose).bytes(), crypto::sha256(header) + std::string(manifest));
  return out;
}

void read_rows(SealedInput& input) {
  RowStreamReader reader(input);
  while (true) {
    const auto table = reader.begin();
    if (!table || !*table) return;
    // These names become SQL.
    demand(find_table((*table)->name) != nullptr);
    demand((*table)->columns.size() >= (*table)->key);
    while (true) {
      const auto row = reader.row();
      if (!row) return;
      if (!*row) break;
      demand((*row)->size() == (*table)->columns.size());
      std::string encoded;
      append_row(encoded, **row);
    }
  }
}

void read_archive(std::string_view bytes) {
  Source source(bytes);
  const auto input = SealedInput::open(source, keys());
  if (!input) return;
  read_rows(**input);
  static_cast<void>((*input)->finish().has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 4) {
    case 0:
      read_archive(text);
      break;
    case 1: {
      Plain plain(text);
      read_rows(plain);
      break;
    }
    case 2:
      read_archive(sealed(text, "{}"));
      break;
    case 3: {
      const auto manifest = Manifest::parse(text);
      if (manifest) demand(Manifest::parse(manifest->to_text()).has_value());
      break;
    }
  }
  return 0;
}
