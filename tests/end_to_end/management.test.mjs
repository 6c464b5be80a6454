// The Management API through the unmodified SDK.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer } from './harness/server.mjs';
import { DIRECTORY, PASSWORD, Tenant, unique } from './harness/tenant.mjs';

let server, tenant, api;
before(async () => {
  server = await startServer();
  tenant = new Tenant(server);
  api = tenant.management;
});
after(() => server.stop());

const statusOf = (status) => (error) => error.statusCode === status;

test('clients: create, read, change, list, delete', async () => {
  const name = unique('Shop');
  const created = await api.clients.create({ name, app_type: 'regular_web', callbacks: ['https://shop.example.test/cb'], client_metadata: { tier: 'gold' } });
  server.secret(created.client_secret);
  assert.match(created.client_id, /^[A-Za-z0-9]{32}$/);
  assert.ok(created.client_secret.length >= 32);
  assert.deepEqual(created.grant_types, ['authorization_code', 'implicit', 'refresh_token', 'client_credentials']);
  assert.equal(created.token_endpoint_auth_method, 'client_secret_post');
  assert.equal(created.is_first_party, true);
  assert.equal(created.jwt_configuration.lifetime_in_seconds, 36000);

  const read = await api.clients.get(created.client_id);
  assert.equal(read.name, name);
  assert.equal(read.client_secret, created.client_secret);
  const changed = await api.clients.update(created.client_id, { callbacks: ['https://shop.example.test/new'], client_metadata: { tier: null, colour: 'red' } });
  assert.deepEqual(changed.callbacks, ['https://shop.example.test/new']);
  assert.deepEqual(changed.client_metadata, { colour: 'red' });
  assert.equal(changed.name, name);

  await api.clients.delete(created.client_id);
  await assert.rejects(api.clients.get(created.client_id), statusOf(404));
});

test('a public client loses client_credentials and may have no secret in use', async () => {
  const spa = await api.clients.create({ name: unique('spa'), app_type: 'spa' });

  assert.equal(spa.token_endpoint_auth_method, 'none');
  assert.ok(!spa.grant_types.includes('client_credentials'));
});

test('lists come page by page until there is no more', async () => {
  const prefix = unique('paged');
  for (let i = 0; i < 7; i++) await api.resourceServers.create({ name: `${prefix}-${i}`, identifier: `https://${prefix}-${i}.example.test/` });

  const seen = [];
  for await (const item of await api.resourceServers.list({ per_page: 3, page: 0 })) seen.push(item.name);

  assert.equal(seen.filter((name) => name.startsWith(prefix)).length, 7);
  assert.equal(new Set(seen).size, seen.length, 'no item twice');
});

test('connections come by checkpoint', async () => {
  for (let i = 0; i < 3; i++) await api.connections.create({ name: unique('directory'), strategy: 'auth0' });

  const seen = [];
  for await (const connection of await api.connections.list({ take: 2 })) seen.push(connection.name);

  assert.ok(seen.length >= 4);
  assert.equal(new Set(seen).size, seen.length);
  assert.ok(seen.includes(DIRECTORY));
});

test('connections: create, change options whole, enable for clients, delete', async () => {
  const name = unique('people');
  const created = await api.connections.create({ name, strategy: 'auth0', options: { passwordPolicy: 'good', requires_username: false } });
  assert.match(created.id, /^con_[A-Za-z0-9]{16}$/);
  assert.deepEqual(created.realms, [name]);
  await assert.rejects(api.connections.create({ name, strategy: 'auth0' }), statusOf(409));

  const changed = await api.connections.update(created.id, { options: { passwordPolicy: 'fair' } });
  assert.equal(changed.options.passwordPolicy, 'fair');
  assert.equal(changed.options.requires_username, undefined);
  const client = await tenant.createWebApp();
  await api.connections.clients.update(created.id, [{ client_id: client.client_id, status: true }]);
  const enabled = await api.connections.clients.get(created.id);
  assert.deepEqual(enabled.data.map((entry) => entry.client_id), [client.client_id]);
  await api.connections.clients.update(created.id, [{ client_id: client.client_id, status: false }]);
  assert.deepEqual((await api.connections.clients.get(created.id)).data, []);

  await api.connections.delete(created.id);
  await assert.rejects(api.connections.get(created.id), statusOf(404));
});

