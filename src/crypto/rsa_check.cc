#include "crypto/rsa_check.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>

#include <memory>

#include "crypto/openssl_ptr.h"

namespace cardea::crypto {
namespace {

using BignumPtr = OpensslPtr<BIGNUM, BN_clear_free>;
using BnCtxPtr = OpensslPtr<BN_CTX, BN_CTX_free>;

std::unexpected<base::Error> refused(std::string reason) { return base::fail(base::Errc::invalid, std::move(reason)); }

BignumPtr number_of(EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  EVP_PKEY_get_bn_param(key, name, &number);
  if (number != nullptr) BN_set_flags(number, BN_FLG_CONSTTIME);
  return BignumPtr(number);
}

// a * b = 1 modulo m
bool are_inverse(const BIGNUM* a, const BIGNUM* b, const BIGNUM* m, BN_CTX* context) {
  const BignumPtr product(BN_secure_new());
  return BN_mod_mul(product.get(), a, b, m, context) == 1 && BN_is_one(product.get());
}

// Whether d and its short form `reduced` undo e modulo the prime.
bool exponents_fit(const BIGNUM* e, const BIGNUM* d, const BIGNUM* reduced, const BIGNUM* prime, BN_CTX* context) {
  const BignumPtr order(BN_dup(prime));
  const BignumPtr remainder(BN_secure_new());
  return BN_sub_word(order.get(), 1) == 1 && !BN_is_zero(order.get()) &&
         are_inverse(e, reduced, order.get(), context) && BN_nnmod(remainder.get(), d, order.get(), context) == 1 &&
         BN_cmp(remainder.get(), reduced) == 0;
}

}  // namespace

base::Result<void> check_rsa_public(EVP_PKEY* key) {
  const int bits = EVP_PKEY_get_bits(key);
  if (bits < 2048) return refused("an RSA key has at least 2048 bits");
  if (bits > 8192) return refused("an RSA key has at most 8192 bits");
  const auto n = number_of(key, OSSL_PKEY_PARAM_RSA_N);
  const auto e = number_of(key, OSSL_PKEY_PARAM_RSA_E);
  if (!n || !e || !BN_is_odd(n.get())) return refused("the modulus of an RSA key is odd");
  if (!BN_is_odd(e.get()) || BN_is_one(e.get()) || BN_num_bits(e.get()) > 64)
    return refused("the public exponent of an RSA key is odd, above 1 and below 2^64");
  return {};
}

base::Result<void> check_rsa_private(EVP_PKEY* key) {
  const auto n = number_of(key, OSSL_PKEY_PARAM_RSA_N);
  const auto e = number_of(key, OSSL_PKEY_PARAM_RSA_E);
  const auto d = number_of(key, OSSL_PKEY_PARAM_RSA_D);
  const auto p = number_of(key, OSSL_PKEY_PARAM_RSA_FACTOR1);
  const auto q = number_of(key, OSSL_PKEY_PARAM_RSA_FACTOR2);
  const auto dp = number_of(key, OSSL_PKEY_PARAM_RSA_EXPONENT1);
  const auto dq = number_of(key, OSSL_PKEY_PARAM_RSA_EXPONENT2);
  const auto qi = number_of(key, OSSL_PKEY_PARAM_RSA_COEFFICIENT1);
  if (!n || !e || !d || !p || !q || !dp || !dq || !qi)
    return refused("a private RSA key has all of d, p, q, dp, dq and qi");
  const BnCtxPtr context(BN_CTX_secure_new());
  const BignumPtr product(BN_secure_new());
  const bool fits = BN_mul(product.get(), p.get(), q.get(), context.get()) == 1 &&
                    BN_cmp(product.get(), n.get()) == 0 &&
                    exponents_fit(e.get(), d.get(), dp.get(), p.get(), context.get()) &&
                    exponents_fit(e.get(), d.get(), dq.get(), q.get(), context.get()) &&
                    are_inverse(q.get(), qi.get(), p.get(), context.get());
  if (!fits) return refused("the numbers of a private RSA key do not belong together");
  return {};
}

}  // namespace cardea::crypto
