#include "crypto/password_hash.h"

#include <argon2.h>
#include <crypt.h>
#include <fmt/core.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

#include "base/base64.h"
#include "crypto/constant_time.h"
#include "crypto/foreign_hash.h"
#include "crypto/secret_string.h"

namespace cardea::crypto {
namespace {

using base::Errc;

constexpr std::size_t kSaltSize = 16;
constexpr std::size_t kArgon2Output = 32;
constexpr std::size_t kBcryptLength = 60;  // $2b$10$ + 22 of salt + 31 of hash
constexpr int kMinCost = 4;
constexpr int kMaxCost = 20;
constexpr std::uint32_t kMaxMemoryKib = 256 * 1024;
constexpr std::uint32_t kMaxPasses = 64;
constexpr std::uint32_t kMaxLanes = 16;

struct Argon2Hash {
  argon2_type type;
  std::uint32_t memory_kib;
  std::uint32_t passes;
  std::uint32_t lanes;
  std::string salt;
  std::string output;
};

bool in_range(std::uint32_t memory_kib, std::uint32_t passes, std::uint32_t lanes) {
  return lanes >= 1 && lanes <= kMaxLanes && passes >= 1 && passes <= kMaxPasses && memory_kib >= 8 * lanes &&
         memory_kib <= kMaxMemoryKib;
}

// The cost of "$2?$NN$…" of the right length and alphabet; nullopt for what is not bcrypt.
std::optional<int> bcrypt_cost_of(std::string_view stored) {
  if (stored.size() != kBcryptLength || !stored.starts_with("$2") || stored[3] != '$' || stored[6] != '$')
    return std::nullopt;
  if (stored[2] != 'a' && stored[2] != 'b' && stored[2] != 'y') return std::nullopt;
  if (stored[4] < '0' || stored[4] > '9' || stored[5] < '0' || stored[5] > '9') return std::nullopt;
  const int cost = (stored[4] - '0') * 10 + (stored[5] - '0');
  if (cost < kMinCost || cost > kMaxCost) return std::nullopt;
  return cost;
}

// The decimal number behind `name` at the front of `text`, which moves past it and past the separator `after`.
std::optional<std::uint32_t> take_number(std::string_view& text, std::string_view name, char after) {
  if (!text.starts_with(name)) return std::nullopt;
  text.remove_prefix(name.size());
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto length = static_cast<std::size_t>(end - text.data());
  if (error != std::errc() || length == text.size() || *end != after) return std::nullopt;
  text.remove_prefix(length + 1);
  return number;
}

std::optional<std::string> decode_unpadded(std::string_view text) {
  std::string padded(text);
  while (padded.size() % 4 != 0) padded.push_back('=');
  return text.ends_with('=') ? std::nullopt : base::base64_decode(padded);
}

std::string encode_unpadded(std::string_view bytes) {
  std::string text = base::base64_encode(bytes);
  while (text.ends_with('=')) text.pop_back();
  return text;
}

constexpr std::array<std::pair<std::string_view, argon2_type>, 3> kArgon2{
    {{"$argon2id$v=19$", Argon2_id}, {"$argon2i$v=19$", Argon2_i}, {"$argon2d$v=19$", Argon2_d}}};

std::optional<Argon2Hash> parse_argon2(std::string_view stored) {
  const auto* kind = std::ranges::find_if(kArgon2, [&](const auto& known) { return stored.starts_with(known.first); });
  if (stored.size() > 512 || kind == kArgon2.end()) return std::nullopt;
  stored.remove_prefix(kind->first.size());
  const auto memory = take_number(stored, "m=", ',');
  const auto passes = memory ? take_number(stored, "t=", ',') : std::nullopt;
  const auto lanes = passes ? take_number(stored, "p=", '$') : std::nullopt;
  if (!lanes || !in_range(*memory, *passes, *lanes)) return std::nullopt;
  const auto dollar = stored.find('$');
  if (dollar == std::string_view::npos) return std::nullopt;
  auto salt = decode_unpadded(stored.substr(0, dollar));
  auto output = decode_unpadded(stored.substr(dollar + 1));
  if (!salt || salt->size() < 8 || !output || output->size() < 12) return std::nullopt;
  return Argon2Hash{kind->second, *memory, *passes, *lanes, std::move(*salt), std::move(*output)};
}

// `size` bytes; nullopt without memory. On this thread alone, however many lanes there are.
std::optional<std::string> argon2(const Argon2Hash& parameters, std::size_t size, std::string_view password) {
  std::string output(size, '\0');
  std::string salt = parameters.salt;
  const auto bytes = [](auto& text) { return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data())); };
  argon2_context context{};
  context.out = bytes(output);
  context.outlen = static_cast<std::uint32_t>(output.size());
  context.pwd = bytes(password);
  context.pwdlen = static_cast<std::uint32_t>(password.size());
  context.salt = bytes(salt);
  context.saltlen = static_cast<std::uint32_t>(salt.size());
  context.t_cost = parameters.passes;
  context.m_cost = parameters.memory_kib;
  context.lanes = parameters.lanes;
  context.threads = 1;
  context.version = ARGON2_VERSION_13;
  context.flags = ARGON2_DEFAULT_FLAGS;
  if (argon2_ctx(&context, parameters.type) != ARGON2_OK) return std::nullopt;
  return output;
}

