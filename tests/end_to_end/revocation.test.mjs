import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { send } from './harness/http.mjs';
import { oidc, RelyingParty } from './harness/relying_party.mjs';
import { startServer } from './harness/server.mjs';
import { Tenant } from './harness/tenant.mjs';

let server, tenant, ada, rp, other;
before(async () => {
  server = await startServer();
  tenant = new Tenant(server);
  ada = await tenant.createUser();
  rp = await RelyingParty.of(tenant, await tenant.createWebApp());
  other = await RelyingParty.of(tenant, await tenant.createWebApp());
});
after(() => server.stop());

const begin = () => rp.signIn(ada, { scope: 'openid offline_access' });
const revoke = (body, options) => send(`${server.base}/oauth/revoke`, { json: body, ...options });

test('openid-client revokes a refresh token, which is dead from then on', async () => {
  const tokens = await begin();

  await oidc.tokenRevocation(rp.config, tokens.refresh_token);

  await assert.rejects(oidc.refreshTokenGrant(rp.config, tokens.refresh_token), (error) => error.error === 'invalid_grant');
});

test('an unknown token is 200 and empty, as JSON and as a form', async () => {
  const body = { ...rp.credentials(), token: 'unknown' };

  for (const answer of [await revoke(body), await send(`${server.base}/oauth/revoke`, { form: body })]) {
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.text, '');
  }
});

test('another client cannot revoke it, and learns nothing', async () => {
  const tokens = await begin();

  await revoke({ ...other.credentials(), token: tokens.refresh_token });

  assert.ok((await oidc.refreshTokenGrant(rp.config, tokens.refresh_token)).access_token);
});

test('bad requests are told apart', async () => {
  assert.deepEqual([(await revoke(rp.credentials())).status, (await revoke(rp.credentials())).json.error], [400, 'invalid_request']);
  const stranger = await revoke({ client_id: rp.client.client_id, client_secret: 'wrong', token: 'x' });
  assert.deepEqual([stranger.status, stranger.json.error], [401, 'invalid_client']);
});

test('a public client revokes with its id alone', async () => {
  const spa = await RelyingParty.of(tenant, await tenant.createSpa({ callbacks: ['https://app.example.test/callback'] }));
  const tokens = await spa.signIn(ada, { scope: 'openid offline_access' });

  const answer = await revoke({ client_id: spa.client.client_id, token: tokens.refresh_token });

  assert.equal(answer.status, 200, answer.text);
  await assert.rejects(oidc.refreshTokenGrant(spa.config, tokens.refresh_token));
});

test('any generation revokes the family', async () => {
  const rotating = await RelyingParty.of(tenant, await tenant.createSpa({ callbacks: ['https://app.example.test/callback'] }));
  const first = await rotating.signIn(ada, { scope: 'openid offline_access' });
  const second = await oidc.refreshTokenGrant(rotating.config, first.refresh_token);

  await oidc.tokenRevocation(rotating.config, first.refresh_token);

  await assert.rejects(oidc.refreshTokenGrant(rotating.config, second.refresh_token), (error) => error.error === 'invalid_grant');
});

test('introspection tells the owner what a token is worth (RFC 7662)', async () => {
  const tokens = await begin();

  const access = await oidc.tokenIntrospection(rp.config, tokens.access_token);
  const refresh = await oidc.tokenIntrospection(rp.config, tokens.refresh_token, { token_type_hint: 'refresh_token' });

  for (const answer of [access, refresh]) {
    assert.equal(answer.active, true);
    assert.equal(answer.sub, ada.user_id);
    assert.equal(answer.client_id, rp.client.client_id);
  }
  assert.equal(access.iss, tenant.issuer);
  assert.ok(access.exp > Date.now() / 1000);
  await oidc.tokenRevocation(rp.config, tokens.refresh_token);
  assert.deepEqual(await oidc.tokenIntrospection(rp.config, tokens.refresh_token), { active: false });
});

test('introspection says no more than inactive about nonsense and to strangers, and asks who is there', async () => {
  const tokens = await begin();
  const endpoint = rp.config.serverMetadata().introspection_endpoint;

  for (const token of ['nonsense', 'a.b.c', `${tokens.access_token}x`]) {
    assert.deepEqual(await oidc.tokenIntrospection(rp.config, token), { active: false });
  }
  assert.deepEqual(await oidc.tokenIntrospection(other.config, tokens.refresh_token), { active: false });
  assert.equal((await send(endpoint, { form: { token: tokens.access_token } })).status, 401);
  assert.equal((await send(endpoint, { form: { token: tokens.access_token, client_id: rp.client.client_id, client_secret: 'wrong' } })).status, 401);
});
