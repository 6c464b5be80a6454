import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { send } from './harness/http.mjs';
import { oidc, RelyingParty } from './harness/relying_party.mjs';
import { startServer } from './harness/server.mjs';
import { Tenant } from './harness/tenant.mjs';

let server, tenant, ada, rp, api;
before(async () => {
  server = await startServer();
  tenant = new Tenant(server);
  ada = await tenant.createUser({ name: 'Ada Lovelace', given_name: 'Ada', family_name: 'Lovelace', nickname: 'countess', picture: 'https://example.test/ada.png' });
  rp = await RelyingParty.of(tenant, await tenant.createWebApp());
  api = await tenant.createApi();
});
after(() => server.stop());

const userinfo = (token, options) => send(`${server.base}/userinfo`, { headers: token === undefined ? {} : { authorization: `Bearer ${token}` }, ...options });

test('the claims follow the scopes of the token', async () => {
  const claims = async (scope) => {
    const tokens = await rp.signIn(ada, { scope });
    return oidc.fetchUserInfo(rp.config, tokens.access_token, ada.user_id);
  };

  assert.deepEqual(await claims('openid'), { sub: ada.user_id });
  assert.deepEqual(await claims('openid email'), { sub: ada.user_id, email: ada.email, email_verified: true });
  const profile = await claims('openid profile');
  assert.equal(profile.name, 'Ada Lovelace');
  assert.equal(profile.given_name, 'Ada');
  assert.equal(profile.family_name, 'Lovelace');
  assert.equal(profile.nickname, 'countess');
  assert.equal(profile.picture, 'https://example.test/ada.png');
  assert.match(profile.updated_at, /^\d{4}-\d\d-\d\dT.*Z$/);
  assert.equal(profile.email, undefined);
});

test('GET and POST, also with an API token that was asked for with openid', async () => {
  const tokens = await rp.signIn(ada, { audience: api.identifier, scope: 'openid email read:orders' });

  const [got, posted] = [await userinfo(tokens.access_token), await userinfo(tokens.access_token, { method: 'POST' })];

  assert.equal(got.status, 200, got.text);
  assert.match(got.headers['content-type'], /^application\/json/);
  assert.deepEqual(posted.json, got.json);
  assert.match(got.headers['cache-control'] ?? '', /no-store|private|no-cache/);
});

test('it shows what the user is now, not what he was at login', async () => {
  const tokens = await rp.signIn(ada, { scope: 'openid profile' });
  await tenant.management.users.update(ada.user_id, { nickname: 'enchantress' });

  assert.equal((await userinfo(tokens.access_token)).json.nickname, 'enchantress');
});

test('anything but a good token is 401 with WWW-Authenticate', async () => {
  const tokens = await rp.signIn(ada, { audience: api.identifier, scope: 'openid read:orders' });
  const noOpenid = await rp.signIn(ada, { audience: api.identifier, scope: 'read:orders' });
  const good = tokens.access_token;
  const [head, body, signature] = good.split('.');
  const wrong = {
    'none': undefined,
    'nonsense': 'nonsense',
    'an ID token': tokens.id_token,
    'a management token': await tenant.token(),
    'a token without openid': noOpenid.access_token,
    'a changed signature': `${head}.${body}.${signature.slice(0, -4)}AAAA`,
    'a changed body': `${head}.${Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(body, 'base64url')), sub: 'auth0|1' })).toString('base64url')}.${signature}`,
    'no signature': `${Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')}.${body}.`,
    'too long': 'a'.repeat(7000),
    'three dots': '...',
  };
  for (const [name, token] of Object.entries(wrong)) {
    const answer = await userinfo(token);
    assert.equal(answer.status, 401, `${name}: ${answer.status} ${answer.text}`);
    assert.match(answer.headers['www-authenticate'] ?? '', /^Bearer/, name);
  }
});

test('a deleted user has no userinfo', async () => {
  const person = await tenant.createUser();
  const tokens = await rp.signIn(person);
  await tenant.management.users.delete(person.user_id);

  assert.equal((await userinfo(tokens.access_token)).status, 401);
});
