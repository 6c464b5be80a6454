#include "crypto/foreign_hash.h"

#include <fmt/core.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <vector>

#include "base/base64.h"
#include "crypto/constant_time.h"
#include "crypto/openssl_ptr.h"
#include "crypto/password_hash.h"
#include "crypto/secret_string.h"

namespace cardea::crypto {
namespace {

constexpr std::string_view kPrefix = "$foreign$";
constexpr std::size_t kLeastOutput = 12;  // bytes of what has no length of its own

using Md = OpensslPtr<EVP_MD, EVP_MD_free>;

// Names of ours for kinds and encodings, in the order of their enums.
constexpr std::array<std::string_view, 4> kKinds{"digest", "hmac", "pbkdf2", "scrypt"};
constexpr std::array<std::string_view, 4> kEncodings{"utf8", "utf16le", "latin1", "ascii"};

struct Algorithm {
  std::string_view name;
  const char* openssl;
};
constexpr std::array kAlgorithms{Algorithm{"md5", "MD5"},       Algorithm{"ripemd160", "RIPEMD160"},
                                 Algorithm{"sha1", "SHA1"},     Algorithm{"sha224", "SHA224"},
                                 Algorithm{"sha256", "SHA256"}, Algorithm{"sha384", "SHA384"},
                                 Algorithm{"sha512", "SHA512"}};

// nullptr: unknown, or not in this OpenSSL.
Md fetch(std::string_view name) {
  const auto* found = std::ranges::find(kAlgorithms, name, &Algorithm::name);
  const ErrorScope errors;
  return Md(found == kAlgorithms.end() ? nullptr : EVP_MD_fetch(nullptr, found->openssl, nullptr));
}

std::size_t size_of(const Md& md) { return static_cast<std::size_t>(EVP_MD_get_size(md.get())); }

bool within_bounds(const ForeignHash& hash, const Md& md) {
  const auto length = hash.output.size();
  if (length > kMaxForeignPart || hash.salt.size() > kMaxForeignPart || hash.key.size() > kMaxForeignPart) return false;
  switch (hash.kind) {
    case ForeignHash::digest:
      return md && length == size_of(md);
    case ForeignHash::hmac:
      return md && length == size_of(md) && !hash.key.empty();
    case ForeignHash::pbkdf2: {
      if (!md || length < kLeastOutput || hash.iterations < 1) return false;
      return hash.iterations * std::uint64_t{(length - 1) / size_of(md) + 1} <= kMaxPbkdf2Work;
    }
    case ForeignHash::scrypt: {
      if (length < kLeastOutput || hash.cost < 2 || (hash.cost & (hash.cost - 1)) != 0) return false;
      if (hash.block_size < 1 || hash.block_size > 64 || hash.lanes < 1 || hash.lanes > 16) return false;
      const auto memory = std::uint64_t{128} * hash.cost * hash.block_size;
      return memory <= kMaxScryptMemory && memory * hash.lanes <= kMaxScryptWork;
    }
  }
  return false;
}

Md algorithm_of(const ForeignHash& hash) { return hash.kind == ForeignHash::scrypt ? Md() : fetch(hash.algorithm); }

// The characters of UTF-8; nullopt: it is none.
std::optional<std::u32string> characters_of(std::string_view text) {
  std::u32string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto first = static_cast<unsigned char>(text[at]);
    const std::size_t length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (length == 0 || first > 0xf4 || at + length > text.size()) return std::nullopt;
    char32_t c = length == 1 ? first : first & (0x7fU >> length);
    for (std::size_t i = 1; i < length; ++i) {
      const auto next = static_cast<unsigned char>(text[at + i]);
      if ((next & 0xc0) != 0x80) return std::nullopt;
      c = c << 6 | (next & 0x3f);
    }
    out.push_back(c);
    at += length;
  }
  return out;
}

void append_utf16le(std::string& out, char32_t c) {
  const auto unit = [&](char32_t half) {
    out.push_back(static_cast<char>(half & 0xff));
    out.push_back(static_cast<char>(half >> 8));
  };
  if (c < 0x10000) return unit(c);
  unit(0xd800 + ((c - 0x10000) >> 10));
  unit(0xdc00 + ((c - 0x10000) & 0x3ff));
}

// nullopt: a character that the encoding does not have.
std::optional<std::string> encode(std::string_view password, ForeignHash::Encoding encoding) {
  if (encoding == ForeignHash::utf8) return std::string(password);
  auto characters = characters_of(password);
  if (!characters) return std::nullopt;
  std::string out;
  const char32_t last = encoding == ForeignHash::ascii ? 0x7f : encoding == ForeignHash::latin1 ? 0xff : 0x10ffff;
  for (const char32_t c : *characters) {
    if (c > last) return std::nullopt;
    if (encoding == ForeignHash::utf16le)
      append_utf16le(out, c);
    else
      out.push_back(static_cast<char>(c));
  }
  std::ranges::fill(*characters, U'\0');
  return out;
}

// Empty: OpenSSL does not.
std::string digest_of(const ForeignHash& hash, const Md& md, std::string_view password) {
  std::string input = hash.salt_behind ? std::string(password) + hash.salt : hash.salt + std::string(password);
  std::string out(size_of(md), '\0');
  const bool done = hash.kind == ForeignHash::hmac
                        ? HMAC(md.get(), hash.key.data(), static_cast<int>(hash.key.size()),
                               bytes_of(std::string_view(input)), input.size(), bytes_of(out), nullptr) != nullptr
                        : EVP_Digest(input.data(), input.size(), bytes_of(out), nullptr, md.get(), nullptr) == 1;
  wipe(input);
  return done ? out : "";
}

std::string derived_from(const ForeignHash& hash, const Md& md, std::string_view password) {
  std::string out(hash.output.size(), '\0');
  const auto* salt = bytes_of(std::string_view(hash.salt));
  const bool done =
      hash.kind == ForeignHash::pbkdf2
          ? PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), salt,
                              static_cast<int>(hash.salt.size()), static_cast<int>(hash.iterations), md.get(),
                              static_cast<int>(out.size()), bytes_of(out)) == 1
          // OpenSSL counts some blocks more than the 128 N r.
          : EVP_PBE_scrypt(password.data(), password.size(), salt, hash.salt.size(), hash.cost, hash.block_size,
                           hash.lanes, 2 * kMaxScryptMemory, bytes_of(out), out.size()) == 1;
  return done ? out : "";
}

