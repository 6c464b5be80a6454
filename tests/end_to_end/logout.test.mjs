import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accept } from './harness/forms.mjs';
import { oidc, RelyingParty } from './harness/relying_party.mjs';
import { startServer } from './harness/server.mjs';
import { Tenant } from './harness/tenant.mjs';
import { Page, UserAgent } from './harness/user_agent.mjs';

const BYE = 'https://app.example.test/bye';
let server, tenant, ada, rp;
before(async () => {
  server = await startServer();
  tenant = new Tenant(server);
  await tenant.management.tenants.settings.update({ allowed_logout_urls: ['https://www.example.test/left'] });
  ada = await tenant.createUser();
  rp = await RelyingParty.of(tenant, await tenant.createWebApp({ allowed_logout_urls: [BYE, 'https://*.shop.example.test/out'] }));
});
after(() => server.stop());

async function signedIn() {
  const agent = new UserAgent();
  const tokens = await rp.signIn(ada, { agent });
  return { agent, tokens };
}

async function isSignedIn(agent) {
  const outcome = await agent.open((await rp.begin({ prompt: 'none' })).url);
  return outcome.redirect.searchParams.get('error') !== 'login_required';
}

const leave = (agent, path, parameters) => agent.open(`${server.base}${path}?${new URLSearchParams(parameters)}`);

test('/v2/logout ends the session and returns to a listed address', async () => {
  const { agent } = await signedIn();

  const outcome = await leave(agent, '/v2/logout', { client_id: rp.client.client_id, returnTo: BYE });

  assert.equal(outcome.redirect?.href, BYE);
  assert.equal(await isSignedIn(agent), false);
});

test('/v2/logout kills the session on the server, not only the cookie', async () => {
  const { agent } = await signedIn();
  const stolen = agent.jar.get('auth0');
  await leave(agent, '/v2/logout', { client_id: rp.client.client_id, returnTo: BYE });

  const thief = new UserAgent();
  const outcome = await thief.open((await rp.begin({ prompt: 'none' })).url, { headers: { cookie: `auth0=${stolen}` } });

  assert.equal(outcome.redirect?.searchParams.get('error'), 'login_required');
});

test('/v2/logout: without returnTo the first listed address, without a client the list of the tenant, with neither OK', async () => {
  const first = await leave((await signedIn()).agent, '/v2/logout', { client_id: rp.client.client_id });
  assert.equal(first.redirect?.href, BYE);
  const second = await leave((await signedIn()).agent, '/v2/logout', { returnTo: 'https://www.example.test/left' });
  assert.equal(second.redirect?.href, 'https://www.example.test/left');
  const { agent } = await signedIn();
  const third = await leave(agent, '/v2/logout', {});
  assert.equal(third.status, 200);
  assert.equal(await isSignedIn(agent), false);
});

test('/v2/logout: * stands for a subdomain, query and fragment do not count', async () => {
  for (const returnTo of ['https://eu.shop.example.test/out', `${BYE}?reason=done`]) {
    const outcome = await leave((await signedIn()).agent, '/v2/logout', { client_id: rp.client.client_id, returnTo });
    assert.equal(outcome.redirect?.href, returnTo);
  }
});

test('/v2/logout: an address that is not listed stays on an error page', async () => {
  const wrong = ['https://evil.example.test/', 'https://app.example.test/by', `${BYE}/more`, 'https://app.example.test.evil.example.test/bye', 'javascript:alert(1)', '//evil.example.test', `${BYE}\r\nX: y`, 'https://app.example.test:444/bye', 'https://a.b.shop.example.test/out'];
  for (const returnTo of wrong) {
    const page = await leave(new UserAgent(), '/v2/logout', { client_id: rp.client.client_id, returnTo });
    assert.ok(page instanceof Page, `${returnTo} was followed`);
    assert.equal(page.status, 400, `${returnTo}: ${page}`);
  }
  const otherList = await leave(new UserAgent(), '/v2/logout', { client_id: rp.client.client_id, returnTo: 'https://www.example.test/left' });
  assert.ok(otherList instanceof Page, 'with a client its own list counts');
});

