// Runs the suite: `node run.mjs [file…]`. Makes what node must know at start (a certificate to trust), takes the
// packaged node where the system's is too old, and prints the totals of node:test. CARDEA_E2E_STORE=postgresql or
// mariadb runs it on such a server, which is started here; CARDEA_E2E_SESSIONS=jwt or redis keeps sessions there.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeCertificate } from './harness/certificate.mjs';
import { startDatabaseServer } from './harness/database_server.mjs';
import { Redis } from './harness/redis.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const packaged = path.join(here, 'node_modules/.bin/node');
const [major, minor] = process.versions.node.split('.').map(Number);
const node = major > 20 || (major === 20 && minor >= 19) || !existsSync(packaged) ? process.execPath : packaged;

const binary = path.resolve(process.env.CARDEA_BINARY ?? path.join(here, '../../build/release/cardea'));
if (!existsSync(binary)) {
  console.error(`no program at ${binary}: build it, or name it with CARDEA_BINARY`);
  process.exit(2);
}

const asked = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const options = process.argv.slice(2).filter((argument) => argument.startsWith('--'));
// These start a primary and a replica of the engine of the run, which SQLite has not. Asked for by name they run on PostgreSQL.
const REPLICATED = ['replicas.test.mjs', 'ship.test.mjs', 'standby.test.mjs'];
// These start what they need, whatever the run is on: once is enough.
const OF_THEIR_OWN = ['regions.test.mjs', 'regions_lost.test.mjs', 'sync.test.mjs'];
const belongsHere = (file) => !(process.env.CARDEA_E2E_STORE ? OF_THEIR_OWN : REPLICATED).includes(file);
const files = asked.length ? asked.map((file) => path.resolve(file)) : readdirSync(here).filter((file) => file.endsWith('.test.mjs') && belongsHere(file)).sort().map((file) => path.join(here, file));

if (!asked.length && !process.env.CARDEA_E2E_STORE) console.log(`left to the runs on PostgreSQL and MariaDB: ${REPLICATED.join(', ')}`);

const certificates = mkdtempSync(path.join(os.tmpdir(), 'cardea-e2e-certificate-'));
const { certificate } = makeCertificate(certificates);
const database = process.env.CARDEA_E2E_STORE ? await startDatabaseServer(process.env.CARDEA_E2E_STORE) : undefined;
const redis = process.env.CARDEA_E2E_SESSIONS === 'redis' ? await Redis.start() : undefined;
const concurrency = process.env.CARDEA_E2E_CONCURRENCY ?? '2';

const child = spawn(node, ['--test', '--test-reporter=spec', `--test-concurrency=${concurrency}`, '--test-timeout=240000', ...options, ...files], {
  cwd: here,
  stdio: 'inherit',
  env: { ...process.env, ...database?.environment, ...(redis ? { CARDEA_E2E_SESSIONS: redis.url } : {}), CARDEA_BINARY: binary, CARDEA_E2E_CERTIFICATES: certificates, NODE_EXTRA_CA_CERTS: certificate },
});
child.on('exit', async (code, signal) => {
  await database?.stop();
  await redis?.kill();
  rmSync(certificates, { recursive: true, force: true });
  process.exitCode = signal ? 1 : code;
});
