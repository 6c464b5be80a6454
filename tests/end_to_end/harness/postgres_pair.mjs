// A PostgreSQL primary, a streaming replica of it, and a third server beside the replica, for one test.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { chownSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { eventually } from './eventually.mjs';
import { freePorts } from './ports.mjs';

const root = '/usr/lib/postgresql';
const bin = (name) => path.join(root, readdirSync(root).sort().at(-1), 'bin', name);
const run = promisify(execFile);

class Member {
  constructor(folder, name, port, as) {
    Object.assign(this, { data: path.join(folder, name), port: String(port), as });
  }

  async start() {
    this.child = spawn(bin('postgres'), ['-D', this.data, '-h', '127.0.0.1', '-p', this.port, '-c', 'fsync=off', '-c', 'unix_socket_directories=',
      '-c', 'wal_level=replica', '-c', 'hot_standby_feedback=on', '-c', 'max_connections=100'], { ...this.as, cwd: '/', stdio: 'ignore' });
    this.ended = new Promise((resolve) => this.child.once('exit', resolve));
    await eventually(() => this.sql('SELECT 1'), { milliseconds: 30_000, every: 100, what: `the PostgreSQL in ${this.data}` });
  }

  async sql(text, database = 'postgres') {
    const { stdout } = await run('psql', ['-qAtX', '-h', '127.0.0.1', '-p', this.port, '-U', 'cardea', database, '-c', text], { cwd: '/' });
    return stdout.trim();
  }

  url(database) {
    return `postgresql://cardea@127.0.0.1:${this.port}/${database}?sslmode=disable`;
  }

  async kill(signal = 'SIGKILL') {
    this.child?.kill(signal);
    await this.ended;
    this.child = undefined;
  }
}

export class PostgresPair {
  static async start() {
    const pair = new PostgresPair();
    pair.folder = mkdtempSync(path.join(os.tmpdir(), 'cardea-e2e-pair-'));
    const as = process.getuid() === 0 ? { uid: Number(execFileSync('id', ['-u', 'postgres'])), gid: Number(execFileSync('id', ['-g', 'postgres'])) } : {};
    if (as.uid) chownSync(pair.folder, as.uid, as.gid);
    const ports = await freePorts(3);
    pair.primary = new Member(pair.folder, 'primary', ports[0], as);
    pair.replica = new Member(pair.folder, 'replica', ports[1], as);
    pair.side = new Member(pair.folder, 'side', ports[2], as);
    for (const member of [pair.primary, pair.side]) {
      execFileSync(bin('initdb'), ['-A', 'trust', '-N', '-U', 'cardea', '-E', 'UTF8', '--no-locale', '-D', member.data], { ...as, cwd: '/', stdio: 'pipe' });
      await member.start();
    }
    execFileSync(bin('pg_basebackup'), ['-h', '127.0.0.1', '-p', pair.primary.port, '-U', 'cardea', '-D', pair.replica.data, '-R', '-X', 'stream', '-c', 'fast'], { ...as, cwd: '/', stdio: 'pipe' });
    await pair.replica.start();
    return pair;
  }

  // Until the replica has what the primary has committed.
  async caughtUp() {
    const position = await this.primary.sql('SELECT pg_current_wal_lsn()');
    await eventually(async () => (await this.replica.sql(`SELECT pg_last_wal_replay_lsn() >= '${position}'`)) === 't', { what: 'the replica' });
  }

  async stop() {
    for (const member of [this.replica, this.primary, this.side]) await member.kill('SIGINT');
    rmSync(this.folder, { recursive: true, force: true });
  }
}
