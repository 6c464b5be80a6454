import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { decodeJwt } from 'jose';
import { send } from './harness/http.mjs';
import { oidc, RelyingParty } from './harness/relying_party.mjs';
import { startServer } from './harness/server.mjs';
import { Tenant } from './harness/tenant.mjs';

let server, tenant, ada, api, rotating, lenient, steady;
const LEEWAY = 2;
const rotation = (leeway) => ({ rotation_type: 'rotating', expiration_type: 'expiring', leeway, token_lifetime: 86400, idle_token_lifetime: 3600, infinite_token_lifetime: false, infinite_idle_token_lifetime: false });
before(async () => {
  server = await startServer();
  tenant = new Tenant(server);
  ada = await tenant.createUser();
  api = await tenant.createApi({ allow_offline_access: true });
  rotating = await RelyingParty.of(tenant, await tenant.createWebApp({ refresh_token: rotation(0) }));
  lenient = await RelyingParty.of(tenant, await tenant.createWebApp({ refresh_token: rotation(LEEWAY) }));
  steady = await RelyingParty.of(tenant, await tenant.createWebApp());
});
after(() => server.stop());

const OFFLINE = 'openid email read:orders offline_access';
const begin = (rp) => rp.signIn(ada, { scope: OFFLINE, audience: api.identifier });
const refresh = (rp, token, more) => oidc.refreshTokenGrant(rp.config, token, more);
const refused = (promise) => assert.rejects(promise, (error) => error.error === 'invalid_grant' && error.status === 403 && error.error_description === 'Unknown or invalid refresh token.');

test('with rotation each use gives a new refresh token, and tokens for the same user, audience and scope', async () => {
  const first = await begin(rotating);
  const second = await refresh(rotating, first.refresh_token);
  const third = await refresh(rotating, second.refresh_token);

  assert.equal(new Set([first.refresh_token, second.refresh_token, third.refresh_token]).size, 3);
  assert.equal(third.claims().sub, ada.user_id);
  assert.equal(third.claims().sid, first.claims().sid);
  assert.equal(third.claims().nonce, undefined);
  const [before, after] = [decodeJwt(first.access_token), decodeJwt(third.access_token)];
  assert.deepEqual(after.aud, before.aud);
  assert.deepEqual(after.scope.split(' ').sort(), before.scope.split(' ').sort());
});

test('a refresh token used twice outside the leeway revokes the whole family', async () => {
  const first = await begin(rotating);
  const second = await refresh(rotating, first.refresh_token);

  await refused(refresh(rotating, first.refresh_token));
  await refused(refresh(rotating, second.refresh_token));
  const types = (await tenant.management.logs.list({ per_page: 100, page: 0 })).data.map((entry) => entry.type);
  assert.ok(types.includes('ferrt'), 'the log says that a rotating token was used again');
});

test('one family does not harm another of the same user and client', async () => {
  const [one, two] = [await begin(rotating), await begin(rotating)];
  await refresh(rotating, one.refresh_token);
  await refused(refresh(rotating, one.refresh_token));

  await refresh(rotating, two.refresh_token);
});

test('inside the leeway the previous token still works, later it does not', async () => {
  const first = await begin(lenient);
  const second = await refresh(lenient, first.refresh_token);
  const overlap = await refresh(lenient, first.refresh_token);
  assert.ok(overlap.access_token);
  assert.ok(overlap.refresh_token ?? second.refresh_token);

  await new Promise((resolve) => setTimeout(resolve, (LEEWAY + 1) * 1000));
  await refused(refresh(lenient, first.refresh_token));
});

test('without rotation the token stays good and no new one comes', async () => {
  const first = await begin(steady);

  for (let round = 0; round < 3; round++) {
    const next = await refresh(steady, first.refresh_token);
    assert.equal(next.refresh_token, undefined);
    assert.equal(next.claims().sub, ada.user_id);
  }
});

