import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openLogin, expectCallback, enterPassword, signInThroughForms } from './harness/forms.mjs';
import { fillForm, Page, UserAgent } from './harness/user_agent.mjs';
import { oidc, RelyingParty } from './harness/relying_party.mjs';
import { startServer } from './harness/server.mjs';
import { Tenant } from './harness/tenant.mjs';

let server, tenant, ada, app, rp;
before(async () => {
  server = await startServer();
  tenant = new Tenant(server);
  ada = await tenant.createUser();
  app = await tenant.createWebApp({ callbacks: ['https://app.example.test/callback', 'https://*.shop.example.test/callback', 'https://app.example.test/with?query=1'], web_origins: ['https://app.example.test'] });
  rp = await RelyingParty.of(tenant, app);
});
after(() => server.stop());

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const authorize = (parameters) => `${server.base}/authorize?${new URLSearchParams(parameters)}`;
const request = (more = {}) => ({ client_id: app.client_id, response_type: 'code', redirect_uri: rp.redirectUri, scope: 'openid', state: 'app-state', ...more });

test('response_mode=form_post posts the answer to the callback with a form that submits itself', async () => {
  const { url, checks } = await rp.begin({ response_mode: 'form_post' });
  const agent = new UserAgent();
  const page = await enterPassword(agent, await openLogin(agent, url), ada);

  assert.ok(page instanceof Page, `expected the self-submitting page, was sent to ${page.redirect}`);
  const form = page.form('code');
  assert.equal(form.getAttribute('action'), rp.redirectUri);
  assert.equal(form.getAttribute('method').toLowerCase(), 'post');
  assert.ok(page.find('button, input[type=submit]'), 'a button for those without JavaScript');
  assert.match(page.answer.headers['cache-control'] ?? '', /no-store/);
  const body = fillForm(page, form, {});
  const callback = new Request(rp.redirectUri, { method: 'POST', body: new URLSearchParams([...body].filter(([name]) => ['code', 'state', 'iss'].includes(name))), headers: { 'content-type': 'application/x-www-form-urlencoded' } });
  const tokens = await oidc.authorizationCodeGrant(rp.config, callback, checks);
  assert.equal(tokens.claims().sub, ada.user_id);
});

test('response_mode=fragment puts the answer behind the #', async () => {
  const { url, checks } = await rp.begin({ response_mode: 'fragment' });
  const callback = await signInThroughForms(new UserAgent(), url, ada);

  assert.equal(callback.search, '');
  const answer = new URLSearchParams(callback.hash.slice(1));
  assert.equal(answer.get('state'), checks.expectedState);
  assert.equal(answer.get('iss'), tenant.issuer);
  assert.ok(answer.get('code'));
});

test('response_mode=web_message is a page that posts the answer to the web origin, and may be framed by it', async () => {
  const agent = new UserAgent();
  await rp.signIn(ada, { agent });

  const page = await agent.open(authorize(request({ response_mode: 'web_message', prompt: 'none' })));

  assert.equal(page.status, 200);
  assert.match(page.answer.text, /postMessage/);
  assert.match(page.answer.text, /authorization_response/);
  assert.match(page.answer.text, /https:\/\/app\.example\.test/);
  assert.equal(page.answer.headers['x-frame-options'], undefined);
  assert.doesNotMatch(page.answer.headers['content-security-policy'] ?? '', /frame-ancestors 'none'/);
});

test('web_message to an origin that the client does not list is refused', async () => {
  const agent = new UserAgent();
  const foreign = await tenant.createWebApp({ callbacks: ['https://shop.example.test/callback'] });

  const page = await agent.open(authorize({ client_id: foreign.client_id, response_type: 'code', redirect_uri: 'https://shop.example.test/callback', scope: 'openid', state: 's', response_mode: 'web_message', prompt: 'none' }));

  assert.ok(page instanceof Page);
  assert.doesNotMatch(page.answer.text, /"code":/);
  assert.ok(page.status >= 400 && page.status < 500, `${page}`);
});

test('prompt=none without a session is login_required, with one it succeeds without a page', async () => {
  const agent = new UserAgent();
  const refused = await agent.open(authorize(request({ prompt: 'none' })));
  assert.equal(refused.redirect?.searchParams.get('error'), 'login_required');
  assert.equal(refused.redirect.searchParams.get('error_description'), 'Login required');
  assert.equal(refused.redirect.searchParams.get('state'), 'app-state');
  assert.equal(refused.redirect.searchParams.get('iss'), tenant.issuer);

  await rp.signIn(ada, { agent });
  const tokens = await rp.signInSilently(agent);
  assert.equal(tokens.claims().sub, ada.user_id);
});

test('a session makes the next login silent, with the same sid', async () => {
  const agent = new UserAgent();
  const first = await rp.signIn(ada, { agent });

  const { url, checks } = await rp.begin();
  const second = await rp.finish(expectCallback(await agent.open(url)), checks);

  assert.equal(second.claims().sid, first.claims().sid);
});

