// node run.mjs [--kills N] [--seconds S] [--seed N] [--keep FOLDER]: three cells on SQLite, PostgreSQL and MariaDB under
// load and faults, then peace, then a verdict for each invariant. The history and the state at the end stay in
// build/history (or FOLDER); `node check.mjs FOLDER` judges them again.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { makeCertificate } from '../end_to_end/harness/certificate.mjs';

const here = import.meta.dirname;
const binary = path.resolve(process.env.CARDEA_BINARY ?? path.join(here, '../../build/release/cardea'));
if (!existsSync(binary)) {
  console.error(`no program at ${binary}: build it, or name it with CARDEA_BINARY`);
  process.exit(2);
}
// Node reads at start which certificates it trusts.
const certificates = mkdtempSync(path.join(os.tmpdir(), 'cardea-history-certificate-'));
const { certificate } = makeCertificate(certificates);
const child = spawn(process.execPath, [path.join(here, 'rage.mjs'), ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: { ...process.env, CARDEA_BINARY: binary, CARDEA_E2E_CERTIFICATES: certificates, NODE_EXTRA_CA_CERTS: certificate },
});
child.on('exit', (code, signal) => {
  rmSync(certificates, { recursive: true, force: true });
  process.exitCode = signal ? 1 : code;
});