test('a narrower scope is for this access token only; a wider one is not given', async () => {
  const first = await begin(steady);

  const narrow = await refresh(steady, first.refresh_token, { scope: 'openid read:orders' });
  assert.deepEqual(decodeJwt(narrow.access_token).scope.split(' ').sort(), ['openid', 'read:orders']);
  const full = await refresh(steady, first.refresh_token);
  assert.ok(decodeJwt(full.access_token).scope.includes('email'));
  const wide = await refresh(steady, first.refresh_token, { scope: 'openid write:orders' }).catch((error) => error);
  if (!(wide instanceof Error)) assert.ok(!decodeJwt(wide.access_token).scope.includes('write:orders'));
});

test('the token of one client is worth nothing to another', async () => {
  const first = await begin(steady);

  await refused(refresh(rotating, first.refresh_token));
  assert.ok((await refresh(steady, first.refresh_token)).access_token);
});

test('nonsense is refused in the words that auth0-spa-js looks for', async () => {
  for (const token of ['x', 'v1.AAAA', `${'A'.repeat(5000)}`, '%00', 'ü']) {
    const answer = await send(`${server.base}/oauth/token`, { form: { grant_type: 'refresh_token', ...steady.credentials(), refresh_token: token } });
    assert.equal(answer.status, 403, token.slice(0, 10));
    assert.deepEqual(answer.json, { error: 'invalid_grant', error_description: 'Unknown or invalid refresh token.' });
  }
  const missing = await send(`${server.base}/oauth/token`, { form: { grant_type: 'refresh_token', ...steady.credentials() } });
  assert.deepEqual([missing.status, missing.json], [400, { error: 'invalid_request', error_description: 'Missing required parameter: refresh_token' }]);
});

test('offline_access needs an API that allows it and a client that may refresh', async () => {
  const closed = await tenant.createApi({ allow_offline_access: false });
  const noRefresh = await RelyingParty.of(tenant, await tenant.createWebApp({ grant_types: ['authorization_code'] }));

  assert.equal((await steady.signIn(ada, { scope: OFFLINE, audience: closed.identifier })).refresh_token, undefined);
  assert.equal((await noRefresh.signIn(ada, { scope: OFFLINE, audience: api.identifier })).refresh_token, undefined);
  assert.ok((await steady.signIn(ada, { scope: 'openid offline_access' })).refresh_token, 'the bare userinfo audience always allows it');
});

test('a blocked or deleted user cannot refresh', async () => {
  const [blocked, deleted] = [await tenant.createUser(), await tenant.createUser()];
  const tokens = [];
  for (const person of [blocked, deleted]) tokens.push((await steady.signIn(person, { scope: 'openid offline_access' })).refresh_token);

  await tenant.management.users.update(blocked.user_id, { blocked: true });
  await tenant.management.users.delete(deleted.user_id);

  for (const token of tokens) await assert.rejects(refresh(steady, token), (error) => [401, 403].includes(error.status));
});

test('idle and absolute lifetimes end a family', async () => {
  const short = await RelyingParty.of(tenant, await tenant.createWebApp({ refresh_token: { ...rotation(0), token_lifetime: 3, idle_token_lifetime: 2 } }));
  const idle = await begin(short);
  const absolute = await begin(short);

  await new Promise((resolve) => setTimeout(resolve, 1500));
  const renewed = await refresh(short, absolute.refresh_token);
  await new Promise((resolve) => setTimeout(resolve, 1700));

  await refused(refresh(short, idle.refresh_token));
  await refused(refresh(short, renewed.refresh_token));
});

test('refresh tokens outlive the browser session', async () => {
  const { UserAgent } = await import('./harness/user_agent.mjs');
  const agent = new UserAgent();
  const tokens = await steady.signIn(ada, { agent, scope: 'openid offline_access' });
  await agent.open(`${server.base}/v2/logout?client_id=${steady.client.client_id}`);

  assert.ok((await refresh(steady, tokens.refresh_token)).access_token);
});
