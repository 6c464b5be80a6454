// A cell whose database is a replica: people sign in while the primary is away, and nothing of it is lost afterwards.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { eventually } from './harness/eventually.mjs';
import { signInThroughForms } from './harness/forms.mjs';
import { send } from './harness/http.mjs';
import { PrimaryAndReplica, startLoneServer } from './harness/primary_and_replica.mjs';
import { RelyingParty } from './harness/relying_party.mjs';
import { prepareServer, startServer } from './harness/server.mjs';
import { Tenant } from './harness/tenant.mjs';
import { UserAgent } from './harness/user_agent.mjs';

const seal = { key: randomBytes(32).toString('base64') };
let databases, side, primary, standby, tenant, ada, app, api, host, earlier;

const health = async () => (await send(`${standby.base}/health`, { headers: { host } })).json;

before(async () => {
  [databases, side] = await Promise.all([PrimaryAndReplica.start(), startLoneServer()]);
  primary = await startServer({ config: { store: { url: databases.primaryUrl() }, seal } });
  host = primary.host;
  tenant = new Tenant(primary);
  ada = await tenant.createUser();
  api = await tenant.createApi({ allow_offline_access: true });
  app = await RelyingParty.of(tenant, await tenant.createWebApp({
    refresh_token: { rotation_type: 'rotating', expiration_type: 'expiring', leeway: 0, token_lifetime: 86400, idle_token_lifetime: 3600, infinite_token_lifetime: false, infinite_idle_token_lifetime: false } }));
  earlier = { agent: new UserAgent() };
  earlier.tokens = await app.signIn(ada, { agent: earlier.agent, scope: 'openid offline_access', audience: api.identifier });
  await databases.catchUp();
});
after(async () => {
  await standby?.stop();
  for (const server of [databases, side]) await server?.stop();
});

test('a standby starts on the replica and says that it only reads', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'cardea-e2e-'));
  standby = await prepareServer(folder, {
    public: { base_url: new URL(primary.issuer).origin },
    store: { url: databases.replicaUrl(), side_url: side.url() },
    cell: { id: 'test-2', number: 2, region: 'south', role: 'standby' },
    seal,
  }, 'standby');
  standby.secrets = primary.secrets;
  await standby.start({ host });

  const said = await health();
  assert.equal(said.mode, 'read_only');
  assert.equal(said.status, 'ok');
  assert.equal(said.cell, 'test-2');
});

// A person at the standby: the names of the tenant lead to it.
class AtStandby extends UserAgent {
  request(url, options = {}) {
    const target = new URL(url);
    return super.request(new URL(target.pathname + target.search, standby.base), { ...options, headers: { ...options.headers, host } });
  }
}

async function tokenAtStandby(form) {
  return send(`${standby.base}/oauth/token`, { form: { ...app.credentials(), ...form }, headers: { host } });
}

const request = (parameters = {}) => app.begin({ scope: 'openid offline_access', audience: api.identifier, ...parameters });

async function signInAtStandby(agent, person) {
  const { url, checks } = await request();
  const callback = await signInThroughForms(agent, url, person);
  const redeem = () => tokenAtStandby({ grant_type: 'authorization_code', code: new URL(callback).searchParams.get('code'), redirect_uri: app.redirectUri, code_verifier: checks.pkceCodeVerifier });
  const tokens = await redeem();
  assert.equal(tokens.status, 200, tokens.text);
  primary.secret(tokens.json.refresh_token);
  return { ...tokens.json, redeem };
}

async function managementToken() {
  const answer = await send(`${standby.base}/oauth/token`, { headers: { host }, json: { grant_type: 'client_credentials', client_id: tenant.values.mgmt_client_id, client_secret: tenant.values.mgmt_client_secret, audience: tenant.audience } });
  assert.equal(answer.status, 200, answer.text);
  return answer.json.access_token;
}

