// Backup, restore and copy of a deployment by the real program, into folders, S3 and PostgreSQL.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import S3rver from '@20minutes/s3rver';
import { eventually } from './harness/eventually.mjs';
import { send } from './harness/http.mjs';
import { metric } from './harness/metrics.mjs';
import { freePorts } from './harness/ports.mjs';
import { PostgresServer } from './harness/postgres.mjs';
import { oidc, RelyingParty } from './harness/relying_party.mjs';
import { BINARY, prepareServer, runCardea, startServer } from './harness/server.mjs';
import { Tenant, unique } from './harness/tenant.mjs';

// From and to which engine is each test's own matter here.
delete process.env.CARDEA_E2E_STORE;

const OFFLINE = 'openid email read:orders offline_access';
const S3_KEYS = { CARDEA_BACKUP__S3_ACCESS_KEY: 'S3RVER', CARDEA_BACKUP__S3_SECRET_KEY: 'S3RVER' };
let server, tenant, ada, api, rp, tokens, work, backups, database, sealKey;

before(async () => {
  work = await mkdtemp(path.join(os.tmpdir(), 'cardea-e2e-backup-'));
  backups = path.join(work, 'backups');
  server = await startServer({ config: { backup: { target: `file:${backups}` } } });
  database = server.config.store.url.slice('sqlite:'.length);
  sealKey = `${database}.seal-key`;
  tenant = new Tenant(server);
  ada = await tenant.createUser();
  api = await tenant.createApi({ allow_offline_access: true });
  rp = await RelyingParty.of(tenant, await tenant.createWebApp());
  tokens = await rp.signIn(ada, { scope: OFFLINE, audience: api.identifier });
});
after(async () => {
  await server.stop();
  await rm(work, { recursive: true, force: true });
});

