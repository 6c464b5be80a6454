#include "http/test_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>

namespace cardea::http::testing {

void KeptLog::write(base::LogLevel, std::string_view message, Fields fields) {
  fields["message"] = message;
  const std::lock_guard lock(mutex_);
  lines_.push_back(std::move(fields));
}

std::vector<base::json::object> KeptLog::lines() {
  const std::lock_guard lock(mutex_);
  return lines_;
}

TestServer::TestServer(Handler handler, ServerOptions options, std::size_t cores) {
  std::vector<boost::asio::io_context*> contexts;
  for (std::size_t i = 0; i < cores; ++i) {
    contexts_.push_back(std::make_unique<boost::asio::io_context>(1));
    contexts.push_back(contexts_.back().get());
  }
  if (options.listeners.empty()) options.listeners.push_back({.address = "127.0.0.1"});
  options.deadline_check = std::chrono::milliseconds(5);
  server_ = std::make_unique<Server>(std::move(options), std::move(handler), contexts, clock_, random_, log_, metrics_);
  const auto started = server_->start();
  EXPECT_TRUE(started) << started.error().reason;
  for (auto& context : contexts_)
    threads_.emplace_back([&context = *context] {
      const auto work = boost::asio::make_work_guard(context);
      context.run();
    });
}

TestServer::~TestServer() {
  server_->stop();
  for (auto& context : contexts_) context->stop();
  for (auto& thread : threads_) thread.join();
}

RawClient::RawClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const timeval patience{5, 0};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return;
  close(socket_);
  socket_ = -1;
}

RawClient::~RawClient() {
  if (socket_ >= 0) close(socket_);
}

bool RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool RawClient::more() {
  char buffer[16384];
  const auto got = recv(socket_, buffer, sizeof buffer, 0);
  if (got <= 0) return false;
  in_.append(buffer, static_cast<std::size_t>(got));
  return true;
}

bool RawClient::is_closed() {
  if (!in_.empty()) return false;
  char byte = 0;
  const auto got = recv(socket_, &byte, 1, 0);
  return got == 0 || (got < 0 && errno == ECONNRESET);
}

RawResponse RawClient::receive(bool head_only) {
  std::size_t end = 0;
  while ((end = in_.find("\r\n\r\n")) == std::string::npos)
    if (!more()) return {};
  RawResponse response;
  const std::string head = in_.substr(0, end + 2);
  in_.erase(0, end + 4);
  if (!head.starts_with("HTTP/1.1 ")) return {};
  response.status = std::stoi(head.substr(9, 3));
  for (auto at = head.find("\r\n") + 2; at < head.size();) {
    const auto stop = head.find("\r\n", at);
    const auto line = head.substr(at, stop - at);
    response.headers.add(line.substr(0, line.find(": ")), line.substr(line.find(": ") + 2));
    at = stop + 2;
  }
  const auto length = response.headers.get("Content-Length");
  const std::size_t size = length && !head_only ? std::stoul(std::string(*length)) : 0;
  while (in_.size() < size)
    if (!more()) return {};
  response.body = in_.substr(0, size);
  in_.erase(0, size);
  return response;
}

namespace {

std::string drain(BIO* bio) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio, &data);
  std::string out(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  return out;
}

}  // namespace

TestCertificate make_test_certificate(const std::string& host) {
  EVP_PKEY* const key = EVP_EC_gen("P-256");
  X509* const certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
  X509_set_pubkey(certificate, key);
  X509_NAME* const name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(host.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  X509_EXTENSION* const names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, ("DNS:" + host).c_str());
  X509_add_ext(certificate, names, -1);
  X509_EXTENSION_free(names);
  X509_sign(certificate, key, EVP_sha256());

  TestCertificate out;
  BIO* const certificate_bio = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(certificate_bio, certificate);
  out.certificate_pem = drain(certificate_bio);
  BIO* const key_bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(key_bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  out.key_pem = drain(key_bio);
  X509_free(certificate);
  EVP_PKEY_free(key);
  return out;
}

}  // namespace cardea::http::testing