std::optional<std::uint32_t> read_number(std::string_view text) {
  std::uint32_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> out;
  for (std::size_t end = 0; end != std::string_view::npos;) {
    end = text.find('$');
    out.push_back(text.substr(0, end));
    if (end != std::string_view::npos) text.remove_prefix(end + 1);
  }
  return out;
}

// The index of the name; nullopt: it is none of them.
template <class Names>
std::optional<std::size_t> find_in(const Names& names, std::string_view name) {
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) return std::nullopt;
  return static_cast<std::size_t>(found - names.begin());
}

// $foreign$kind$algorithm$encoding$salt's place$iterations$N$r$p$salt$key$output
std::optional<ForeignHash> parse(std::string_view stored) {
  if (stored.size() > 8 * kMaxForeignPart || !stored.starts_with(kPrefix)) return std::nullopt;
  const auto parts = split(stored.substr(kPrefix.size()));
  if (parts.size() != 11 || (parts[3] != "before" && parts[3] != "behind")) return std::nullopt;
  const auto kind = find_in(kKinds, parts[0]), encoding = find_in(kEncodings, parts[2]);
  std::array<std::optional<std::uint32_t>, 4> numbers;
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = read_number(parts[4 + i]);
  auto salt = base::base64_decode(parts[8]), key = base::base64_decode(parts[9]),
       output = base::base64_decode(parts[10]);
  if (!kind || !encoding || !salt || !key || !output) return std::nullopt;
  if (!std::ranges::all_of(numbers, [](const auto& number) { return number.has_value(); })) return std::nullopt;
  return ForeignHash{.kind = static_cast<ForeignHash::Kind>(*kind),
                     .algorithm = std::string(parts[1]),
                     .encoding = static_cast<ForeignHash::Encoding>(*encoding),
                     .salt = std::move(*salt),
                     .key = std::move(*key),
                     .output = std::move(*output),
                     .salt_behind = parts[3] == "behind",
                     .iterations = *numbers[0],
                     .cost = *numbers[1],
                     .block_size = *numbers[2],
                     .lanes = *numbers[3]};
}

}  // namespace

base::Result<std::string> write_foreign_hash(const ForeignHash& hash) {
  if (!within_bounds(hash, algorithm_of(hash)))
    return base::fail(base::Errc::invalid, "not a hash of this algorithm, or too costly");
  return fmt::format("{}{}${}${}${}${}${}${}${}${}${}${}", kPrefix, kKinds[hash.kind], hash.algorithm,
                     kEncodings[hash.encoding], hash.salt_behind ? "behind" : "before", hash.iterations, hash.cost,
                     hash.block_size, hash.lanes, base::base64_encode(hash.salt), base::base64_encode(hash.key),
                     base::base64_encode(hash.output));
}

bool is_foreign_hash(std::string_view stored) { return stored.starts_with(kPrefix); }

bool verify_foreign_hash(std::string_view stored, std::string_view password) {
  if (password.size() > kArgon2MaxPassword) return false;
  const auto hash = parse(stored);
  if (!hash) return false;
  const auto md = algorithm_of(*hash);
  if (!within_bounds(*hash, md)) return false;
  auto bytes = encode(password, hash->encoding);
  if (!bytes) return false;
  const ErrorScope errors;
  const bool derived = hash->kind == ForeignHash::pbkdf2 || hash->kind == ForeignHash::scrypt;
  const auto output = derived ? derived_from(*hash, md, *bytes) : digest_of(*hash, md, *bytes);
  wipe(*bytes);
  return equal_constant_time(output, hash->output);
}

}  // namespace cardea::crypto
