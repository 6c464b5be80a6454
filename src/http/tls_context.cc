#include "http/tls_context.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "http/server.h"

namespace cardea::http {
namespace {

using BioPtr = std::unique_ptr<BIO, decltype(&BIO_free)>;
using X509Ptr = std::unique_ptr<X509, decltype(&X509_free)>;
using KeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using ContextPtr = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

std::unexpected<base::Error> broken(const std::string& what) {
  char text[256] = "no detail";
  if (const auto code = ERR_get_error(); code != 0) ERR_error_string_n(code, text, sizeof text);
  ERR_clear_error();
  return base::fail(base::Errc::invalid, what + ": " + text);
}

BioPtr open_text(const std::string& pem, const std::string& file) {
  if (!pem.empty()) return {BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free};
  return {BIO_new_file(file.c_str(), "r"), &BIO_free};
}

// Never asks at the terminal for the password of a key.
int no_password(char*, int, int, void*) { return -1; }

base::Result<void> load(SSL_CTX* context, const TlsOptions& options) {
  const auto chain = open_text(options.certificate_pem, options.certificate_file);
  if (!chain) return broken("cannot read the certificate " + options.certificate_file);
  const X509Ptr leaf(PEM_read_bio_X509(chain.get(), nullptr, no_password, nullptr), &X509_free);
  if (!leaf || SSL_CTX_use_certificate(context, leaf.get()) != 1)
    return broken("no certificate in " + options.certificate_file);
  while (X509* next = PEM_read_bio_X509(chain.get(), nullptr, no_password, nullptr))
    if (SSL_CTX_add0_chain_cert(context, next) != 1) {
      X509_free(next);
      return broken("bad certificate chain in " + options.certificate_file);
    }
  ERR_clear_error();  // the end of the file is an error to PEM_read_bio

  const auto secret = open_text(options.key_pem, options.key_file);
  if (!secret) return broken("cannot read the key " + options.key_file);
  const KeyPtr key(PEM_read_bio_PrivateKey(secret.get(), nullptr, no_password, nullptr), &EVP_PKEY_free);
  if (!key || SSL_CTX_use_PrivateKey(context, key.get()) != 1) return broken("no usable key in " + options.key_file);
  if (SSL_CTX_check_private_key(context) != 1) return broken("key and certificate do not belong together");
  return {};
}

int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in, unsigned in_size,
                    void*) {
  static constexpr unsigned char kHttp11[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, kHttp11, sizeof kHttp11 - 1, in, in_size) != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

int choose_certificate(SSL* ssl, int*, void* argument) {
  const auto& certificate_of = *static_cast<const std::function<SSL_CTX*(std::string_view)>*>(argument);
  const char* const name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (name == nullptr || !certificate_of) return SSL_TLSEXT_ERR_NOACK;
  if (SSL_CTX* other = certificate_of(name); other != nullptr) SSL_set_SSL_CTX(ssl, other);
  return SSL_TLSEXT_ERR_OK;
}

bool configure(SSL_CTX* context) {
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                   SSL_OP_PRIORITIZE_CHACHA | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context,
                   SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // tickets keep no state here
  SSL_CTX_set_timeout(context, 6 * 3600);
  SSL_CTX_set_num_tickets(context, 1);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  static constexpr unsigned char kSessionContext[] = "cardea";
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set_session_id_context(context, kSessionContext, sizeof kSessionContext - 1) == 1 &&
         SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1 &&
         SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384") == 1;
}

}  // namespace

base::Result<std::shared_ptr<const TlsContext>> TlsContext::open(const TlsOptions& options) {
  ContextPtr context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
  if (!context || !configure(context.get())) return broken("TLS cannot be set up");
  if (auto loaded = load(context.get(), options); !loaded) return base::pass_on(loaded);
  std::shared_ptr<TlsContext> out(new TlsContext(context.release()));
  out->certificate_of_ = options.certificate_of;
  SSL_CTX_set_tlsext_servername_callback(out->context_, choose_certificate);
  SSL_CTX_set_tlsext_servername_arg(out->context_, &out->certificate_of_);
  return std::shared_ptr<const TlsContext>(std::move(out));
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

ssl_st* TlsContext::accept_on(int socket) const {
  SSL* ssl = SSL_new(context_);
  if (ssl == nullptr) return nullptr;
  SSL_set_accept_state(ssl);
  if (SSL_set_fd(ssl, socket) == 1) return ssl;
  SSL_free(ssl);
  return nullptr;
}

}  // namespace cardea::http
