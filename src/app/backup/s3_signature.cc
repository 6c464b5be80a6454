#include "app/backup/s3_signature.h"

#include <fmt/format.h>

#include <algorithm>

#include "crypto/digest.h"
#include "crypto/secret_string.h"

namespace cardea::app {
namespace {

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char byte : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return out;
}

// "20130524T000000Z"
std::string amz_date(base::Time now) {
  std::string out = base::to_iso8601(now).substr(0, 19) + "Z";
  std::erase_if(out, [](char c) { return c == '-' || c == ':'; });
  return out;
}

std::string signed_headers(const S3Request& request) {
  std::string out;
  for (const auto& [name, value] : request.headers) out += (out.empty() ? "" : ";") + name;
  return out;
}

std::string canonical(const S3Request& request, std::string_view payload_digest) {
  std::string headers;
  for (const auto& [name, value] : request.headers) headers += fmt::format("{}:{}\n", name, value);
  return fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method, encoded_path(request.path), encoded_query(request.query),
                     headers, signed_headers(request), payload_digest);
}

std::string signing_key(const S3Credentials& credentials, std::string_view day) {
  std::string secret = "AWS4" + credentials.secret_key;
  std::string key = crypto::hmac_sha256(secret, day);
  crypto::wipe(secret);
  for (const std::string_view part :
       {std::string_view(credentials.region), std::string_view("s3"), std::string_view("aws4_request")})
    key = crypto::hmac_sha256(key, part);
  return key;
}

}  // namespace

std::string encoded_path(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const auto end = std::min(path.find('/'), path.size());
    out += base::percent_encode(path.substr(0, end));
    if (end < path.size()) out += '/';
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return out;
}

std::string encoded_query(std::vector<base::QueryPair> query) {
  for (auto& [name, value] : query) {
    name = base::percent_encode(name);
    value = base::percent_encode(value);
  }
  std::ranges::sort(query);
  std::string out;
  for (const auto& [name, value] : query) out += fmt::format("{}{}={}", out.empty() ? "" : "&", name, value);
  return out;
}

void sign(S3Request& request, std::string_view body, const S3Credentials& credentials, base::Time now) {
  const std::string digest = hex(crypto::sha256(body));
  const std::string date = amz_date(now);
  request.headers["host"] = request.host;
  request.headers["x-amz-content-sha256"] = digest;
  request.headers["x-amz-date"] = date;
  const auto day = date.substr(0, 8);
  const auto scope = fmt::format("{}/{}/s3/aws4_request", day, credentials.region);
  const auto text =
      fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", date, scope, hex(crypto::sha256(canonical(request, digest))));
  std::string key = signing_key(credentials, day);
  const auto signature = hex(crypto::hmac_sha256(key, text));
  crypto::wipe(key);
  request.headers["authorization"] = fmt::format("AWS4-HMAC-SHA256 Credential={}/{},SignedHeaders={},Signature={}",
                                                 credentials.access_key, scope, signed_headers(request), signature);
}

}  // namespace cardea::app
