import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { certificateOfRun } from './harness/certificate.mjs';
import { eventually } from './harness/eventually.mjs';
import { freePorts } from './harness/ports.mjs';
import { Receiver } from './harness/receiver.mjs';
import { RelyingParty } from './harness/relying_party.mjs';
import { startServer } from './harness/server.mjs';
import { Tenant } from './harness/tenant.mjs';
import { UserAgent } from './harness/user_agent.mjs';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
let server, tenant, receiver, forbidden;
before(async () => {
  const [port, closed] = await freePorts(2);
  receiver = new Receiver(port);
  forbidden = new Receiver(closed);
  await Promise.all([receiver.ready, forbidden.ready]);
  server = await startServer({ config: { egress: { allow: [`127.0.0.1:${port}`], ca_file: certificateOfRun().certificate } } });
  tenant = new Tenant(server);
});
after(async () => {
  await Promise.all([receiver.close(), forbidden.close()]);
  await server.stop();
});

const listening = async (path, base = receiver.url) => RelyingParty.of(tenant, await tenant.createWebApp({ oidc_logout: { backchannel_logout_urls: [`${base}${path}`] } }));
const leave = (agent) => agent.open(`${server.base}/v2/logout`);

async function logoutTokenOf(request, rp) {
  assert.equal(request.method, 'POST');
  assert.match(request.headers['content-type'], /^application\/x-www-form-urlencoded/);
  const token = new URLSearchParams(request.body).get('logout_token');
  return jwtVerify(token, createRemoteJWKSet(new URL(`${server.issuer}.well-known/jwks.json`)), { issuer: server.issuer, audience: rp.client.client_id });
}

test('every application of the session is told, with a logout token that verifies', async () => {
  const [one, two] = [await listening('/one'), await listening('/two')];
  const ada = await tenant.createUser();
  const agent = new UserAgent();
  const { sid } = (await one.signIn(ada, { agent })).claims();
  await two.signInSilently(agent);
  const before = Math.floor(Date.now() / 1000);

  await leave(agent);

  for (const [path, rp] of [['/one', one], ['/two', two]]) {
    const { payload, protectedHeader } = await logoutTokenOf(await receiver.next((request) => request.path === path), rp);
    assert.equal(protectedHeader.alg, 'RS256');
    assert.equal(payload.sub, ada.user_id);
    assert.equal(payload.sid, sid);
    assert.deepEqual(payload.events, { [EVENT]: {} });
    assert.equal(payload.nonce, undefined);
    assert.ok(payload.jti);
    assert.ok(payload.iat >= before - 1);
    assert.equal(payload.exp - payload.iat, 120);
  }
});

test('an application that was not part of the session is not told', async () => {
  const [part, other] = [await listening('/part'), await listening('/other')];
  const ada = await tenant.createUser();
  await other.signIn(ada, { agent: new UserAgent() });
  const agent = new UserAgent();
  await part.signIn(ada, { agent });

  await leave(agent);
  await receiver.next((request) => request.path === '/part');

  assert.equal(receiver.requests.some((request) => request.path === '/other'), false);
});

test('an answer that is no success is tried again', async () => {
  const rp = await listening('/weak');
  receiver.statusFor = (request) => (request.path === '/weak' && receiver.requests.filter((seen) => seen.path === '/weak').length === 1 ? 500 : 200);
  const agent = new UserAgent();
  await rp.signIn(await tenant.createUser(), { agent });

  await leave(agent);

  await eventually(() => receiver.requests.filter((request) => request.path === '/weak').length >= 2, { what: 'a second try', milliseconds: 20_000 });
});

test('a private address that the configuration does not allow is never called, and the log says so', async () => {
  const rp = await listening('/secret', forbidden.url);
  const agent = new UserAgent();
  await rp.signIn(await tenant.createUser(), { agent });

  await leave(agent);

  await eventually(async () => (await tenant.management.logs.list({ per_page: 100, page: 0 })).data.some((entry) => entry.type === 'oidc_backchannel_logout_failed' && entry.client_id === rp.client.client_id), { what: 'the failure in the log', milliseconds: 30_000 });
  assert.deepEqual(forbidden.requests, []);
});