const db = (config, env, ...args) => runCardea(['db', ...args, '--config', config, '--json'], { env, timeout: 120_000 });
const done = (result) => {
  assert.equal(result.code, 0, `${result.stdout}${result.stderr}`);
  return JSON.parse(result.stdout);
};
const keysOf = async (of) => (await send(`${of.base}/.well-known/jwks.json`)).json.keys.map((key) => key.kid).sort();
const sqlite = (file, sql) => execFileSync('sqlite3', ['-cmd', '.timeout 5000', file, sql], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();

// A further deployment that answers where the first one did, on a store and with a key of its own.
async function another(name, more = {}) {
  const folder = await mkdtemp(path.join(work, `${name}-`));
  const { backup, ...store } = more;
  const config = { listen: server.config.listen, public: server.config.public, store: { url: `sqlite:${path.join(folder, 'cardea.db')}`, ...store }, seal: { key_file: sealKey }, ...(backup ? { backup } : {}) };
  const next = await prepareServer(folder, config);
  Object.assign(next, { base: server.base, plain: server.plain, metrics: server.metrics, secrets: server.secrets });
  return next;
}

// The first deployment rests while `other` serves in its place.
async function inPlace(other, check) {
  await server.stop({ cleanUp: false });
  try {
    await other.start();
    try {
      await check();
    } finally {
      await other.stop({ cleanUp: false });
    }
  } finally {
    await server.start();
  }
}

async function expectEverything(other, keys) {
  assert.deepEqual(await keysOf(other), keys);
  const refreshed = await oidc.refreshTokenGrant(rp.config, tokens.refresh_token);
  assert.equal(refreshed.claims().sub, ada.user_id);
  assert.equal((await rp.signIn(ada)).claims().sub, ada.user_id);
}

test('a backup made under writes is restored elsewhere: same keys, same password, the refresh token goes on', async () => {
  const token = await tenant.token();
  const keys = await keysOf(server);
  let stop = false;
  const acknowledged = [];
  const writer = (async () => {
    while (!stop) {
      const email = `${unique('written')}@example.test`;
      const answer = await send(`${server.base}/api/v2/users`, { json: { connection: 'Username-Password-Authentication', email, password: 'Correct-horse-7-battery' }, bearer: token });
      assert.equal(answer.status, 201, answer.text);
      acknowledged.push(answer.json.user_id);
    }
  })();
  while (acknowledged.length < 3) await new Promise((resolve) => setTimeout(resolve, 10));
  const before = [...acknowledged];
  const made = done(await db(server.configFile, {}, 'backup'));
  stop = true;
  await writer;

  assert.match(made.backup, /^cardea-1-\d{8}T\d{9}Z-[0-9a-f]{6}\.cardea-backup$/);
  assert.equal(statSync(path.join(backups, made.backup)).mode & 0o077, 0, 'nobody else may read it');
  assert.deepEqual(done(await db(server.configFile, {}, 'backups')).map((entry) => entry.backup), [made.backup]);
  assert.equal((await readFile(path.join(backups, made.backup))).includes('example.test'), false, 'nothing in clear');

  const restored = await another('restored');
  const result = done(await db(restored.configFile, {}, 'restore', '--from', backups));
  assert.equal(result.backup, made.backup);
  assert.notEqual(result.incarnation, made.incarnation, 'a restore is a new incarnation');
  assert.deepEqual(result.tables, made.tables);
  assert.equal(done(await db(restored.configFile, {}, 'check')).ok, true);
  await inPlace(restored, async () => {
    await expectEverything(restored, keys);
    for (const id of before) assert.equal((await send(server.base, { path: `/api/v2/users/${encodeURIComponent(id)}`, bearer: token })).status, 200);
  });
});

test('what is damaged, cut off, missing or under another key is refused, and the target is not touched', async () => {
  const good = done(await db(server.configFile, {}, 'backup')).backup;
  const bytes = await readFile(path.join(backups, good));
  const target = await another('untouched');
  const file = path.join(work, 'bad.cardea-backup');
  const refused = async (config, from, pattern, ...more) => {
    const result = await db(config, {}, 'restore', '--from', from, ...more);
    assert.equal(result.code, 1, result.stdout);
    assert.match(result.stderr, pattern);
    assert.equal(existsSync(target.config.store.url.slice('sqlite:'.length)), false);
  };

  const changed = Buffer.from(bytes);
  changed[changed.length >> 1] ^= 1;
  await writeFile(file, changed);
  await refused(target.configFile, `file:${file}`, /damaged/);
  await refused(target.configFile, `file:${file}`, /damaged/, '--check');
  await writeFile(file, bytes.subarray(0, bytes.length - 100));
  await refused(target.configFile, `file:${file}`, /cut off|damaged/);
  await writeFile(file, Buffer.concat([bytes.subarray(0, 2000), bytes.subarray(4000)]));
  await refused(target.configFile, `file:${file}`, /damaged/);
  await refused(target.configFile, path.join(work, 'nowhere'), /nowhere/);
  await refused(target.configFile, backups, /No such file/, '--at', 'cardea-1-20200101T000000000Z-000000.cardea-backup');

  const other = path.join(work, 'other.key');
  await writeFile(other, `${Buffer.alloc(32, 7).toString('base64')}\n`);
  const wrong = await another('wrong-key');
  await writeFile(wrong.configFile, (await readFile(wrong.configFile, 'utf8')).replace(sealKey, other));
  await chmod(other, 0o666);
  await refused(wrong.configFile, backups, /other\.key holds the seal key and everybody can write it/);
  await chmod(other, 0o640);
  await refused(wrong.configFile, backups, /another seal\.key/);
  assert.equal((await db(server.configFile, {}, 'restore', '--check')).code, 0);
  assert.match((await db(server.configFile, {}, 'restore')).stderr, /not empty/);
});

test('backups under a key of their own, and only so many of them', async () => {
  const folder = path.join(work, 'keyed');
  const key = Buffer.alloc(32, 9).toString('base64');
  for (let i = 0; i < 3; i++) done(await db(server.configFile, { CARDEA_BACKUP__KEY: key }, 'backup', '--to', folder, '--keep', '2'));
  await writeFile(path.join(folder, 'somebody-elses.cardea-backup'), 'x');
  const last = done(await db(server.configFile, { CARDEA_BACKUP__KEY: key }, 'backup', '--to', folder, '--keep', '2'));

  const left = done(await db(server.configFile, {}, 'backups', '--at', folder)).map((entry) => entry.backup);
  assert.equal(left.length, 2);
  assert.equal(left.at(-1), last.backup);
  assert.equal(last.removed.length, 1);
  assert.ok(existsSync(path.join(folder, 'somebody-elses.cardea-backup')), 'other files are left alone');
  const without = await db(server.configFile, {}, 'restore', '--from', folder, '--check');
  assert.equal(without.code, 1);
  assert.match(without.stderr, /backup\.key/);
  assert.ok(!without.stderr.includes(key));
  done(await db(server.configFile, { CARDEA_BACKUP__KEY: key }, 'restore', '--from', folder, '--check'));
});

test('S3: backup in parts, list, keep, restore; wrong credentials are refused', async () => {
  const [port] = await freePorts(1);
  const s3 = new S3rver({ port, address: '127.0.0.1', silent: true, directory: path.join(work, 's3'), configureBuckets: [{ name: 'backups' }] });
  await s3.run();
  try {
    const place = `s3://backups/some/where?endpoint=http://127.0.0.1:${port}`;
    // Enough that does not shrink for two parts.
    sqlite(database, "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6) INSERT INTO job (tenant, queue, run_at, body) SELECT 'none', 'none', 9000000000000, '{\"p\":\"' || hex(randomblob(4000000)) || '\"}' FROM n");
    const small = done(await db((await another('empty-ish')).configFile, S3_KEYS, 'backups', '--at', place));
    assert.deepEqual(small, []);
    const made = done(await db(server.configFile, S3_KEYS, 'backup', '--to', place));
    assert.ok(made.bytes > 20_000_000, `${made.bytes}`);
    sqlite(database, "DELETE FROM job WHERE queue = 'none'");
    const second = done(await db(server.configFile, S3_KEYS, 'backup', '--to', place));
    assert.deepEqual(done(await db(server.configFile, S3_KEYS, 'backups', '--at', place)).map((entry) => entry.backup), [made.backup, second.backup]);

    const restored = await another('from-s3');
    const result = done(await db(restored.configFile, S3_KEYS, 'restore', '--from', place, '--at', made.backup));
    assert.deepEqual(result.tables, made.tables);
    done(await db(server.configFile, S3_KEYS, 'backup', '--to', place, '--keep', '1'));
    assert.equal(done(await db(server.configFile, S3_KEYS, 'backups', '--at', place)).length, 1);

    const wrong = await db(server.configFile, { ...S3_KEYS, CARDEA_BACKUP__S3_SECRET_KEY: 'not-this-one-42' }, 'backup', '--to', place);
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /403/);
    assert.ok(!wrong.stderr.includes('not-this-one-42'));
    assert.equal((await db(server.configFile, S3_KEYS, 'backup', '--to', 's3://nobody/x?endpoint=http://10.0.0.1')).code, 2, 'no plain http to other machines');
    assert.equal((await db(server.configFile, S3_KEYS, 'backup', '--to', `s3://missing/x?endpoint=http://127.0.0.1:${port}`)).code, 1);
  } finally {
    await s3.close();
  }
});