std::string argon2_prefix(const PasswordHashing& policy, std::string_view salt) {
  return fmt::format("$argon2id$v=19$m={},t={},p={}${}$", policy.argon2_memory_kib, policy.argon2_passes,
                     policy.argon2_lanes, encode_unpadded(salt));
}

struct WipedCryptData {
  void operator()(crypt_data* data) const {
    OPENSSL_cleanse(data, sizeof *data);
    delete data;
  }
};

// "$2b$10$salt…hash"; empty when libxcrypt refuses. 32 KiB of state on the heap, wiped afterwards.
std::string bcrypt(std::string_view setting, std::string_view password) {
  const std::unique_ptr<crypt_data, WipedCryptData> data(new crypt_data());
  std::string phrase(password);
  const char* hash = crypt_rn(phrase.c_str(), std::string(setting).c_str(), data.get(), sizeof *data);
  std::string out = hash == nullptr ? "" : hash;
  wipe(phrase);
  return out.size() == kBcryptLength ? out : "";
}

bool has_nul(std::string_view password) { return password.find('\0') != std::string_view::npos; }

}  // namespace

base::Result<void> check_hashable(const PasswordHashing& policy, std::string_view password) {
  const bool is_bcrypt = policy.scheme == PasswordHashing::bcrypt;
  if (is_bcrypt && (policy.bcrypt_cost < kMinCost || policy.bcrypt_cost > kMaxCost))
    return base::fail(Errc::invalid, "the cost of bcrypt is 4 to 20");
  if (!is_bcrypt && !in_range(policy.argon2_memory_kib, policy.argon2_passes, policy.argon2_lanes))
    return base::fail(Errc::invalid, "parameters of argon2id out of range");
  if (password.empty()) return base::fail(Errc::invalid, "an empty password");
  if (has_nul(password)) return base::fail(Errc::invalid, "a password with a NUL byte");
  if (password.size() > (is_bcrypt ? kBcryptMaxPassword : kArgon2MaxPassword))
    return base::fail(Errc::invalid,
                      is_bcrypt ? "a password of more than 72 bytes" : "a password of more than 1024 bytes");
  return {};
}

base::Result<std::string> hash_password(const PasswordHashing& policy, std::string_view password,
                                        base::Random& random) {
  if (const auto hashable = check_hashable(policy, password); !hashable) return base::pass_on(hashable);
  const std::string salt = base::random_bytes(random, kSaltSize);
  if (policy.scheme == PasswordHashing::argon2id) {
    const Argon2Hash parameters{Argon2_id, policy.argon2_memory_kib, policy.argon2_passes, policy.argon2_lanes, salt,
                                ""};
    const auto output = argon2(parameters, kArgon2Output, password);
    if (!output) return base::fail(Errc::unavailable, "argon2id found no memory");
    return argon2_prefix(policy, salt) + encode_unpadded(*output);
  }
  char setting[CRYPT_GENSALT_OUTPUT_SIZE];
  if (crypt_gensalt_rn("$2b$", static_cast<unsigned long>(policy.bcrypt_cost), salt.data(),
                       static_cast<int>(salt.size()), setting, sizeof setting) == nullptr)
    return base::fail(Errc::unavailable, "libxcrypt made no salt");
  auto hash = bcrypt(setting, password);
  if (hash.empty()) return base::fail(Errc::unavailable, "libxcrypt does not hash");
  return hash;
}

bool verify_password(std::string_view stored, std::string_view password) {
  if (has_nul(password) || password.size() > kArgon2MaxPassword) return false;
  if (bcrypt_cost_of(stored)) {
    if (password.size() > kBcryptMaxPassword) return false;
    return equal_constant_time(bcrypt(stored, password), stored);
  }
  if (is_foreign_hash(stored)) return verify_foreign_hash(stored, password);
  const auto parsed = parse_argon2(stored);
  if (!parsed) return false;
  const auto output = argon2(*parsed, parsed->output.size(), password);
  return output && equal_constant_time(*output, parsed->output);
}

bool is_password_hash(std::string_view stored) {
  return bcrypt_cost_of(stored).has_value() || parse_argon2(stored).has_value();
}

bool needs_rehash(std::string_view stored, const PasswordHashing& policy) {
  if (policy.scheme == PasswordHashing::bcrypt) {
    const auto cost = bcrypt_cost_of(stored);
    return !cost || *cost < policy.bcrypt_cost;
  }
  const auto parsed = parse_argon2(stored);
  return !parsed || parsed->type != Argon2_id || parsed->memory_kib < policy.argon2_memory_kib ||
         parsed->passes < policy.argon2_passes || parsed->output.size() < kArgon2Output;
}

std::string unmatchable_hash(const PasswordHashing& policy) {
  // That the hash part is all zero bits is as unlikely for any password as any other guess of it.
  if (policy.scheme == PasswordHashing::bcrypt)
    return fmt::format("$2b${:02}$", policy.bcrypt_cost) + std::string(22 + 31, '.');
  return argon2_prefix(policy, std::string(kSaltSize, '\0')) + encode_unpadded(std::string(kArgon2Output, '\0'));
}

}  // namespace cardea::crypto
