import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { decodeJwt, exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { AuthenticationClient } from 'auth0/legacy';
import { send } from './harness/http.mjs';
import { oidc, RelyingParty, verifyAccessToken } from './harness/relying_party.mjs';
import { startServer } from './harness/server.mjs';
import { Tenant, unique } from './harness/tenant.mjs';

let server, tenant, machine, api, rp;
before(async () => {
  server = await startServer();
  tenant = new Tenant(server);
  machine = await tenant.createMachine();
  api = await tenant.createApi();
  await tenant.grant(machine, api);
  rp = await RelyingParty.of(tenant, machine);
});
after(() => server.stop());

const ask = (body, options) => send(`${server.base}/oauth/token`, { form: { grant_type: 'client_credentials', ...body }, ...options });
const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

async function checkToken(token, client = machine) {
  const { payload } = await verifyAccessToken(tenant, token, api.identifier);
  assert.equal(payload.sub, `${client.client_id}@clients`);
  assert.equal(payload.aud, api.identifier);
  assert.equal(payload.azp, client.client_id);
  assert.equal(payload.gty, 'client-credentials');
  assert.equal(payload.scope, 'read:orders');
}

test('openid-client gets a token with the secret in the body and in the header', async () => {
  for (const way of [oidc.ClientSecretPost, oidc.ClientSecretBasic]) {
    const own = await RelyingParty.of(tenant, machine, { authentication: way(machine.client_secret) });
    const tokens = await oidc.clientCredentialsGrant(own.config, { audience: api.identifier });

    await checkToken(tokens.access_token);
    assert.equal(tokens.expires_in, 86400);
    assert.equal(tokens.refresh_token, undefined);
    assert.equal(tokens.id_token, undefined);
  }
});

test('the SDK of the authentication API gets one, too', async () => {
  const client = new AuthenticationClient({ domain: tenant.values.domain, clientId: machine.client_id, clientSecret: machine.client_secret });

  const { data } = await client.oauth.clientCredentialsGrant({ audience: api.identifier });

  await checkToken(data.access_token);
});

test('the scope is what was granted, or less of it on request', async () => {
  const wide = await tenant.createMachine();
  await tenant.grant(wide, api, ['read:orders', 'write:orders']);
  const credentials = { client_id: wide.client_id, client_secret: wide.client_secret, audience: api.identifier };

  assert.equal(decodeJwt((await ask(credentials)).json.access_token).scope.split(' ').sort().join(' '), 'read:orders write:orders');
  assert.equal(decodeJwt((await ask({ ...credentials, scope: 'write:orders' })).json.access_token).scope, 'write:orders');
});

async function privateKeyClient(alg) {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const client = await tenant.createClient({
    app_type: 'non_interactive', grant_types: ['client_credentials'],
    client_authentication_methods: { private_key_jwt: { credentials: [{ name: 'key', credential_type: 'public_key', pem: await exportSPKI(publicKey), alg }] } },
  }, { users: false });
  await tenant.grant(client, api);
  return { client, privateKey };
}

test('private_key_jwt: openid-client with RS256 and PS256 keys', async () => {
  for (const alg of ['RS256', 'PS256']) {
    const { client, privateKey } = await privateKeyClient(alg);
    const own = await RelyingParty.of(tenant, client, { authentication: oidc.PrivateKeyJwt(privateKey) });

    const tokens = await oidc.clientCredentialsGrant(own.config, { audience: api.identifier });

    await checkToken(tokens.access_token, client);
  }
});

test('private_key_jwt: an assertion works once, must be fresh, for us, by the right key; a secret is refused', async () => {
  const { client, privateKey } = await privateKeyClient('RS256');
  const stranger = await generateKeyPair('RS256');
  const sign = (claims = {}, { key = privateKey, alg = 'RS256' } = {}) => {
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({ iss: client.client_id, sub: client.client_id, aud: tenant.issuer, iat: now, exp: now + 60, jti: unique('jti'), ...claims }).setProtectedHeader({ alg }).sign(key);
  };
  const use = (assertion) => ask({ client_assertion_type: ASSERTION, client_assertion: assertion, audience: api.identifier });
  const good = await sign();
  const now = Math.floor(Date.now() / 1000);

  assert.equal((await use(good)).status, 200);
  const wrong = {
    'used before': good,
    'expired': await sign({ iat: now - 600, exp: now - 300 }),
    'for somebody else': await sign({ aud: 'https://else.example.test/' }),
    'by another key': await sign({}, { key: stranger.privateKey }),
    'of another client': await sign({ iss: machine.client_id, sub: machine.client_id }),
    'iss and sub differ': await sign({ iss: machine.client_id }),
    'not yet valid': await sign({ nbf: now + 3600 }),
    'no expiry': await sign({ exp: undefined }),
    'unsigned': `${Buffer.from('{"alg":"none"}').toString('base64url')}.${(await sign()).split('.')[1]}.`,
    'HMAC with the public key': await sign({}, { key: new TextEncoder().encode(await exportSPKI((await generateKeyPair('RS256', { extractable: true })).publicKey)), alg: 'HS256' }),
    'nonsense': 'a.b.c',
  };
  for (const [name, assertion] of Object.entries(wrong)) {
    const answer = await use(assertion);
    assert.equal(answer.status, 401, `${name}: ${answer.text}`);
    assert.equal(answer.json.error, 'invalid_client', name);
  }
  const secret = await ask({ client_id: client.client_id, client_secret: 'x', audience: api.identifier });
  assert.equal(secret.status, 401);
});

test('client_secret_jwt: openid-client signs with the secret', async () => {
  const own = await RelyingParty.of(tenant, machine, { authentication: oidc.ClientSecretJwt(machine.client_secret) });

  const tokens = await oidc.clientCredentialsGrant(own.config, { audience: api.identifier });

  await checkToken(tokens.access_token);
});

test('wrong credentials are 401 and say no more than that', async () => {
  const audience = api.identifier;
  const wrong = {
    'wrong secret': await ask({ client_id: machine.client_id, client_secret: 'wrong', audience }),
    'no secret': await ask({ client_id: machine.client_id, audience }),
    'unknown client': await ask({ client_id: 'nobody', client_secret: 'x', audience }),
    'bad basic': await ask({ audience }, { headers: { authorization: 'Basic !!!' } }),
    'empty basic': await ask({ audience }, { headers: { authorization: 'Basic ' } }),
  };
  for (const [name, answer] of Object.entries(wrong)) {
    assert.equal(answer.status, 401, `${name}: ${answer.text}`);
    assert.ok(['invalid_client', 'access_denied'].includes(answer.json.error), name);
  }
  assert.equal(wrong['wrong secret'].text, wrong['unknown client'].text, 'known and unknown clients look alike');
});

test('errors of the request have the texts of the reference', async () => {
  const credentials = rp.credentials();
  const ungranted = await tenant.createApi();

  const unknown = await ask({ ...credentials, audience: 'https://nothing.example.test/' });
  assert.deepEqual([unknown.status, unknown.json], [403, { error: 'access_denied', error_description: 'Service not found: https://nothing.example.test/' }]);
  const closed = await ask({ ...credentials, audience: ungranted.identifier });
  assert.equal(closed.status, 403);
  assert.equal(closed.json.error, 'access_denied');
  assert.ok(closed.json.error_description.startsWith(`Client is not authorized to access "${ungranted.identifier}".`), closed.text);
  const missing = await ask(credentials);
  assert.ok([400, 403].includes(missing.status), missing.text);
  const web = await tenant.createWebApp();
  const forbidden = await ask({ client_id: web.client_id, client_secret: web.client_secret, audience: api.identifier });
  assert.equal(forbidden.status, 403);
  assert.equal(forbidden.json.error, 'unauthorized_client');
  assert.equal(forbidden.json.error_description, "Grant type 'client_credentials' not allowed for the client.");
});

test('a grant that is deleted or narrowed counts from the next request on', async () => {
  const client = await tenant.createMachine();
  const grant = await tenant.grant(client, api, ['read:orders', 'write:orders']);
  const credentials = { client_id: client.client_id, client_secret: client.client_secret, audience: api.identifier };

  await tenant.management.clientGrants.update(grant.id, { scope: ['write:orders'] });
  assert.equal(decodeJwt((await ask(credentials)).json.access_token).scope, 'write:orders');
  await tenant.management.clientGrants.delete(grant.id);
  assert.equal((await ask(credentials)).status, 403);
});

test('a rotated secret replaces the old one at once', async () => {
  const client = await tenant.createMachine();
  await tenant.grant(client, api);
  const fresh = await tenant.management.clients.rotateSecret(client.client_id);
  server.secret(fresh.client_secret);
  const body = { client_id: client.client_id, audience: api.identifier };

  assert.notEqual(fresh.client_secret, client.client_secret);
  assert.equal((await ask({ ...body, client_secret: client.client_secret })).status, 401);
  assert.equal((await ask({ ...body, client_secret: fresh.client_secret })).status, 200);
});
