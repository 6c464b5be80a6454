// What the feed does not bring: rows that were lost, cells that come by now and then, stores that were set back.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cp, readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Cells } from './harness/cells.mjs';
import { eventually } from './harness/eventually.mjs';
import { send } from './harness/http.mjs';
import { entriesOf } from './harness/log.mjs';
import { metric } from './harness/metrics.mjs';
import { Tenant } from './harness/tenant.mjs';

let cells, first, second, tenant;
before(async () => {
  cells = await Cells.start(['sqlite', 'postgresql']);
  [first, second] = cells.all;
  tenant = new Tenant(first);
  await eventually(async () => (await read(second, 'x')) !== 0, { milliseconds: 8_000, what: 'the tenant at the second cell' });
});
after(() => cells?.stop());

async function sync(cell, ...args) {
  const done = await cell.cli('sync', ...args, '--config', cell.configFile, '--json');
  const line = done.stdout.trim().split('\n').at(-1);
  return { ...done, json: line ? JSON.parse(line) : null };
}
const get = async (cell, path) => send(`${cell.base}${path}`, { headers: { host: first.host }, bearer: await tenant.token() });
// The status of a user's answer, 0 when the tenant is not there yet.
async function read(cell, id) {
  const discovery = await send(`${cell.base}/.well-known/openid-configuration`, { headers: { host: first.host } });
  return discovery.status === 200 ? (await get(cell, `/api/v2/users/${encodeURIComponent(id)}`)).status : 0;
}
const arrives = (cell, user) => eventually(async () => (await read(cell, user.user_id)) === 200, { milliseconds: 15_000, what: `${user.user_id} at ${cell.base}` });
const sql = (text) => execFileSync('psql', [second.config.store.url, '-qAtXc', text], { stdio: 'pipe', cwd: '/' }).toString().trim();
const caughtUp = () => eventually(async () => (await sync(first, 'status')).json.every((lane) => lane.behind === 0 && lane.unacknowledged === 0), { milliseconds: 10_000, every: 200, what: 'both cells caught up' });

test('sync status says who is how far, with the nodes running and without', async () => {
  await arrives(second, await tenant.createUser());
  await caughtUp();

  const status = await sync(first, 'status');

  assert.equal(status.code, 0, status.stderr);
  assert.deepEqual(status.json.map((lane) => lane.lane), ['hot', 'bulk']);
  for (const lane of status.json) {
    assert.equal(lane.peer, 'postgresql-2');
    assert.equal(lane.reachable, true);
    assert.equal(lane.quarantine, 0);
  }
  assert.ok(status.json[0].acknowledged > 0, JSON.stringify(status.json));
});

test('a row that was lost is found and comes back; equal cells have nothing to repair', async () => {
  const lost = await tenant.createUser();
  await arrives(second, lost);
  await caughtUp();
  const equal = await sync(second, 'verify');
  assert.equal(equal.code, 0, equal.stdout + equal.stderr);
  assert.ok(equal.json.find((kind) => kind.kind === 'user').rows > 1);
  for (const kind of equal.json) assert.equal(kind.repairs, 0, JSON.stringify(kind));

  assert.equal(sql(`WITH gone AS (DELETE FROM rec_user WHERE doc LIKE '%${lost.email}%' RETURNING 1) SELECT count(*) FROM gone`), '1');
  const found = await sync(second, 'verify');

  assert.equal(found.code, 1, 'a repair is no good news');
  assert.equal(found.json.find((kind) => kind.kind === 'user').repairs, 1, JSON.stringify(found.json));
  assert.equal(sql(`SELECT count(*) FROM rec_user WHERE doc LIKE '%${lost.email}%'`), '1');
  assert.equal((await sync(second, 'verify')).code, 0);
});

test('a cell without a running node gives and takes with sync once', async () => {
  await second.kill();
  const away = await tenant.createUser();
  const there = { email: 'made-there@example.test', password: 'Correct-Horse-9' };
  const made = await second.cli('user', 'create', there.email, '--password', there.password, '--config', second.configFile, '--json');
  assert.equal(made.code, 0, made.stderr);

  const once = await sync(second, 'once');

  assert.equal(once.code, 0, once.stdout + once.stderr);
  assert.ok(once.json[0].changed > 0 && once.json[0].sent > 0, JSON.stringify(once.json));
  const shown = await second.cli('user', 'show', away.email, '--config', second.configFile, '--json');
  assert.equal(shown.code, 0, shown.stderr);
  await arrives(first, JSON.parse(made.stdout));
  const again = await sync(second, 'once');
  assert.equal(again.json[0].changed, 0, JSON.stringify(again.json));
  await second.start({ host: first.host });
});

test('the quarantine is listed, tried again and emptied', async () => {
  const bytes = Buffer.from('not a row at all').toString('base64');
  sql(`INSERT INTO repl_quarantine (slot, peer, lane, tenant, kind, id, bytes, reason, at, due) VALUES ('by-hand', 1, 0, '', 0, '', '${bytes}', 'not a row', 1, 0)`);

  const list = await sync(second, 'quarantine', 'list');
  assert.equal(list.json.length, 1);
  assert.equal(list.json[0].slot, 'by-hand');
  await eventually(async () => (await metric(second, 'cardea_repl_quarantine_rows')) === 1, { what: 'the metric' });
  assert.deepEqual((await sync(second, 'quarantine', 'retry')).json, { tried: 1, taken: 0 });
  assert.equal((await sync(second, 'quarantine', 'drop', 'unknown')).code, 1);
  assert.deepEqual((await sync(second, 'quarantine', 'drop', 'by-hand')).json, { dropped: 1 });
  await eventually(async () => (await metric(second, 'cardea_repl_quarantine_rows')) === 0, { what: 'the metric' });
});

test('a cell whose disk was set back gets back what it had written itself', async () => {
  const file = first.config.store.url.slice('sqlite:'.length);
  const copy = path.join(cells.folder, 'older.db');
  await first.stop({ cleanUp: false });
  await cp(file, copy);
  await first.start();
  const written = await tenant.createUser();
  await arrives(second, written);
  await caughtUp();

  await first.stop({ cleanUp: false });
  execFileSync('rm', ['-f', file, `${file}-wal`, `${file}-shm`]);
  await cp(copy, file);
  await first.start();

  await arrives(first, written);
  assert.notEqual(entriesOf(await readFile(first.logFile, 'utf8')).find((entry) => /was set back/.test(entry.message ?? '')), undefined, 'it was noticed');
  await eventually(async () => (await send(`${first.base}/health`)).json.mode === 'read_write', { milliseconds: 15_000, what: 'the end of the recovery' });
  const next = await tenant.createUser();
  await arrives(second, next);
  await caughtUp();
  assert.equal((await sync(first, 'verify')).code, 0);
  assert.equal((await sync(second, 'verify')).code, 0);
});
