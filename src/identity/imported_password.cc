#include "identity/imported_password.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/base64.h"
#include "crypto/foreign_hash.h"
#include "crypto/password_hash.h"

namespace cardea::identity {
namespace {

using base::Result;
using base::json::object;
using crypto::ForeignHash;

std::unexpected<base::Error> refuse(std::string reason) {
  return base::fail(base::Errc::invalid, "custom_password_hash" + std::move(reason));
}

const object& object_or_empty(const object& of, std::string_view name) {
  static const object kEmpty;
  const auto* found = base::get_object(of, name);
  return found == nullptr ? kEmpty : *found;
}

std::optional<std::string> from_hex(std::string_view text) {
  std::string out;
  if (text.size() % 2 != 0) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    unsigned char byte = 0;
    const auto [end, error] = std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
    if (error != std::errc() || end != text.data() + i + 2) return std::nullopt;
    out.push_back(static_cast<char>(byte));
  }
  return out;
}

// With its padding or without.
std::optional<std::string> from_base64(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string padded(text);
  while (padded.size() % 4 != 0) padded.push_back('=');
  return base::base64_decode(padded);
}

// {value, encoding}; nullopt: of another encoding, or damaged.
std::optional<std::string> bytes_of(const object& part, std::string_view default_encoding) {
  const auto value = base::get_string_or(part, "value");
  const auto encoding = base::get_string_or(part, "encoding", std::string(default_encoding));
  if (encoding == "hex") return from_hex(value);
  if (encoding == "base64") return from_base64(value);
  return encoding == "utf8" ? std::optional(value) : std::nullopt;
}

Result<std::string> written(const ForeignHash& hash) {
  auto out = crypto::write_foreign_hash(hash);
  if (!out) return refuse(".hash: not a hash of this algorithm, or too costly");
  return out;
}

Result<ForeignHash::Encoding> password_encoding(const object& custom) {
  const auto name = base::get_string_or(object_or_empty(custom, "password"), "encoding", "utf8");
  if (name == "utf8") return ForeignHash::utf8;
  if (name == "utf16le" || name == "ucs2") return ForeignHash::utf16le;
  if (name == "latin1" || name == "binary") return ForeignHash::latin1;
  if (name == "ascii") return ForeignHash::ascii;
  return refuse(".password.encoding: not known");
}

// A cost that is a number, but out of the range of ours, is refused by the bounds.
std::uint32_t number_or(const object& custom, std::string_view name, std::uint32_t otherwise) {
  const auto* given = custom.if_contains(name);
  if (given == nullptr || given->is_null()) return otherwise;
  const bool fits = given->is_int64() && given->get_int64() >= 0 && given->get_int64() <= UINT32_MAX;
  return fits ? static_cast<std::uint32_t>(given->get_int64()) : 0;
}

Result<std::string> bcrypt_or_argon2(std::string_view algorithm, const object& hash) {
  auto stored = base::get_string_or(hash, "value");
  if (!crypto::is_password_hash(stored) || stored.starts_with("$argon2") != (algorithm == "argon2"))
    return refuse(".hash: not a hash of this algorithm");
  return stored;
}

// "$pbkdf2-sha512$i=100000,l=64$salt$hash", of which l may be missing.
Result<std::string> pbkdf2(ForeignHash out, const object& hash) {
  constexpr std::string_view kPrefix = "$pbkdf2-";
  const auto value = base::get_string_or(hash, "value");
  std::array<std::string_view, 4> parts;  // the algorithm, parameters, salt and output
  std::string_view rest = value;
  const auto wrong = [] { return refuse(".hash: not of the form $pbkdf2-sha512$i=100000,l=64$salt$hash"); };
  if (!rest.starts_with(kPrefix)) return wrong();
  rest.remove_prefix(kPrefix.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto end = i + 1 == parts.size() ? rest.size() : rest.find('$');
    if (end == std::string_view::npos) return wrong();
    parts[i] = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  auto salt = from_base64(parts[2]), output = from_base64(parts[3]);
  if (!salt || !output || !parts[1].starts_with("i=")) return wrong();
  const auto [end, error] = std::from_chars(parts[1].data() + 2, parts[1].data() + parts[1].size(), out.iterations);
  const std::string_view length(end, static_cast<std::size_t>(parts[1].data() + parts[1].size() - end));
  if (error != std::errc() || (!length.empty() && length != fmt::format(",l={}", output->size()))) return wrong();
  out.kind = ForeignHash::pbkdf2;
  out.algorithm = parts[0];
  out.salt = std::move(*salt);
  out.output = std::move(*output);
  return written(out);
}

// RFC 2307 §5.3: "{SCHEME}base64", in which a salt comes behind the digest.
Result<std::string> ldap(ForeignHash out, const object& hash) {
  struct Scheme {
    std::string_view name, algorithm;
    std::size_t size;
  };
  constexpr std::array kSchemes{Scheme{"MD5", "md5", 16},       Scheme{"SMD5", "md5", 16},
                                Scheme{"SHA", "sha1", 20},      Scheme{"SSHA", "sha1", 20},
                                Scheme{"SHA256", "sha256", 32}, Scheme{"SSHA256", "sha256", 32},
                                Scheme{"SHA384", "sha384", 48}, Scheme{"SSHA384", "sha384", 48},
                                Scheme{"SHA512", "sha512", 64}, Scheme{"SSHA512", "sha512", 64}};
  const auto value = base::get_string_or(hash, "value");
  const auto close = value.find('}');
  if (!value.starts_with('{') || close == std::string::npos) return refuse(".hash: not of the form {SCHEME}…");
  auto name = value.substr(1, close - 1);
  std::ranges::transform(name, name.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  const auto* scheme = std::ranges::find(kSchemes, name, &Scheme::name);
  const auto bytes = from_base64(std::string_view(value).substr(close + 1));
  if (scheme == kSchemes.end()) return refuse(".hash: a scheme of LDAP that is not supported");
  const bool salted = scheme->name.starts_with("SS") || scheme->name.starts_with("SM");
  if (!bytes || bytes->size() < scheme->size || salted == (bytes->size() == scheme->size))
    return refuse(".hash: not a hash of this scheme");
  out.algorithm = scheme->algorithm;
  out.output = bytes->substr(0, scheme->size);
  out.salt = bytes->substr(scheme->size);
  out.salt_behind = true;
  return written(out);
}

Result<void> take_salt(ForeignHash& out, const object& custom) {
  const auto* salt = base::get_object(custom, "salt");
  if (salt == nullptr) return {};
  auto bytes = bytes_of(*salt, "utf8");
  const auto position = base::get_string_or(*salt, "position", "prefix");
  if (!bytes || (position != "prefix" && position != "suffix")) return refuse(".salt: not one of this encoding");
  out.salt = std::move(*bytes);
  out.salt_behind = position == "suffix";
  return {};
}

Result<void> take_hmac(ForeignHash& out, const object& hash) {
  auto key = bytes_of(object_or_empty(hash, "key"), "utf8");
  if (!key || key->empty()) return refuse(".hash.key: needed, in its encoding");
  out.kind = ForeignHash::hmac;
  out.algorithm = base::get_string_or(hash, "digest");
  out.key = std::move(*key);
  return {};
}

Result<void> take_scrypt(ForeignHash& out, const object& custom) {
  if (out.salt_behind) return refuse(".salt.position: scrypt has none");
  if (number_or(custom, "keylen", 0) != out.output.size()) return refuse(".keylen: not the length of the hash");
  out.kind = ForeignHash::scrypt;
  out.algorithm.clear();
  out.cost = number_or(custom, "cost", 16384);
  out.block_size = number_or(custom, "blockSize", 8);
  out.lanes = number_or(custom, "parallelization", 1);
  return {};
}

Result<std::string> from_parts(const std::string& algorithm, ForeignHash out, const object& custom,
                               const object& hash) {
  auto output = bytes_of(hash, "hex");
  if (!output || base::get_string_or(hash, "encoding") == "utf8") return refuse(".hash: not in hex or base64");
  out.algorithm = algorithm;
  out.output = std::move(*output);
  if (auto salt = take_salt(out, custom); !salt) return base::pass_on(salt);
  if (algorithm == "hmac")
    if (auto done = take_hmac(out, hash); !done) return base::pass_on(done);
  if (algorithm == "scrypt")
    if (auto done = take_scrypt(out, custom); !done) return base::pass_on(done);
  return written(out);
}

Result<std::string> custom_hash(const object& custom) {
  constexpr std::array<std::string_view, 6> kFromParts{"md5", "sha1", "sha256", "sha512", "hmac", "scrypt"};
  const auto algorithm = base::get_string_or(custom, "algorithm");
  const auto& hash = object_or_empty(custom, "hash");
  auto encoding = password_encoding(custom);
  if (!encoding) return base::pass_on(encoding);
  const ForeignHash begun{.encoding = *encoding};
  if (std::ranges::find(kFromParts, algorithm) != kFromParts.end()) return from_parts(algorithm, begun, custom, hash);

  const bool own_text = algorithm == "bcrypt" || algorithm == "argon2";
  if (!own_text && algorithm != "pbkdf2" && algorithm != "ldap") return refuse(".algorithm: not supported");
  if (base::get_string_or(hash, "encoding", "utf8") != "utf8") return refuse(".hash.encoding: only utf8 is understood");
  for (const auto* changed : {"salt", "keylen"})
    if (custom.contains(changed)) return refuse(": a salt is part of the hash here");
  if (algorithm == "pbkdf2") return pbkdf2(begun, hash);
  if (algorithm == "ldap") return ldap(begun, hash);
  if (*encoding != ForeignHash::utf8) return refuse(".password.encoding: only utf8 is understood");
  return bcrypt_or_argon2(algorithm, hash);
}

}  // namespace

Result<std::optional<std::string>> read_imported_password(const object& record) {
  const auto* plain = record.if_contains("password_hash");
  const auto* custom = record.if_contains("custom_password_hash");
  if (plain != nullptr && !plain->is_null()) {
    if (custom != nullptr)
      return base::fail(base::Errc::invalid, "password_hash and custom_password_hash exclude each other");
    auto stored = base::get_string_or(record, "password_hash");
    if (!crypto::is_password_hash(stored)) return base::fail(base::Errc::invalid, "password_hash: not a bcrypt hash");
    return stored;
  }
  if (custom == nullptr || custom->is_null()) return std::nullopt;
  if (!custom->is_object()) return refuse(": not an object");
  auto stored = custom_hash(custom->get_object());
  if (!stored) return base::pass_on(stored);
  return std::move(*stored);
}

}  // namespace cardea::identity
