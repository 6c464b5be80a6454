import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openLogin } from './harness/forms.mjs';
import { RelyingParty } from './harness/relying_party.mjs';
import { startServer } from './harness/server.mjs';
import { Tenant } from './harness/tenant.mjs';
import { UserAgent } from './harness/user_agent.mjs';

let server, tenant, ada, first, second;
before(async () => {
  server = await startServer();
  tenant = new Tenant(server);
  ada = await tenant.createUser();
  first = await RelyingParty.of(tenant, await tenant.createWebApp());
  second = await RelyingParty.of(tenant, await tenant.createWebApp({ callbacks: ['https://shop.example.test/callback'] }));
});
after(() => server.stop());

test('who is signed in at one application is at the next, without a page, in one session', async () => {
  const agent = new UserAgent();
  const one = await first.signIn(ada, { agent });

  const two = await second.signInSilently(agent);

  assert.equal(two.claims().sub, one.claims().sub);
  assert.equal(two.claims().sid, one.claims().sid);
  assert.equal(two.claims().aud, second.client.client_id);
});

test('another browser is not signed in', async () => {
  await first.signIn(ada);

  await openLogin(new UserAgent(), (await second.begin()).url);
});

test('a client with sso_disabled always asks', async () => {
  const agent = new UserAgent();
  await first.signIn(ada, { agent });
  const alone = await RelyingParty.of(tenant, await tenant.createWebApp({ sso_disabled: true }));

  await openLogin(agent, (await alone.begin()).url);
});

test('two login pages open at once do not disturb each other', async () => {
  const agent = new UserAgent();
  const [one, two] = [await first.begin(), await second.begin()];
  const [pageOne, pageTwo] = [await openLogin(agent, one.url), await openLogin(agent, two.url)];

  const callbackTwo = await agent.submit(pageTwo, { username: ada.email, password: ada.password });
  const callbackOne = await agent.submit(pageOne, { username: ada.email, password: ada.password });

  assert.equal((await second.finish(callbackTwo.redirect, two.checks)).claims().sub, ada.user_id);
  assert.equal((await first.finish(callbackOne.redirect, one.checks)).claims().sub, ada.user_id);
});

test('signing in as somebody else replaces the session', async () => {
  const agent = new UserAgent();
  const grace = await tenant.createUser();
  const one = await first.signIn(ada, { agent });

  const two = await first.signIn(grace, { agent, prompt: 'login' });

  assert.equal(two.claims().sub, grace.user_id);
  assert.notEqual(two.claims().sid, one.claims().sid);
  assert.equal((await second.signInSilently(agent)).claims().sub, grace.user_id);
});

test('a session id is new after login: what an attacker planted before is worth nothing', async () => {
  const attacker = new UserAgent();
  const victim = new UserAgent();
  victim.jar = attacker.jar;
  await openLogin(victim, (await first.begin()).url);
  const planted = new Map(attacker.jar.names().map((name) => [name, attacker.jar.get(name)]));
  await first.signIn(ada, { agent: victim });

  const cookie = [...planted].map(([name, value]) => `${name}=${value}`).join('; ');
  const answer = await new UserAgent().open((await first.begin({ prompt: 'none' })).url, { headers: { cookie } });

  assert.equal(answer.redirect?.searchParams.get('error'), 'login_required');
});

test('a mangled session cookie is no session and no error', async () => {
  for (const cookie of ['auth0=x', 'auth0=', 'auth0=%00%ff', `auth0=${'A'.repeat(3000)}`, 'auth0="; auth0=b', '=;=;;;']) {
    const answer = await new UserAgent().open((await first.begin({ prompt: 'none' })).url, { headers: { cookie } });
    assert.equal(answer.redirect?.searchParams.get('error'), 'login_required', cookie.slice(0, 30));
  }
});

test('a login form without its own cookies or with a forged token is refused', async () => {
  const agent = new UserAgent();
  const page = await openLogin(agent, (await first.begin()).url);
  const other = new UserAgent();
  const stolen = await other.submit(page, { username: ada.email, password: ada.password });

  assert.ok(!stolen.redirect?.searchParams.get('code'), 'a form that another browser got signs nobody in here');
  assert.equal(other.jar.get('auth0'), undefined);
});