test('prompt=login asks again although there is a session, and adds auth_time', async () => {
  const agent = new UserAgent();
  await rp.signIn(ada, { agent });
  await wait(1100);
  const since = Math.floor(Date.now() / 1000);

  const tokens = await rp.signIn(ada, { agent, prompt: 'login' });

  assert.ok(tokens.claims().auth_time >= since, 'auth_time is that of the new login');
});

test('max_age: a fresh session passes with auth_time, an old one asks again, and with prompt=none is login_required', async () => {
  const agent = new UserAgent();
  const first = await rp.signIn(ada, { agent, max_age: 3600 });
  const time = first.claims().auth_time;
  assert.ok(Math.abs(time - Date.now() / 1000) < 30);
  const silent = await rp.signInSilently(agent, { max_age: 3600 });
  assert.equal(silent.claims().auth_time, time, 'a silent login does not renew the authentication');

  await wait(2100);
  const refused = await agent.open(authorize(request({ prompt: 'none', max_age: '1' })));
  assert.equal(refused.redirect?.searchParams.get('error'), 'login_required');
  const again = await rp.signIn(ada, { agent, max_age: 1 });
  assert.ok(again.claims().auth_time > time);
});

test('max_age=0 always asks', async () => {
  const agent = new UserAgent();
  await rp.signIn(ada, { agent });

  await openLogin(agent, authorize(request({ max_age: '0' })));
});

test('prompt=select_account shows who is signed in, and lets the person go on or take another account', async () => {
  const agent = new UserAgent();
  await rp.signIn(ada, { agent });
  const { url, checks } = await rp.begin({ prompt: 'select_account' });

  const chooser = await agent.open(url);
  assert.ok(chooser instanceof Page, `no account chooser: ${chooser.redirect}`);
  assert.match(chooser.root.text, new RegExp(ada.email.replace('.', '\\.')));
  const account = chooser.find('button[name=account]');
  assert.ok(account, `${chooser} has a button for the account`);
  const callback = expectCallback(await agent.submit(chooser, {}, { button: { account: account.getAttribute('value') } }));
  assert.equal((await rp.finish(callback, checks)).claims().sub, ada.user_id);

  const other = await agent.open((await rp.begin({ prompt: 'select_account' })).url);
  const login = await agent.submit(other, {}, { button: { action: 'another' } });
  assert.ok(login.find('[name=password]'), `${login}`);
});

test('prompt=none must stand alone', async () => {
  const outcome = await new UserAgent().open(authorize(request({ prompt: 'none login' })));

  assert.equal(outcome.redirect?.searchParams.get('error'), 'invalid_request');
});

test('login_hint fills in the identifier; screen_hint=signup opens the registration', async () => {
  const login = await openLogin(new UserAgent(), authorize(request({ login_hint: 'grace+x@example.test' })));
  assert.equal(login.find('[name=username]').getAttribute('value'), 'grace+x@example.test');

  const signup = await new UserAgent().open(authorize(request({ screen_hint: 'signup' })));
  assert.match(signup.url.pathname, /^\/u\/signup/);
  assert.ok(signup.find('[name=email]'));
});

test('the request may be posted as a form', async () => {
  const page = await new UserAgent().open(`${server.base}/authorize`, { method: 'POST', form: request() });

  assert.ok(page.find?.('[name=username]'), `${page.redirect ?? page}`);
});

test('an unknown client or a callback that is not listed stays on an error page', async () => {
  const wrong = {
    'unknown client': request({ client_id: 'nobody' }),
    'no client': (({ client_id, ...rest }) => rest)(request()),
    'unlisted callback': request({ redirect_uri: 'https://evil.example.test/callback' }),
    'longer path': request({ redirect_uri: 'https://app.example.test/callback/more' }),
    'other case': request({ redirect_uri: 'https://app.example.test/Callback' }),
    'trailing slash': request({ redirect_uri: 'https://app.example.test/callback/' }),
    'added query': request({ redirect_uri: 'https://app.example.test/callback?x=1' }),
    'fragment': request({ redirect_uri: 'https://app.example.test/callback#x' }),
    'user info': request({ redirect_uri: 'https://app.example.test@evil.example.test/callback' }),
    'plain http': request({ redirect_uri: 'http://app.example.test/callback' }),
    'dots': request({ redirect_uri: 'https://app.example.test/x/../callback' }),
    'encoded': request({ redirect_uri: 'https://app.example.test/%63allback' }),
    'line break': request({ redirect_uri: 'https://app.example.test/callback\r\nSet-Cookie: a=b' }),
    'script': request({ redirect_uri: 'javascript:alert(1)' }),
    'two labels for one *': request({ redirect_uri: 'https://a.b.shop.example.test/callback' }),
    'nothing for *': request({ redirect_uri: 'https://.shop.example.test/callback' }),
    'slash for *': request({ redirect_uri: 'https://evil.example.test/.shop.example.test/callback' }),
  };
  for (const [name, parameters] of Object.entries(wrong)) {
    const page = await new UserAgent().open(authorize(parameters));
    assert.ok(page instanceof Page, `${name} was redirected to ${page.redirect}`);
    assert.ok(page.status >= 400 && page.status < 500, `${name}: ${page}`);
    assert.match(page.answer.headers['content-type'], /^text\/html/, name);
    assert.equal(page.answer.headers['set-cookie']?.some((line) => line.startsWith('a=')) ?? false, false, name);
  }
});

