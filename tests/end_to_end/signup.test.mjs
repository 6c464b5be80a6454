import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openLogin, signInThroughForms, signUpThroughForms } from './harness/forms.mjs';
import { send } from './harness/http.mjs';
import { awaitMail, mailsTo } from './harness/mail.mjs';
import { RelyingParty } from './harness/relying_party.mjs';
import { startServer } from './harness/server.mjs';
import { DIRECTORY, PASSWORD, Tenant, unique } from './harness/tenant.mjs';
import { Page, UserAgent } from './harness/user_agent.mjs';

let server, tenant, app, rp;
before(async () => {
  server = await startServer();
  tenant = new Tenant(server);
  app = await tenant.createWebApp();
  rp = await RelyingParty.of(tenant, app);
});
after(() => server.stop());

async function openSignUp(agent = new UserAgent()) {
  const login = await openLogin(agent, (await rp.begin()).url);
  return agent.open(login.link(/sign.?up/i));
}

test('a person signs up through the pages and is signed in', async () => {
  const person = tenant.newcomer();
  const agent = new UserAgent();
  const { url, checks } = await rp.begin();

  const tokens = await rp.finish(await signUpThroughForms(agent, url, person), checks);

  assert.match(tokens.claims().sub, /^auth0\|/);
  assert.equal(tokens.claims().email, person.email);
  assert.equal(tokens.claims().email_verified, false);
  const user = (await tenant.management.users.list({ q: `email:"${person.email}"` })).data;
  assert.equal(user.length, 1);
  assert.equal(user[0].user_id, tokens.claims().sub);
  assert.equal(user[0].logins_count, 1);
  await rp.signIn(person);
});

test('the address is verified by the mail that follows', async () => {
  const person = tenant.newcomer();
  const { url } = await rp.begin();
  await signUpThroughForms(new UserAgent(), url, person);

  const mail = await awaitMail(server.mailFolder, person.email);
  assert.ok(mail.subject);
  assert.ok(mail.text && mail.html, 'the mail has a text and an HTML part');
  const link = mail.links.find((href) => href.startsWith(server.issuer));
  assert.ok(link, `a link to the server in ${mail.links}`);
  let page = await new UserAgent().open(link);
  assert.equal(page.status, 200, `${page}`);
  if (page.all('form').length) page = await new UserAgent().submit(page, {}, { field: undefined });
  assert.ok(page.redirect || page.status === 200, `${page}`);

  const again = await rp.signIn(person);
  assert.equal(again.claims().email_verified, true);
  const second = await new UserAgent().open(link);
  assert.ok(!(second instanceof Page) || second.status < 500);
});

test('a weak password is refused with the reason, and nothing that was typed is lost', async () => {
  const agent = new UserAgent();
  const page = await openSignUp(agent);
  const address = `${unique('weak')}@example.test`;

  const refused = await agent.submit(page, { email: address, password: 'short' });

  assert.ok(refused instanceof Page, `was sent to ${refused.redirect}`);
  assert.ok(refused.alerts.length > 0 || refused.find('[aria-invalid=true]'), `${refused} says what is wrong`);
  assert.equal(refused.find('[name=email]').getAttribute('value'), address);
  assert.ok(!refused.find('[name=password]').getAttribute('value'), 'the password is not sent back');
  assert.equal((await tenant.management.users.list({ q: `email:"${address}"` })).data.length, 0);
});

test('an address that has an account cannot be taken, whatever its case', async () => {
  const taken = await tenant.createUser();
  const agent = new UserAgent();

  const refused = await agent.submit(await openSignUp(agent), { email: taken.email.toUpperCase(), password: PASSWORD });

  assert.ok(refused instanceof Page, `was sent to ${refused.redirect}`);
  assert.ok(refused.alerts.length > 0, `${refused}`);
  assert.equal((await tenant.management.users.list({ q: `email:"${taken.email}"` })).data.length, 1);
});

