// A PostgreSQL of its own on a free port of the loopback, in a folder that goes with it. As root it runs as `postgres`.
import { execFileSync, spawn } from 'node:child_process';
import { chownSync, mkdtempSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { eventually } from './eventually.mjs';
import { freePorts } from './ports.mjs';

const HOME = '/usr/lib/postgresql';

function otherUser() {
  if (process.getuid() !== 0) return {};
  const id = (flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

const answers = (port) => new Promise((resolve) => {
  const socket = net.connect(port, '127.0.0.1', () => resolve(socket.destroy() && true));
  socket.once('error', () => resolve(false));
});

export async function startPostgres() {
  const programs = path.join(HOME, readdirSync(HOME).sort().at(-1), 'bin');
  const folder = mkdtempSync(path.join(os.tmpdir(), 'cardea-e2e-postgres-'));
  const user = otherUser();
  if (user.uid) chownSync(folder, user.uid, user.gid);
  const data = path.join(folder, 'data');
  const [port] = await freePorts(1);
  execFileSync(path.join(programs, 'initdb'), ['-A', 'trust', '-N', '-U', 'cardea', '-E', 'UTF8', '--no-locale', '-D', data], { ...user, cwd: '/', stdio: 'pipe' });
  const child = spawn(path.join(programs, 'postgres'), ['-D', data, '-k', folder, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off'], { ...user, cwd: '/', stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await eventually(() => answers(port), { milliseconds: 20_000, every: 50, what: 'PostgreSQL' });
  return {
    url: `postgresql://cardea:not-a-secret@127.0.0.1:${port}/postgres`,
    async stop() {
      child.kill('SIGINT');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
