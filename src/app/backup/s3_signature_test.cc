#include "app/backup/s3_signature.h"

#include <gtest/gtest.h>

namespace cardea::app {
namespace {

// The examples of Amazon's documentation: "Signature Calculations for the Authorization Header: Transferring Payload in
// a Single Chunk".
const S3Credentials kExample{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1"};
const base::Time kThen = *base::from_iso8601("2013-05-24T00:00:00Z");

S3Request request_of(std::string method, std::string path, std::vector<base::QueryPair> query,
                     std::map<std::string, std::string> headers) {
  return {std::move(method), "examplebucket.s3.amazonaws.com", std::move(path), std::move(query), std::move(headers)};
}

std::string signature_of(S3Request request, std::string_view body) {
  sign(request, body, kExample, kThen);
  const auto& text = request.headers.at("authorization");
  return text.substr(text.find("Signature=") + 10);
}

TEST(S3Signature, GetOfAnObject) {
  auto request = request_of("GET", "/test.txt", {}, {{"range", "bytes=0-9"}});
  sign(request, "", kExample, kThen);
  EXPECT_EQ(request.headers.at("authorization"),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(S3Signature, PutOfAnObjectWithACharacterToEncode) {
  EXPECT_EQ(signature_of(
                request_of("PUT", "/test$file.text", {},
                           {{"date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}}),
                "Welcome to Amazon S3."),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST(S3Signature, AParameterWithoutValue) {
  EXPECT_EQ(signature_of(request_of("GET", "/", {{"lifecycle", ""}}, {}), ""),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
}

TEST(S3Signature, ListingOfABucket) {
  EXPECT_EQ(signature_of(request_of("GET", "/", {{"prefix", "J"}, {"max-keys", "2"}}, {}), ""),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST(S3Signature, PathsKeepTheirSlashesAndQueriesDoNot) {
  EXPECT_EQ(encoded_path("/a b/c+d/é"), "/a%20b/c%2Bd/%C3%A9");
  EXPECT_EQ(encoded_path("/"), "/");
  EXPECT_EQ(encoded_query({{"prefix", "a/b"}, {"list-type", "2"}}), "list-type=2&prefix=a%2Fb");
}

}  // namespace
}  // namespace cardea::app
