import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { decodeJwt } from 'jose';
import { openLogin } from './harness/forms.mjs';
import { send } from './harness/http.mjs';
import { oidc, RelyingParty } from './harness/relying_party.mjs';
import { startServer } from './harness/server.mjs';
import { Tenant } from './harness/tenant.mjs';
import { UserAgent } from './harness/user_agent.mjs';

let server, first, second, ada;
before(async () => {
  server = await startServer();
  first = new Tenant(server);
  second = new Tenant(server, await server.bootstrap('--tenant', 'other'));
  ada = await first.createUser();
});
after(() => server.stop());

test('the second tenant serves strict clients on its own host', async () => {
  const grace = await second.createUser();
  const rp = await RelyingParty.of(second, await second.createWebApp());

  const tokens = await rp.signIn(grace);

  assert.equal(tokens.claims().iss, second.issuer);
  assert.equal(new URL(second.issuer).hostname, 'other.localhost');
});

test('users, clients and APIs of one tenant do not exist in the other', async () => {
  const client = await first.createWebApp();
  const api = await first.createApi();

  assert.equal((await second.call('GET', `/clients/${client.client_id}`)).status, 404);
  assert.equal((await second.call('GET', `/users/${encodeURIComponent(ada.user_id)}`)).status, 404);
  assert.equal((await second.call('GET', `/resource-servers/${encodeURIComponent(api.identifier)}`)).status, 404);
  await second.call('DELETE', `/clients/${client.client_id}`);
  assert.equal((await first.call('GET', `/clients/${client.client_id}`)).status, 200, 'a delete over there deletes nothing here');
  const page = await new UserAgent().open(`${second.origin}/authorize?client_id=${client.client_id}&response_type=code`);
  assert.ok(page.status >= 400);
});

test('the same address and the same API may exist in both', async () => {
  await second.createUser({ email: ada.email, password: server.secret('Second-horse-77') });
  const identifier = 'https://same.example.test/';
  await first.createApi({ identifier });
  await second.createApi({ identifier });
  const rp = await RelyingParty.of(second, await second.createWebApp());

  await assert.rejects(rp.signIn(ada), 'the password of one tenant is not that of the other');
  assert.notEqual((await rp.signIn({ email: ada.email, password: 'Second-horse-77' })).claims().sub, ada.user_id);
});

test('a management token of one tenant is refused by the other', async () => {
  const token = await first.token();

  for (const [method, path] of [['GET', '/users'], ['GET', '/clients'], ['POST', '/clients'], ['GET', '/tenants/settings']]) {
    const answer = await send(`${second.origin}/api/v2`, { method, path: `/api/v2${path}`, bearer: token, ...(method === 'POST' ? { json: { name: 'x' } } : {}) });
    assert.equal(answer.status, 401, `${method} ${path}: ${answer.text}`);
  }
});

test('tokens, codes and sessions of one tenant are worth nothing at the other', async () => {
  const client = await first.createWebApp();
  const rp = await RelyingParty.of(first, client);
  const agent = new UserAgent();
  const tokens = await rp.signIn(ada, { agent, scope: 'openid offline_access' });
  const stranger = await second.createWebApp();

  assert.equal((await send(`${second.origin}/userinfo`, { bearer: tokens.access_token })).status, 401);
  const refresh = await send(`${second.origin}/oauth/token`, { form: { grant_type: 'refresh_token', client_id: stranger.client_id, client_secret: stranger.client_secret, refresh_token: tokens.refresh_token } });
  assert.equal(refresh.status, 403);
  const foreign = await send(`${second.origin}/oauth/token`, { form: { grant_type: 'client_credentials', client_id: first.values.mgmt_client_id, client_secret: first.values.mgmt_client_secret, audience: second.audience } });
  assert.equal(foreign.status, 401);
  const own = await RelyingParty.of(second, stranger);
  const cookie = `auth0=${agent.jar.get('auth0')}`;
  const silent = await new UserAgent().open((await own.begin({ prompt: 'none' })).url, { headers: { cookie } });
  assert.equal(silent.redirect?.searchParams.get('error'), 'login_required');
  assert.ok((await oidc.refreshTokenGrant(rp.config, tokens.refresh_token)).access_token, 'at home it works on');
});

test('a management token for the wrong audience is refused', async () => {
  const api = await first.createApi();
  const machine = await first.createMachine();
  await first.grant(machine, api);
  const token = (await send(`${first.origin}/oauth/token`, { form: { grant_type: 'client_credentials', client_id: machine.client_id, client_secret: machine.client_secret, audience: api.identifier } })).json.access_token;
  assert.equal(decodeJwt(token).aud, api.identifier);

  const answer = await send(`${first.origin}/api/v2/users`, { bearer: token });

  assert.equal(answer.status, 401, answer.text);
});

test('unknown hosts are 404 on every path, also on pages and the management API', async () => {
  for (const host of ['nobody.localhost', 'a.b.localhost', 'example.org', 'localhost.evil.example.test', 'other.localhost.evil.example.test']) {
    for (const path of ['/.well-known/openid-configuration', '/authorize', '/oauth/token', '/u/login', '/api/v2/users', '/userinfo']) {
      const answer = await send(server.base, { path, method: path === '/oauth/token' ? 'POST' : 'GET', headers: { host: `${host}:${new URL(server.base).port}` } });
      assert.equal(answer.status, 404, `${host}${path}`);
    }
  }
});

test('the host name is read without regard to case, and a trailing dot does no harm', async () => {
  const port = new URL(server.base).port;

  const upper = await send(server.base, { path: '/.well-known/openid-configuration', headers: { host: `LOCALHOST:${port}` } });
  assert.equal(upper.status, 200);
  assert.equal(upper.json.issuer, server.issuer, 'and never decides how the issuer is spelt');
  const dot = await send(server.base, { path: '/.well-known/openid-configuration', headers: { host: `localhost.:${port}` } });
  assert.ok([200, 404].includes(dot.status));
  if (dot.status === 200) assert.equal(dot.json.issuer, server.issuer);
});

test('forwarded headers from an untrusted peer change nothing', async () => {
  const headers = { 'x-forwarded-host': 'evil.example.test', 'x-forwarded-proto': 'http', forwarded: 'host=evil.example.test;proto=http', 'x-original-host': 'evil.example.test' };

  const answer = await send(`${server.base}/.well-known/openid-configuration`, { headers });

  assert.equal(answer.json.issuer, server.issuer);
});

test('a login page of one tenant cannot be finished at the other', async () => {
  const rp = await RelyingParty.of(first, await first.createWebApp());
  const agent = new UserAgent();
  const login = await openLogin(agent, (await rp.begin()).url);
  login.url.host = new URL(second.origin).host;

  const outcome = await agent.submit(login, { username: ada.email, password: ada.password });

  assert.ok(!outcome.redirect?.searchParams.get('code'), `${outcome.redirect ?? outcome}`);
});
