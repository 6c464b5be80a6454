#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <cstring>

#include "http/test_server.h"
#include "http/tls_context.h"

namespace cardea::http {
namespace {

using testing::make_test_certificate;
using testing::RawClient;
using testing::TestServer;

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: login.example\r\n\r\n";

Handler hello() {
  return [](Request request) -> base::awaitable<Response> {
    co_return Response::text(200, request.scheme + std::string(20'000, 'x'));
  };
}

ServerOptions with_tls(std::chrono::milliseconds header_timeout = std::chrono::seconds(10)) {
  const auto certificate = make_test_certificate();
  return {.listeners = {{.address = "127.0.0.1", .tls = true}},
          .tls = {.certificate_pem = certificate.certificate_pem, .key_pem = certificate.key_pem},
          .header_timeout = header_timeout};
}

// A TLS client over a RawClient's socket.
class TlsClient {
 public:
  explicit TlsClient(std::uint16_t port, int version = 0, const char* alpn = nullptr, const char* name = "localhost",
                     SSL_SESSION* resume = nullptr, const std::string& before = "")
      : raw_(port), context_(SSL_CTX_new(TLS_client_method())), ssl_(nullptr) {
    if (version != 0) {
      SSL_CTX_set_min_proto_version(context_, version);
      SSL_CTX_set_max_proto_version(context_, version);
      SSL_CTX_set_security_level(context_, 0);
    }
    ssl_ = SSL_new(context_);
    SSL_set_fd(ssl_, raw_.socket());
    SSL_set_tlsext_host_name(ssl_, name);
    if (alpn != nullptr)
      SSL_set_alpn_protos(ssl_, reinterpret_cast<const unsigned char*>(alpn), static_cast<unsigned>(std::strlen(alpn)));
    if (resume != nullptr) SSL_set_session(ssl_, resume);
    raw_.send(before);
    connected_ = SSL_connect(ssl_) == 1;
  }
  ~TlsClient() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
  }
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  bool connected() const { return connected_; }
  SSL* ssl() { return ssl_; }
  // Reads until `size` bytes are there or the server ends.
  std::string ask(std::string_view bytes, std::size_t size) {
    SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()));
    std::string out;
    char buffer[16384];
    while (out.size() < size) {
      const int got = SSL_read(ssl_, buffer, sizeof buffer);
      if (got <= 0) break;
      out.append(buffer, static_cast<std::size_t>(got));
    }
    return out;
  }