test('sign-up can be switched off for the directory', async () => {
  const directory = await tenant.directory();
  await tenant.management.connections.update(directory.id, { options: { ...directory.options, disable_signup: true } });
  try {
    const login = await openLogin(new UserAgent(), (await rp.begin()).url);
    assert.ok(!login.all('a[href]').some((a) => /\/u\/signup/.test(a.getAttribute('href'))), 'no link to the registration');
    const api = await send(`${server.base}/dbconnections/signup`, { json: { client_id: app.client_id, connection: DIRECTORY, email: `${unique('no')}@example.test`, password: PASSWORD } });
    assert.equal(api.status, 400, api.text);
  } finally {
    await tenant.management.connections.update(directory.id, { options: { ...directory.options, disable_signup: false } });
  }
});

test('signup through the API has the answers of the reference', async () => {
  const signUp = (body) => send(`${server.base}/dbconnections/signup`, { json: { client_id: app.client_id, connection: DIRECTORY, ...body } });
  const email = `${unique('api')}@example.test`;

  const done = await signUp({ email, password: PASSWORD, user_metadata: { plan: 'gold' } });
  assert.equal(done.status, 200, done.text);
  assert.equal(done.json.email, email);
  assert.equal(done.json.email_verified, false);
  assert.doesNotMatch(done.json._id, /\|/);
  const again = await signUp({ email, password: PASSWORD });
  assert.equal(again.status, 400);
  assert.equal(again.json.code, 'invalid_signup');
  assert.equal(again.json.description, 'Invalid sign up');
  assert.equal(again.json.statusCode, 400);
  const weak = await signUp({ email: `${unique('api')}@example.test`, password: 'a' });
  assert.equal(weak.status, 400);
  assert.equal(weak.json.name, 'PasswordStrengthError');
  assert.equal(weak.json.code, 'invalid_password');
  assert.ok(Array.isArray(weak.json.description.rules));
  for (const wrong of [{ email }, { password: PASSWORD }, { email: 'not an address', password: PASSWORD }]) {
    assert.equal((await signUp(wrong)).status, 400, JSON.stringify(wrong));
  }
});

test('a pasted address with spaces around it and capitals still signs in', async () => {
  const person = await tenant.createUser();

  const callback = await signInThroughForms(new UserAgent(), (await rp.begin()).url, { email: `  ${person.email.toUpperCase()} `, password: person.password });

  assert.ok(callback.searchParams.get('code'));
});

test('wrong password and unknown account look alike', async () => {
  const person = await tenant.createUser();
  const tryOut = async (email) => {
    const agent = new UserAgent();
    const page = await openLogin(agent, (await rp.begin()).url);
    return agent.submit(page, { username: email, password: 'Wrong-horse-9' });
  };

  const [wrong, unknown] = [await tryOut(person.email), await tryOut(`${unique('nobody')}@example.test`)];

  assert.ok(wrong.alerts.length > 0, `${wrong}`);
  assert.deepEqual(unknown.alerts, wrong.alerts);
  assert.equal(unknown.status, wrong.status);
  assert.equal(wrong.find('[name=username]').getAttribute('value'), person.email, 'what was typed is kept');
});

test('a blocked user cannot sign in', async () => {
  const person = await tenant.createUser();
  await tenant.management.users.update(person.user_id, { blocked: true });
  const agent = new UserAgent();

  const outcome = await agent.submit(await openLogin(agent, (await rp.begin()).url), { username: person.email, password: person.password });

  if (outcome.redirect) {
    assert.equal(outcome.redirect.searchParams.get('error'), 'unauthorized');
    assert.equal(outcome.redirect.searchParams.get('error_description'), 'user is blocked');
  } else {
    assert.ok(outcome.alerts.length > 0, `${outcome}`);
  }
  assert.equal(agent.jar.get('auth0'), undefined);
});

test('an existing account gets no verification mail by its creation, a new one exactly one', async () => {
  const existing = await tenant.createUser();
  const person = tenant.newcomer();
  await signUpThroughForms(new UserAgent(), (await rp.begin()).url, person);
  await awaitMail(server.mailFolder, person.email);

  assert.equal((await mailsTo(server.mailFolder, person.email)).length, 1);
  assert.equal((await mailsTo(server.mailFolder, existing.email)).length, 0);
});
