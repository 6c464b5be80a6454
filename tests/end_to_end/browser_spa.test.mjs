// The main job in a real browser: Debian's Chromium, auth0-spa-js as it comes from npm.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { decodeJwt } from 'jose';
import { eventually } from './harness/eventually.mjs';
import { Browser } from './harness/browser.mjs';
import { freePorts } from './harness/ports.mjs';
import { startServer } from './harness/server.mjs';
import { SpaSite } from './harness/spa_site.mjs';
import { Tenant } from './harness/tenant.mjs';

let server, tenant, shop, office, browser, person;
const sites = [];

// A site with its client, made with the SDK as a developer would in the first five minutes.
async function makeSite(origin, settings = {}) {
  const site = new SpaSite(origin);
  sites.push(site);
  await site.ready;
  const client = await tenant.createSpa({ callbacks: [origin], web_origins: [origin], allowed_logout_urls: [origin], allowed_origins: [origin] });
  site.settings = { domain: tenant.values.domain, clientId: client.client_id, authorizationParams: { redirect_uri: origin, scope: 'openid profile email' }, ...settings };
  return site;
}

before(async () => {
  server = await startServer();
  tenant = new Tenant(server);
  const [one, two] = await freePorts(2);
  shop = await makeSite(`http://localhost:${one}`, { useRefreshTokens: true, cacheLocation: 'memory' });
  office = await makeSite(`https://app.example.test:${two}`);
  person = tenant.newcomer();
  browser = await Browser.open();
});
after(async () => {
  await browser.close();
  await Promise.all(sites.map((site) => site.close()));
  await server.stop();
});
afterEach(() => assert.deepEqual(browser.takeComplaints(), [], 'errors in the console of the browser'));

const call = (page, name, ...args) => page.evaluate(([method, parameters]) => window.app(method, ...parameters).catch((error) => ({ failed: error.error ?? error.message, description: error.error_description })), [name, args]);

// Calls what makes the page go elsewhere. The mark is gone once it has.
async function leaveBy(page, address, name, options) {
  await page.evaluate(() => (window.before = true));
  await Promise.all([page.waitForRequest(address), page.evaluate(([method, parameters]) => void window.app(method, parameters), [name, options]).catch(() => {})]);
}

// Until the page of the site is there, new, and has dealt with what it got.
async function arriveAt(page, site) {
  await page.waitForFunction((origin) => location.origin === origin && location.search === '' && !window.before && window.returned, site.origin);
  return page.evaluate(() => window.returned());
}

async function startLogin(page, site, options) {
  await page.goto(site.origin);
  await leaveBy(page, /\/authorize\?/, 'loginWithRedirect', options);
}

async function fillIn(page, fields) {
  for (const [name, value] of Object.entries(fields)) await page.fill(`input[name="${name}"]`, value);
  await page.click('form:has(input[name="password"]) button[type="submit"]:not([name="connection"])');
}

async function backAt(page, site) {
  const returned = await arriveAt(page, site);
  assert.ok(returned && !returned.error, JSON.stringify(returned));
  return call(page, 'getUser');
}

test('a person signs up and is back at the application, signed in', async () => {
  const page = await browser.page();
  await startLogin(page, shop);
  await page.waitForSelector('input[name="username"]');
  await page.click('a[href*="/u/signup"]');
  await page.waitForSelector('input[name="email"]');
  await fillIn(page, { email: person.email, password: person.password });

  const user = await backAt(page, shop);

  assert.equal(user.email, person.email);
  assert.match(user.sub, /^auth0\|/);
  assert.equal(await call(page, 'isAuthenticated'), true);
});

test('a second application needs no password', async () => {
  const page = await browser.page();
  await startLogin(page, office);

  const user = await backAt(page, office);

  assert.equal(user.email, person.email);
});