test('a deployment moves to PostgreSQL and back, without losing a row', async () => {
  const keys = await keysOf(server);
  const postgres = await PostgresServer.start();
  try {
    await server.stop({ cleanUp: false });
    const copied = await runCardea(['db', 'copy', '--from', server.config.store.url, '--json'], { env: { CARDEA_COPY_TO: postgres.url() }, timeout: 120_000 });
    const again = await runCardea(['db', 'copy', '--from', server.config.store.url, '--to', postgres.url()]);
    await server.start();
    const report = done(copied);
    assert.equal(report.source_changed, false);
    assert.equal(again.code, 1, 'the target is not empty any more');
    assert.ok(!again.stderr.includes('not-a-secret'));

    const moved = await another('moved', { url: postgres.url() });
    assert.equal(done(await db(moved.configFile, {}, 'check')).ok, true);
    await inPlace(moved, () => expectEverything(moved, keys));
    const back = path.join(work, 'back.db');
    const returned = done(await runCardea(['db', 'copy', '--from', postgres.url(), '--to', `sqlite:${back}`, '--json'], { timeout: 120_000 }));
    assert.equal(returned.incarnation, report.incarnation);
    const home = await another('home', { url: `sqlite:${back}` });
    assert.equal(done(await db(home.configFile, {}, 'check')).ok, true);
    await inPlace(home, () => expectEverything(home, keys));
  } finally {
    await postgres.stop();
  }
});

