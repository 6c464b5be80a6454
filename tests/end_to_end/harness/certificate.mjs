// A certificate for the server and for the stand-in applications, trusted by this run only.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

const NAMES = [
  'DNS:localhost', 'DNS:other.localhost', 'DNS:third.localhost', 'DNS:nobody.localhost',
  'DNS:app.example.test', 'DNS:shop.example.test', 'DNS:strict.example.test', 'DNS:partner.example.test', 'IP:127.0.0.1', 'IP:::1',
];

// Makes certificate.pem and key.pem in `folder` unless they are there.
export function makeCertificate(folder) {
  const certificate = path.join(folder, 'certificate.pem');
  const key = path.join(folder, 'key.pem');
  if (!existsSync(certificate)) {
    execFileSync('openssl', [
      'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '7',
      '-subj', '/CN=localhost', '-addext', `subjectAltName=${NAMES.join(',')}`, '-keyout', key, '-out', certificate,
    ], { stdio: 'pipe' });
  }
  return { certificate, key };
}

// What run.mjs made for the whole run. Node reads NODE_EXTRA_CA_CERTS only at start, so no test can make its own.
export function certificateOfRun() {
  const folder = process.env.CARDEA_E2E_CERTIFICATES;
  if (!folder) throw new Error('start the suite with `npm test [file…]`: it makes the certificate that the clients trust');
  return { certificate: path.join(folder, 'certificate.pem'), key: path.join(folder, 'key.pem') };
}
