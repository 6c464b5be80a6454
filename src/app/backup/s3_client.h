#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "app/backup/s3_signature.h"
#include "base/clock.h"
#include "base/result.h"
#include "http/client.h"

namespace cardea::app {

// Where a bucket is reached.
struct S3Place {
  std::string scheme = "https";
  std::string host;  // of the Host header
  std::string base;  // "/bucket" where the bucket is part of the path, else ""
  S3Credentials credentials;
};

// One bucket. What is tried again – no answer, 429, 5xx – is tried five times with a growing pause. One thread; blocks.
class S3Client {
 public:
  // `context` is run by nobody else and must outlive `http`, which completes its calls there; both, and `clock`, must
  // outlive this.
  S3Client(boost::asio::io_context& context, http::Client& http, const base::Clock& clock, S3Place place)
      : context_(context), http_(http), clock_(clock), place_(std::move(place)) {}

  struct Call {
    std::string method = "GET";
    std::string key;  // of the object; "" = the bucket
    std::vector<base::QueryPair> query;
    std::map<std::string, std::string> headers;  // lower case
    std::string body;
    std::size_t most = std::size_t{4} << 20;  // bytes of an answer
  };
  // A 2xx. not_found: 404. denied: 401 and 403. conflict: 412. unavailable: everything else; the reason has the
  // server's code, if it is one.
  base::Result<http::OutgoingResponse> call(Call call);

 private:
  base::awaitable<base::Result<http::OutgoingResponse>> send(Call call);
  base::Result<http::OutgoingRequest> request_of(const Call& call) const;

  boost::asio::io_context& context_;
  http::Client& http_;
  const base::Clock& clock_;
  const S3Place place_;
};

}  // namespace cardea::app
