import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accept, decline, enterPassword, expectCallback, openLogin } from './harness/forms.mjs';
import { RelyingParty } from './harness/relying_party.mjs';
import { startServer } from './harness/server.mjs';
import { Tenant } from './harness/tenant.mjs';
import { Page, UserAgent } from './harness/user_agent.mjs';

let server, tenant, api, partner;
before(async () => {
  server = await startServer();
  tenant = new Tenant(server);
  api = await tenant.createApi();
  const client = await tenant.createWebApp({ name: 'Partner Portal', is_first_party: false, callbacks: ['https://partner.example.test/callback'] });
  await tenant.grant(client, api, ['read:orders', 'write:orders'], { subject_type: 'user' });
  partner = await RelyingParty.of(tenant, client);
});
after(() => server.stop());

// Signs in and stops at the consent page.
async function reachConsent(rp, person, parameters, agent = new UserAgent()) {
  const { url, checks } = await rp.begin(parameters);
  const page = await enterPassword(agent, await openLogin(agent, url), person);
  assert.ok(page instanceof Page && page.find('button[value=accept]'), `expected the consent page: ${page.redirect ?? page}`);
  return { agent, page, checks };
}

test('a third-party application asks for consent, which names the application and what it wants', async () => {
  const person = await tenant.createUser();
  const { agent, page, checks } = await reachConsent(partner, person, { audience: api.identifier, scope: 'openid email read:orders' });
  assert.match(page.root.text, /Partner Portal/);
  assert.match(page.root.text, /Read orders/);
  assert.doesNotMatch(page.root.text, /Write orders/);

  const tokens = await partner.finish(expectCallback(await accept(agent, page)), checks);

  assert.equal(tokens.claims().sub, person.user_id);
});

test('what was granted is remembered; more of it asks again', async () => {
  const person = await tenant.createUser();
  const { agent, page } = await reachConsent(partner, person, { audience: api.identifier, scope: 'openid read:orders' });
  expectCallback(await accept(agent, page));

  await partner.signInSilently(agent, { audience: api.identifier, scope: 'openid read:orders' });
  const { url } = await partner.begin({ audience: api.identifier, scope: 'openid read:orders write:orders' });
  const more = await agent.open(url);
  assert.ok(more instanceof Page, `was sent to ${more.redirect}`);
  assert.match(more.root.text, /Write orders/);
});

test('no is access_denied at the application', async () => {
  const person = await tenant.createUser();
  const { agent, page, checks } = await reachConsent(partner, person, { audience: api.identifier, scope: 'openid read:orders' });

  const callback = expectCallback(await decline(agent, page));

  assert.equal(callback.searchParams.get('error'), 'access_denied');
  assert.equal(callback.searchParams.get('error_description'), 'User did not authorize the request');
  assert.equal(callback.searchParams.get('state'), checks.expectedState);
});

test('prompt=none without consent is consent_required', async () => {
  const person = await tenant.createUser();
  const own = await RelyingParty.of(tenant, await tenant.createWebApp());
  const agent = new UserAgent();
  await own.signIn(person, { agent });
  const { url } = await partner.begin({ prompt: 'none', audience: api.identifier, scope: 'openid read:orders' });

  const outcome = await agent.open(url);

  assert.equal(outcome.redirect?.searchParams.get('error'), 'consent_required');
  assert.equal(outcome.redirect.searchParams.get('error_description'), 'Consent required');
});

test('prompt=consent asks although it was granted', async () => {
  const person = await tenant.createUser();
  const { agent, page } = await reachConsent(partner, person, { audience: api.identifier, scope: 'openid read:orders' });
  expectCallback(await accept(agent, page));

  const { url } = await partner.begin({ prompt: 'consent', audience: api.identifier, scope: 'openid read:orders' });
  const again = await agent.open(url);

  assert.ok(again instanceof Page && again.find('button[value=accept]'), `${again.redirect ?? again}`);
});

test('a first-party application on its own domain needs no consent where the API says so', async () => {
  const person = await tenant.createUser();
  const own = await RelyingParty.of(tenant, await tenant.createWebApp());

  const tokens = await own.signIn(person, { audience: api.identifier, scope: 'openid read:orders' });

  assert.equal(tokens.claims().sub, person.user_id);
});

test('one on localhost cannot prove who it is and asks for an API', async () => {
  const person = await tenant.createUser();
  const local = await RelyingParty.of(tenant, await tenant.createWebApp({ callbacks: ['http://localhost:5173/callback'] }));

  const { agent, page, checks } = await reachConsent(local, person, { audience: api.identifier, scope: 'openid read:orders' });
  const tokens = await local.finish(expectCallback(await accept(agent, page)), checks);

  assert.equal(tokens.claims().sub, person.user_id);
});

test('the consent of one person is nothing to another', async () => {
  const [first, second] = [await tenant.createUser(), await tenant.createUser()];
  const { agent, page } = await reachConsent(partner, first, { audience: api.identifier, scope: 'openid read:orders' });
  expectCallback(await accept(agent, page));

  await reachConsent(partner, second, { audience: api.identifier, scope: 'openid read:orders' });
});