test('without the primary people sign in, refresh and sign out at the standby', async () => {
  await primary.kill();
  await databases.primary.kill();

  // Who was signed in at the primary still is.
  const agent = new AtStandby();
  agent.jar = earlier.agent.jar;
  const silent = await agent.request((await request({ prompt: 'none' })).url);
  assert.match(silent.headers.location, /[?&]code=/, silent.text);

  const rotated = await tokenAtStandby({ grant_type: 'refresh_token', refresh_token: earlier.tokens.refresh_token });
  assert.equal(rotated.status, 200, rotated.text);
  earlier.newest = primary.secret(rotated.json.refresh_token);

  const session = await signInAtStandby(new AtStandby(), ada);
  const next = await tokenAtStandby({ grant_type: 'refresh_token', refresh_token: session.refresh_token });
  assert.equal(next.status, 200, next.text);
  primary.secret(next.json.refresh_token);
  const replay = await tokenAtStandby({ grant_type: 'refresh_token', refresh_token: session.refresh_token });
  assert.equal(replay.status, 403, 'a reuse is found, and ends the family');
  const ended = await tokenAtStandby({ grant_type: 'refresh_token', refresh_token: next.json.refresh_token });
  assert.equal(ended.status, 403);

  const once = await signInAtStandby(new AtStandby(), ada);
  assert.equal((await once.redeem()).status, 403, 'a code works once');

  const leaver = new AtStandby();
  await signInAtStandby(leaver, ada);
  await leaver.request(`${standby.base}/v2/logout?client_id=${app.client.client_id}`);
  const gone = await leaver.request((await request({ prompt: 'none' })).url);
  assert.match(gone.headers.location, /error=login_required/);
});

test('everything else is refused with 403 read_only_mode', async () => {
  const bearer = await managementToken();
  const call = (method, where, json) => send(`${standby.base}/api/v2${where}`, { method, bearer, headers: { host }, ...(json ? { json } : {}) });

  const user = `/users/${encodeURIComponent(ada.user_id)}`;
  assert.equal((await call('GET', user)).status, 200);
  assert.equal((await call('GET', '/clients')).status, 200);
  for (const [method, where, json] of [['POST', '/clients', { name: 'x' }], ['PATCH', user, { name: 'x' }], ['DELETE', user], ['POST', '/users', { connection: 'Username-Password-Authentication', email: 'x@example.test', password: 'Correct-horse-7-battery' }], ['PATCH', '/tenants/settings', { friendly_name: 'x' }]]) {
    const refused = await call(method, where, json);
    assert.equal(refused.status, 403, `${method} ${where}: ${refused.text}`);
    assert.equal(refused.json.errorCode, 'read_only_mode');
  }
  for (const where of ['/dbconnections/signup', '/dbconnections/change_password']) {
    const refused = await send(`${standby.base}${where}`, { headers: { host }, json: { client_id: app.client.client_id, connection: 'Username-Password-Authentication', email: 'new@example.test', password: 'Correct-horse-7-battery' } });
    assert.equal(refused.status, 403, refused.text);
    assert.equal(refused.json.error, 'read_only_mode');
  }
  const logs = await call('GET', '/logs?per_page=5&sort=date:-1');
  assert.equal(logs.status, 200);
  assert.ok(logs.json.some((entry) => ['s', 'slo', 'sertft', 'seacft'].includes(entry.type)), 'the log of the standby shows what it did');
});

test('the promoted database has all of it, and the cell writes to it by itself', async () => {
  await databases.replica.promote();

  await eventually(async () => (await health()).mode === 'read_write', { milliseconds: 20_000, what: 'the promotion' });
  const next = await tokenAtStandby({ grant_type: 'refresh_token', refresh_token: earlier.newest });
  assert.equal(next.status, 200, next.text);
  const older = await tokenAtStandby({ grant_type: 'refresh_token', refresh_token: earlier.tokens.refresh_token });
  assert.equal(older.status, 403, 'what was consumed beside the replica is consumed');

  const families = await databases.atReplica('SELECT count(*) FROM rec_refresh_family');
  assert.ok(Number(families) >= 3, `families in the promoted database: ${families}`);
  const patched = await send(`${standby.base}/api/v2/users/${encodeURIComponent(ada.user_id)}`, { method: 'PATCH', bearer: await managementToken(), headers: { host }, json: { name: 'Ada of the south' } });
  assert.equal(patched.status, 200, patched.text);
  const checked = await standby.cli('db', 'check', '--config', standby.configFile, '--json');
  assert.equal(checked.code, 0, checked.stdout + checked.stderr);
});
