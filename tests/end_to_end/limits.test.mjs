// With the limits on, as they are by default: guessing and flooding are slowed down, everybody else goes on.
import assert from 'node:assert/strict';
import https from 'node:https';
import { after, before, test } from 'node:test';
import { openLogin } from './harness/forms.mjs';
import { send } from './harness/http.mjs';
import { RelyingParty } from './harness/relying_party.mjs';
import { startServer } from './harness/server.mjs';
import { Tenant } from './harness/tenant.mjs';
import { UserAgent } from './harness/user_agent.mjs';

let server, tenant, app, rp;
before(async () => {
  server = await startServer({ config: { limits: { enabled: true } } });
  tenant = new Tenant(server);
  app = await tenant.createWebApp({ grant_types: ['password', 'authorization_code'] });
  rp = await RelyingParty.of(tenant, app);
});
after(() => server.stop());

// `from`: the address of this machine that the request comes from.
const login = (person, password, from) => send(`${server.base}/oauth/token`, {
  json: { grant_type: 'password', client_id: app.client_id, client_secret: app.client_secret, username: person.email, password, scope: 'openid' },
  ...(from ? { agent: new https.Agent({ localAddress: from }) } : {}),
});
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function guess(person, times) {
  for (let i = 0; i < times; i++) {
    const answer = await login(person, `Wrong-horse-${i}`);
    assert.equal(answer.status, 403, `guess ${i}: ${answer.text}`);
  }
}

test('ten wrong passwords block the account for this address, with the right password too', async () => {
  const person = await tenant.createUser();
  await guess(person, 10);

  const blocked = await login(person, person.password);

  assert.equal(blocked.status, 429, blocked.text);
  assert.equal(blocked.json.error, 'too_many_attempts');
  const agent = new UserAgent();
  const page = await agent.submit(await openLogin(agent, (await rp.begin()).url), { username: person.email, password: person.password });
  assert.ok(page.alerts?.length > 0, `${page.redirect ?? page}`);
});

test('another address and another account are not blocked by that', async () => {
  const [person, other] = [await tenant.createUser(), await tenant.createUser()];
  await guess(person, 10);
  assert.equal((await login(person, person.password)).status, 429);

  assert.equal((await login(other, other.password)).status, 200);
  assert.equal((await login(person, person.password, '127.0.0.77')).status, 200, 'the owner comes from elsewhere');
});

test('an account that does not exist is blocked in the same way', async () => {
  const nobody = { email: `nobody-${process.pid}@example.test` };
  await guess(nobody, 10);

  assert.equal((await login(nobody, 'Wrong-horse-x')).status, 429);
});

test('a new password lifts the block', async () => {
  const person = await tenant.createUser();
  await guess(person, 10);
  assert.equal((await login(person, person.password)).status, 429);

  await tenant.management.users.update(person.user_id, { password: server.secret('Unblocked-horse-9') });
  await pause(200);

  assert.equal((await login(person, 'Unblocked-horse-9')).status, 200);
});

test('a right password in between counts the failures anew', async () => {
  const person = await tenant.createUser();
  await guess(person, 9);
  assert.equal((await login(person, person.password)).status, 200);
  await guess(person, 9);

  assert.equal((await login(person, person.password)).status, 200);
});
