// What the SDK hides: statuses, error bodies, paging styles, scopes.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer } from './harness/server.mjs';
import { DIRECTORY, PASSWORD, Tenant, unique } from './harness/tenant.mjs';

let server, tenant;
before(async () => {
  server = await startServer();
  tenant = new Tenant(server);
});
after(() => server.stop());

const NAMES = { 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found', 409: 'Conflict' };

function assertError(answer, status, errorCode, message, what = '') {
  assert.equal(answer.status, status, `${what} ${answer.text}`);
  assert.match(answer.headers['content-type'], /^application\/json/, what);
  const body = answer.json;
  assert.equal(body.statusCode, status, what);
  assert.equal(body.error, NAMES[status], what);
  assert.ok(body.message, what);
  if (errorCode) assert.equal(body.errorCode, errorCode, `${what} ${answer.text}`);
  if (message) assert.match(body.message, message, what);
}

test('statuses of success: 200, 201, 204 without a body', async () => {
  const created = await tenant.call('POST', '/clients', { json: { name: unique('c') } });
  const path = `/clients/${created.json.client_id}`;

  assert.equal(created.status, 201);
  assert.match(created.headers['content-type'], /^application\/json; charset=utf-8/);
  assert.equal((await tenant.call('GET', path)).status, 200);
  assert.equal((await tenant.call('PATCH', path, { json: { name: 'new' } })).status, 200);
  const deleted = await tenant.call('DELETE', path);
  assert.equal(deleted.status, 204);
  assert.equal(deleted.bytes.length, 0);
});

test('a missing, mangled or expired token is 401 in the words of the reference', async () => {
  const token = await tenant.token();
  const [head, body, signature] = token.split('.');

  assertError(await tenant.call('GET', '/clients', { bearer: null }), 401, undefined, /^Missing authentication$/);
  assertError(await tenant.call('GET', '/clients', { bearer: 'nonsense' }), 401, undefined, /^Invalid token$/);
  assertError(await tenant.call('GET', '/clients', { bearer: `${head}.${body}.${signature.slice(0, -4)}AAAA` }), 401, undefined, /^Invalid (token|signature received for JSON Web Token validation)$/);
  assertError(await tenant.call('GET', '/clients', { bearer: null, headers: { authorization: `Basic ${token}` } }), 401);
});

test('a token without the scope is 403 and says which would do', async () => {
  const token = await tenant.token('read:clients');

  assertError(await tenant.call('GET', '/users', { bearer: token }), 403, 'insufficient_scope', /^Insufficient scope, expected any of: .*read:users/);
  assertError(await tenant.call('POST', '/clients', { bearer: token, json: { name: 'x' } }), 403, 'insufficient_scope', /create:clients/);
  assertError(await tenant.call('DELETE', '/clients/x', { bearer: token }), 403, 'insufficient_scope', /delete:clients/);
  assert.equal((await tenant.call('GET', '/clients', { bearer: token })).status, 200);
});

test('every write needs its scope: a token with all read scopes can change nothing', async () => {
  const scopes = JSON.parse(Buffer.from((await tenant.token()).split('.')[1], 'base64url')).scope.split(' ').filter((scope) => scope.startsWith('read:'));
  const token = await tenant.token(scopes.join(' '));
  const writes = [['POST', '/clients'], ['PATCH', '/clients/x'], ['DELETE', '/clients/x'], ['POST', '/clients/x/rotate-secret'], ['POST', '/connections'], ['PATCH', '/connections/x'], ['DELETE', '/connections/x'], ['PATCH', '/connections/x/clients'], ['POST', '/users'], ['PATCH', '/users/auth0%7Cx'], ['DELETE', '/users/auth0%7Cx'], ['POST', '/resource-servers'], ['PATCH', '/resource-servers/x'], ['DELETE', '/resource-servers/x'], ['POST', '/client-grants'], ['PATCH', '/client-grants/x'], ['DELETE', '/client-grants/x'], ['PATCH', '/tenants/settings'], ['POST', '/keys/signing/rotate'], ['PUT', '/keys/signing/x/revoke']];

  for (const [method, path] of writes) {
    const answer = await tenant.call(method, path, { bearer: token, ...(method === 'DELETE' ? {} : { json: {} }) });
    assertError(answer, 403, 'insufficient_scope', undefined, `${method} ${path}`);
  }
});

test('unknown things are 404 with their own code', async () => {
  assertError(await tenant.call('GET', '/clients/nobody'), 404, 'inexistent_client', /^The client does not exist$/);
  assertError(await tenant.call('GET', '/connections/con_0000000000000000'), 404, 'inexistent_connection', /^The connection does not exist$/);
  assertError(await tenant.call('GET', '/resource-servers/000000000000000000000000'), 404, 'inexistent_resource_server', /^The resource server does not exist$/);
  assertError(await tenant.call('GET', `/users/${encodeURIComponent('auth0|000000000000000000000000')}`), 404, 'inexistent_user', /^The user does not exist\.$/);
});

test('bodies are checked: unknown, missing and wrong fields are 400 invalid_body and named', async () => {
  const table = [
    ['POST', '/clients', { name: 'x', colour: 'red' }, /Additional properties not allowed: colour/],
    ['POST', '/clients', {}, /Missing required property: name/],
    ['POST', '/clients', { name: 5 }, /name/],
    ['POST', '/clients', { name: '<script>' }, /name/],
    ['POST', '/clients', { name: 'x', app_type: 'toaster' }, /app_type/],
    ['POST', '/clients', { name: 'x', callbacks: 'https://x.example.test' }, /callbacks/],
    ['POST', '/clients', { name: 'x', jwt_configuration: { alg: 'none' } }, /alg/],
    ['POST', '/clients', { name: 'x', refresh_token: { rotation_type: 'spinning', expiration_type: 'expiring' } }, /rotation_type/],
    ['POST', '/clients', { name: 'x', client_metadata: { a: 1 } }, /client_metadata/],
    ['POST', '/users', { email: 'a@example.test', password: PASSWORD }, /Missing required property: connection/],
    ['POST', '/users', { connection: DIRECTORY, email: 'not an address', password: PASSWORD }, /email/],
    ['POST', '/users', { connection: DIRECTORY, email: 'a@example.test', password: PASSWORD, is_admin: true }, /Additional properties not allowed: is_admin/],
    ['POST', '/users', { connection: DIRECTORY, email: 'a@example.test', password: PASSWORD, user_metadata: [] }, /user_metadata/],
    ['POST', '/connections', { name: 'with space', strategy: 'auth0' }, /name/],
    ['POST', '/connections', { name: 'x', strategy: 'telepathy' }, /strategy/],
    ['POST', '/resource-servers', { name: 'x' }, /Missing required property: identifier/],
    ['POST', '/resource-servers', { identifier: 'x', token_lifetime: 2592001 }, /token_lifetime/],
    ['POST', '/resource-servers', { identifier: 'x', scopes: [{}] }, /value/],
    ['POST', '/client-grants', { audience: 'x', scope: [] }, /client_id/],
    ['PATCH', '/tenants/settings', { colour: 'red' }, /Additional properties not allowed: colour/],
    ['PATCH', '/tenants/settings', { session_lifetime: -1 }, /session_lifetime/],
  ];
  for (const [method, path, json, message] of table) {
    assertError(await tenant.call(method, path, { json }), 400, 'invalid_body', message, `${method} ${path} ${JSON.stringify(json)}`);
  }
});

test('queries are checked', async () => {
  for (const query of ['per_page=101', 'per_page=many', 'page=-1', 'page=1.5', 'include_totals=perhaps']) {
    const answer = await tenant.call('GET', `/clients?${query}`);
    assertError(answer, 400, 'invalid_query_string', undefined, query);
  }
  assertError(await tenant.call('GET', '/users?per_page=100&page=11'), 400, 'invalid_paging', /1000/);
});

test('a users search that is no query is 400, never 500', async () => {
  for (const q of ['(', 'email:', 'AND', '"open', 'a:[1 TO', 'x:y)', 'NOT', '*:*:*', '\\', `name:${'('.repeat(500)}`]) {
    const answer = await tenant.call('GET', `/users?q=${encodeURIComponent(q)}`);
    assert.ok(answer.status === 400 || answer.status === 200, `${q.slice(0, 20)}: ${answer.status} ${answer.text.slice(0, 100)}`);
  }
});

test('offset paging: bare array, totals, past the end', async () => {
  for (let i = 0; i < 3; i++) await tenant.call('POST', '/clients', { json: { name: unique('page') } });

  const bare = (await tenant.call('GET', '/clients?per_page=2&page=0')).json;
  assert.ok(Array.isArray(bare));
  assert.equal(bare.length, 2);
  const totals = (await tenant.call('GET', '/clients?per_page=2&page=1&include_totals=true')).json;
  assert.deepEqual([totals.start, totals.limit, totals.clients.length], [2, 2, 2]);
  assert.ok(totals.total >= 4);
  assert.ok(!totals.clients.some((client) => bare.find((other) => other.client_id === client.client_id)), 'pages do not overlap');
  const beyond = await tenant.call('GET', '/clients?per_page=50&page=19');
  assert.deepEqual([beyond.status, beyond.json], [200, []]);
});

test('checkpoint paging: next until the last page, every item once', async () => {
  const seen = [];
  let from = '';
  for (let rounds = 0; rounds < 50; rounds++) {
    const page = (await tenant.call('GET', `/clients?take=2${from ? `&from=${encodeURIComponent(from)}` : ''}`)).json;
    assert.ok(Array.isArray(page.clients));
    seen.push(...page.clients.map((client) => client.client_id));
    if (!page.next) break;
    from = page.next;
  }
  const { total } = (await tenant.call('GET', '/clients?include_totals=true')).json;

  assert.equal(new Set(seen).size, seen.length);
  assert.ok(seen.length >= total);
  const forged = await tenant.call('GET', '/clients?take=2&from=%00%ff');
  assert.equal(forged.status, 400, forged.text);
});

test('fields and include_fields', async () => {
  const { client_id } = (await tenant.call('POST', '/clients', { json: { name: unique('fields'), app_type: 'spa' } })).json;

  const some = (await tenant.call('GET', `/clients/${client_id}?fields=name,app_type`)).json;
  assert.deepEqual(Object.keys(some).sort(), ['app_type', 'name']);
  const rest = (await tenant.call('GET', `/clients/${client_id}?fields=name,app_type&include_fields=false`)).json;
  assert.equal(rest.name, undefined);
  assert.equal(rest.client_id, client_id);
  const users = (await tenant.call('GET', '/users?fields=email,user_id&include_fields=true')).json;
  for (const user of users) assert.deepEqual(Object.keys(user).filter((key) => !['email', 'user_id'].includes(key)), []);
});

test('user ids may hold what a path must escape', async () => {
  for (const [path, statuses] of [['/users/auth0|x', [404]], ['/users/auth0%7Cx', [404]], ['/users/nonsense', [400, 404]], ['/users/%', [400]], ['/users/%00', [400, 404]], ['/users/..%2f..%2fclients', [400, 404]], [`/users/auth0%7C${'x'.repeat(2000)}`, [400, 404, 414]]]) {
    const answer = await tenant.call('GET', path);
    assert.ok(statuses.includes(answer.status), `${path.slice(0, 40)}: ${answer.status}`);
  }
});

test('the pages of a deploy tool: unsupported resources are 404 or 403, never 500', async () => {
  for (const path of ['/actions/actions', '/branding', '/roles', '/organizations', '/rules', '/hooks', '/log-streams', '/email-templates/verify_email', '/emails/provider', '/attack-protection/brute-force-protection', '/prompts', '/custom-domains', '/guardian/factors', '/flows', '/forms', '/event-streams', '/network-acls', '/self-service-profiles', '/token-exchange-profiles', '/rate-limit-policies', '/jobs/job_x', '/stats/daily']) {
    const answer = await tenant.call('GET', path);
    assert.ok(answer.status < 500, `${path}: ${answer.status}`);
    if (answer.status >= 400) assert.equal(answer.json.statusCode, answer.status, path);
  }
});

test('PATCH with null removes, and fields that cannot change are refused', async () => {
  const { client_id } = (await tenant.call('POST', '/clients', { json: { name: unique('patch'), description: 'old' } })).json;
  assert.equal((await tenant.call('PATCH', `/clients/${client_id}`, { json: { description: null } })).json.description ?? undefined, undefined);
  assertError(await tenant.call('PATCH', `/clients/${client_id}`, { json: { client_id: 'mine' } }), 400, 'invalid_body');

  const directory = await tenant.directory();
  assertError(await tenant.call('PATCH', `/connections/${directory.id}`, { json: { name: 'other' } }), 400, 'invalid_body');
  assertError(await tenant.call('PATCH', `/connections/${directory.id}`, { json: { strategy: 'oidc' } }), 400, 'invalid_body');
});

test('values come back as they were sent: unicode, long, nested, empty', async () => {
  const metadata = { text: 'ü 日本 🐎 \u0000-free "quotes" \\ / </script>', number: 1.5, big: 9007199254740991, list: [1, [2, { x: null }]], empty: {}, '': 'empty key', yes: true };
  const created = await tenant.call('POST', '/users', { json: { connection: DIRECTORY, email: `${unique('u')}@example.test`, password: PASSWORD, user_metadata: metadata } });
  assert.equal(created.status, 201, created.text);

  const read = await tenant.call('GET', `/users/${encodeURIComponent(created.json.user_id)}`);

  assert.deepEqual(read.json.user_metadata, metadata);
});
