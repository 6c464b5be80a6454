// A cell whose database is a replica: people sign in while the primary is away, and nothing of it is lost afterwards.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { eventually } from './harness/eventually.mjs';
import { PrimaryAndReplica, startLoneServer } from './harness/primary_and_replica.mjs';
import { RelyingParty } from './harness/relying_party.mjs';
import { startServer } from './harness/server.mjs';
import { ROTATING, StandbyCell } from './harness/standby.mjs';
import { PASSWORD, Tenant } from './harness/tenant.mjs';
import { UserAgent } from './harness/user_agent.mjs';

let databases, side, primary, standby, tenant, ada, app, api, earlier;

before(async () => {
  databases = await PrimaryAndReplica.start();
  side = await startLoneServer();
  primary = await startServer({ config: { store: { url: databases.primaryUrl() }, seal: { key: randomBytes(32).toString('base64') } } });
  tenant = new Tenant(primary);
  ada = await tenant.createUser();
  api = await tenant.createApi({ allow_offline_access: true });
  app = await RelyingParty.of(tenant, await tenant.createWebApp({ refresh_token: ROTATING }));
  earlier = { agent: new UserAgent() };
  earlier.tokens = await app.signIn(ada, { agent: earlier.agent, scope: 'openid offline_access', audience: api.identifier });
  await databases.catchUp();
});
after(async () => {
  await standby?.stop();
  for (const server of [databases, side]) await server?.stop();
});

const offline = (more = {}) => ({ scope: 'openid offline_access', audience: api.identifier, ...more });
const signIn = (agent) => standby.signIn(agent, app, ada, offline());
const silently = async (agent) => agent.request((await app.begin(offline({ prompt: 'none' }))).url);

test('a standby starts on the replica and says that it only reads', async () => {
  standby = await StandbyCell.start(primary, { replicaUrl: databases.replicaUrl(), sideUrl: () => side.url() });

  const said = await standby.health();
  assert.equal(said.mode, 'read_only');
  assert.equal(said.status, 'ok');
  assert.equal(said.cell, 'test-2');
});

test('without the primary people sign in, refresh and sign out at the standby', async () => {
  await primary.kill();
  await databases.primary.kill();

  // Who was signed in at the primary still is.
  const silent = await silently(standby.agent(earlier.agent.jar));
  assert.match(silent.headers.location, /[?&]code=/, silent.text);

  const rotated = await standby.refresh(app, earlier.tokens.refresh_token);
  assert.equal(rotated.status, 200, rotated.text);
  earlier.newest = rotated.json.refresh_token;

  const session = await signIn(standby.agent());
  const next = await standby.refresh(app, session.refresh_token);
  assert.equal(next.status, 200, next.text);
  assert.equal((await standby.refresh(app, session.refresh_token)).status, 403, 'a reuse is found, and ends the family');
  assert.equal((await standby.refresh(app, next.json.refresh_token)).status, 403);

  const once = await signIn(standby.agent());
  assert.equal((await once.redeem()).status, 403, 'a code works once');

  const leaver = standby.agent();
  await signIn(leaver);
  await leaver.request(`${standby.server.base}/v2/logout?client_id=${app.client.client_id}`);
  assert.match((await silently(leaver)).headers.location, /error=login_required/);
});

test('everything else is refused with 403 read_only_mode', async () => {
  const call = await standby.management(tenant);

  const user = `/users/${encodeURIComponent(ada.user_id)}`;
  assert.equal((await call('GET', user)).status, 200);
  assert.equal((await call('GET', '/clients')).status, 200);
  for (const [method, where, json] of [['POST', '/clients', { name: 'x' }], ['PATCH', user, { name: 'x' }], ['DELETE', user], ['POST', '/users', { connection: 'Username-Password-Authentication', email: 'x@example.test', password: PASSWORD }], ['PATCH', '/tenants/settings', { friendly_name: 'x' }]]) {
    const refused = await call(method, where, json);
    assert.equal(refused.status, 403, `${method} ${where}: ${refused.text}`);
    assert.equal(refused.json.errorCode, 'read_only_mode');
  }
  for (const where of ['/dbconnections/signup', '/dbconnections/change_password']) {
    const refused = await standby.send(where, { json: { client_id: app.client.client_id, connection: 'Username-Password-Authentication', email: 'new@example.test', password: PASSWORD } });
    assert.equal(refused.status, 403, refused.text);
    assert.equal(refused.json.error, 'read_only_mode');
  }
  const logs = await call('GET', '/logs?per_page=5&sort=date:-1');
  assert.equal(logs.status, 200);
  assert.ok(logs.json.some((entry) => ['s', 'slo', 'sertft', 'seacft'].includes(entry.type)), 'the log of the standby shows what it did');
});

test('the promoted database has all of it, and the cell writes to it by itself', async () => {
  await databases.replica.promote();

  await eventually(async () => (await standby.health()).mode === 'read_write', { milliseconds: 20_000, what: 'the promotion' });
  const next = await standby.refresh(app, earlier.newest);
  assert.equal(next.status, 200, next.text);
  const older = await standby.refresh(app, earlier.tokens.refresh_token);
  assert.equal(older.status, 403, 'what was consumed beside the replica is consumed');

  const families = await databases.atReplica('SELECT count(*) FROM rec_refresh_family');
  assert.ok(Number(families) >= 3, `families in the promoted database: ${families}`);
  const call = await standby.management(tenant);
  const patched = await call('PATCH', `/users/${encodeURIComponent(ada.user_id)}`, { name: 'Ada of the south' });
  assert.equal(patched.status, 200, patched.text);
  const checked = await standby.server.cli('db', 'check', '--config', standby.server.configFile, '--json');
  assert.equal(checked.code, 0, checked.stdout + checked.stderr);
});
