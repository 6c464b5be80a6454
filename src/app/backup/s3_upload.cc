#include "app/backup/s3_upload.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "app/backup/s3_answers.h"

namespace cardea::app {
namespace {

constexpr std::size_t kPart = std::size_t{16} << 20;
constexpr std::size_t kLargePart = std::size_t{64} << 20;
constexpr std::size_t kSmallParts = 1000;  // after so many they get larger, as there may be only kMostParts
constexpr std::size_t kMostParts = 10'000;

bool is_plain_tag(std::string_view tag) {
  return !tag.empty() && tag.size() <= 128 && std::ranges::all_of(tag, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '"' || c == '-' ||
           c == '_';
  });
}

class S3Upload final : public store::ArchiveSink {
 public:
  S3Upload(S3Client& client, std::string key) : client_(client), key_(std::move(key)) {}

  ~S3Upload() override {
    if (!finished_ && !upload_.empty())
      (void)client_.call({.method = "DELETE", .key = key_, .query = {{"uploadId", upload_}}});
  }

  base::Result<void> write(std::string_view bytes) override {
    buffer_ += bytes;
    const auto size = tags_.size() < kSmallParts ? kPart : kLargePart;
    if (buffer_.size() < size) return {};
    return send_part();
  }

  base::Result<void> finish() override {
    if (upload_.empty()) {
      const auto put = client_.call({.method = "PUT", .key = key_, .body = std::move(buffer_)});
      if (!put) return base::pass_on(put);
    } else {
      if (!buffer_.empty())
        if (auto done = send_part(); !done) return done;
      if (auto done = complete(); !done) return done;
    }
    finished_ = true;
    return {};
  }

 private:
  base::Result<void> begin() {
    const auto begun = client_.call({.method = "POST", .key = key_, .query = {{"uploads", ""}}});
    if (!begun) return base::pass_on(begun);
    auto id = s3_element(begun->body, "UploadId");
    if (!id || id->empty()) return base::fail(base::Errc::unavailable, "the server gives no id for an upload in parts");
    upload_ = std::move(*id);
    return {};
  }

  base::Result<void> send_part() {
    if (upload_.empty())
      if (auto done = begin(); !done) return done;
    if (tags_.size() == kMostParts) return base::fail(base::Errc::unavailable, "the backup is too large for S3");
    const auto number = std::to_string(tags_.size() + 1);
    const auto sent = client_.call({.method = "PUT",
                                    .key = key_,
                                    .query = {{"partNumber", number}, {"uploadId", upload_}},
                                    .body = std::move(buffer_)});
    buffer_.clear();
    if (!sent) return base::pass_on(sent);
    auto tag = std::string(sent->headers.get("ETag").value_or(""));
    if (!is_plain_tag(tag)) return base::fail(base::Errc::unavailable, "the server gives no tag for a part");
    tags_.push_back(std::move(tag));
    return {};
  }

  base::Result<void> complete() {
    std::string body = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
    for (std::size_t i = 0; i < tags_.size(); ++i)
      body += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>{}</ETag></Part>", i + 1, tags_[i]);
    body += "</CompleteMultipartUpload>";
    const auto done = client_.call({.method = "POST",
                                    .key = key_,
                                    .query = {{"uploadId", upload_}},
                                    .headers = {{"content-type", "application/xml"}},
                                    .body = std::move(body)});
    // An answer that got lost: the second try finds no upload any more, but the object.
    if (!done && done.error().code == base::Errc::not_found && client_.call({.method = "HEAD", .key = key_})) return {};
    if (!done) return base::pass_on(done);
    // It may begin with 200 and then say otherwise.
    if (done->body.find("<CompleteMultipartUploadResult") == std::string::npos)
      return base::fail(base::Errc::unavailable,
                        "the server did not put the parts together" + s3_error_code(done->body));
    return {};
  }

  S3Client& client_;
  const std::string key_;
  std::string buffer_;
  std::string upload_;
  std::vector<std::string> tags_;
  bool finished_ = false;
};

}  // namespace

std::unique_ptr<store::ArchiveSink> open_s3_upload(S3Client& client, std::string key) {
  return std::make_unique<S3Upload>(client, std::move(key));
}

}  // namespace cardea::app
