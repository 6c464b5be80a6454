#include "app/backup/s3_place.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/url.h"
#include "http/form.h"

namespace cardea::app {
namespace {

std::unexpected<base::Error> wrong(std::string_view what) {
  return base::fail(base::Errc::invalid, fmt::format("s3://bucket/prefix?region=…&endpoint=https://…: {}", what));
}

bool is_name(std::string_view text, std::size_t least) {
  return text.size() >= least && text.size() <= 63 && std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
         });
}

base::Result<void> set_endpoint(S3Place& place, std::string_view bucket, std::string_view endpoint, bool plain) {
  if (endpoint.empty()) {
    place.host = fmt::format("{}.s3.{}.amazonaws.com", bucket, place.credentials.region);
    return {};
  }
  const auto url = base::Url::parse(endpoint);
  if (!url || !url->is_http() || !url->user_info.empty() || url->query || url->fragment ||
      (!url->path.empty() && url->path != "/"))
    return wrong("endpoint is not the address of a server");
  if (url->scheme == "http" && !url->is_loopback() && !plain)
    return wrong("plain http to another machine needs plain_http=true");
  place.scheme = url->scheme;
  place.host = url->authority();
  place.base = "/" + std::string(bucket);
  return {};
}

}  // namespace

base::Result<S3Bucket> parse_s3_place(std::string_view text, const Config& config) {
  if (!text.starts_with("s3://")) return wrong("the form");
  text.remove_prefix(5);
  const auto question = text.find('?');
  const auto options = http::Form::parse(question == std::string_view::npos ? "" : text.substr(question + 1));
  if (!options || options->first_repeated()) return wrong("what follows the question mark");
  for (const auto& [name, value] : options->pairs())
    if (name != "region" && name != "endpoint" && name != "plain_http") return wrong("there is no " + name);

  const auto path = text.substr(0, question);
  const auto bucket = path.substr(0, path.find('/'));
  if (!is_name(bucket, 3)) return wrong("the name of the bucket");
  S3Bucket out;
  out.prefix = path.substr(std::min(bucket.size() + 1, path.size()));
  while (out.prefix.ends_with('/')) out.prefix.pop_back();
  if (!out.prefix.empty()) out.prefix += '/';
  if (!base::is_utf8(out.prefix) || out.prefix.size() > 512) return wrong("the prefix");

  const auto region = options->get("region").value_or("us-east-1");
  if (!is_name(region, 1)) return wrong("the region");
  out.place.credentials = {config.s3_access_key, config.s3_secret_key, std::string(region)};
  if (config.s3_access_key.empty() || config.s3_secret_key.empty())
    return wrong("backup.s3_access_key and backup.s3_secret_key are needed");
  const bool plain = options->get_or_empty("plain_http") == "true";
  if (auto done = set_endpoint(out.place, bucket, options->get_or_empty("endpoint"), plain); !done)
    return base::pass_on(done);
  out.shown = fmt::format("s3://{}/{}", bucket, out.prefix);
  return out;
}

}  // namespace cardea::app
