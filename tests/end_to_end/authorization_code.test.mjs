import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { decodeJwt, jwtVerify } from 'jose';
import { signInThroughForms } from './harness/forms.mjs';
import { send } from './harness/http.mjs';
import { oidc, RelyingParty, verifyAccessToken } from './harness/relying_party.mjs';
import { startServer } from './harness/server.mjs';
import { Tenant, unique } from './harness/tenant.mjs';
import { UserAgent } from './harness/user_agent.mjs';

let server, tenant, ada, app, api, rp;
before(async () => {
  server = await startServer();
  tenant = new Tenant(server);
  ada = await tenant.createUser({ name: 'Ada Lovelace', given_name: 'Ada', family_name: 'Lovelace', nickname: 'ada' });
  app = await tenant.createWebApp();
  api = await tenant.createApi({ allow_offline_access: true });
  rp = await RelyingParty.of(tenant, app);
});
after(() => server.stop());

const exchange = (more) => send(`${server.base}/oauth/token`, { form: { grant_type: 'authorization_code', ...rp.credentials(), redirect_uri: rp.redirectUri, ...more } });

async function freshCode(parameters, agent = new UserAgent()) {
  const { url, checks } = await rp.begin(parameters);
  const callback = await signInThroughForms(agent, url, ada);
  return { callback, checks, code: callback.searchParams.get('code') };
}