test('resource servers: by id and by identifier, immutable identifier, system API protected', async () => {
  const identifier = `https://${unique('api')}.example.test/v1/ü?x=1&y=%7C`;
  const created = await api.resourceServers.create({ identifier, scopes: [{ value: 'read:x' }] });
  assert.match(created.id, /^[0-9a-f]{24}$/);
  assert.equal(created.signing_alg, 'RS256');
  assert.equal(created.token_lifetime, 86400);
  assert.equal((await api.resourceServers.get(created.id)).identifier, identifier);
  assert.equal((await api.resourceServers.get(identifier)).id, created.id);
  const changed = await api.resourceServers.update(created.id, { token_lifetime: 600, scopes: [{ value: 'read:y', description: 'Y' }] });
  assert.equal(changed.token_lifetime, 600);
  assert.deepEqual(changed.scopes, [{ value: 'read:y', description: 'Y' }]);
  await assert.rejects(api.resourceServers.create({ identifier }), statusOf(409));

  const system = await api.resourceServers.get(tenant.audience);
  assert.equal(system.is_system, true);
  await assert.rejects(api.resourceServers.delete(system.id), (error) => error.statusCode >= 400 && error.statusCode < 500);
  assert.ok(await api.resourceServers.get(tenant.audience), 'it is still there');
  await api.resourceServers.delete(created.id);
  await assert.rejects(api.resourceServers.get(created.id), statusOf(404));
});

test('client grants: create, conflict, change, list by client, delete', async () => {
  const [machine, resource] = [await tenant.createMachine(), await tenant.createApi()];
  const created = await tenant.grant(machine, resource);
  assert.match(created.id, /^cgr_/);
  assert.deepEqual(created.scope, ['read:orders']);
  await assert.rejects(tenant.grant(machine, resource), statusOf(409));
  await assert.rejects(api.clientGrants.create({ client_id: machine.client_id, audience: 'https://nothing.example.test/', scope: [] }), (error) => [400, 404].includes(error.statusCode));

  await api.clientGrants.update(created.id, { scope: ['write:orders'] });
  const listed = await api.clientGrants.list({ client_id: machine.client_id });
  assert.deepEqual(listed.data.map((grant) => [grant.id, grant.scope]), [[created.id, ['write:orders']]]);
  await api.clientGrants.delete(created.id);
  assert.deepEqual((await api.clientGrants.list({ client_id: machine.client_id })).data, []);
});

