// `store.replicas`: what the Management API reads may come from a replica, a few seconds old; nothing else does.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { eventually } from './harness/eventually.mjs';
import { signInThroughForms } from './harness/forms.mjs';
import { send } from './harness/http.mjs';
import { entriesOf } from './harness/log.mjs';
import { ENGINE, PrimaryAndReplica } from './harness/primary_and_replica.mjs';
import { RelyingParty } from './harness/relying_party.mjs';
import { prepareServer, startTwin } from './harness/server.mjs';
import { Tenant, unique } from './harness/tenant.mjs';
import { UserAgent } from './harness/user_agent.mjs';

const seal = { key: randomBytes(32).toString('base64') };
let databases, server, twin, tenant, ada, bob, app, reader;

before(async () => {
  databases = await PrimaryAndReplica.start();
  const folder = await mkdtemp(path.join(os.tmpdir(), 'cardea-e2e-'));
  server = await prepareServer(folder, { store: { url: databases.primaryUrl(), replicas: [databases.replicaUrl()] }, seal });
  server.tenant = await server.bootstrap();
  await server.start();
  tenant = new Tenant(server);
  ada = await tenant.createUser({ name: 'Ada' });
  bob = await tenant.createUser();
  app = await RelyingParty.of(tenant, await tenant.createWebApp());
  reader = await anotherCaller();
  await databases.catchUp();
  await isRead(1);
});
after(async () => {
  await twin?.stop({ cleanUp: false });
  await server?.stop();
  await databases?.stop();
});

const writer = (method, where, json) => tenant.call(method, where, json ? { json } : {});
const user = (person) => `/users/${encodeURIComponent(person.user_id)}`;
const nameFor = async (caller) => (await caller('GET', user(ada))).json.name;

// Reads, and never writes: an application of its own.
async function anotherCaller() {
  const client = await tenant.createMachine();
  await tenant.grant(client, { identifier: tenant.audience }, ['read:users', 'read:clients']);
  const answer = await send(`${tenant.origin}/oauth/token`, { json: { grant_type: 'client_credentials', client_id: client.client_id, client_secret: client.client_secret, audience: tenant.audience } });
  assert.equal(answer.status, 200, answer.text);
  return (method, where, { base = tenant.origin } = {}) => send(base, { method, path: `/api/v2${where}`, bearer: answer.json.access_token, headers: { host: server.host } });
}

const said = async (message, node = server) => entriesOf(await readFile(node.logFile, 'utf8')).filter((entry) => JSON.stringify(entry).includes(message));
const isRead = (times, node) => eventually(async () => (await said('store: a replica is read', node)).length >= times, { milliseconds: 20_000, what: `the replica in use for the ${times}. time` });

test('others read a few seconds old data from the replica, who wrote reads it at the primary', async () => {
  await databases.replica.pause();
  assert.equal((await writer('PATCH', user(ada), { name: 'Ada L.' })).status, 200);
  const made = await writer('POST', '/clients', { name: unique('late') });
  assert.equal(made.status, 201, made.text);
  server.secret(made.json.client_secret);

  assert.equal(await nameFor(writer), 'Ada L.');
  assert.equal((await writer('GET', `/clients/${made.json.client_id}`)).status, 200);
  assert.equal(await nameFor(reader), 'Ada');
  assert.equal((await reader('GET', `/clients/${made.json.client_id}`)).status, 404);
  assert.ok(!(await reader('GET', '/clients?per_page=100')).text.includes(made.json.client_id));
  assert.ok(!(await reader('GET', '/users?per_page=100')).text.includes('Ada L.'));
});

test('a login never decides by what a replica says', async () => {
  assert.equal((await writer('PATCH', user(bob), { blocked: true })).status, 200);
  assert.notEqual((await reader('GET', user(bob))).json.blocked, true, 'the replica does not know it yet');

  const { url } = await app.begin();
  await assert.rejects(signInThroughForms(new UserAgent(), url, bob), /stayed on/);
});

test('a replica that lags is passed, and read again when it has caught up', async () => {
  await eventually(async () => (await nameFor(reader)) === 'Ada L.', { milliseconds: 10_000, what: 'reads past the replica that lags' });
  assert.equal((await reader('GET', user(bob))).json.blocked, true);
  assert.equal((await said('it lags')).length, 1);

  await databases.replica.resume();
  await isRead(2);
  assert.equal(await nameFor(reader), 'Ada L.');
});

test('a lost replica costs nothing, and is read again when it is back', async () => {
  await databases.replica.kill();
  assert.equal((await writer('PATCH', user(ada), { name: 'Ada K.' })).status, 200);
  for (let i = 0; i < 20; i++) {
    const began = performance.now();
    const answer = await reader('GET', user(ada));
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.json.name, 'Ada K.');
    assert.ok(performance.now() - began < 1500, 'the read waited for the replica');
  }

  // A node that starts meanwhile has to do without, too.
  twin = await startTwin(server);
  const there = (caller) => caller('GET', user(ada), { base: twin.base });
  assert.equal((await said('store: a replica cannot be opened', twin)).length, 1);
  assert.equal((await there(reader)).json.name, 'Ada K.');

  await databases.replica.start();
  await Promise.all([isRead(3), isRead(1, twin)]);
  await databases.catchUp();
  await databases.replica.pause();
  assert.equal((await writer('PATCH', user(ada), { name: 'Ada B.' })).status, 200);
  assert.equal(await nameFor(reader), 'Ada K.', 'what the replica says');
  assert.equal((await there(reader)).json.name, 'Ada K.', 'to the other node too');
  await databases.replica.resume();
});

test('what is no replica of the store is not read, and not made one', async () => {
  for (const name of ['other', 'nothing']) {
    await databases.primary.sql(`CREATE DATABASE ${name}`);
    if (ENGINE === 'mariadb') await databases.primary.sql(`GRANT ALL ON ${name}.* TO cardea@'127.0.0.1'`);
  }
  const stranger = await prepareServer(server.folder, { ...server.config, listen: {}, mail: {}, store: { url: databases.primary.url('other') } }, 'stranger');
  await stranger.bootstrap();
  const wrong = await prepareServer(server.folder, { ...server.config, listen: {}, mail: {}, store: { url: databases.primaryUrl(), replicas: ['other', 'nothing'].map((name) => databases.primary.url(name)) } }, 'wrong');

  const done = await wrong.cli('tenant', 'list', '--config', wrong.configFile, '--json');

  assert.equal(done.code, 0, done.stderr);
  assert.deepEqual(JSON.parse(done.stdout).length, 1);
  assert.match(done.stderr, /it is another store, no replica of store\.url/);
  assert.match(done.stderr, /there is no store of cardea in this database yet/);
  assert.ok(!done.stderr.includes('not-a-secret'), 'a password in the log');
  const tables = "SELECT count(*) FROM information_schema.tables WHERE table_name = 'meta' AND table_schema IN ('nothing', 'public')";
  assert.equal(await databases.primary.sql(tables, 'nothing'), '0');
});