test('a copy of a store that is written meanwhile says so', async () => {
  const token = await tenant.token();
  let stop = false;
  const writer = (async () => {
    for (let value = 0; !stop; value++) await send(server.base, { method: 'PATCH', path: `/api/v2/users/${encodeURIComponent(ada.user_id)}`, json: { user_metadata: { value } }, bearer: token });
  })();
  const copied = await runCardea(['db', 'copy', '--from', server.config.store.url, '--to', `sqlite:${path.join(work, 'rehearsal.db')}`, '--json'], { timeout: 60_000 });
  stop = true;
  await writer;

  assert.equal(copied.code, 1);
  assert.equal(JSON.parse(copied.stdout).source_changed, true);
  assert.match(copied.stderr, /stop the nodes/);
});

test('a node that starts on an empty store takes the newest backup; of two at once one restores', async () => {
  const keys = await keysOf(server);
  done(await db(server.configFile, {}, 'backup'));
  const standby = await another('standby', { bootstrap_from: `file:${backups}` });
  const start = () => runCardea(['bootstrap', '--config', standby.configFile, '--json'], { timeout: 60_000 });
  const [one, two] = await Promise.all([start(), start()]);
  assert.equal(done(one).tenant, tenant.values.tenant);
  assert.equal(done(two).mgmt_client_id, tenant.values.mgmt_client_id);
  assert.equal([one, two].filter((result) => result.stderr.includes('the database is filled')).length, 1);

  const fresh = await another('fresh', { bootstrap_from: `file:${backups}` });
  await inPlace(fresh, () => expectEverything(fresh, keys));
  const nothing = await another('nothing', { bootstrap_from: `file:${path.join(work, 'nowhere')}` });
  const refused = await runCardea(['serve', '--config', nothing.configFile]);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /bootstrap_from/);
});

