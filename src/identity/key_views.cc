#include "identity/key_views.h"

#include <algorithm>

#include "crypto/certificate.h"

namespace cardea::identity {

CertificateViews certificate_views(std::string_view certificate_pem) {
  CertificateViews views;
  views.pkcs7 = crypto::certificate_pkcs7_pem(certificate_pem).value_or("");
  views.fingerprint = crypto::certificate_sha1_fingerprint(certificate_pem).value_or("");
  views.thumbprint = views.fingerprint;
  std::erase(views.thumbprint, ':');
  return views;
}

}  // namespace cardea::identity