test('/oidc/logout with the ID token ends the session without a question and brings state back', async () => {
  const { agent, tokens } = await signedIn();
  const url = oidc.buildEndSessionUrl(rp.config, { id_token_hint: tokens.id_token, post_logout_redirect_uri: BYE, state: 'bye & bye' });

  const outcome = await agent.open(url);

  assert.equal(outcome.redirect?.origin + outcome.redirect?.pathname, BYE);
  assert.equal(outcome.redirect.searchParams.get('state'), 'bye & bye');
  assert.equal(await isSignedIn(agent), false);
});

test('/oidc/logout by POST and with logout_hint', async () => {
  const { agent, tokens } = await signedIn();

  const outcome = await agent.open(`${server.base}/oidc/logout`, { method: 'POST', form: { logout_hint: tokens.claims().sid, client_id: rp.client.client_id, post_logout_redirect_uri: BYE } });

  assert.equal(outcome.redirect?.href, BYE);
  assert.equal(await isSignedIn(agent), false);
});

test('/oidc/logout without a hint asks first, and no keeps the session', async () => {
  const { agent } = await signedIn();
  const parameters = { client_id: rp.client.client_id, post_logout_redirect_uri: BYE };

  const question = await leave(agent, '/oidc/logout', parameters);
  assert.ok(question instanceof Page, `was sent to ${question.redirect}`);
  assert.equal(await isSignedIn(agent), true, 'asking ends nothing');
  await agent.submit(question, {}, { button: { action: 'deny' } });
  assert.equal(await isSignedIn(agent), true);

  const done = await accept(agent, await leave(agent, '/oidc/logout', parameters));
  assert.equal(done.redirect?.href, BYE);
  assert.equal(await isSignedIn(agent), false);
});

test('/oidc/logout: the hint of another session also asks', async () => {
  const one = await signedIn();
  const two = await signedIn();

  const question = await leave(two.agent, '/oidc/logout', { id_token_hint: one.tokens.id_token, post_logout_redirect_uri: BYE });

  assert.ok(question instanceof Page, `was sent to ${question.redirect}`);
  assert.equal(await isSignedIn(two.agent), true);
});

test('/oidc/logout: the question can be switched off for the tenant', async () => {
  await tenant.management.tenants.settings.update({ sessions: { oidc_logout_prompt_enabled: false } });
  try {
    const { agent } = await signedIn();
    const outcome = await leave(agent, '/oidc/logout', { client_id: rp.client.client_id, post_logout_redirect_uri: BYE });
    assert.equal(outcome.redirect?.href, BYE);
  } finally {
    await tenant.management.tenants.settings.update({ sessions: { oidc_logout_prompt_enabled: true } });
  }
});

test('/oidc/logout: an unlisted address or a forged hint is an error page', async () => {
  const { agent, tokens } = await signedIn();
  const [head, , signature] = tokens.id_token.split('.');
  const forged = `${head}.${Buffer.from(JSON.stringify({ ...tokens.claims(), sub: 'auth0|x' })).toString('base64url')}.${signature}`;

  for (const parameters of [{ id_token_hint: tokens.id_token, post_logout_redirect_uri: 'https://evil.example.test/' }, { id_token_hint: forged, post_logout_redirect_uri: BYE }]) {
    const page = await leave(agent, '/oidc/logout', parameters);
    assert.ok(page instanceof Page, `was sent to ${page.redirect}`);
    assert.equal(page.status, 400, `${page}`);
  }
});

test('leaving without being signed in is no error', async () => {
  const outcome = await leave(new UserAgent(), '/v2/logout', { client_id: rp.client.client_id, returnTo: BYE });

  assert.equal(outcome.redirect?.href, BYE);
});
