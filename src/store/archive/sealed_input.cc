#include <fmt/format.h>

#include "base/base64.h"
#include "base/json.h"
#include "crypto/chunk_seal.h"
#include "crypto/constant_time.h"
#include "crypto/digest.h"
#include "crypto/secret_string.h"
#include "crypto/sha256_stream.h"
#include "store/archive/archive_format.h"
#include "store/archive/big_endian.h"
#include "store/archive/deflate.h"
#include "store/archive/sealed_archive.h"

namespace cardea::store {
namespace {

constexpr std::size_t kPiece = std::size_t{1} << 20;

std::unexpected<base::Error> wrong(std::string reason) { return base::fail(base::Errc::invalid, std::move(reason)); }
std::unexpected<base::Error> cut_off() { return wrong("the archive is cut off"); }
std::unexpected<base::Error> damaged() { return wrong("the archive is damaged, or somebody changed it"); }

// The source with a buffer and a running digest.
class Pieces {
 public:
  explicit Pieces(ArchiveSource& source) : source_(source) {}

  // Exactly so many; invalid: the source ends before.
  base::Result<std::string> take(std::size_t bytes) {
    while (buffer_.size() < bytes) {
      auto more = source_.read(kPiece);
      if (!more) return base::pass_on(more);
      if (more->empty()) return cut_off();
      buffer_ += *more;
    }
    std::string out = buffer_.substr(0, bytes);
    buffer_.erase(0, bytes);
    sha256_.update(out);
    bytes_ += out.size();
    return out;
  }

  base::Result<bool> at_end() {
    if (!buffer_.empty()) return false;
    const auto more = source_.read(1);
    if (!more) return base::pass_on(more);
    return more->empty();
  }

  std::uint64_t bytes() const { return bytes_; }
  std::string digest() { return to_hex(sha256_.finish()); }

 private:
  ArchiveSource& source_;
  std::string buffer_;
  crypto::Sha256Stream sha256_;
  std::uint64_t bytes_ = 0;
};

class Input final : public SealedInput {
 public:
  Input(Pieces pieces, const crypto::SealKey& data_key, const std::string& header)
      : pieces_(std::move(pieces)),
        header_digest_(crypto::sha256(header)),
        manifest_key_(data_key.derive(kManifestPurpose)),
        opener_(data_key.derive(kContentPurpose), header_digest_) {}

  base::Result<std::string> read(std::size_t bytes) override {
    if (bytes > kMaxPiece) return damaged();
    while (content_.size() - at_ < bytes)
      if (auto done = more_content(); !done) return base::pass_on(done);
    std::string out = content_.substr(at_, bytes);
    at_ += bytes;
    if (at_ > kPiece) {
      content_.erase(0, at_);
      at_ = 0;
    }
    return out;
  }

  base::Result<Manifest> finish() override {
    // What is left may be the end of the compressed stream, without content.
    while (!inflate_.ended() || !opener_.ended()) {
      if (content_.size() != at_ || (inflate_.ended() && inflate_.wants_more())) return damaged();
      if (auto done = more_content(); !done) return base::pass_on(done);
    }
    if (content_.size() != at_) return damaged();
    const auto bytes = pieces_.bytes();
    const auto digest = pieces_.digest();
    auto manifest = read_manifest();
    if (!manifest) return manifest;
    if (manifest->bytes != bytes || manifest->sha256 != digest) return damaged();
    return manifest;
  }

 private:
  base::Result<void> more_content() {
    if (inflate_.wants_more()) {
      if (opener_.ended()) return cut_off();
      if (auto done = open_chunk(); !done) return done;
    }
    return inflate_.take(content_);
  }

  base::Result<void> open_chunk() {
    const auto length = pieces_.take(4);
    if (!length) return base::pass_on(length);
    const auto number = read_number(*length);
    const bool last = (number & kLastChunk) != 0;
    const auto size = static_cast<std::size_t>(number & ~kLastChunk);
    if (size > kChunk + crypto::kChunkOverhead) return damaged();
    const auto sealed = pieces_.take(size);
    if (!sealed) return base::pass_on(sealed);
    auto opened = opener_.open(*sealed, last);
    if (!opened) return damaged();
    chunk_ = std::move(*opened);
    inflate_.feed(chunk_);
    return {};
  }

  base::Result<Manifest> read_manifest() {
    const auto length = pieces_.take(4);
    if (!length) return base::pass_on(length);
    const auto size = static_cast<std::size_t>(read_number(*length));
    if (size > kMaxManifest) return damaged();
    const auto text = pieces_.take(size);
    if (!text) return base::pass_on(text);
    const auto mac = pieces_.take(kMac);
    if (!mac) return base::pass_on(mac);
    if (!crypto::equal_constant_time(crypto::hmac_sha256(manifest_key_.bytes(), header_digest_ + *text), *mac))
      return damaged();
    const auto end = pieces_.at_end();
    if (!end) return base::pass_on(end);
    if (!*end) return damaged();
    return Manifest::parse(*text);
  }

  Pieces pieces_;
  const std::string header_digest_;
  const crypto::SealKey manifest_key_;
  crypto::ChunkOpener opener_;
  Inflate inflate_;
  std::string chunk_;    // what inflate_ reads
  std::string content_;  // from at_ on not given out yet
  std::size_t at_ = 0;
};

base::Result<crypto::SealKey> unwrap(std::string_view text, const ArchiveKeys& keys) {
  const auto parsed = base::parse_json(text);
  if (!parsed || !parsed->is_object()) return damaged();
  const auto& header = parsed->get_object();
  const auto format = base::get_int_or(header, "format", 0);
  if (format < 1) return damaged();
  if (format > kFormat)
    return wrong(fmt::format("the archive has format {}, made by a newer version; this one knows {}", format, kFormat));
  const auto name = base::get_string_or(header, "key");
  if (name != keys.name)
    return name == "backup.key" ? wrong("the archive was made with a backup.key: set it")
                                : wrong("the archive was made without backup.key: unset it");
  const auto sealed = base::base64_decode(base::get_string_or(header, "wrapped"));
  if (!sealed) return damaged();
  auto data_key = crypto::open_sealed(keys.wrapping, *sealed, kWrapPurpose);
  if (!data_key || data_key->size() != crypto::SealKey::kSize)
    return wrong(fmt::format("the archive was made with another {}, or it is damaged", keys.name));
  auto key = crypto::SealKey::from_bytes(*data_key);
  crypto::wipe(*data_key);
  if (base::get_string_or(header, "seal_check") != keys.seal_check)
    return wrong("the archive's rows are sealed under another seal.key: a restore needs that one too");
  return key;
}

}  // namespace

base::Result<std::unique_ptr<SealedInput>> SealedInput::open(ArchiveSource& source, const ArchiveKeys& keys) {
  Pieces pieces(source);
  auto header = pieces.take(kMagic.size() + 4);
  if (!header) return base::pass_on(header);
  if (!header->starts_with(kMagic)) return wrong("not an archive of cardea");
  const auto size = static_cast<std::size_t>(read_number(std::string_view(*header).substr(kMagic.size())));
  if (size > kMaxHeader) return damaged();
  const auto text = pieces.take(size);
  if (!text) return base::pass_on(text);
  const auto data_key = unwrap(*text, keys);
  if (!data_key) return base::pass_on(data_key);
  return std::make_unique<Input>(std::move(pieces), *data_key, *header + *text);
}

}  // namespace cardea::store
