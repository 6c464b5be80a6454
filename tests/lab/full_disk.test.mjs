// The disk of the store is full: writes are refused with 503 and Retry-After, what needs no write goes on, and all is
// well again when there is room. LAB_ENGINE: sqlite, postgresql or mariadb. Needs root, for a small file system.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { DatabaseServer } from '../end_to_end/harness/database_server.mjs';
import { eventually } from '../end_to_end/harness/eventually.mjs';
import { send } from '../end_to_end/harness/http.mjs';
import { startServer } from '../end_to_end/harness/server.mjs';
import { DIRECTORY, PASSWORD, Tenant, unique } from '../end_to_end/harness/tenant.mjs';

const ENGINE = process.env.LAB_ENGINE ?? 'sqlite';
const MEGABYTES = { sqlite: 16, postgresql: 200, mariadb: 400 }[ENGINE];
const skip = process.getuid() !== 0 && 'only root can mount a small file system';
let disk, database, server, tenant, bearer;

before(async () => {
  if (skip) return;
  disk = mkdtempSync(path.join(os.tmpdir(), 'cardea-lab-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${MEGABYTES}m,mode=755`, 'tmpfs', disk]);
  chmodSync(disk, 0o755);
  if (ENGINE !== 'sqlite') database = await DatabaseServer.start(ENGINE, { durable: true, folder: disk });
  const store = database?.fresh() ?? { store: { url: `sqlite:${path.join(disk, 'cardea.db')}` } };
  server = await startServer({ config: { hash: { bcrypt_cost: 4 }, ...store } });
  tenant = new Tenant(server);
  bearer = await tenant.token();
});
after(async () => {
  if (skip) return;
  await server?.stop();
  await database?.kill('SIGTERM').catch(() => {});
  execFileSync('umount', ['-l', disk]);
  rmSync(disk, { recursive: true, force: true });
});

const userPath = (id) => `${server.base}/api/v2/users/${encodeURIComponent(id)}`;
const create = (note) => send(`${server.base}/api/v2/users`, { bearer, json: { connection: DIRECTORY, email: `${unique('full')}@example.test`, password: PASSWORD, user_metadata: { note } } });
const isFull = () => statfsSync(disk).bavail * statfsSync(disk).bsize < 65_536;

// Takes what is left of the disk.
function fill() {
  const file = path.join(disk, 'ballast');
  for (let size = 1 << 20; size >= 4096; size >>= 1) {
    try {
      for (;;) writeFileSync(file, Buffer.alloc(size), { flag: 'a' });
    } catch (error) {
      assert.equal(error.code, 'ENOSPC');
    }
  }
}

test(`${ENGINE}: a full disk refuses writes, keeps what was acknowledged, and is forgotten when there is room`, { skip }, async () => {
  const acknowledged = [];
  for (let i = 0; i < 20; ++i) acknowledged.push((await create('early')).json.user_id);
  fill();
  assert.ok(isFull());

  const refused = await eventually(async () => {
    const answer = await create(randomBytes(150_000).toString('base64'));
    if (answer.status !== 201) return answer;
    acknowledged.push(answer.json.user_id);
    return false;
  }, { milliseconds: 60_000, every: 0, what: 'a write that is refused' });

  assert.equal(refused.status, 503, refused.text);
  assert.ok(refused.headers['retry-after'], 'Retry-After');
  // A database server may die of a full disk; as long as it lives it is read.
  const read = await eventually(async () => {
    const answer = await send(userPath(acknowledged[0]), { bearer });
    return database?.ended() || (answer.status === 200 && answer);
  }, { milliseconds: 15_000, every: 200, what: 'reading while the disk is full' });
  if (read === true) console.error(`${ENGINE} died of the full disk`);
  assert.equal((await send(`${server.base}/.well-known/jwks.json`)).status, 200);

  rmSync(path.join(disk, 'ballast'));
  if (database?.ended()) await database.run();
  const written = await eventually(async () => {
    const answer = await create('late');
    return answer.status === 201 && answer;
  }, { milliseconds: 30_000, every: 200, what: 'a write after there was room again' });
  acknowledged.push(written.json.user_id);
  for (const id of acknowledged) assert.equal((await send(userPath(id), { bearer })).status, 200, `${id} was acknowledged and is gone`);
  assert.equal((await send(`${server.base}/health`)).status, 200);
});
