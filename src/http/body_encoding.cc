#include "http/body_encoding.h"

namespace cardea::http {

std::shared_ptr<const std::string> encode_body(Core& core, const ServerOptions& options,
                                               std::string_view accept_encoding, std::string_view none_match,
                                               std::string_view method, Response& response) {
  std::shared_ptr<const std::string> encoded;
  Coding coding = Coding::identity;
  BodyHash hash;
  if (response.cacheable_etag) hash = hash_body(response.body);

  const bool shrinks = response.compressible && response.body.size() >= options.min_compressed_bytes &&
                       !response.headers.has("Content-Encoding") &&
                       is_compressible(response.headers.get("Content-Type").value_or(""));
  if (shrinks) {
    response.headers.add("Vary", "Accept-Encoding");
    const Coding wanted = choose_coding(accept_encoding);
    if (wanted != Coding::identity && response.cacheable_etag)
      encoded = core.compressed(hash, response.body, wanted);
    else if (wanted != Coding::identity)
      encoded = std::make_shared<const std::string>(compress(response.body, wanted, Effort::once));
    if (encoded && encoded->empty()) encoded = nullptr;
    if (encoded) {
      coding = wanted;
      response.headers.set("Content-Encoding", coding_name(coding));
    }
  }

  if (response.cacheable_etag && response.status == 200) {
    const auto tag = entity_tag(hash, coding);
    response.headers.set("ETag", tag);
    if ((method == "GET" || method == "HEAD") && none_match_hits(none_match, tag)) {
      response.status = 304;
      response.headers.remove("Content-Type");
      response.headers.remove("Content-Encoding");
    }
  }
  return encoded;
}

}  // namespace cardea::http
