// Where sessions live (`sessions.store`), beyond what the rest of the suite sees of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from './harness/eventually.mjs';
import { send } from './harness/http.mjs';
import { certificateOfRun } from './harness/certificate.mjs';
import { freePorts } from './harness/ports.mjs';
import { Receiver } from './harness/receiver.mjs';
import { Redis } from './harness/redis.mjs';
import { RelyingParty } from './harness/relying_party.mjs';
import { startServer, startTwin } from './harness/server.mjs';
import { Tenant } from './harness/tenant.mjs';
import { UserAgent } from './harness/user_agent.mjs';

async function scene(store) {
  const server = await startServer({ config: { sessions: { store } } });
  const tenant = new Tenant(server);
  const ada = await tenant.createUser();
  const first = await RelyingParty.of(tenant, await tenant.createWebApp());
  const second = await RelyingParty.of(tenant, await tenant.createWebApp({ callbacks: ['https://shop.example.test/callback'] }));
  return { server, tenant, ada, first, second };
}

// The checks of a session's life that hold wherever it lives.
async function liveAndDie({ tenant, ada, first, second }) {
  const agent = new UserAgent();
  const one = await first.signIn(ada, { agent });
  const two = await second.signInSilently(agent);
  assert.equal(two.claims().sid, one.claims().sid);

  const stolen = agent.jar.get('cardea_session') ?? agent.jar.get('auth0');
  assert.ok(stolen, `cookies: ${agent.jar.names()}`);
  await agent.open(`${tenant.origin}/v2/logout?client_id=${first.client.client_id}&returnTo=${encodeURIComponent('https://app.example.test/bye')}`);
  const copy = new UserAgent({ headers: { cookie: `auth0=${stolen}; auth0_compat=${stolen}` } });
  await assert.rejects(first.signInSilently(copy), { error: 'login_required' }, 'a copy of the cookie from before the logout');

  const again = new UserAgent();
  await first.signIn(ada, { agent: again });
  await tenant.management.users.update(ada.user_id, { password: `${ada.password}-2`, connection: 'Username-Password-Authentication' });
  await assert.rejects(first.signInSilently(again), { error: 'login_required' }, 'after a new password');
  ada.password = `${ada.password}-2`;
  tenant.server.secret(ada.password);
  await first.signIn(ada, { agent: again });
  await first.signInSilently(again);
}

for (const store of ['database', 'jwt']) {
  test(`sessions in ${store}: single sign-on, logout, a new password`, async () => {
    const made = await scene(store);
    try {
      await liveAndDie(made);
    } finally {
      await made.server.stop();
    }
  });
}

test('sessions in Redis: single sign-on, logout, a new password; two nodes share them', async () => {
  const redis = await Redis.start();
  const made = await scene(redis.url);
  const twin = await startTwin(made.server);
  try {
    await liveAndDie(made);

    const agent = new UserAgent();
    await made.first.signIn(made.ada, { agent });
    const there = await agent.request(`${twin.base}/authorize?client_id=${made.first.client.client_id}&response_type=code&scope=openid&prompt=none&redirect_uri=${encodeURIComponent(made.first.redirectUri)}`, { headers: { host: made.server.host } });
    assert.match(there.headers.location, /[?&]code=/);
  } finally {
    await twin.stop({ cleanUp: false });
    await made.server.stop();
    await redis.kill();
  }
});

test('the loss of Redis signs nobody out, keeps nobody from signing in, and is told', async () => {
  const redis = await Redis.start();
  const made = await scene(redis.url);
  const { server, first, second, ada } = made;
  const agent = new UserAgent();
  const before = await first.signIn(ada, { agent });
  await redis.kill();

  const kept = await second.signInSilently(agent);
  assert.equal(kept.claims().sid, before.claims().sid, 'the same session goes on');
  const newcomer = new UserAgent();
  await first.signIn(ada, { agent: newcomer });
  await second.signInSilently(newcomer);
  const health = await send(`${server.base}/health`, { headers: { host: server.host } });
  assert.equal(health.status, 200);
  assert.equal(health.json.status, 'degraded');
  await first.signInSilently(newcomer);
  await newcomer.open(`${made.tenant.origin}/v2/logout?client_id=${first.client.client_id}`);
  await redis.start();

  await eventually(async () => (await send(`${server.base}/health`, { headers: { host: server.host } })).json.status === 'ok', { what: 'Redis in use again' });
  const after = await first.signInSilently(agent);
  assert.equal(after.claims().sid, before.claims().sid);
  await assert.rejects(first.signInSilently(newcomer), { error: 'login_required' }, 'who signed out meanwhile stays out');
  await server.stop();
  await redis.kill();
});

test('what somebody writes into Redis makes nobody somebody else, and lets nobody in', async () => {
  const redis = await Redis.start();
  const made = await scene(redis.url);
  const { server, first, second, ada, tenant } = made;
  const bob = await tenant.createUser();
  const agent = new UserAgent(), leaver = new UserAgent();
  const ofBob = await first.signIn(bob);
  const before = await first.signIn(ada, { agent });
  await first.signIn(ada, { agent: leaver });
  const far = Date.now() + 9e9;
  const forged = JSON.stringify({ user: 'anybody', user_id: ofBob.claims().sub, auth_time: far, last_seen_at: far, idle_expires_at: far, expires_at: far, amr: ['mfa'], revoked: false });
  for (const key of (await redis.run('KEYS', 'cardea:session:*')).split('\n').filter(Boolean)) await redis.run('HSET', key, 'session', forged);

  const after = await second.signInSilently(agent, { max_age: '3600' });
  assert.equal(after.claims().sub, ada.user_id);
  assert.equal(after.claims().auth_time, before.claims().auth_time ?? after.claims().auth_time);
  assert.ok(after.claims().auth_time * 1000 <= Date.now());
  await leaver.open(`${tenant.origin}/v2/logout?client_id=${first.client.client_id}`);
  for (const key of (await redis.run('KEYS', 'cardea:session:*')).split('\n').filter(Boolean)) await redis.run('HSET', key, 'session', forged);
  await assert.rejects(first.signInSilently(leaver), { error: 'login_required' });
  await server.stop();
  await redis.kill();
});

test('a logout tells the applications of a session that is in Redis', async () => {
  const redis = await Redis.start();
  const [port] = await freePorts(1);
  const told = new Receiver(port);
  await told.ready;
  const server = await startServer({ config: { sessions: { store: redis.url }, egress: { allow: [`127.0.0.1:${port}`], ca_file: certificateOfRun().certificate } } });
  const tenant = new Tenant(server);
  const ada = await tenant.createUser();
  const app = await RelyingParty.of(tenant, await tenant.createWebApp({
    oidc_logout: { backchannel_logout_urls: [`${told.url}/out`], backchannel_logout_initiators: { mode: 'all' } } }));
  const agent = new UserAgent();
  const tokens = await app.signIn(ada, { agent });

  await tenant.management.users.update(ada.user_id, { password: `${ada.password}-2`, connection: 'Username-Password-Authentication' });
  tenant.server.secret(`${ada.password}-2`);

  const call = await told.next((request) => request.path === '/out');
  assert.match(call.body, /logout_token=/);
  const payload = JSON.parse(Buffer.from(new URLSearchParams(call.body).get('logout_token').split('.')[1], 'base64url'));
  assert.equal(payload.sid, tokens.claims().sid);
  await server.stop();
  await told.close();
  await redis.kill();
});
