// The database server of a run (CARDEA_E2E_STORE): started once by run.mjs on a private folder and port; every cardea
// of a test gets a database of its own on it. Without it each has a SQLite file.
import { execFileSync, spawn } from 'node:child_process';
import { chownSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';
import { eventually } from './eventually.mjs';
import { freePorts } from './ports.mjs';

const run = (program, args, options = {}) => execFileSync(program, args, { stdio: 'pipe', cwd: '/', ...options });

// Neither server runs as root.
function unprivileged(user, folder) {
  if (process.getuid() !== 0) return {};
  const uid = Number(run('id', ['-u', user]));
  const gid = Number(run('id', ['-g', user]));
  chownSync(folder, uid, gid);
  return { uid, gid };
}

function postgresql(folder, port) {
  const root = '/usr/lib/postgresql';
  const bin = path.join(root, readdirSync(root).sort().at(-1), 'bin');
  const as = unprivileged('postgres', folder);
  const data = path.join(folder, 'data');
  const prepare = () => run(path.join(bin, 'initdb'), ['-A', 'trust', '-N', '-U', 'cardea', '-E', 'UTF8', '--no-locale', '-D', data], as);
  const server = [path.join(bin, 'postgres'), ['-D', data, '-h', '127.0.0.1', '-p', port, '-c', 'fsync=off', '-c', 'unix_socket_directories=', '-c', 'max_connections=400'], as];
  const sql = (text) => run('psql', ['-qAtX', '-h', '127.0.0.1', '-p', port, '-U', 'cardea', 'postgres', '-c', text]);
  return {
    prepare,
    server,
    alive: () => sql('SELECT 1'),
    create: (name) => sql(`CREATE DATABASE ${name}`),
    url: (name) => `postgresql://cardea@127.0.0.1:${port}/${name}?sslmode=disable`,
    stop: 'SIGINT',
  };
}

function mariadb(folder, port) {
  const as = unprivileged('mysql', folder);
  const data = path.join(folder, 'data');
  const socket = path.join(folder, 's');
  // A server that starts removes the temporary tables of all others in its tmpdir.
  const prepare = () => run('mariadb-install-db', ['--no-defaults', `--datadir=${data}`, `--tmpdir=${folder}`, '--auth-root-authentication-method=normal', '--skip-test-db'], as);
  const server = ['/usr/sbin/mariadbd', ['--no-defaults', `--datadir=${data}`, `--tmpdir=${folder}`, '--bind-address=127.0.0.1', `--port=${port}`, `--socket=${socket}`,
    '--skip-name-resolve', '--innodb-flush-log-at-trx-commit=0', '--max-connections=400', `--pid-file=${path.join(folder, 'pid')}`], as];
  const sql = (text) => run('mariadb', ['--no-defaults', `--socket=${socket}`, '-u', 'root', '-e', text]);
  return {
    prepare,
    server,
    alive: () => sql("CREATE USER IF NOT EXISTS cardea@'127.0.0.1'; GRANT ALL ON *.* TO cardea@'127.0.0.1'"),
    create: (name) => sql(`CREATE DATABASE ${name}`),
    url: (name) => `mysql://cardea@127.0.0.1:${port}/${name}`,
    stop: 'SIGTERM',
  };
}

const ENGINES = { postgresql, mariadb };

// The seal key that a database on a server needs; nothing that it seals outlives the run.
const SEAL_KEY = randomBytes(32).toString('base64');
let databases = 0;

// Settings of one cardea with an empty store.
export function freshStore(folder) {
  const engine = process.env.CARDEA_E2E_STORE;
  if (!engine) return { store: { url: `sqlite:${path.join(folder, 'cardea.db')}` } };
  const server = ENGINES[engine](process.env.CARDEA_E2E_STORE_FOLDER, process.env.CARDEA_E2E_STORE_PORT);
  const name = `test_${process.pid}_${++databases}`;
  server.create(name);
  return { store: { url: server.url(name), connections: 4 }, seal: { key: SEAL_KEY } };
}

// Commits that survive the death of the server; those of ordinary tests need not.
const DURABLE = { postgresql: ['-c', 'fsync=on'], mariadb: ['--innodb-flush-log-at-trx-commit=1'] };

// One server with a folder of its own, which can be killed and started again. `folder`: where its data goes; else a new
// one in the temporary folder.
export class DatabaseServer {
  static async start(engine, { durable = false, folder = mkdtempSync(path.join(os.tmpdir(), 'cardea-e2e-store-')) } = {}) {
    const server = new DatabaseServer();
    const [port] = await freePorts(1);
    Object.assign(server, { engine, folder, port: String(port), more: durable ? DURABLE[engine] : [] });
    server.made = ENGINES[engine](folder, server.port);
    server.made.prepare();
    await server.run();
    return server;
  }

  ended() {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  // Settings of a cardea with an empty database here.
  fresh() {
    const name = `test_${process.pid}_${++databases}`;
    this.made.create(name);
    return { store: { url: this.made.url(name), connections: 4 }, seal: { key: SEAL_KEY } };
  }

  // A server that was killed may need a moment until its last children are gone, so it is started until it stays.
  async run() {
    const [program, args, as] = this.made.server;
    const begin = () => {
      const child = spawn(program, [...args, ...this.more], { ...as, cwd: '/', stdio: 'ignore' });
      this.child = child;
      this.end = new Promise((resolve) => child.once('exit', resolve));
    };
    begin();
    await eventually(() => {
      if (this.ended()) begin();
      try {
        this.made.alive();
        return true;
      } catch {
        return false;
      }
    }, { milliseconds: 30_000, every: 100, what: `the ${this.engine} of the tests` });
  }

  async kill(signal = 'SIGKILL') {
    this.child.kill(signal);
    await this.end;
  }

  async stop() {
    await this.kill(this.made.stop);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

// For run.mjs. The environment for the tests, and how to end the server.
export async function startDatabaseServer(engine) {
  if (!ENGINES[engine]) throw new Error(`CARDEA_E2E_STORE: ${Object.keys(ENGINES).join(' or ')} expected, not ${engine}`);
  const server = await DatabaseServer.start(engine);
  return {
    environment: { CARDEA_E2E_STORE: engine, CARDEA_E2E_STORE_FOLDER: server.folder, CARDEA_E2E_STORE_PORT: server.port },
    stop: () => server.stop(),
  };
}
