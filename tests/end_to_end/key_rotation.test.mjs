import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { decodeProtectedHeader } from 'jose';
import { send } from './harness/http.mjs';
import { oidc, RelyingParty, verifyAccessToken } from './harness/relying_party.mjs';
import { startServer } from './harness/server.mjs';
import { Tenant } from './harness/tenant.mjs';

let server, tenant, ada, rp;
before(async () => {
  server = await startServer();
  tenant = new Tenant(server);
  ada = await tenant.createUser();
  rp = await RelyingParty.of(tenant, await tenant.createWebApp());
});
after(() => server.stop());

const published = async () => (await send(`${server.base}/.well-known/jwks.json`)).json.keys.filter((key) => key.kty === 'RSA').map((key) => key.kid);
// Without those of other algorithms that a tenant may have beside RS256.
async function keys() {
  const rsa = await published();
  return (await tenant.management.keys.signing.list()).filter((key) => rsa.includes(key.kid));
}
const kidOf = (token) => decodeProtectedHeader(token).kid;

test('the current and the next key are published before they are needed', async () => {
  const list = await keys();
  const current = list.find((key) => key.current);
  const next = list.find((key) => key.next);

  assert.ok(current && next, JSON.stringify(list.map(({ cert, pkcs7, ...rest }) => rest)));
  assert.match(current.cert, /^-----BEGIN CERTIFICATE-----/);
  const kids = await published();
  assert.ok(kids.includes(current.kid) && kids.includes(next.kid));
  assert.equal(kidOf(await tenant.token()), current.kid);
});

test('after a rotation the next key signs, a new one is published, old tokens still verify', async () => {
  const before = await keys();
  const [current, next] = [before.find((key) => key.current), before.find((key) => key.next)];
  const old = (await rp.signIn(ada)).id_token;
  const oldAccess = await tenant.token();

  await tenant.management.keys.signing.rotate();

  const fresh = await rp.signIn(ada);
  assert.equal(kidOf(fresh.id_token), next.kid);
  const kids = await published();
  assert.ok(kids.includes(current.kid), 'the previous key stays published');
  assert.equal(kids.length, 3);
  assert.equal(kidOf(old), current.kid);
  await verifyAccessToken(tenant, oldAccess, tenant.audience);
  assert.equal((await tenant.call('GET', '/clients', { bearer: oldAccess })).status, 200, 'our own API accepts it, too');
  const after = await keys();
  assert.ok(after.find((key) => key.previous && key.kid === current.kid));
});

test('a relying party that was running takes the new key when it appears', async () => {
  await rp.signIn(ada);
  await tenant.management.keys.signing.rotate();
  const agentless = await RelyingParty.of(tenant, rp.client);

  assert.equal((await agentless.signIn(ada)).claims().sub, ada.user_id);
  const { jwks } = oidc.getJwksCache(agentless.config) ?? {};
  assert.ok(jwks.keys.length >= 2);
});

test('a revoked key is published no more and its tokens are refused', async () => {
  const token = await tenant.token();
  const kid = kidOf(token);
  await tenant.management.keys.signing.rotate();
  tenant.allScopes = undefined;
  const current = (await keys()).find((key) => key.current);

  const revoked = await tenant.call('PUT', `/keys/signing/${kid}/revoke`);
  assert.equal(revoked.status, 200, revoked.text);

  assert.ok(!(await published()).includes(kid));
  await assert.rejects(verifyAccessToken(tenant, token, tenant.audience));
  assert.equal((await tenant.call('GET', '/clients', { bearer: token })).status, 401);
  assert.notEqual(current.kid, kid);
});

test('keys of one tenant are not those of another', async () => {
  const other = new Tenant(server, await server.bootstrap('--tenant', 'other'));
  const theirs = (await send(`${other.issuer}.well-known/jwks.json`)).json.keys.map((key) => key.kid);

  for (const kid of await published()) assert.ok(!theirs.includes(kid));
});
