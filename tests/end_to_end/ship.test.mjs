// The old primary comes back: `cardea db ship` at the standby brings home what was done there meanwhile, once.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { ENGINE, PrimaryAndReplica, startLoneServer } from './harness/primary_and_replica.mjs';
import { RelyingParty } from './harness/relying_party.mjs';
import { send } from './harness/http.mjs';
import { prepareServer, runCardea, startServer } from './harness/server.mjs';
import { ROTATING, StandbyCell } from './harness/standby.mjs';
import { Tenant } from './harness/tenant.mjs';
import { UserAgent } from './harness/user_agent.mjs';

const PASSED_ON = ['rec_session', 'rec_consumption', 'rec_refresh_family', 'rec_user', 'rec_consent'];
let databases, side, primary, standby, tenant, ada, app, api, earlier, there;

before(async () => {
  databases = await PrimaryAndReplica.start();
  side = await startLoneServer();
  primary = await startServer({ config: { store: { url: databases.primaryUrl() }, seal: { key: randomBytes(32).toString('base64') }, sessions: { store: 'database' } } });
  tenant = new Tenant(primary);
  ada = await tenant.createUser();
  api = await tenant.createApi({ allow_offline_access: true });
  app = await RelyingParty.of(tenant, await tenant.createWebApp({ refresh_token: ROTATING }));
  earlier = { agent: new UserAgent() };
  earlier.tokens = await app.signIn(ada, { agent: earlier.agent, ...offline() });
  await databases.catchUp();
  standby = await StandbyCell.start(primary, { replicaUrl: databases.replicaUrl(), sideUrl: () => side.url() });
});
after(async () => {
  await standby?.stop();
  await primary?.stop();
  for (const server of [databases, side]) await server?.stop();
});

const offline = (more = {}) => ({ scope: 'openid offline_access', audience: api.identifier, ...more });
const silently = async (agent) => agent.request((await app.begin(offline({ prompt: 'none' }))).url);

// The URL holds a password, which nobody may say again.
async function ship(to, at = standby.server, how = 'environment') {
  const command = ['db', 'ship', '--config', at.configFile, '--json'];
  const done = await (how === 'environment' ? runCardea(command, { env: { CARDEA_COPY_TO: to } }) : runCardea([...command, '--to', to]));
  assert.ok(!`${done.stdout}${done.stderr}`.includes('not-a-secret'), 'a password in what the command says');
  return { code: done.code, ...(done.stdout ? JSON.parse(done.stdout) : {}), ...(done.stderr ? JSON.parse(done.stderr) : {}) };
}

const logins = (call) => call('GET', `/users/${encodeURIComponent(ada.user_id)}`).then(({ json }) => json.logins_count);
const logged = (call) => call('GET', '/logs?per_page=100').then(({ json }) => json.map((entry) => `${entry.date} ${entry.type} ${entry.description ?? ''}`));
const count = async (server, table, database) => Number(await server.sql(`SELECT count(*) FROM ${table}`, database));
const atSide = (table) => count(side, table, path.basename(new URL(side.url()).pathname));
const atPrimary = (table) => count(databases.primary, table, 'cardea');

test('with the primary away people sign in at the standby, and nothing can be shipped', async () => {
  await primary.kill();
  await databases.primary.kill();

  const silent = await silently(standby.agent(earlier.agent.jar));
  assert.match(silent.headers.location, /[?&]code=/, silent.text);
  const rotated = await standby.refresh(app, earlier.tokens.refresh_token);
  assert.equal(rotated.status, 200, rotated.text);
  earlier.newest = rotated.json.refresh_token;
  there = { agent: standby.agent() };
  there.tokens = await standby.signIn(there.agent, app, ada, offline());
  const leaver = standby.agent();
  await standby.signIn(leaver, app, ada, offline());
  there.ended = leaver.jar.header(new URL(standby.server.base));
  await leaver.request(`${standby.server.base}/v2/logout?client_id=${app.client.client_id}`);

  const shipped = await ship(databases.primaryUrl());
  assert.equal(shipped.code, 1);
  assert.equal(shipped.error, 'unavailable');
  assert.match(shipped.message, /^--to: /);
});

