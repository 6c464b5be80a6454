import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { decodeJwt } from 'jose';
import { send } from './harness/http.mjs';
import { RelyingParty } from './harness/relying_party.mjs';
import { startServer } from './harness/server.mjs';
import { Tenant } from './harness/tenant.mjs';

let server, tenant, rp, api;
before(async () => {
  server = await startServer();
  tenant = new Tenant(server);
  rp = await RelyingParty.of(tenant, await tenant.createWebApp());
  api = await tenant.createApi({ enforce_policies: true, token_dialect: 'access_token_authz' });
});
after(() => server.stop());

const signIn = async (person, resource = api) => decodeJwt((await rp.signIn(person, { audience: resource.identifier, scope: 'openid read:orders write:orders' })).access_token);
const give = (person, names) => tenant.management.users.permissions.create(person.user_id, { permissions: names.map((name) => ({ permission_name: name, resource_server_identifier: api.identifier })) });

test('with RBAC on, a user without permissions gets no scope of the API', async () => {
  const token = await signIn(await tenant.createUser());

  assert.deepEqual(token.permissions, []);
  assert.deepEqual(token.scope.split(' '), ['openid']);
});

test('assigned permissions are in the token, and the scope is what was asked for of them', async () => {
  const person = await tenant.createUser();
  await give(person, ['read:orders']);

  const token = await signIn(person);

  assert.deepEqual(token.permissions, ['read:orders']);
  assert.deepEqual(token.scope.split(' ').sort(), ['openid', 'read:orders']);
});

test('a permission that is taken away is gone at the next refresh', async () => {
  const open = await tenant.createApi({ enforce_policies: true, token_dialect: 'access_token_authz', allow_offline_access: true });
  const person = await tenant.createUser();
  const permission = { permissions: [{ permission_name: 'read:orders', resource_server_identifier: open.identifier }] };
  await tenant.management.users.permissions.create(person.user_id, permission);
  const tokens = await rp.signIn(person, { audience: open.identifier, scope: 'openid read:orders offline_access' });
  assert.deepEqual(decodeJwt(tokens.access_token).permissions, ['read:orders']);

  await tenant.management.users.permissions.delete(person.user_id, permission);
  const answer = await send(`${server.base}/oauth/token`, { form: { grant_type: 'refresh_token', ...rp.credentials(), refresh_token: tokens.refresh_token } });

  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(decodeJwt(answer.json.access_token).permissions, []);
});

test('with RBAC off the scope is what was asked for and there is no permissions claim', async () => {
  const open = await tenant.createApi();
  const token = await signIn(await tenant.createUser(), open);

  assert.equal(token.permissions, undefined);
  assert.deepEqual(token.scope.split(' ').sort(), ['openid', 'read:orders', 'write:orders']);
});

test('a machine has the permissions of its grant', async () => {
  const machine = await tenant.createMachine();
  await tenant.grant(machine, api, ['write:orders']);

  const answer = await send(`${server.base}/oauth/token`, { form: { grant_type: 'client_credentials', client_id: machine.client_id, client_secret: machine.client_secret, audience: api.identifier } });

  assert.deepEqual(decodeJwt(answer.json.access_token).permissions, ['write:orders']);
});

test('permissions that the API does not have cannot be assigned', async () => {
  const person = await tenant.createUser();
  const answer = await tenant.call('POST', `/users/${encodeURIComponent(person.user_id)}/permissions`, { json: { permissions: [{ permission_name: 'fly:moon', resource_server_identifier: api.identifier }] } });

  assert.ok([400, 404].includes(answer.status), answer.text);
});
