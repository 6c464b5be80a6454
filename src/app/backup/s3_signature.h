#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/percent.h"

namespace cardea::app {

// AWS Signature Version 4 in the Authorization header, as S3 and what speaks its protocol want it. libcurl 7.88 signs
// too, but leaves the port out of the host and the query unsorted, so that other servers than Amazon's refuse it.

struct S3Credentials {
  std::string access_key;
  std::string secret_key;
  std::string region;
};

struct S3Request {
  std::string method;
  std::string host;                            // as in the Host header, with a port that is not the default
  std::string path;                            // decoded, begins with '/'
  std::vector<base::QueryPair> query;          // decoded
  std::map<std::string, std::string> headers;  // lower case; what is added here is signed
};

// The path and query as they must be sent.
std::string encoded_path(std::string_view path);
std::string encoded_query(std::vector<base::QueryPair> query);

// Adds x-amz-content-sha256 (of `body`), x-amz-date and authorization.
void sign(S3Request& request, std::string_view body, const S3Credentials& credentials, base::Time now);

}  // namespace cardea::app
