#include "base/base64.h"
#include "base/json.h"
#include "crypto/chunk_seal.h"
#include "crypto/digest.h"
#include "crypto/sha256_stream.h"
#include "store/archive/archive_format.h"
#include "store/archive/big_endian.h"
#include "store/archive/deflate.h"
#include "store/archive/sealed_archive.h"

namespace cardea::store {
namespace {

class Output final : public SealedOutput {
 public:
  Output(ArchiveSink& sink, const crypto::SealKey& data_key, const std::string& header)
      : sink_(sink),
        header_digest_(crypto::sha256(header)),
        manifest_key_(data_key.derive(kManifestPurpose)),
        sealer_(data_key.derive(kContentPurpose), header_digest_) {}

  base::Result<void> send(std::string_view bytes) {
    sha256_.update(bytes);
    bytes_ += bytes.size();
    return sink_.write(bytes);
  }

  base::Result<void> write(std::string_view content) override {
    deflate_.run(content, false, compressed_);
    while (compressed_.size() > kChunk) {
      if (auto done = send_chunk(std::string_view(compressed_).substr(0, kChunk), false); !done) return done;
      compressed_.erase(0, kChunk);
    }
    return {};
  }

  base::Result<void> finish(Manifest& manifest) override {
    deflate_.run("", true, compressed_);
    std::string_view rest = compressed_;
    for (; rest.size() > kChunk; rest.remove_prefix(kChunk))
      if (auto done = send_chunk(rest.substr(0, kChunk), false); !done) return done;
    if (auto done = send_chunk(rest, true); !done) return done;
    manifest.bytes = bytes_;
    manifest.sha256 = to_hex(sha256_.finish());
    const std::string text = manifest.to_text();
    std::string end;
    append_number(end, text.size(), 4);
    end += text;
    end += crypto::hmac_sha256(manifest_key_.bytes(), header_digest_ + text);
    if (auto done = sink_.write(end); !done) return done;
    return sink_.finish();
  }

 private:
  base::Result<void> send_chunk(std::string_view piece, bool last) {
    const std::string sealed = sealer_.seal(piece, last);
    std::string out;
    append_number(out, sealed.size() | (last ? kLastChunk : 0), 4);
    out += sealed;
    return send(out);
  }

  ArchiveSink& sink_;
  const std::string header_digest_;
  const crypto::SealKey manifest_key_;
  crypto::ChunkSealer sealer_;
  Deflate deflate_;
  std::string compressed_;
  crypto::Sha256Stream sha256_;
  std::uint64_t bytes_ = 0;
};

}  // namespace

base::Result<std::unique_ptr<SealedOutput>> SealedOutput::open(ArchiveSink& sink, const ArchiveKeys& keys,
                                                               base::Random& random) {
  const auto data_key = crypto::SealKey::generate(random);
  const base::json::object fields{
      {"format", kFormat},
      {"key", keys.name},
      {"seal_check", keys.seal_check},
      {"wrapped", base::base64_encode(crypto::seal(keys.wrapping, data_key.bytes(), kWrapPurpose, random))}};
  const std::string text = base::json::serialize(fields);
  std::string header(kMagic);
  append_number(header, text.size(), 4);
  header += text;
  auto output = std::make_unique<Output>(sink, data_key, header);
  if (auto done = output->send(header); !done) return base::pass_on(done);
  return output;
}

}  // namespace cardea::store
