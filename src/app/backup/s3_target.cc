#include "app/backup/s3_target.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "app/backup/backup_name.h"
#include "app/backup/s3_answers.h"
#include "app/backup/s3_place.h"
#include "app/backup/s3_upload.h"

namespace cardea::app {
namespace {

constexpr std::size_t kRead = std::size_t{8} << 20;  // bytes of one answer

// An object, some megabytes at a time: what breaks is asked for again. All of them are of the same version of it.
class S3Source final : public store::ArchiveSource {
 public:
  S3Source(S3Client& client, std::string key, std::uint64_t bytes)
      : client_(client), key_(std::move(key)), bytes_(bytes) {}

  base::Result<std::string> read(std::size_t most) override {
    if (taken_ == piece_.size()) {
      if (auto done = next_piece(); !done) return base::pass_on(done);
    }
    std::string out = piece_.substr(taken_, most);
    taken_ += out.size();
    return out;
  }

 private:
  base::Result<void> next_piece() {
    piece_.clear();
    taken_ = 0;
    if (at_ >= bytes_) return {};
    S3Client::Call call{.key = key_, .most = kRead};
    const auto end = std::min<std::uint64_t>(at_ + kRead, bytes_);
    call.headers["range"] = fmt::format("bytes={}-{}", at_, end - 1);
    if (!version_.empty()) call.headers["if-match"] = version_;
    auto answer = client_.call(call);
    if (!answer) return base::pass_on(answer);
    if (answer->body.size() != end - at_)
      return base::fail(base::Errc::unavailable, "the server gives other bytes than were asked for");
    if (version_.empty()) version_ = std::string(answer->headers.get("ETag").value_or(""));
    piece_ = std::move(answer->body);
    at_ = end;
    return {};
  }

  S3Client& client_;
  const std::string key_;
  const std::uint64_t bytes_;
  std::uint64_t at_ = 0;  // of the object, after piece_
  std::string piece_;
  std::size_t taken_ = 0;
  std::string version_;
};

class S3Target final : public BackupTarget {
 public:
  S3Target(S3Bucket bucket, const base::Clock& clock, http::ClientOptions options)
      : bucket_(std::move(bucket)),
        http_(http::open_trusted_client(std::move(options))),
        client_(context_, *http_, clock, bucket_.place) {}

  std::string place() const override { return bucket_.shown; }
  bool is_slow() const override { return true; }

  base::Result<std::vector<StoredBackup>> list(std::uint16_t cell) override {
    std::vector<StoredBackup> out;
    std::string next;
    do {
      auto page = read_page(fmt::format("{}cardea-{}-", bucket_.prefix, cell), next);
      if (!page) return base::pass_on(page);
      for (const auto& object : page->objects) {
        if (!object.key.starts_with(bucket_.prefix)) continue;
        const auto name = object.key.substr(bucket_.prefix.size());
        const auto known = BackupName::parse(name);
        if (known && known->cell == cell) out.push_back({name, object.bytes, known->made_at});
      }
      next = std::move(page->next);
    } while (!next.empty() && out.size() < kMost);
    std::ranges::sort(out, {}, [](const auto& backup) { return std::pair(backup.made_at, backup.name); });
    return out;
  }

  base::Result<std::unique_ptr<store::ArchiveSink>> create(const std::string& name) override {
    return open_s3_upload(client_, bucket_.prefix + name);
  }

  base::Result<std::unique_ptr<store::ArchiveSource>> open(const std::string& name) override {
    const auto head = client_.call({.method = "HEAD", .key = bucket_.prefix + name});
    if (!head) return base::pass_on(head);
    const auto length = head->headers.get("Content-Length").value_or("");
    std::uint64_t bytes = 0;
    const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bytes);
    if (error != std::errc{} || end != length.data() + length.size())
      return base::fail(base::Errc::unavailable, "the server does not say how long the backup is");
    return std::make_unique<S3Source>(client_, bucket_.prefix + name, bytes);
  }

  base::Result<void> remove(const std::string& name) override {
    if (auto done = client_.call({.method = "DELETE", .key = bucket_.prefix + name}); !done) return base::pass_on(done);
    return {};
  }

 private:
  static constexpr std::size_t kMost = 1'000'000;

  base::Result<S3Listing> read_page(const std::string& prefix, const std::string& next) {
    S3Client::Call call{.query = {{"list-type", "2"}, {"prefix", prefix}}};
    if (!next.empty()) call.query.emplace_back("continuation-token", next);
    const auto answer = client_.call(call);
    if (!answer) return base::pass_on(answer);
    return parse_listing(answer->body);
  }

  const S3Bucket bucket_;
  boost::asio::io_context context_{1};
  const std::unique_ptr<http::Client> http_;
  S3Client client_;
};

}  // namespace

base::Result<std::unique_ptr<BackupTarget>> open_s3_target(std::string_view text, const Config& config,
                                                           const base::Clock& clock) {
  auto bucket = parse_s3_place(text, config);
  if (!bucket) return base::pass_on(bucket);
  return std::make_unique<S3Target>(std::move(*bucket), clock, http::ClientOptions{.ca_file = config.s3_ca_file});
}

}  // namespace cardea::app
