// Three cells on three engines, each with a store of its own, as one: what happens at one is there at the others.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Cells } from './harness/cells.mjs';
import { eventually } from './harness/eventually.mjs';
import { signInThroughForms } from './harness/forms.mjs';
import { send } from './harness/http.mjs';
import { strangersAt } from './harness/mesh_strangers.mjs';
import { RelyingParty } from './harness/relying_party.mjs';
import { Tenant } from './harness/tenant.mjs';
import { UserAgent } from './harness/user_agent.mjs';

const REALM = 'http://auth0.com/oauth/grant-type/password-realm';
const ROTATING = { rotation_type: 'rotating', expiration_type: 'expiring', leeway: 0, token_lifetime: 86400, idle_token_lifetime: 3600, infinite_token_lifetime: false, infinite_idle_token_lifetime: false };

let cells, first, tenant, api, client, app;
before(async () => {
  cells = await Cells.start(['sqlite', 'postgresql', 'mariadb']);
  [first] = cells.all;
  tenant = new Tenant(first);
  api = await tenant.createApi({ allow_offline_access: true });
  client = await tenant.createWebApp({ refresh_token: ROTATING, grant_types: ['authorization_code', 'refresh_token', REALM] });
  app = await RelyingParty.of(tenant, client);
  for (const cell of cells.all) await eventually(async () => (await discovery(cell)).status === 200, { milliseconds: 15_000, what: `the tenant at ${cell.base}` });
});
after(() => cells?.stop());

const at = (...request) => cells.at(...request);
const discovery = (cell) => at(cell, '/.well-known/openid-configuration');
const token = (cell, form) => at(cell, '/oauth/token', { form: { ...app.credentials(), ...form } });

// A person whose requests all reach one cell.
class Resident extends UserAgent {
  constructor(cell) {
    super();
    this.cell = cell;
  }
  request(url, options = {}) {
    const target = new URL(url);
    return super.request(new URL(target.pathname + target.search, this.cell.base), { ...options, headers: { ...options.headers, host: first.host } });
  }
  moveTo(cell) {
    this.cell = cell;
    return this;
  }
}

async function signIn(agent, person) {
  const { url, checks } = await app.begin({ scope: 'openid offline_access', audience: api.identifier });
  const callback = await signInThroughForms(agent, url, person);
  const answer = await token(agent.cell, { grant_type: 'authorization_code', code: new URL(callback).searchParams.get('code'), redirect_uri: app.redirectUri, code_verifier: checks.pkceCodeVerifier });
  assert.equal(answer.status, 200, answer.text);
  first.secret(answer.json.refresh_token);
  return answer.json;
}

test('discovery and keys are the same at every cell', async () => {
  const seen = await Promise.all(cells.all.map(async (cell) => [(await discovery(cell)).json.issuer, (await at(cell, '/.well-known/jwks.json')).json.keys.map((key) => key.kid).sort()]));
  for (const other of seen) assert.deepEqual(other, seen[0]);
});

test('who is made at one cell signs in at the others within a second', async () => {
  const bearer = await tenant.token();
  for (const [i, origin] of cells.all.entries()) {
    const person = { email: `born-at-${i}@example.test`, password: 'Correct-Horse-9' };
    const made = await at(origin, '/api/v2/users', { method: 'POST', bearer, json: { connection: 'Username-Password-Authentication', ...person, email_verified: true } });
    assert.equal(made.status, 201, made.text);
    const began = performance.now();
    for (const cell of cells.all) {
      const grant = { grant_type: REALM, realm: 'Username-Password-Authentication', username: person.email, password: person.password, scope: 'openid' };
      await eventually(async () => (await token(cell, grant)).status === 200, { milliseconds: 3_000, every: 20, what: `a sign-in at ${cell.config.cell.id}` });
    }
    const took = Math.round(performance.now() - began);
    console.log(`made at ${origin.config.cell.id}: signed in at all three after ${took} ms`);
    assert.ok(took < 3_000, `${took} ms`); // a second on a machine with nothing else to do
  }
});

test('a session and a refresh token of one cell are good at the others, and a reuse is found there', async () => {
  const person = await tenant.createUser();
  await eventually(async () => (await at(cells.all[2], `/api/v2/users/${encodeURIComponent(person.user_id)}`, { bearer: await tenant.token() })).status === 200, { what: 'the user at the third cell' });
  const agent = new Resident(cells.all[0]);
  const tokens = await signIn(agent, person);
  let refresh = tokens.refresh_token;
  for (const cell of [cells.all[1], cells.all[2], cells.all[0], cells.all[2]]) {
    const used = refresh;
    // Its home is asked, so nobody waits for the row to arrive.
    const answer = await token(cell, { grant_type: 'refresh_token', refresh_token: used });
    assert.equal(answer.status, 200, `a refresh at ${cell.config.cell.id}: ${answer.text}`);
    refresh = first.secret(answer.json.refresh_token);
  }
  agent.moveTo(cells.all[1]);
  await eventually(async () => /code=/.test((await agent.request((await app.begin({ prompt: 'none' })).url)).headers.location ?? ''), { milliseconds: 3_000, what: 'the session at the second cell' });
  assert.equal((await token(cells.all[1], { grant_type: 'refresh_token', refresh_token: tokens.refresh_token })).status, 403, 'a reuse');
  await eventually(async () => (await token(cells.all[2], { grant_type: 'refresh_token', refresh_token: refresh })).status === 403, { milliseconds: 3_000, what: 'the revocation at the third cell' });
});

test('a further tenant is known by its name at every cell, and after a restart of the one that made it', async () => {
  const made = JSON.parse((await first.cli('bootstrap', '--config', first.configFile, '--json', '--tenant', 'other')).stdout);
  const otherHost = new URL(made.issuer).host;
  const known = (cell) => send(`${cell.base}/.well-known/openid-configuration`, { headers: { host: otherHost } });
  for (const cell of cells.all) await eventually(async () => (await known(cell)).json.issuer === made.issuer, { milliseconds: 3_000, what: `the tenant at ${cell.config.cell.id}` });

  await first.kill();
  await first.start();

  assert.equal((await known(first)).json.issuer, made.issuer);
  const again = await first.bootstrap();
  assert.deepEqual([again.issuer, again.mgmt_client_id], [first.tenant.issuer, first.tenant.mgmt_client_id], 'bootstrap again is the same tenant');
});

test('a cell that was away catches up by itself', async () => {
  const bearer = await tenant.token();
  const [, second] = cells.all;
  await second.kill();
  const person = await tenant.createUser();
  await second.start({ host: first.host });
  await eventually(async () => (await at(second, `/api/v2/users/${encodeURIComponent(person.user_id)}`, { bearer })).status === 200, { milliseconds: 8_000, what: 'the user at the cell that was away' });
  assert.equal((await at(second, `/api/v2/users/${encodeURIComponent(person.user_id)}`, { method: 'PATCH', bearer, json: { blocked: true } })).status, 200);
  await eventually(async () => (await at(first, `/api/v2/users/${encodeURIComponent(person.user_id)}`, { bearer })).json?.blocked === true, { milliseconds: 8_000, what: 'the block at the first cell' });
});

test('who is no peer hears nothing from the mesh', async () => {
  const asked = await strangersAt({ cells });
  assert.equal(asked.length, 4 * cells.all.length + 1);
  for (const { kind, heard } of asked)
    if (kind === 'a member') assert.ok(heard.includes('hello') && heard.length > 1, `a member hears ${heard}`);
    else assert.ok(heard.every((frame) => frame === 'bye'), `${kind} hears ${heard}`);
});