test('users: create, read, change, metadata merges at the first level, delete', async () => {
  const email = `${unique('grace')}@example.test`;
  const created = await api.users.create({ connection: DIRECTORY, email, password: PASSWORD, name: 'Grace Hopper', user_metadata: { a: 1, deep: { x: 1 } }, app_metadata: { plan: 'free' } });
  assert.match(created.user_id, /^auth0\|[0-9a-f]{24}$/);
  assert.equal(created.email, email);
  assert.equal(created.email_verified, false);
  assert.equal(created.password, undefined);
  assert.match(created.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.deepEqual(created.identities.map(({ connection, provider, isSocial }) => ({ connection, provider, isSocial })), [{ connection: DIRECTORY, provider: 'auth0', isSocial: false }]);

  const changed = await api.users.update(created.user_id, { user_metadata: { b: 2, deep: { y: 2 } }, app_metadata: { plan: null }, nickname: 'amazing' });
  assert.deepEqual(changed.user_metadata, { a: 1, b: 2, deep: { y: 2 } });
  assert.deepEqual(changed.app_metadata ?? {}, {});
  assert.equal(changed.nickname, 'amazing');
  assert.equal(changed.name, 'Grace Hopper');
  assert.ok(changed.updated_at >= created.updated_at);

  await api.users.delete(created.user_id);
  await assert.rejects(api.users.get(created.user_id), statusOf(404));
  await api.users.delete(created.user_id);
});

test('users: an address that is taken is 409, a weak password 400, an unknown connection 400', async () => {
  const person = await tenant.createUser();

  await assert.rejects(api.users.create({ connection: DIRECTORY, email: person.email, password: PASSWORD }), (error) => error.statusCode === 409 && error.body.message === 'The user already exists.' && error.body.errorCode === 'auth0_idp_error');
  await assert.rejects(api.users.create({ connection: DIRECTORY, email: `${unique('x')}@example.test`, password: 'a' }), (error) => error.statusCode === 400 && /PasswordStrengthError/.test(error.body.message));
  await assert.rejects(api.users.create({ connection: 'nothing', email: `${unique('x')}@example.test`, password: PASSWORD }), (error) => error.statusCode === 400 && /connection does not exist/i.test(error.body.message));
});

test('users: search by field, phrase, prefix and connection, sorted and counted', async () => {
  const family = unique('Zuse').replaceAll('-', '');
  for (const given of ['Anna', 'Berta', 'Clara']) await tenant.createUser({ given_name: given, family_name: family, name: `${given} ${family}`, app_metadata: { rank: given } });
  const names = async (request) => (await api.users.list(request)).data.map((user) => user.given_name);

  assert.deepEqual(await names({ q: `family_name:"${family}"`, sort: 'given_name:1' }), ['Anna', 'Berta', 'Clara']);
  assert.deepEqual(await names({ q: `family_name:"${family}"`, sort: 'given_name:-1' }), ['Clara', 'Berta', 'Anna']);
  assert.deepEqual(await names({ q: `family_name:${family} AND given_name:Berta` }), ['Berta']);
  assert.deepEqual(await names({ q: `family_name:${family} AND given_name:B*` }), ['Berta']);
  assert.deepEqual((await names({ q: `name:*${family.slice(3)}*` })).length, 3);
  assert.deepEqual(await names({ q: `family_name:${family} AND NOT given_name:Anna`, sort: 'given_name:1' }), ['Berta', 'Clara']);
  assert.deepEqual(await names({ q: `app_metadata.rank:"Clara" AND family_name:${family}` }), ['Clara']);
  assert.deepEqual(await names({ q: `family_name:"${family}nobody"` }), []);
  const page = await api.users.list({ q: `family_name:"${family}"`, per_page: 2, page: 0, include_totals: true, sort: 'given_name:1' });
  assert.equal(page.response.total, 3);
  assert.equal(page.data.length, 2);
  assert.equal(page.hasNextPage(), true);
});

test('users-by-email finds by the whole address, in any case', async () => {
  const person = await tenant.createUser();

  const found = await api.users.listUsersByEmail({ email: person.email });

  assert.deepEqual(found.map((user) => user.user_id), [person.user_id]);
  assert.deepEqual(await api.users.listUsersByEmail({ email: `x${person.email}` }), []);
});

test('tenant settings: read and change, unknown parts kept', async () => {
  const changed = await api.tenants.settings.update({ friendly_name: 'Acme Works', support_email: 'help@example.test', session_lifetime: 100, idle_session_lifetime: 50 });
  const read = await api.tenants.settings.get();

  assert.equal(changed.friendly_name, 'Acme Works');
  assert.equal(read.friendly_name, 'Acme Works');
  assert.equal(read.session_lifetime, 100);
  assert.equal(read.default_directory, DIRECTORY);
});

test('logs: newest first, one by id, filtered by type, by checkpoint', async () => {
  await tenant.createClient({ app_type: 'regular_web' }, { users: false });

  const page = (await api.logs.list({ per_page: 10, page: 0, sort: 'date:-1' })).data;
  assert.ok(page.length > 0);
  const dates = page.map((entry) => Date.parse(entry.date));
  assert.deepEqual(dates, [...dates].sort((a, b) => b - a));
  assert.match(page[0].log_id, /^\d+$/);
  assert.equal((await api.logs.get(page[0].log_id)).log_id, page[0].log_id);
  const writes = (await api.logs.list({ search: 'type:sapi', per_page: 50, page: 0 })).data;
  assert.ok(writes.length > 0 && writes.every((entry) => entry.type === 'sapi'));
});

test('a client secret is shown only to those who may read keys', async () => {
  const client = await tenant.createWebApp();
  const token = await tenant.token('read:clients');

  const shown = await tenant.call('GET', `/clients/${client.client_id}`, { bearer: token });

  assert.equal(shown.status, 200);
  assert.equal(shown.json.client_id, client.client_id);
  assert.ok(!shown.text.includes(client.client_secret));
  assert.equal(shown.json.client_secret, undefined);
});

test('secrets of a directory and passwords never come back', async () => {
  const person = await tenant.createUser();

  const text = (await tenant.call('GET', `/users/${encodeURIComponent(person.user_id)}`)).text;

  assert.ok(!/password|hash|\$2[aby]\$/i.test(text.replace(/last_password_reset/g, '').replace(DIRECTORY, '').replaceAll('Username-Password-Authentication', '')), text);
});