 private:
  RawClient raw_;
  SSL_CTX* context_;
  SSL* ssl_;
  bool connected_ = false;
};

TEST(Tls, SpeaksOnlyVersions12And13) {
  TestServer server(hello(), with_tls());

  EXPECT_FALSE(TlsClient(server.port(), TLS1_VERSION).connected());
  EXPECT_FALSE(TlsClient(server.port(), TLS1_1_VERSION).connected());
  EXPECT_TRUE(TlsClient(server.port(), TLS1_2_VERSION).connected());
  EXPECT_TRUE(TlsClient(server.port(), TLS1_3_VERSION).connected());
}

TEST(Tls, AnswersOverIt) {
  TestServer server(hello(), with_tls());
  TlsClient client(server.port());

  for (int i = 0; i < 3; ++i) {
    const auto answer = client.ask(kGet, 20'005);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n"));
    EXPECT_NE(answer.find("\r\nStrict-Transport-Security: max-age=31536000\r\n"), std::string::npos);
    EXPECT_NE(answer.find("\r\n\r\nhttpsxxx"), std::string::npos);
    const auto expected = answer.find("\r\n\r\n") + 4 + 20'005;
    if (answer.size() < expected) client.ask("", expected - answer.size());
  }
}

TEST(Tls, ChoosesHttp11OfWhatIsOffered) {
  TestServer server(hello(), with_tls());
  TlsClient both(server.port(), 0, "\x02h2\x08http/1.1");
  const unsigned char* chosen = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(both.ssl(), &chosen, &size);

  EXPECT_EQ(std::string(reinterpret_cast<const char*>(chosen), size), "http/1.1");
  EXPECT_FALSE(TlsClient(server.port(), 0, "\x02h2").connected());
}

TEST(Tls, ResumesSessionsByTicket) {
  TestServer server(hello(), with_tls());
  TlsClient first(server.port(), TLS1_3_VERSION);
  first.ask(kGet, 1000);  // the ticket comes behind the handshake
  SSL_SESSION* const session = SSL_get1_session(first.ssl());

  TlsClient second(server.port(), TLS1_3_VERSION, nullptr, "localhost", session);

  EXPECT_TRUE(second.connected());
  EXPECT_EQ(SSL_session_reused(second.ssl()), 1);
  SSL_SESSION_free(session);
}

TEST(Tls, TakesTheCertificateOfTheNameThatIsAsked) {
  const auto certificate = make_test_certificate("custom.example");
  auto* const custom = SSL_CTX_new(TLS_server_method());
  const std::unique_ptr<BIO, decltype(&BIO_free)> certificate_bio(
      BIO_new_mem_buf(certificate.certificate_pem.data(), -1), BIO_free);
  const std::unique_ptr<BIO, decltype(&BIO_free)> key_bio(BIO_new_mem_buf(certificate.key_pem.data(), -1), BIO_free);
  X509* const leaf = PEM_read_bio_X509(certificate_bio.get(), nullptr, nullptr, nullptr);
  EVP_PKEY* const key = PEM_read_bio_PrivateKey(key_bio.get(), nullptr, nullptr, nullptr);
  SSL_CTX_use_certificate(custom, leaf);
  SSL_CTX_use_PrivateKey(custom, key);
  X509_free(leaf);
  EVP_PKEY_free(key);
  auto options = with_tls();
  options.tls.certificate_of = [custom](std::string_view host) { return host == "custom.example" ? custom : nullptr; };
  const auto subject = [](TlsClient& client) {
    X509* const peer = SSL_get1_peer_certificate(client.ssl());
    char text[100] = {};
    X509_NAME_get_text_by_NID(X509_get_subject_name(peer), NID_commonName, text, sizeof text);
    X509_free(peer);
    return std::string(text);
  };
  {
    TestServer server(hello(), options);
    TlsClient named(server.port(), 0, nullptr, "custom.example");
    TlsClient other(server.port(), 0, nullptr, "other.example");

    EXPECT_EQ(subject(named), "custom.example");
    EXPECT_EQ(subject(other), "localhost");
  }
  SSL_CTX_free(custom);
}

TEST(Tls, AProxyHeaderComesBeforeTheHandshake) {
  auto options = with_tls();
  options.listeners[0].proxy_protocol = true;
  options.trusted_proxies = {*Cidr::parse("127.0.0.1")};
  TestServer server(
      [](Request request) -> base::awaitable<Response> { co_return Response::text(200, request.remote_address); },
      options);
  const std::string proxy = std::string("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c", 16) +
                            std::string("\x01\x02\x03\x04\x7f\0\0\x01\x12\x34\x01\xbb", 12);

  TlsClient client(server.port(), 0, nullptr, "localhost", nullptr, proxy);

  EXPECT_TRUE(client.ask(kGet, 100).ends_with("1.2.3.4"));
}

TEST(Tls, CutsOffWhoDoesNotFinishTheHandshake) {
  TestServer server(hello(), with_tls(std::chrono::milliseconds(100)));
  RawClient silent(server.port());
  RawClient halting(server.port());
  halting.send(std::string_view("\x16\x03\x01\x02\x00", 5));
  RawClient plain(server.port());
  plain.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");

  EXPECT_TRUE(silent.is_closed());
  EXPECT_TRUE(halting.is_closed());
  for (int i = 0; i < 300 && server.server().connections() > 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_EQ(server.server().connections(), 0U);
}

TEST(Tls, RefusesWhatCannotServe) {
  const auto one = make_test_certificate();
  const auto other = make_test_certificate();

  EXPECT_TRUE(TlsContext::open({.certificate_pem = one.certificate_pem, .key_pem = one.key_pem}));
  EXPECT_FALSE(TlsContext::open({.certificate_pem = one.certificate_pem, .key_pem = other.key_pem}));
  EXPECT_FALSE(TlsContext::open({.certificate_pem = "nonsense", .key_pem = one.key_pem}));
  EXPECT_FALSE(TlsContext::open({.certificate_file = "/nowhere", .key_file = "/nowhere"}));
}

TEST(Tls, ARenewedCertificateIsTakenWithoutARestart) {
  TestServer server(hello(), with_tls());
  TlsClient before(server.port());

  EXPECT_TRUE(server.server().reload_certificate());

  EXPECT_TRUE(before.ask(kGet, 100).starts_with("HTTP/1.1 200"));
  EXPECT_TRUE(TlsClient(server.port()).connected());
}

}  // namespace
}  // namespace cardea::http
