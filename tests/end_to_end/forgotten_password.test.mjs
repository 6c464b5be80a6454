import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openLogin } from './harness/forms.mjs';
import { send } from './harness/http.mjs';
import { awaitMail, mailsTo } from './harness/mail.mjs';
import { oidc, RelyingParty } from './harness/relying_party.mjs';
import { startServer } from './harness/server.mjs';
import { DIRECTORY, Tenant, unique } from './harness/tenant.mjs';
import { Page, UserAgent } from './harness/user_agent.mjs';

const FRESH = 'Brand-new-horse-42';
let server, tenant, app, rp;
before(async () => {
  server = await startServer();
  server.secret(FRESH);
  tenant = new Tenant(server);
  app = await tenant.createWebApp();
  rp = await RelyingParty.of(tenant, app);
});
after(() => server.stop());

async function ask(email, agent = new UserAgent()) {
  const login = await openLogin(agent, (await rp.begin()).url);
  const page = await agent.open(login.link(/forgot|reset-password/i));
  assert.ok(page.find('[name=email]'), `${page}`);
  return agent.submit(page, { email });
}

async function linkFor(email) {
  const mail = await awaitMail(server.mailFolder, email, (found) => found.links.some((link) => /reset/.test(link)));
  return mail.links.find((link) => link.startsWith(server.issuer) && /reset/.test(link));
}

async function openReset(email, agent = new UserAgent()) {
  const page = await agent.open(await linkFor(email));
  assert.ok(page.find?.('[name=password-reset]'), `${page.redirect ?? page}`);
  return page;
}

test('a person who forgot the password gets a mail, chooses a new one, and signs in with it', async () => {
  const person = await tenant.createUser();
  const sent = await ask(person.email);
  assert.equal(sent.status, 200, `${sent}`);

  const agent = new UserAgent();
  const page = await openReset(person.email, agent);
  assert.ok(page.find('[autocomplete=username]'), 'a username field for the password manager');
  assert.equal(page.find('[name=password-reset]').getAttribute('autocomplete'), 'new-password');
  const done = await agent.submit(page, { 'password-reset': FRESH, 're-enter-password': FRESH });
  assert.ok(done.redirect || done.status === 200, `${done}`);

  await rp.signIn({ email: person.email, password: FRESH });
  const old = new UserAgent();
  const refused = await old.submit(await openLogin(old, (await rp.begin()).url), { username: person.email, password: person.password });
  assert.ok(refused.alerts?.length > 0, 'the old password is refused');
});

test('the link works once', async () => {
  const person = await tenant.createUser();
  await ask(person.email);
  const agent = new UserAgent();
  const page = await openReset(person.email, agent);
  await agent.submit(page, { 'password-reset': FRESH, 're-enter-password': FRESH });

  const again = await new UserAgent().open(await linkFor(person.email));

  assert.ok(again instanceof Page);
  assert.equal(again.find('[name=password-reset]'), null, 'no second change');
});

test('opening the link does not use it up: mail scanners open links too', async () => {
  const person = await tenant.createUser();
  await ask(person.email);
  const link = await linkFor(person.email);
  await new UserAgent().open(link);
  await send(link, { method: 'HEAD' });

  const page = await new UserAgent().open(link);

  assert.ok(page.find('[name=password-reset]'), `${page}`);
});

test('two different new passwords, or a weak one, are refused and the link stays good', async () => {
  const person = await tenant.createUser();
  await ask(person.email);
  const agent = new UserAgent();

  const unequal = await agent.submit(await openReset(person.email, agent), { 'password-reset': FRESH, 're-enter-password': `${FRESH}x` });
  assert.ok(unequal.alerts.length > 0 || unequal.find('[aria-invalid=true]'), `${unequal}`);
  const weak = await agent.submit(unequal, { 'password-reset': 'abc', 're-enter-password': 'abc' });
  assert.ok(weak.alerts.length > 0 || weak.find('[aria-invalid=true]'), `${weak}`);
  await agent.submit(weak, { 'password-reset': FRESH, 're-enter-password': FRESH });
  await rp.signIn({ email: person.email, password: FRESH });
});

test('an unknown account sees the same page and gets no mail', async () => {
  const person = await tenant.createUser();
  const stranger = `${unique('nobody')}@example.test`;

  const [known, unknown] = [await ask(person.email), await ask(stranger)];
  await linkFor(person.email);

  assert.equal(unknown.status, known.status);
  assert.equal(unknown.root.text.replaceAll(stranger, '…').replace(/\s+/g, ' '), known.root.text.replaceAll(person.email, '…').replace(/\s+/g, ' '));
  assert.deepEqual(await mailsTo(server.mailFolder, stranger), []);
});

test('a new password ends sessions and refresh tokens', async () => {
  const person = await tenant.createUser();
  const agent = new UserAgent();
  const tokens = await rp.signIn(person, { agent, scope: 'openid offline_access' });
  await ask(person.email);
  const other = new UserAgent();
  await other.submit(await openReset(person.email, other), { 'password-reset': FRESH, 're-enter-password': FRESH });

  await assert.rejects(oidc.refreshTokenGrant(rp.config, tokens.refresh_token), (error) => error.error === 'invalid_grant');
  const silent = await agent.open((await rp.begin({ prompt: 'none' })).url);
  assert.equal(silent.redirect?.searchParams.get('error'), 'login_required');
});

test('change_password of the API answers the same for everybody and sends the mail', async () => {
  const person = await tenant.createUser();
  const change = (email) => send(`${server.base}/dbconnections/change_password`, { json: { client_id: app.client_id, connection: DIRECTORY, email } });

  for (const email of [person.email, `${unique('nobody')}@example.test`]) {
    const answer = await change(email);
    assert.equal(answer.status, 200);
    assert.match(answer.headers['content-type'], /^text\/html/);
    assert.equal(answer.text, "We've just sent you an email to reset your password.");
  }
  assert.ok(await linkFor(person.email));
  assert.equal((await send(`${server.base}/dbconnections/change_password`, { json: { client_id: app.client_id } })).status, 400);
});

test('a forged or mangled ticket is an error page', async () => {
  const person = await tenant.createUser();
  await ask(person.email);
  const link = new URL(await linkFor(person.email));
  const ticket = link.searchParams.get('ticket');
  assert.ok(ticket, `${link} carries a ticket`);

  for (const wrong of [`${ticket.slice(0, -2)}${ticket.endsWith('AA') ? 'BB' : 'AA'}`, '', 'x'.repeat(3000), '%00', '../../etc']) {
    link.searchParams.set('ticket', wrong);
    const page = await new UserAgent().open(link);
    assert.ok(page instanceof Page);
    assert.equal(page.find('[name=password-reset]'), null, wrong.slice(0, 20));
    assert.ok(page.status < 500);
  }
});

test('/.well-known/change-password leads to where the password is changed', async () => {
  const answer = await send(`${server.base}/.well-known/change-password`);

  assert.equal(answer.status, 302);
  assert.ok(answer.headers.location);
});
