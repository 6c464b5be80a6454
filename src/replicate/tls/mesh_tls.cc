#include "replicate/tls/mesh_tls.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <charconv>
#include <optional>

namespace cardea::replicate {
namespace {

namespace ssl = boost::asio::ssl;

constexpr std::string_view kPrefix = "urn:cardea:cell:";

std::unexpected<base::Error> broken(const std::string& file, const boost::system::error_code& error) {
  return base::fail(base::Errc::invalid, "mesh: " + file + ": " + error.message());
}

std::optional<model::CellNumber> number_in(std::string_view name) {
  if (!name.starts_with(kPrefix)) return std::nullopt;
  name.remove_prefix(kPrefix.size());
  model::CellNumber number = 0;
  const auto [stop, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc{} || stop != name.data() + name.size() || number == 0) return std::nullopt;
  return number;
}

}  // namespace

base::Result<std::unique_ptr<MeshTls>> MeshTls::open(const Files& files) {
  std::unique_ptr<MeshTls> out(new MeshTls);
  auto& context = out->context_;
  boost::system::error_code error;
  if (context.load_verify_file(files.authority, error); error) return broken(files.authority, error);
  if (context.use_certificate_chain_file(files.certificate, error); error) return broken(files.certificate, error);
  if (context.use_private_key_file(files.key, ssl::context::pem, error); error) return broken(files.key, error);
  auto* const handle = context.native_handle();
  SSL_CTX_set_session_cache_mode(handle, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(handle, 0);  // connections last; each proves itself anew
  if (SSL_CTX_check_private_key(handle) != 1)
    return base::fail(base::Errc::invalid, "mesh: key and certificate do not belong together");
  context.set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
  return out;
}

std::string mesh_name(model::CellNumber cell) { return std::string(kPrefix) + std::to_string(cell); }

base::Result<model::CellNumber> cell_of_peer(SSL* connection) {
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(SSL_get1_peer_certificate(connection), &X509_free);
  if (!certificate || SSL_get_verify_result(connection) != X509_V_OK)
    return base::fail(base::Errc::denied, "no certificate of the mesh");
  const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate.get(), NID_subject_alt_name, nullptr, nullptr)),
      &GENERAL_NAMES_free);
  std::optional<model::CellNumber> cell;
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const auto* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    const auto* text = name->d.uniformResourceIdentifier;
    const auto number = number_in({reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                                   static_cast<std::size_t>(ASN1_STRING_length(text))});
    if (number && cell) return base::fail(base::Errc::denied, "a certificate of two cells");
    if (number) cell = number;
  }
  if (!cell) return base::fail(base::Errc::denied, "a certificate that names no cell");
  return *cell;
}

}  // namespace cardea::replicate
