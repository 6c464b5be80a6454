#include "http/compression.h"

#include <brotli/encode.h>
#include <zlib.h>

#include "http/headers.h"

namespace cardea::http {
namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Thousandths: "1", "0.5", "0.123". Anything else counts as 0: such a coding is not used.
int parse_weight(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return 0;
  int weight = (text[0] - '0') * 1000;
  if (text.size() == 1) return weight;
  if (text[1] != '.') return 0;
  int unit = 100;
  for (const char c : text.substr(2)) {
    if (c < '0' || c > '9') return 0;
    weight += (c - '0') * unit;
    unit /= 10;
  }
  return weight <= 1000 ? weight : 0;
}

// "gzip;q=0.5" → 500.
int weight_of(std::string_view parameters) {
  while (!parameters.empty()) {
    const auto end = parameters.find(';');
    const auto parameter = trim(parameters.substr(0, end));
    if (parameter.size() >= 2 && (parameter[0] == 'q' || parameter[0] == 'Q') && parameter[1] == '=')
      return parse_weight(parameter.substr(2));
    if (end == std::string_view::npos) break;
    parameters.remove_prefix(end + 1);
  }
  return 1000;
}

std::string gzip(std::string_view text, int level) {
  z_stream stream{};
  if (deflateInit2(&stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) return {};
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const bool done = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  out.resize(done ? stream.total_out : 0);
  deflateEnd(&stream);
  return out;
}

std::string brotli(std::string_view text, int quality) {
  std::size_t size = BrotliEncoderMaxCompressedSize(text.size());
  std::string out(size, '\0');
  const bool done = BrotliEncoderCompress(quality, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_TEXT, text.size(),
                                          reinterpret_cast<const std::uint8_t*>(text.data()), &size,
                                          reinterpret_cast<std::uint8_t*>(out.data())) == BROTLI_TRUE;
  out.resize(done ? size : 0);
  return out;
}

}  // namespace

Coding choose_coding(std::string_view text) {
  int brotli_weight = -1;
  int gzip_weight = -1;
  int any_weight = -1;
  int identity_weight = -1;
  while (!text.empty()) {
    const auto end = text.find(',');
    const auto item = trim(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    const auto semicolon = item.find(';');
    const auto name = trim(item.substr(0, semicolon));
    const int weight = semicolon == std::string_view::npos ? 1000 : weight_of(item.substr(semicolon + 1));
    if (equal_ignoring_case(name, "br"))
      brotli_weight = weight;
    else if (equal_ignoring_case(name, "gzip") || equal_ignoring_case(name, "x-gzip"))
      gzip_weight = weight;
    else if (equal_ignoring_case(name, "identity"))
      identity_weight = weight;
    else if (name == "*")
      any_weight = weight;
  }
  if (brotli_weight < 0) brotli_weight = any_weight;
  if (gzip_weight < 0) gzip_weight = any_weight;
  if (brotli_weight > 0 && brotli_weight >= gzip_weight && brotli_weight >= identity_weight) return Coding::brotli;
  if (gzip_weight > 0 && gzip_weight >= identity_weight) return Coding::gzip;
  return Coding::identity;
}

std::string_view coding_name(Coding coding) {
  switch (coding) {
    case Coding::identity:
      return "";
    case Coding::gzip:
      return "gzip";
    case Coding::brotli:
      return "br";
  }
  return "";
}

bool is_compressible(std::string_view content_type) {
  const auto type = trim(content_type.substr(0, content_type.find(';')));
  return type.starts_with("text/") || type == "application/json" || type == "application/javascript" ||
         type == "application/xml" || type == "application/manifest+json" || type == "image/svg+xml" ||
         type.ends_with("+json") || type.ends_with("+xml");
}

std::string compress(std::string_view text, Coding coding, Effort effort) {
  std::string out;
  if (coding == Coding::gzip) out = gzip(text, effort == Effort::kept ? 9 : 4);
  if (coding == Coding::brotli) out = brotli(text, effort == Effort::kept ? 9 : 4);
  return out.size() < text.size() ? out : std::string();
}

}  // namespace cardea::http
