// What people and operators see when cells are lost.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Cells } from './harness/cells.mjs';
import { eventually } from './harness/eventually.mjs';
import { Tenant } from './harness/tenant.mjs';

const REALM = 'http://auth0.com/oauth/grant-type/password-realm';
const DIRECTORY = 'Username-Password-Authentication';
const PASSWORD = 'Correct-Horse-9';
const ROTATING = { rotation_type: 'rotating', expiration_type: 'expiring', leeway: 0, token_lifetime: 86400, idle_token_lifetime: 3600, infinite_token_lifetime: false, infinite_idle_token_lifetime: false };

let cells, first, second, third, tenant, api, client, bearer, serial = 0;
before(async () => {
  cells = await Cells.start(['sqlite', 'sqlite', 'sqlite']);
  [first, second, third] = cells.all;
  tenant = new Tenant(first);
  bearer = await tenant.token();
  api = await tenant.createApi({ allow_offline_access: true });
  client = await tenant.createWebApp({ refresh_token: ROTATING, grant_types: ['refresh_token', REALM] });
  for (const cell of cells.all) await eventually(async () => (await token(cell, { grant_type: 'refresh_token', refresh_token: 'none' })).status === 403, { what: `the client at ${cell.base}` });
});
after(() => cells?.stop({ lost: true }));

const token = (cell, form) => cells.at(cell, '/oauth/token', { form: { client_id: client.client_id, client_secret: client.client_secret, ...form } });
const user = (cell, id, options = {}) => cells.at(cell, `/api/v2/users/${encodeURIComponent(id)}`, { bearer, ...options });
const create = (cell, email) => cells.at(cell, '/api/v2/users', { method: 'POST', bearer, json: { connection: DIRECTORY, email, password: PASSWORD, email_verified: true } });
const refresh = (cell, text) => token(cell, { grant_type: 'refresh_token', refresh_token: text });
async function signIn(cell) {
  const email = `person-${++serial}@example.test`;
  const made = await create(cell, email);
  assert.equal(made.status, 201, made.text);
  const answer = await token(cell, { grant_type: REALM, realm: DIRECTORY, username: email, password: PASSWORD, audience: api.identifier, scope: 'openid offline_access' });
  assert.equal(answer.status, 200, answer.text);
  return { id: made.json.user_id, ...answer.json };
}
async function mark(how, cell) {
  const done = await first.cli('region', how, String(cell.config.cell.number), '--config', first.configFile, '--json');
  assert.equal(done.code, 0, done.stderr);
  return JSON.parse(done.stdout);
}

test('a token that was used at one cell is found at another at once, although cells lag', async () => {
  const person = await signIn(first);
  const next = await refresh(second, person.refresh_token);
  assert.equal(next.status, 200, next.text);
  assert.equal((await refresh(third, person.refresh_token)).status, 403, 'the same token at a third cell');
  assert.equal((await refresh(first, next.json.refresh_token)).status, 403, 'the family is revoked');
});

test('when the home of a family dies, the next refresh succeeds elsewhere, and a later reuse is found', async () => {
  const person = await signIn(third);
  const second_token = (await refresh(third, person.refresh_token)).json.refresh_token;
  await eventually(async () => (await user(first, person.id)).status === 200, { what: 'the user at the first cell' });
  await third.kill();
  // The answer of the home was lost with it, perhaps: the client comes again with the token that it has.
  const began = performance.now();
  const retried = await refresh(first, second_token);
  assert.equal(retried.status, 200, retried.text);
  assert.ok(performance.now() - began < 2_000, `${performance.now() - began} ms`);
  const further = await refresh(second, retried.json.refresh_token);
  assert.equal(further.status, 200, further.text);

  const marked = await mark('mark-down', third);
  assert.equal(marked.state, 'down');
  let latest = further.json.refresh_token;
  await eventually(async () => {
    const answer = await refresh(first, latest);
    assert.equal(answer.status, 200, answer.text);
    latest = answer.json.refresh_token;
    return true;
  }, { what: 'a refresh after the adoption' });
  await cells.startOne(third);
  await mark('mark-up', third);
  const back = await eventually(async () => {
    const answer = await refresh(third, latest);
    return answer.status === 200 && answer;
  }, { what: 'a refresh at the cell that came back' });
  assert.equal((await refresh(second, person.refresh_token)).status, 403, 'the first token of all');
  await eventually(async () => (await refresh(third, back.json.refresh_token)).status === 403, { what: 'the revocation at the cell that came back' });
});

test('a critical write that nobody else can have is refused or said to be unprotected, until an operator decides', async () => {
  const person = await signIn(first);
  await Promise.all([second.kill(), third.kill()]);
  const refused = await user(first, person.id, { method: 'PATCH', json: { blocked: true } });
  assert.equal(refused.status, 503, refused.text);
  assert.equal(refused.json.errorCode, 'replication_unconfirmed');
  assert.equal((await user(first, person.id)).json.blocked, true, 'it stands all the same');
  const unprotected = await create(first, 'alone@example.test');
  assert.equal(unprotected.status, 201, unprotected.text);
  assert.equal(unprotected.headers['x-replication'], 'degraded');

  await mark('mark-down', second);
  await mark('mark-down', third);
  await eventually(async () => (await user(first, person.id, { method: 'PATCH', json: { name: `n${Date.now()}`, blocked: false } })).status === 200, { what: 'a write of the last survivor' });
  await Promise.all([cells.startOne(second), cells.startOne(third)]);
  await mark('mark-up', second);
  await mark('mark-up', third);
  for (const cell of [second, third]) await eventually(async () => (await user(cell, unprotected.json.user_id)).status === 200, { what: 'what the survivor wrote' });
  await eventually(async () => (await create(first, `again-${Date.now()}@example.test`)).headers['x-replication'] === undefined, { what: 'writes that are protected again' });
});