test('a destination that is not the primary is refused in plain words, and nothing is written there', async () => {
  await databases.primary.start();
  const lone = (name) => side.url(name);
  await side.sql('CREATE DATABASE other');
  await side.sql('CREATE DATABASE nothing');
  if (ENGINE === 'mariadb') await side.sql("GRANT ALL ON other.* TO cardea@'127.0.0.1'; GRANT ALL ON nothing.* TO cardea@'127.0.0.1'");
  const folder = await mkdtemp(path.join(os.tmpdir(), 'cardea-e2e-'));
  const stranger = await prepareServer(folder, { store: { url: lone('other') }, seal: primary.config.seal }, 'stranger');
  await stranger.bootstrap();
  const events = await count(side, 'event_outbox', 'other');

  for (const [to, code, message] of [
    [lone('other'), 2, '--to: this is another store, not the primary of store.url'],
    [side.url(), 2, '--to: this is another store, not the primary of store.url'],
    [lone('nothing'), 2, /^--to: .*there is no store of cardea in this database/],
    [databases.replicaUrl(), 1, '--to: this database takes no writes now'],
    [`${databases.primaryUrl().replace(/:\d+\//, ':1/')}`, 1, /^--to: 127\.0\.0\.1:1/],
    ['sqlite:/tmp/nowhere.db', 2, '--to: postgresql://… or mysql://… of the primary expected'],
    ['', 2, '--to: postgresql://… or mysql://… of the primary expected'],
  ]) {
    const refused = await ship(to, standby.server, 'argument');
    assert.equal(refused.code, code, `${to}: ${JSON.stringify(refused)}`);
    if (message instanceof RegExp) assert.match(refused.message, message);
    else assert.equal(refused.message, message);
    assert.equal(refused.rows, undefined);
  }
  const atThePrimary = await ship(databases.primaryUrl(), primary);
  assert.equal(atThePrimary.message, 'store.side_url: this cell is no standby');

  assert.equal(await count(side, "information_schema.tables WHERE table_name = 'meta' AND table_schema IN ('nothing', 'public')", 'nothing'), 0);
  for (const table of ['rec_session', 'rec_refresh_family']) assert.equal(await count(side, table, 'other'), 0);
  assert.equal(await count(side, 'event_outbox', 'other'), events);
});

test('what the standby kept gets home once', async () => {
  const before = { sessions: await atPrimary('rec_session'), families: await atPrimary('rec_refresh_family') };
  const rows = (await Promise.all(PASSED_ON.map(atSide))).reduce((a, b) => a + b);
  const events = (await atSide('events')) + (await atSide('event_outbox'));
  assert.ok(rows >= 6 && events >= 4, `rows ${rows}, events ${events}`);

  assert.deepEqual(await ship(databases.primaryUrl()), { code: 0, rows, events });
  assert.deepEqual(await ship(databases.primaryUrl()), { code: 0, rows: 0, events: 0 });

  assert.equal(await atPrimary('rec_session'), before.sessions + 2);
  assert.equal(await atPrimary('rec_refresh_family'), before.families + 2);
  assert.ok((await atPrimary('rec_consumption')) >= (await atSide('rec_consumption')));
});

test('the side may be a file', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'cardea-e2e-'));
  const small = await prepareServer(folder, { ...standby.server.config, listen: {}, mail: {}, store: { url: databases.replicaUrl(), side_url: `sqlite:${path.join(folder, 'side.db')}` } }, 'small');

  assert.deepEqual(await ship(databases.primaryUrl(), small), { code: 0, rows: 0, events: 0 });
});

test('who signs in at the standby later is shipped too', async () => {
  await standby.signIn(standby.agent(), app, ada, offline());

  const { code, rows, events } = await ship(databases.primaryUrl());

  assert.equal(code, 0);
  assert.ok(rows >= 3 && rows <= 5 && events >= 1 && events <= 3, `rows ${rows}, events ${events}: what is new, and nothing else`);
});

test('the primary goes on where the standby was', async () => {
  await databases.catchUp();
  const atStandby = await standby.management(tenant);
  const [counted, seen] = [await logins(atStandby), await logged(atStandby)];
  await primary.start();
  const refresh = (token) => send(`${primary.base}/oauth/token`, { form: { ...app.credentials(), grant_type: 'refresh_token', refresh_token: token } });

  const next = await refresh(earlier.newest);
  assert.equal(next.status, 200, next.text);
  primary.secret(next.json.refresh_token);
  assert.equal((await refresh(earlier.tokens.refresh_token)).status, 403, 'what was used at the standby is used');

  const agent = new UserAgent();
  agent.jar = there.agent.jar;
  assert.match((await silently(agent)).headers.location, /[?&]code=/, 'a session of the standby');
  const ended = await send((await app.begin(offline({ prompt: 'none' }))).url.href, { headers: { cookie: there.ended } });
  assert.match(ended.headers.location, /error=login_required/, 'a session that was ended at the standby');

  const atPrimary = (method, where) => tenant.call(method, where);
  assert.equal(counted, 4);
  assert.equal(await logins(atPrimary), counted);
  const checked = await primary.cli('db', 'check', '--config', primary.configFile, '--json');
  assert.equal(checked.code, 0, checked.stdout + checked.stderr);

  // The standby shows what got home once, not also what it has beside the replica.
  assert.equal(new Set(seen).size, seen.length);
  const home = await logged(atPrimary);
  for (const entry of seen) assert.ok(home.includes(entry), `${entry} did not get home`);
});
