#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "crypto/signing_key.h"

namespace cardea::crypto {

// A certificate and its key.
struct SelfSigned {
  std::string certificate_pem;
  std::string private_key_pem;  // PKCS#8, unencrypted: mind the file's mode
};

// An X.509 certificate for TLS on P-256, signed by itself, with `sans` as subjectAltName (host names, IPv4 and IPv6
// addresses), valid from an hour ago for `days` days. invalid: no SANs, a name that is neither host nor address, days
// < 1.
base::Result<SelfSigned> make_self_signed(std::string_view common_name, const std::vector<std::string>& sans, int days,
                                          const base::Clock& clock);

// An authority of one's own, on P-256, for certificates that nobody else has to trust.
base::Result<SelfSigned> make_authority(std::string_view common_name, int days, const base::Clock& clock);
// A certificate of that authority for both ends of TLS, with a key of its own; `sans` as above, or URNs. invalid: also
// an authority that is not one.
base::Result<SelfSigned> issue_certificate(const SelfSigned& authority, std::string_view common_name,
                                           const std::vector<std::string>& sans, int days, const base::Clock& clock);

// The self-signed certificate that goes with a signing key (JWKS `x5c`, /pem, /cer, /pb7), in PEM.
base::Result<std::string> make_signing_certificate(const PrivateKey& key, std::string_view common_name, base::Time from,
                                                   base::Time to);

// Of the first certificate in a PEM text of at most 64 KiB. Errors are Errc::invalid.
base::Result<std::string> certificate_der(std::string_view pem);
base::Result<std::string> certificate_sha1_thumbprint_base64url(std::string_view pem);    // `x5t`
base::Result<std::string> certificate_sha256_thumbprint_base64url(std::string_view pem);  // `x5t#S256`
// "AB:CD:…", upper case.
base::Result<std::string> certificate_sha1_fingerprint(std::string_view pem);
base::Result<std::string> certificate_sha256_fingerprint(std::string_view pem);
// "-----BEGIN PKCS7-----": the certificate alone in a degenerate PKCS#7 bundle (RFC 2315 §9.1).
base::Result<std::string> certificate_pkcs7_pem(std::string_view pem);
// "/CN=name", the short form of the subject.
base::Result<std::string> certificate_subject(std::string_view pem);

}  // namespace cardea::crypto