test('the refresh token is rotated by the SDK', async () => {
  const page = await browser.page();
  await startLogin(page, shop, { authorizationParams: { scope: 'openid profile email offline_access' } });
  await backAt(page, shop);

  const first = await call(page, 'getTokenSilently', { cacheMode: 'off', detailedResponse: true });
  const second = await call(page, 'getTokenSilently', { cacheMode: 'off', detailedResponse: true });

  assert.ok(first.access_token && second.access_token, JSON.stringify([first, second]));
  assert.equal(decodeJwt(second.id_token).email, person.email);
  const used = async (type) => (await tenant.management.logs.list({ search: `type:${type}`, per_page: 50, page: 0 })).data.filter((entry) => entry.client_id === shop.settings.clientId).length;
  await eventually(async () => (await used('sertft')) >= 2, { what: 'two refreshes in the log' });
  assert.equal(await used('ferrt'), 0);
});

test('a silent login goes through a hidden frame and web_message', async () => {
  const page = await browser.page();
  await page.goto(office.origin);
  const framed = [];
  page.on('request', (request) => {
    if (request.url().includes('response_mode=web_message')) framed.push(request.url());
  });

  const answer = await call(page, 'getTokenSilently', { cacheMode: 'off', detailedResponse: true });

  assert.ok(answer.access_token, JSON.stringify(answer));
  assert.ok(framed.length >= 1, 'a frame with web_message');
  assert.equal(decodeJwt(answer.id_token).email, person.email);
});

test('a person who is not signed in gets login_required from the hidden frame', async () => {
  const other = await Browser.open();
  try {
    const page = await other.page();
    await page.goto(office.origin);

    assert.equal((await call(page, 'getTokenSilently', { cacheMode: 'off' })).failed, 'login_required');
  } finally {
    await other.close();
  }
});

test('an API token is got with an audience, and again without a page', async () => {
  const api = await tenant.createApi({ allow_offline_access: true });
  const page = await browser.page();
  await page.goto(office.origin);

  const token = await call(page, 'getTokenSilently', { cacheMode: 'off', authorizationParams: { audience: api.identifier, scope: 'openid read:orders' } });

  assert.equal(typeof token, 'string', JSON.stringify(token));
  assert.ok([decodeJwt(token).aud].flat().includes(api.identifier));
});

test('logout ends it everywhere: the next login asks for the password', async () => {
  const page = await browser.page();
  await page.goto(office.origin);
  await call(page, 'getTokenSilently', { cacheMode: 'off' });
  await leaveBy(page, /\/v2\/logout/, 'logout', { logoutParams: { returnTo: office.origin } });
  await arriveAt(page, office);
  assert.equal(await call(page, 'isAuthenticated'), false);

  await startLogin(page, office);
  await page.waitForSelector('input[name="username"]');
  await fillIn(page, { username: person.email, password: person.password });
  assert.equal((await backAt(page, office)).email, person.email);
});

test('a wrong password stays on the page with an alert, and the right one goes on', async () => {
  const page = await browser.page();
  await startLogin(page, shop, { authorizationParams: { prompt: 'login' } });
  await page.waitForSelector('input[name="username"]');
  await fillIn(page, { username: person.email, password: 'Wrong-horse-1' });
  await page.waitForSelector('[role="alert"]');
  assert.equal(await page.inputValue('input[name="username"]'), person.email);
  await fillIn(page, { password: person.password });

  assert.equal((await backAt(page, shop)).email, person.email);
});

test('a popup login posts its answer to the page that opened it', async () => {
  const page = await browser.page();
  await page.goto(office.origin);
  const [popup] = await Promise.all([page.waitForEvent('popup'), page.evaluate(() => void (window.popup = window.app('loginWithPopup', { authorizationParams: { prompt: 'login' } }).then(() => 'done', (error) => error.message)))]);
  await popup.waitForSelector('input[name="username"]');
  await fillIn(popup, { username: person.email, password: person.password });

  assert.equal(await page.evaluate(() => window.popup), 'done');
  assert.equal((await call(page, 'getUser')).email, person.email);
});
