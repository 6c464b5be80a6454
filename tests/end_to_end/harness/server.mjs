// A cardea of its own for a test file: a temporary folder, free ports, an empty store, JSON logs kept.
import './names.mjs';
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { certificateOfRun } from './certificate.mjs';
import { freshStore } from './database_server.mjs';
import { eventually } from './eventually.mjs';
import { send } from './http.mjs';
import { freePorts } from './ports.mjs';
import { toToml } from './toml.mjs';
import { complaintsIn } from './log.mjs';

export const BINARY = path.resolve(process.env.CARDEA_BINARY ?? path.join(import.meta.dirname, '../../../build/release/cardea'));

// Nothing of the caller's environment but what the program needs: a CARDEA_… variable would change the settings.
const ENVIRONMENT = {
  PATH: process.env.PATH,
  HOME: os.tmpdir(),
  ...(process.env.ASAN_OPTIONS ? { ASAN_OPTIONS: process.env.ASAN_OPTIONS } : {}),
  UBSAN_OPTIONS: process.env.UBSAN_OPTIONS ?? 'print_stacktrace=1',
};

function merged(base, more) {
  const result = { ...base };
  for (const [key, value] of Object.entries(more)) {
    result[key] = value && typeof value === 'object' && !Array.isArray(value) ? merged(base[key] ?? {}, value) : value;
  }
  return result;
}

// Runs one command of the program to its end.
export function runCardea(args, { env = {}, timeout = 60_000, binary = BINARY } = {}) {
  return new Promise((resolve) => {
    execFile(binary, args, { env: { ...ENVIRONMENT, ...env }, timeout, maxBuffer: 16 << 20 }, (error, stdout, stderr) =>
      resolve({ code: error ? (error.code ?? error.signal) : 0, stdout, stderr }));
  });
}

export class Server {
  constructor(folder, name, ports, config) {
    const [http, https, metrics] = ports;
    this.binary = BINARY;
    this.folder = folder;
    this.config = config;
    this.configFile = path.join(folder, `${name}.toml`);
    this.logFile = path.join(folder, `${name}.log`);
    this.mailFolder = config.mail.folder;
    this.base = `https://localhost:${https}`;
    this.plain = `http://localhost:${http}`;
    this.metrics = `http://127.0.0.1:${metrics}`;
    this.issuer = `${config.public.base_url}/`;
    this.host = new URL(this.issuer).host;
    this.secrets = new Set();
  }

  // A value that must never be seen in a log line.
  secret(value) {
    if (value) this.secrets.add(value);
    return value;
  }

  cli(...args) {
    return runCardea(args, { binary: this.binary, env: { SSL_CERT_FILE: certificateOfRun().certificate } });
  }

  // The values that `cardea bootstrap` prints.
  async bootstrap(...args) {
    const done = await this.cli('bootstrap', '--config', this.configFile, '--json', ...args);
    assert.equal(done.code, 0, `bootstrap failed: ${done.stderr}${done.stdout}`);
    const values = JSON.parse(done.stdout);
    this.secret(values.admin_password);
    this.secret(values.mgmt_client_secret);
    return values;
  }

  async start({ host = this.host } = {}) {
    const log = createWriteStream(this.logFile, { flags: 'a' });
    this.child = spawn(this.binary, ['serve', '--config', this.configFile], {
      env: { ...ENVIRONMENT, SSL_CERT_FILE: certificateOfRun().certificate },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stderr.pipe(log);
    this.child.stdout.resume();
    this.exited = new Promise((resolve) => this.child.once('exit', (code, signal) => resolve({ code, signal })));
    let gone;
    this.exited.then((how) => (gone = how));
    await eventually(async () => {
      if (gone) return 'gone';
      return (await send(`${this.base}/health/ready`, { headers: { host } })).status === 200;
    }, { milliseconds: 20_000, every: 20, what: `readiness of ${this.base} (log: ${this.logFile})` });
    if (gone) throw new Error(`cardea ended at start with ${JSON.stringify(gone)}: ${(await readFile(this.logFile, 'utf8')).slice(-2000)}`);
  }

  async kill() {
    this.child.kill('SIGKILL');
    await this.exited;
  }

  // Ends the process as an operator would, and fails if it crashed, was asked for a secret too much, or answered a 5xx.
  async stop({ cleanUp = true } = {}) {
    if (!this.child) return;
    this.child.kill('SIGTERM');
    const late = setTimeout(() => this.child.kill('SIGABRT'), 20_000);
    const how = await this.exited;
    clearTimeout(late);
    this.child = undefined;
    const complaints = complaintsIn(await readFile(this.logFile, 'utf8'), this.secrets);
    assert.deepEqual({ ended: how, complaints }, { ended: { code: 0, signal: null }, complaints: [] }, `log: ${this.logFile}`);
    if (cleanUp && !process.env.CARDEA_E2E_KEEP) await rm(this.folder, { recursive: true, force: true });
  }
}

// `config` is laid over the default settings. `seed`: false leaves out the bootstrap.
// `binary`: another program than the one under test.
export async function startServer({ config = {}, seed = true, binary = BINARY } = {}) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'cardea-e2e-'));
  const server = await prepareServer(folder, config);
  server.binary = binary;
  if (seed) server.tenant = await server.bootstrap();
  await server.start();
  return server;
}

// A further node on the same store: its own ports, everything else shared. Send it requests with the first one's Host.
export async function startTwin(first, { binary = BINARY } = {}) {
  const twin = await prepareServer(first.folder, { ...first.config, listen: {}, cell: { ...first.config.cell } }, 'twin');
  twin.binary = binary;
  twin.secrets = first.secrets;
  await twin.start({ host: first.host });
  return twin;
}

export async function prepareServer(folder, config = {}, name = 'cardea') {
  const ports = await freePorts(3);
  const { certificate, key } = certificateOfRun();
  const mail = path.join(folder, 'mail');
  await mkdir(mail, { recursive: true });
  const settings = merged({
    listen: { http: `127.0.0.1:${ports[0]}`, https: `127.0.0.1:${ports[1]}`, metrics: `127.0.0.1:${ports[2]}` },
    tls: { certificate, key },
    public: { base_url: `https://localhost:${ports[1]}` },
    ...(config.store?.url ? {} : freshStore(folder)),
    mail: { folder: mail },
    cell: { id: 'test-1', number: 1, region: 'north', provider: 'lab', zone: 'a' },
    limits: { enabled: false },
    ...(process.env.CARDEA_E2E_SESSIONS ? { sessions: { store: process.env.CARDEA_E2E_SESSIONS } } : {}),
  }, config);
  const server = new Server(folder, name, ports, settings);
  await writeFile(server.configFile, toToml(settings));
  return server;
}
