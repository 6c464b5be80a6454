#include "app/backup/s3_answers.h"

#include <gtest/gtest.h>

namespace cardea::app {
namespace {

TEST(S3Answers, AListingGivesNamesSizesAndTheNextPage) {
  const auto listing = parse_listing(
      "<?xml version=\"1.0\"?><ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>b</Name>"
      "<IsTruncated>true</IsTruncated><NextContinuationToken>1ueGc&amp;r=</NextContinuationToken>"
      "<Contents><Key>a/b&#xE9;&lt;&amp;&#34;</Key><Size>12</Size></Contents>"
      "<Contents><ETag>&quot;e&quot;</ETag><Size>18446744073709551615</Size><Key>c</Key></Contents></"
      "ListBucketResult>");

  ASSERT_TRUE(listing) << listing.error().reason;
  EXPECT_EQ(listing->next, "1ueGc&r=");
  ASSERT_EQ(listing->objects.size(), 2U);
  EXPECT_EQ(listing->objects[0].key, "a/bé<&\"");
  EXPECT_EQ(listing->objects[0].bytes, 12U);
  EXPECT_EQ(listing->objects[1].key, "c");
}

TEST(S3Answers, AnEmptyListingIsOne) {
  const auto listing = parse_listing("<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>");
  ASSERT_TRUE(listing);
  EXPECT_TRUE(listing->objects.empty());
  EXPECT_EQ(listing->next, "");
}

TEST(S3Answers, WhatIsNoListingIsRefused) {
  for (const std::string_view text : {
           "",
           "<html>",
           "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
           "<ListBucketResult><Contents><Key>a</Key></Contents></ListBucketResult>",
           "<ListBucketResult><Contents><Key>a</Key><Size>x</Size></Contents></ListBucketResult>",
           "<ListBucketResult><Contents><Key>&custom;</Key><Size>1</Size></Contents></ListBucketResult>",
           "<ListBucketResult><Contents><Key><b>a</b></Key><Size>1</Size></Contents></ListBucketResult>",
           "<ListBucketResult><Contents><Key>&#0;</Key><Size>1</Size></Contents></ListBucketResult>",
           "<ListBucketResult><Contents><Key>&#xD800;</Key><Size>1</Size></Contents></ListBucketResult>",
       })
    EXPECT_FALSE(parse_listing(text)) << text;
}

TEST(S3Answers, OnlyPlainCodesOfErrorsAreRepeated) {
  EXPECT_EQ(s3_error_code("<Error><Code>NoSuchBucket</Code><Message>secret</Message></Error>"), " (NoSuchBucket)");
  EXPECT_EQ(s3_error_code("<Error><Code>no\nsuch</Code></Error>"), "");
  EXPECT_EQ(s3_error_code("teapot"), "");
}

}  // namespace
}  // namespace cardea::app
