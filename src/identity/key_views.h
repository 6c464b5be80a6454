#pragma once

#include <string>
#include <string_view>

namespace cardea::identity {

// How the Management API shows a key's certificate beside the PEM.
struct CertificateViews {
  std::string pkcs7;        // PEM
  std::string fingerprint;  // SHA-1 of the DER form, "AB:CD:…"
  std::string thumbprint;   // the same without colons
};

// Empty members when the text is no certificate.
CertificateViews certificate_views(std::string_view certificate_pem);

}  // namespace cardea::identity
