// What one core can do at best, per second of CPU time: the number that a server's own rate is held against.
//   limits rsa SECONDS            RSA-2048 signatures (PKCS#1 v1.5 over a SHA-256 digest)
//   limits p256 SECONDS           ECDSA P-256 signatures
//   limits bcrypt SECONDS COST    bcrypt hashes by libxcrypt
// Prints one number. CPU time rather than wall time: neighbours on the machine do not change it much.
#include <crypt.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double cpu_seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int report(double count, double begin) {
  printf("%.2f\n", count / (cpu_seconds() - begin));
  return 0;
}

static int sign_rate(EVP_PKEY* key, int is_rsa, double seconds) {
  EVP_PKEY_CTX* context = key ? EVP_PKEY_CTX_new(key, NULL) : NULL;
  if (!context || EVP_PKEY_sign_init(context) <= 0) return 1;
  if (is_rsa && EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) <= 0) return 1;
  if (EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) <= 0) return 1;
  unsigned char digest[32] = {1}, signature[512];
  double count = 0;
  const double begin = cpu_seconds();
  while (cpu_seconds() - begin < seconds) {
    size_t size = sizeof signature;
    digest[1] = (unsigned char)count;
    if (EVP_PKEY_sign(context, signature, &size, digest, sizeof digest) <= 0) return 1;
    count++;
  }
  return report(count, begin);
}

static int bcrypt_rate(int cost, double seconds) {
  static struct crypt_data data;
  char salt[64];
  snprintf(salt, sizeof salt, "$2b$%02d$abcdefghijklmnopqrstuu", cost);
  double count = 0;
  const double begin = cpu_seconds();
  while (cpu_seconds() - begin < seconds) {
    const char* hash = crypt_r("Measured-Passw0rd", salt, &data);
    if (!hash || strncmp(hash, "$2b$", 4) != 0) return 1;
    count++;
  }
  return report(count, begin);
}

int main(int argc, char** argv) {
  const char* what = argc > 2 ? argv[1] : "";
  const double seconds = argc > 2 ? atof(argv[2]) : 0;
  if (!strcmp(what, "rsa")) return sign_rate(EVP_RSA_gen(2048), 1, seconds);
  if (!strcmp(what, "p256")) return sign_rate(EVP_EC_gen("P-256"), 0, seconds);
  if (!strcmp(what, "bcrypt")) return bcrypt_rate(argc > 3 ? atoi(argv[3]) : 10, seconds);
  fprintf(stderr, "usage: limits rsa|p256|bcrypt SECONDS [COST]\n");
  return 2;
}
