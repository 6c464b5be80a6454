import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AuthenticationClient } from 'auth0/legacy';
import { decodeJwt } from 'jose';
import { send } from './harness/http.mjs';
import { startServer } from './harness/server.mjs';
import { DIRECTORY, Tenant, unique } from './harness/tenant.mjs';

const REALM = 'http://auth0.com/oauth/grant-type/password-realm';
let server, tenant, ada, app, api;
before(async () => {
  server = await startServer();
  tenant = new Tenant(server);
  ada = await tenant.createUser();
  app = await tenant.createWebApp({ grant_types: ['password', REALM, 'refresh_token'] });
  api = await tenant.createApi({ allow_offline_access: true });
});
after(() => server.stop());

const ask = (body) => send(`${server.base}/oauth/token`, { json: { grant_type: 'password', client_id: app.client_id, client_secret: app.client_secret, username: ada.email, password: ada.password, scope: 'openid email', ...body } });

test('a password gives tokens for the user of the default directory', async () => {
  const answer = await ask({ audience: api.identifier, scope: 'openid email read:orders offline_access' });

  assert.equal(answer.status, 200, answer.text);
  const access = decodeJwt(answer.json.access_token);
  assert.equal(access.sub, ada.user_id);
  assert.equal(access.gty, 'password');
  assert.equal(decodeJwt(answer.json.id_token).email, ada.email);
  assert.equal(decodeJwt(answer.json.id_token).sid, undefined, 'no browser session, no sid');
  assert.ok(answer.json.refresh_token);
});

test('with a realm the connection is named', async () => {
  const answer = await ask({ grant_type: REALM, realm: DIRECTORY });
  const wrong = await ask({ grant_type: REALM, realm: 'no-such-connection' });
  const missing = await ask({ grant_type: REALM });

  assert.equal(answer.status, 200, answer.text);
  assert.equal(decodeJwt(answer.json.id_token).sub, ada.user_id);
  assert.ok(wrong.status >= 400 && wrong.status < 500, wrong.text);
  assert.equal(missing.status, 400, missing.text);
});

test('the SDK signs in with it', async () => {
  const client = new AuthenticationClient({ domain: tenant.values.domain, clientId: app.client_id, clientSecret: app.client_secret });

  const { data } = await client.oauth.passwordGrant({ username: ada.email, password: ada.password, realm: DIRECTORY, scope: 'openid' });

  assert.equal(decodeJwt(data.id_token).sub, ada.user_id);
});

test('wrong password and unknown user are the same answer', async () => {
  const expected = { error: 'invalid_grant', error_description: 'Wrong email or password.' };

  for (const body of [{ password: 'Wrong-horse-1' }, { username: `${unique('nobody')}@example.test` }, { username: 'x', password: 'y' }]) {
    const answer = await ask(body);
    assert.deepEqual([answer.status, answer.json], [403, expected], JSON.stringify(Object.keys(body)));
  }
});

test('they also take the same time, within the noise of hashing', async () => {
  const time = async (body) => {
    const start = process.hrtime.bigint();
    await ask(body);
    return Number(process.hrtime.bigint() - start) / 1e6;
  };
  const known = [];
  const unknown = [];
  for (let round = 0; round < 7; round++) {
    known.push(await time({ password: 'Wrong-horse-1' }));
    unknown.push(await time({ username: `${unique('nobody')}@example.test`, password: 'Wrong-horse-1' }));
  }
  const median = (list) => [...list].sort((a, b) => a - b)[3];

  assert.ok(median(unknown) > median(known) / 2, `unknown ${median(unknown)} ms, known ${median(known)} ms`);
});

test('missing parameters are named', async () => {
  for (const name of ['username', 'password']) {
    const answer = await ask({ [name]: undefined });
    assert.deepEqual([answer.status, answer.json], [400, { error: 'invalid_request', error_description: `Missing required parameter: ${name}` }]);
  }
});

test('a client without the grant is refused', async () => {
  const web = await tenant.createWebApp();
  const answer = await ask({ client_id: web.client_id, client_secret: web.client_secret });

  assert.equal(answer.status, 403);
  assert.equal(answer.json.error, 'unauthorized_client');
  assert.equal(answer.json.error_description, "Grant type 'password' not allowed for the client.");
});

test('an unknown grant type is refused by name', async () => {
  const answer = await ask({ grant_type: 'telepathy' });

  assert.ok([400, 403].includes(answer.status));
  assert.equal(answer.json.error, 'unsupported_grant_type');
});

test('a blocked user is told so', async () => {
  const person = await tenant.createUser();
  await tenant.management.users.update(person.user_id, { blocked: true });

  const answer = await ask({ username: person.email, password: person.password });

  assert.ok([401, 403].includes(answer.status));
  assert.deepEqual(answer.json, { error: 'unauthorized', error_description: 'user is blocked' });
});

test('passwords of every kind sign in as they were set', async () => {
  for (const password of ['Pass word 1 with spaces ', 'Üñíçødé-Pässwört-9', '日本語Password1', 'Quote"\'`<>&;1aA', `Aa1-${'x'.repeat(60)}`]) {
    const person = await tenant.createUser({ password });
    const answer = await ask({ username: person.email, password });
    assert.equal(answer.status, 200, `${password}: ${answer.text}`);
    assert.equal((await ask({ username: person.email, password: password.slice(0, -1) })).status, 403, 'one character less is another password');
  }
});

test('a refused login leaves fp or fu in the log, with neither password nor token', async () => {
  await ask({ password: 'Wrong-horse-1' });
  const logs = (await tenant.call('GET', '/logs?per_page=100')).text;

  assert.match(logs, /"type":\s*"(fp|fepft)"/);
  assert.ok(!logs.includes(ada.password));
  assert.ok(!logs.includes('Wrong-horse-1'));
});
