#include "app/backup/s3_upload.h"

#include <gmock/gmock.h>

#include <deque>

#include "base/fake_clock.h"

namespace cardea::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Answers what it was told to, in order, and keeps what it was asked.
class ScriptedHttp final : public http::Client {
 public:
  base::awaitable<base::Result<http::OutgoingResponse>> send(http::OutgoingRequest request) override {
    const auto url = request.url.substr(request.url.find("/bucket"));
    asked.push_back(request.method + " " + url);
    bodies.push_back(request.body);
    if (answers.empty()) co_return base::fail(base::Errc::unavailable, "no answer");
    auto answer = std::move(answers.front());
    answers.pop_front();
    co_return answer;
  }
  void answer(int status, std::string body = {}, std::string tag = {}) {
    http::OutgoingResponse response{.status = status, .body = std::move(body)};
    if (!tag.empty()) response.headers.add("ETag", tag);
    answers.emplace_back(std::move(response));
  }

  std::deque<base::Result<http::OutgoingResponse>> answers;
  std::vector<std::string> asked, bodies;
};

class S3UploadTest : public testing::Test {
 protected:
  static constexpr std::size_t kPart = std::size_t{16} << 20;

  base::FakeClock clock_;
  boost::asio::io_context context_{1};
  ScriptedHttp http_;
  S3Client client_{
      context_, http_, clock_, {"https", "s3.example.com", "/bucket", {"access", "very-secret", "us-east-1"}}};
};

TEST_F(S3UploadTest, ASmallObjectIsOneRequest) {
  http_.answer(200);
  auto upload = open_s3_upload(client_, "a/b");
  ASSERT_TRUE(upload->write("one "));
  ASSERT_TRUE(upload->write("two"));
  ASSERT_TRUE(upload->finish());
  upload.reset();

  EXPECT_THAT(http_.asked, ElementsAre("PUT /bucket/a/b"));
  EXPECT_EQ(http_.bodies[0], "one two");
}

TEST_F(S3UploadTest, ALargeOneGoesInPartsAndIsPutTogether) {
  http_.answer(200, "<InitiateMultipartUploadResult><UploadId>id&amp;1</UploadId></InitiateMultipartUploadResult>");
  http_.answer(200, "", "\"tag-1\"");
  http_.answer(200, "", "\"tag-2\"");
  http_.answer(200, "<CompleteMultipartUploadResult/>");
  auto upload = open_s3_upload(client_, "k");
  ASSERT_TRUE(upload->write(std::string(kPart, 'x')));
  ASSERT_TRUE(upload->write("rest"));
  ASSERT_TRUE(upload->finish());
  upload.reset();

  EXPECT_THAT(http_.asked, ElementsAre("POST /bucket/k?uploads=", "PUT /bucket/k?partNumber=1&uploadId=id%261",
                                       "PUT /bucket/k?partNumber=2&uploadId=id%261", "POST /bucket/k?uploadId=id%261"));
  EXPECT_EQ(http_.bodies[2], "rest");
  EXPECT_THAT(http_.bodies[3], HasSubstr("<Part><PartNumber>2</PartNumber><ETag>\"tag-2\"</ETag></Part>"));
}

TEST_F(S3UploadTest, OneThatFailsIsAborted) {
  http_.answer(200, "<UploadId>u</UploadId>");
  http_.answer(403, "<Error><Code>AccessDenied</Code></Error>");
  http_.answer(204);
  {
    auto upload = open_s3_upload(client_, "k");
    const auto sent = upload->write(std::string(kPart, 'x'));
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().code, base::Errc::denied);
    EXPECT_EQ(sent.error().reason, "s3.example.com answers 403 (AccessDenied)");
  }
  EXPECT_EQ(http_.asked.back(), "DELETE /bucket/k?uploadId=u");
}

TEST_F(S3UploadTest, AnErrorInAGoodAnswerIsFound) {
  http_.answer(200, "<UploadId>u</UploadId>");
  http_.answer(200, "", "\"t\"");
  http_.answer(200, "<Error><Code>InternalError</Code></Error>");
  http_.answer(204);
  auto upload = open_s3_upload(client_, "k");
  ASSERT_TRUE(upload->write(std::string(kPart, 'x')));

  const auto finished = upload->finish();

  ASSERT_FALSE(finished);
  EXPECT_THAT(finished.error().reason, HasSubstr("InternalError"));
  upload.reset();
  EXPECT_EQ(http_.asked.back(), "DELETE /bucket/k?uploadId=u");
}

TEST_F(S3UploadTest, TagsThatAreNoneAreNotRepeated) {
  http_.answer(200, "<UploadId>u</UploadId>");
  http_.answer(200, "", "</ETag><x>");
  http_.answer(204);
  EXPECT_FALSE(open_s3_upload(client_, "k")->write(std::string(kPart, 'x')));
}

TEST_F(S3UploadTest, WhatIsBusyIsAskedAgainWhatIsRefusedIsNot) {
  http_.answers.emplace_back(base::fail(base::Errc::unavailable, "connection reset"));
  http_.answer(503, "<Error><Code>SlowDown</Code></Error>");
  http_.answer(200, "yes");
  EXPECT_EQ(client_.call({.key = "k"})->body, "yes");
  EXPECT_EQ(http_.asked.size(), 3U);

  http_.answer(404);
  EXPECT_EQ(client_.call({.key = "k"}).error().code, base::Errc::not_found);
  EXPECT_EQ(http_.asked.size(), 4U);
}

}  // namespace
}  // namespace cardea::app