test('serve makes backups by itself when the newest is too old, and counts them', async () => {
  const folder = path.join(work, 'scheduled');
  const node = await another('scheduled', { bootstrap_from: `file:${backups}`, backup: { target: `file:${folder}`, every_hours: 1 } });
  const made = () => (existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.cardea-backup')) : []);
  const counted = () => metric(node, 'cardea_backup_last_success_timestamp_seconds');
  const before = Date.now() / 1000;
  let first;
  await inPlace(node, async () => {
    await eventually(async () => (await counted()) > 0, { milliseconds: 10_000, what: 'a backup' });
    first = await counted();
    assert.ok(first >= before - 1 && first <= Date.now() / 1000, `${first}`);
    assert.equal(await metric(node, 'cardea_backup_last_success_bytes'), statSync(path.join(folder, made()[0])).size);
    assert.ok((await metric(node, 'cardea_backup_last_duration_seconds')) > 0);
    assert.equal(await metric(node, 'cardea_backups_total'), 1);
    assert.equal(await metric(node, 'cardea_backup_failures_total'), 0);
  });
  await inPlace(node, async () => {
    await eventually(async () => (await counted()) > 0, { milliseconds: 10_000, what: 'a look at the target' });
    assert.equal(await counted(), first, 'that of the process before');
    assert.equal(await metric(node, 'cardea_backups_total'), 0);
  });

  assert.equal(made().length, 1, 'the next one is due in an hour');
  done(await db(node.configFile, {}, 'restore', '--check', '--from', folder));
});

test('a backup that cannot be made is counted', async () => {
  const inTheWay = path.join(work, 'no-folder');
  await writeFile(inTheWay, '');
  const node = await another('failing', { bootstrap_from: `file:${backups}`, backup: { target: `file:${inTheWay}/x`, every_hours: 1 } });
  await inPlace(node, async () => {
    await eventually(async () => (await metric(node, 'cardea_backup_failures_total')) === 1, { milliseconds: 10_000, what: 'a failure' });
    assert.equal(await metric(node, 'cardea_backup_last_success_timestamp_seconds'), 0);
  });
});

// Runs a command until `reached` says so, and kills it then.
async function killWhen(args, reached) {
  const child = spawn(BINARY, args, { stdio: 'ignore', env: { PATH: process.env.PATH } });
  const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
  let over = false;
  ended.then(() => (over = true));
  while (!over && !reached()) await new Promise((resolve) => setTimeout(resolve, 1));
  child.kill('SIGKILL');
  return (await ended).signal === 'SIGKILL';
}

test('a killed backup leaves none, a killed restore a store that nobody serves until it is run again', async () => {
  const big = path.join(work, 'big.db');
  done(await runCardea(['db', 'copy', '--from', server.config.store.url, '--to', `sqlite:${big}`, '--json'], { timeout: 60_000 }).then((r) => ({ ...r, code: r.stdout ? 0 : r.code })));
  sqlite(big, "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) INSERT INTO job (tenant, queue, run_at, body) SELECT 'none', 'none', 9000000000000, '{\"p\":' || i || '}' FROM n");
  const source = await another('big', { url: `sqlite:${big}` });
  const folder = path.join(work, 'killed');
  const partial = () => existsSync(folder) && readdirSync(folder).some((name) => name.endsWith('.partial') && statSync(path.join(folder, name)).size > 0);

  assert.ok(await killWhen(['db', 'backup', '--config', source.configFile, '--to', folder], partial), 'killed in the middle');
  assert.deepEqual(done(await db(source.configFile, {}, 'backups', '--at', folder)), []);
  const made = done(await db(source.configFile, {}, 'backup', '--to', folder));

  const target = await another('half');
  const file = target.config.store.url.slice('sqlite:'.length);
  const restoring = () => existsSync(file) && statSync(file).size > 0 && /^restoring/.test(safely(() => sqlite(file, 'SELECT incarnation FROM meta')));
  assert.ok(await killWhen(['db', 'restore', '--config', target.configFile, '--from', folder], restoring), 'killed in the middle');
  const served = await runCardea(['serve', '--config', target.configFile]);
  assert.equal(served.code, 2);
  assert.match(served.stderr, /has not come to its end/);
  assert.match((await db(target.configFile, {}, 'restore', '--from', folder)).stderr, /another restore is filling/);
  await new Promise((resolve) => setTimeout(resolve, 30_500));
  assert.deepEqual(done(await db(target.configFile, {}, 'restore', '--from', folder)).tables, made.tables);
  assert.equal(done(await db(target.configFile, {}, 'check')).ok, true);
});

function safely(call) {
  try {
    return call();
  } catch {
    return '';
  }
}

test('db check finds what is wrong and fails', async () => {
  const file = path.join(work, 'checked.db');
  const config = await another('checked', { url: `sqlite:${file}` });
  await runCardea(['db', 'copy', '--from', server.config.store.url, '--to', `sqlite:${file}`]);
  assert.equal(done(await db(config.configFile, {}, 'check')).ok, true);
  sqlite(file, "UPDATE rec_user SET doc = '{'");

  const result = await db(config.configFile, {}, 'check');

  assert.equal(result.code, 1);
  const report = JSON.parse(result.stdout);
  assert.equal(report.ok, false);
  assert.ok(report.wrong.damaged_row >= 1);
  assert.equal(report.findings[0].table, 'rec_user');
});