test('a * in the listed callback stands for one label; a query in it is kept', async () => {
  const star = await signInThroughForms(new UserAgent(), authorize(request({ redirect_uri: 'https://eu.shop.example.test/callback' })), ada);
  const query = await signInThroughForms(new UserAgent(), authorize(request({ redirect_uri: 'https://app.example.test/with?query=1' })), ada);

  assert.equal(star.host, 'eu.shop.example.test');
  assert.equal(query.searchParams.get('query'), '1');
  assert.ok(query.searchParams.get('code'));
});

test('without redirect_uri the first callback is taken', async () => {
  const { redirect_uri, ...rest } = request();
  const callback = await signInThroughForms(new UserAgent(), authorize(rest), ada);

  assert.equal(`${callback.origin}${callback.pathname}`, rp.redirectUri);
});

test('errors of the request go to the application with state and iss', async () => {
  const table = [
    [{ response_type: undefined }, 'invalid_request'],
    [{ response_type: 'coffee' }, 'unsupported_response_type'],
    [{ prompt: 'dance' }, 'invalid_request'],
    [{ code_challenge: 'short', code_challenge_method: 'S256' }, 'invalid_request'],
    [{ code_challenge: 'a'.repeat(43), code_challenge_method: 'S1' }, 'invalid_request'],
    [{ max_age: 'soon' }, 'invalid_request'],
    [{ max_age: '-1' }, 'invalid_request'],
    [{ response_mode: 'pigeon' }, 'invalid_request'],
  ];
  for (const [more, error] of table) {
    const parameters = Object.fromEntries(Object.entries(request(more)).filter(([, value]) => value !== undefined));
    const outcome = await new UserAgent().open(authorize(parameters));
    assert.ok(outcome.redirect, `${JSON.stringify(more)}: ${outcome}`);
    assert.equal(outcome.redirect.searchParams.get('error'), error, JSON.stringify(more));
    assert.equal(outcome.redirect.searchParams.get('state'), 'app-state', JSON.stringify(more));
    assert.equal(outcome.redirect.searchParams.get('iss'), tenant.issuer, JSON.stringify(more));
    assert.equal(outcome.redirect.searchParams.get('code'), null);
  }
});

test('a client without the authorization_code grant gets unauthorized_client', async () => {
  const machine = await tenant.createClient({ app_type: 'regular_web', grant_types: ['client_credentials'], callbacks: [rp.redirectUri] });
  const outcome = await new UserAgent().open(authorize(request({ client_id: machine.client_id })));

  assert.equal(outcome.redirect?.searchParams.get('error'), 'unauthorized_client');
});

test('state comes back byte for byte', async () => {
  const state = 'ü +&=%20"<script>\'/\\ 日本 \u0001';
  const callback = await signInThroughForms(new UserAgent(), authorize(request({ state })), ada);

  assert.equal(callback.searchParams.get('state'), state);
});

test('a client that is not enabled on any connection cannot sign anybody in', async () => {
  const lonely = await tenant.createClient({ app_type: 'regular_web', callbacks: [rp.redirectUri], grant_types: ['authorization_code'] }, { users: false });
  const outcome = await new UserAgent().open(authorize(request({ client_id: lonely.client_id })));

  assert.ok(outcome.redirect ? outcome.redirect.searchParams.get('error') : outcome.status >= 400, `${outcome}`);
});

test('the session cookie is HttpOnly, Secure and SameSite=None, and no page sets one before login succeeds', async () => {
  const agent = new UserAgent();
  const { url } = await rp.begin();
  const login = await openLogin(agent, url);
  assert.equal(agent.jar.get('auth0'), undefined);
  const form = fillForm(login, login.form('username'), { username: ada.email, password: ada.password });
  let answer = await agent.request(login.url, { method: 'POST', form, headers: { origin: server.base } });
  const lines = [...answer.setCookies];
  for (let hops = 0; answer.headers.location?.startsWith('/') && hops < 5; hops++) {
    answer = await agent.request(new URL(answer.headers.location, server.base));
    lines.push(...answer.setCookies);
  }

  const cookie = lines.find((line) => line.startsWith('auth0='));
  assert.ok(cookie, `no auth0 cookie in ${lines}`);
  assert.match(cookie, /;\s*HttpOnly/i);
  assert.match(cookie, /;\s*Secure/i);
  assert.match(cookie, /;\s*SameSite=None/i);
  assert.match(cookie, /;\s*Path=\//i);
});
