// PostgreSQL servers for one test: private folders, free ports of the loopback. As root they run as `postgres`.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { chownSync, mkdtempSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { eventually } from './eventually.mjs';
import { freePorts } from './ports.mjs';

const HOME = '/usr/lib/postgresql';
const program = (name) => path.join(HOME, readdirSync(HOME).sort().at(-1), 'bin', name);
const run = promisify(execFile);

function otherUser() {
  if (process.getuid() !== 0) return {};
  const id = (flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

export class PostgresServer {
  // With an empty database "postgres", or as a streaming replica of `primary`. It runs.
  static async start(primary) {
    const server = new PostgresServer();
    server.as = { ...otherUser(), cwd: '/' };
    server.folder = mkdtempSync(path.join(os.tmpdir(), 'cardea-e2e-postgres-'));
    if (server.as.uid) chownSync(server.folder, server.as.uid, server.as.gid);
    server.data = path.join(server.folder, 'data');
    [server.port] = (await freePorts(1)).map(String);
    const [name, ...args] = primary
      ? ['pg_basebackup', '-h', '127.0.0.1', '-p', primary.port, '-U', 'cardea', '-D', server.data, '-R', '-X', 'stream', '-c', 'fast']
      : ['initdb', '-A', 'trust', '-N', '-U', 'cardea', '-E', 'UTF8', '--no-locale', '-D', server.data];
    execFileSync(program(name), args, { ...server.as, stdio: 'pipe' });
    await server.start();
    return server;
  }

  async start() {
    this.child = spawn(program('postgres'), ['-D', this.data, '-p', this.port, '-h', '127.0.0.1', '-c', 'unix_socket_directories=', '-c', 'fsync=off', '-c', 'wal_retrieve_retry_interval=200ms'], { ...this.as, stdio: 'ignore' });
    this.ended = new Promise((resolve) => this.child.once('exit', resolve));
    await eventually(() => this.sql('SELECT 1'), { milliseconds: 30_000, every: 100, what: `the PostgreSQL in ${this.data}` });
  }

  async sql(text, database = 'postgres') {
    const { stdout } = await run('psql', ['-qAtX', '-h', '127.0.0.1', '-p', this.port, '-U', 'cardea', database, '-c', text], { cwd: '/' });
    return stdout.trim();
  }

  url(database = 'postgres') {
    return `postgresql://cardea:not-a-secret@127.0.0.1:${this.port}/${database}?sslmode=disable`;
  }

  // Until this replica has what the primary has committed.
  async catchUp(primary) {
    const position = await primary.sql('SELECT pg_current_wal_lsn()');
    await eventually(async () => (await this.sql(`SELECT pg_last_wal_replay_lsn() >= '${position}'`)) === 't', { what: 'the replica' });
  }

  // What comes from the primary is received and not shown until resume().
  async pause() {
    await this.sql('SELECT pg_wal_replay_pause()');
    await eventually(async () => (await this.sql('SELECT pg_get_wal_replay_pause_state()')) === 'paused', { what: 'the pause' });
  }

  async resume() {
    await this.sql('SELECT pg_wal_replay_resume()');
  }

  async promote() {
    await this.sql('SELECT pg_promote()');
  }

  async kill(signal = 'SIGKILL') {
    this.child?.kill(signal);
    await this.ended;
    this.child = undefined;
  }

  async stop() {
    await this.kill('SIGINT');
    await rm(this.folder, { recursive: true, force: true });
  }
}