test('openid-client signs a person in: code, PKCE, nonce, state, iss, signature of the ID token', async () => {
  const tokens = await rp.signIn(ada);
  const claims = tokens.claims();

  assert.equal(claims.sub, ada.user_id);
  assert.match(claims.sub, /^auth0\|/);
  assert.equal(claims.aud, app.client_id);
  assert.equal(claims.exp - claims.iat, 36000);
  assert.equal(claims.email, ada.email);
  assert.equal(claims.email_verified, true);
  assert.equal(claims.name, 'Ada Lovelace');
  assert.equal(claims.given_name, 'Ada');
  assert.match(claims.updated_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.ok(claims.sid);
  assert.equal(claims.auth_time, undefined, 'auth_time only when max_age was sent');
  assert.equal(tokens.token_type, 'bearer');
  assert.equal(tokens.expires_in, 86400);
  assert.equal(tokens.refresh_token, undefined, 'no refresh token without offline_access');
});

test('the callback carries code, state and iss (RFC 9207), and nothing else', async () => {
  const { callback, checks } = await freshCode();

  assert.deepEqual([...callback.searchParams.keys()].sort(), ['code', 'iss', 'state']);
  assert.equal(callback.searchParams.get('iss'), tenant.issuer);
  assert.equal(callback.searchParams.get('state'), checks.expectedState);
  assert.equal(`${callback.origin}${callback.pathname}`, rp.redirectUri);
});

test('openid-client refuses a callback with another iss or another state', async () => {
  const first = await freshCode();
  first.callback.searchParams.set('iss', 'https://evil.example.test/');
  await assert.rejects(rp.finish(first.callback, first.checks));

  const second = await freshCode();
  second.callback.searchParams.set('state', 'other');
  await assert.rejects(rp.finish(second.callback, second.checks));
});

test('the access token for an API is a JWT with the claims of the default dialect', async () => {
  const tokens = await rp.signIn(ada, { audience: api.identifier, scope: 'openid email read:orders' });
  const { payload, protectedHeader } = await verifyAccessToken(tenant, tokens.access_token, api.identifier, { typ: 'JWT' });

  assert.equal(payload.sub, ada.user_id);
  assert.deepEqual(payload.aud, [api.identifier, `${tenant.issuer}userinfo`]);
  assert.equal(payload.azp, app.client_id);
  assert.equal(payload.exp - payload.iat, 86400);
  assert.deepEqual(payload.scope.split(' ').sort(), ['email', 'openid', 'read:orders']);
  assert.equal(payload.gty, undefined);
  assert.equal(payload.permissions, undefined);
  assert.ok(protectedHeader.kid);
});

test('scopes that the API does not know are left out, and the answer says what was granted', async () => {
  const tokens = await rp.signIn(ada, { audience: api.identifier, scope: 'openid read:orders destroy:everything' });

  const granted = decodeJwt(tokens.access_token).scope.split(' ').sort();
  assert.deepEqual(granted, ['openid', 'read:orders']);
  assert.deepEqual(tokens.scope.split(' ').sort(), granted);
});

test('the RFC 9068 dialect: typ at+jwt, client_id and jti', async () => {
  const modern = await tenant.createApi({ token_dialect: 'rfc9068_profile', token_lifetime: 1234 });
  const tokens = await rp.signIn(ada, { audience: modern.identifier, scope: 'openid read:orders' });
  const { payload } = await verifyAccessToken(tenant, tokens.access_token, modern.identifier, { typ: 'at+jwt' });

  assert.equal(payload.client_id, app.client_id);
  assert.equal(payload.azp, undefined);
  assert.ok(payload.jti);
  assert.equal(payload.exp - payload.iat, 1234);
  assert.equal(tokens.expires_in, 1234);
});

test('without an audience the access token is good for userinfo only', async () => {
  const tokens = await rp.signIn(ada);
  const profile = await oidc.fetchUserInfo(rp.config, tokens.access_token, ada.user_id);

  assert.equal(profile.email, ada.email);
});

test('claims of the ID token follow the scopes', async () => {
  const bare = (await rp.signIn(ada, { scope: 'openid' })).claims();
  const email = (await rp.signIn(ada, { scope: 'openid email' })).claims();

  assert.deepEqual(Object.keys(bare).sort(), ['aud', 'exp', 'iat', 'iss', 'nonce', 'sid', 'sub']);
  assert.equal(email.email, ada.email);
  assert.equal(email.name, undefined);
});

test('without openid there is no ID token', async () => {
  const tokens = await rp.signIn(ada, { audience: api.identifier, scope: 'read:orders' });

  assert.equal(tokens.id_token, undefined);
  assert.equal(decodeJwt(tokens.access_token).aud, api.identifier);
});

test('a code works once; its second use is refused and revokes what the first gave', async () => {
  const { callback, checks, code } = await freshCode({ scope: 'openid offline_access', audience: api.identifier });
  const tokens = await rp.finish(callback, checks);
  assert.ok(tokens.refresh_token);

  const replay = await exchange({ code, code_verifier: checks.pkceCodeVerifier });

  assert.equal(replay.status, 403);
  assert.deepEqual(replay.json, { error: 'invalid_grant', error_description: 'Invalid authorization code' });
  await assert.rejects(oidc.refreshTokenGrant(rp.config, tokens.refresh_token), (error) => error.error === 'invalid_grant');
});

test('a code is bound to its verifier, redirect_uri and client', async () => {
  const stranger = await tenant.createWebApp();
  const wrongVerifier = await freshCode();
  const noVerifier = await freshCode();
  const wrongUri = await freshCode();
  const wrongClient = await freshCode();
  const invalid = { error: 'invalid_grant', error_description: 'Invalid authorization code' };

  const answers = {
    wrongVerifier: await exchange({ code: wrongVerifier.code, code_verifier: oidc.randomPKCECodeVerifier() }),
    noVerifier: await exchange({ code: noVerifier.code }),
    wrongUri: await exchange({ code: wrongUri.code, code_verifier: wrongUri.checks.pkceCodeVerifier, redirect_uri: 'https://app.example.test/other' }),
    wrongClient: await exchange({ code: wrongClient.code, code_verifier: wrongClient.checks.pkceCodeVerifier, client_id: stranger.client_id, client_secret: stranger.client_secret }),
    nonsense: await exchange({ code: 'nonsense', code_verifier: 'a'.repeat(43) }),
  };

  assert.deepEqual([answers.wrongVerifier.status, answers.wrongVerifier.json], [403, { error: 'invalid_grant', error_description: 'Failed to verify code verifier' }]);
  assert.ok([400, 403].includes(answers.noVerifier.status), answers.noVerifier.text);
  assert.ok(['invalid_grant', 'invalid_request'].includes(answers.noVerifier.json.error));
  assert.deepEqual([answers.wrongClient.status, answers.wrongClient.json], [403, invalid]);
  assert.deepEqual([answers.nonsense.status, answers.nonsense.json], [403, invalid]);
  assert.ok([400, 403].includes(answers.wrongUri.status), answers.wrongUri.text);
  assert.equal(answers.wrongUri.json.error, 'invalid_grant');
});

test('a verifier for a request that sent no challenge is refused, and a plain code works for a confidential client', async () => {
  const agent = new UserAgent();
  const url = new URL(`${server.base}/authorize`);
  url.search = new URLSearchParams({ client_id: app.client_id, response_type: 'code', redirect_uri: rp.redirectUri, scope: 'openid', state: 's' });
  const callback = await signInThroughForms(agent, url, ada);

  const answer = await exchange({ code: callback.searchParams.get('code') });

  assert.equal(answer.status, 200, answer.text);
  assert.equal(decodeJwt(answer.json.id_token).sub, ada.user_id);
});

test('token answers must not be cached, and JSON bodies work as well as forms', async () => {
  const { checks, code } = await freshCode();

  const answer = await send(`${server.base}/oauth/token`, { json: { grant_type: 'authorization_code', ...rp.credentials(), redirect_uri: rp.redirectUri, code, code_verifier: checks.pkceCodeVerifier } });

  assert.equal(answer.status, 200, answer.text);
  assert.match(answer.headers['cache-control'], /no-store/);
  assert.equal(answer.headers.pragma, 'no-cache');
  assert.equal(answer.json.token_type, 'Bearer');
});

test('a public client needs no secret but the verifier', async () => {
  const spa = await tenant.createSpa({ callbacks: ['https://app.example.test/callback'] });
  const own = await RelyingParty.of(tenant, spa);

  const tokens = await own.signIn(ada);

  assert.equal(tokens.claims().aud, spa.client_id);
});

test('a custom lifetime and HS256 of the client are followed', async () => {
  const settings = { jwt_configuration: { lifetime_in_seconds: 600, alg: 'HS256' } };
  const symmetric = await tenant.createWebApp(settings);
  const own = await RelyingParty.of(tenant, symmetric, { metadata: { id_token_signed_response_alg: 'HS256' }, verifiesSignature: false });

  const tokens = await own.signIn(ada);

  const { payload: claims } = await jwtVerify(tokens.id_token, new TextEncoder().encode(symmetric.client_secret), { algorithms: ['HS256'], issuer: tenant.issuer, audience: symmetric.client_id });
  assert.equal(claims.exp - claims.iat, 600);
});

test('the tenant default audience is used when none is asked for', async () => {
  await tenant.management.tenants.settings.update({ default_audience: api.identifier });
  try {
    const tokens = await rp.signIn(ada, { scope: 'openid read:orders' });
    assert.ok([decodeJwt(tokens.access_token).aud].flat().includes(api.identifier));
  } finally {
    await tenant.management.tenants.settings.update({ default_audience: '' });
  }
});

test('an unknown audience goes back to the application as access_denied', async () => {
  const { url } = await rp.begin({ audience: `https://${unique('nothing')}.example.test/` });
  const outcome = await new UserAgent().open(url);

  assert.equal(outcome.redirect?.searchParams.get('error'), 'access_denied');
  assert.match(outcome.redirect.searchParams.get('error_description'), /^Service not found: /);
});

test('what happened is in the tenant log', async () => {
  await rp.signIn(ada);

  const types = (await tenant.management.logs.list({ per_page: 100, page: 0 })).data.map((entry) => entry.type);
  for (const type of ['s', 'seacft', 'feacft', 'sapi']) assert.ok(types.includes(type), `${type} in ${[...new Set(types)]}`);
});
