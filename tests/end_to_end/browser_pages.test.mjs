// Every login page in a real browser: accessibility, light and dark, narrow, without JavaScript.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { accessibilityFindings, Browser } from './harness/browser.mjs';
import { awaitMail } from './harness/mail.mjs';
import { freePorts } from './harness/ports.mjs';
import { RelyingParty } from './harness/relying_party.mjs';
import { startServer } from './harness/server.mjs';
import { StandIn } from './harness/stand_in.mjs';
import { Tenant } from './harness/tenant.mjs';

const SCREENSHOTS = process.env.CARDEA_E2E_SCREENSHOTS;
let server, tenant, rp, partner, api, browser, application;
before(async () => {
  [application] = (await freePorts(1)).map((port) => new StandIn(port));
  await application.ready;
  server = await startServer();
  tenant = new Tenant(server);
  rp = await RelyingParty.of(tenant, await tenant.createWebApp({ name: 'Orders App', callbacks: [application.callback('app.example.test')] }));
  api = await tenant.createApi();
  const client = await tenant.createWebApp({ name: 'Partner Portal', is_first_party: false, callbacks: [application.callback('partner.example.test')] });
  await tenant.grant(client, api, ['read:orders'], { subject_type: 'user' });
  partner = await RelyingParty.of(tenant, client);
  browser = await Browser.open();
  if (SCREENSHOTS) await mkdir(SCREENSHOTS, { recursive: true });
});
after(async () => {
  await browser.close();
  await application.close();
  await server.stop();
});

const atCallback = (page) => page.waitForRequest((request) => /^https:\/\/app\.example\.test:\d+\/callback\?/.test(request.url()) && request.isNavigationRequest());

async function visit(page, parameters, party = rp) {
  await page.goto((await party.begin({ prompt: 'login', ...parameters })).url.href);
}

async function signIn(page, person) {
  await page.fill('input[name="username"]', person.email);
  await page.fill('input[name="password"]', person.password);
  await page.click('form:has(input[name="password"]) button[type="submit"]');
}

// The screens, each reached as a person reaches it.
const SCREENS = {
  login: (page) => visit(page),
  'login with an error': async (page) => {
    await visit(page);
    await signIn(page, { email: 'nobody@example.test', password: 'Wrong-horse-1' });
    await page.waitForSelector('[role="alert"]');
  },
  signup: (page) => visit(page, { screen_hint: 'signup' }),
  'signup with an error': async (page) => {
    await visit(page, { screen_hint: 'signup' });
    await page.fill('input[name="email"]', 'weak@example.test');
    await page.fill('input[name="password"]', 'weak');
    await page.evaluate(() => document.querySelector('form:has(input[name="password"])').setAttribute('novalidate', ''));
    await page.click('form:has(input[name="password"]) button[type="submit"]');
    await page.waitForSelector('[role="alert"], [aria-invalid="true"]');
  },
  'forgotten password': async (page) => {
    await visit(page);
    await page.click('a[href*="reset-password"]');
    await page.waitForSelector('input[name="email"]');
  },
  'mail sent': async (page) => {
    await SCREENS['forgotten password'](page);
    await page.fill('input[name="email"]', 'somebody@example.test');
    await page.click('form button[type="submit"]');
    await page.waitForFunction(() => !document.querySelector('input[name="email"]:not([type="hidden"])'));
  },
  'new password': async (page) => {
    const person = await tenant.createUser();
    await SCREENS['forgotten password'](page);
    await page.fill('input[name="email"]', person.email);
    await page.click('form button[type="submit"]');
    const mail = await awaitMail(server.mailFolder, person.email, (found) => found.links.some((link) => /reset/.test(link)));
    await page.goto(mail.links.find((link) => /reset/.test(link)));
    await page.waitForSelector('input[name="password-reset"]');
  },
  consent: async (page) => {
    const person = await tenant.createUser();
    await visit(page, { audience: api.identifier, scope: 'openid email read:orders', prompt: 'login' }, partner);
    await signIn(page, person);
    await page.waitForSelector('button[value="accept"]');
  },
  'account chooser': async (page) => {
    const person = await tenant.createUser();
    await visit(page, { prompt: 'login' });
    await Promise.all([page.waitForURL(/^https:\/\/app\.example\.test:\d+\/callback/), signIn(page, person)]);
    await visit(page, { prompt: 'select_account' });
    await page.waitForSelector('button[name="account"]');
  },
  'logout question': async (page) => {
    await SCREENS['account chooser'](page);
    await page.goto(`${server.base}/oidc/logout?client_id=${rp.client.client_id}`);
    await page.waitForSelector('button[value="accept"]');
  },
  error: (page) => page.goto(`${server.base}/authorize?client_id=nobody`),
};

for (const [name, reach] of Object.entries(SCREENS)) {
  test(`${name}: no accessibility finding, no console error, light and dark, narrow and zoomed`, async () => {
    const page = await browser.page();
    browser.takeComplaints();
    await reach(page);
    assert.deepEqual(browser.takeComplaints(), []);

    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      assert.deepEqual(await accessibilityFindings(page), [], `${name}, ${colorScheme}`);
      if (SCREENSHOTS) await page.screenshot({ path: path.join(SCREENSHOTS, `${name.replaceAll(' ', '-')}-${colorScheme}.png`), fullPage: true });
    }
    await page.setViewportSize({ width: 320, height: 640 });
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert.ok(overflow <= 0, `${name} scrolls sideways by ${overflow} px at 320 px`);
    const small = await page.evaluate(() => [...document.querySelectorAll('button, input:not([type=hidden]):not([type=checkbox]):not([tabindex="-1"])')].filter((element) => element.offsetParent && element.getBoundingClientRect().height < 24).map((element) => element.outerHTML.slice(0, 120)));
    assert.deepEqual(small, [], `${name}: targets under 24 px`);
    await page.close();
  });
}

test('dark differs from light', async () => {
  const page = await browser.page();
  await visit(page);
  const background = async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    return page.evaluate(() => getComputedStyle(document.body).backgroundColor + getComputedStyle(document.documentElement).backgroundColor + getComputedStyle(document.body).color);
  };

  assert.notEqual(await background('light'), await background('dark'));
  await page.close();
});

test('the whole way works with the keyboard alone', async () => {
  const person = await tenant.createUser();
  const page = await browser.page();
  await visit(page, { prompt: 'login' });
  assert.equal(await page.evaluate(() => document.activeElement.name), 'username', 'the first field has the focus');
  await page.keyboard.type(person.email);
  for (let presses = 0; presses < 6 && (await page.evaluate(() => document.activeElement.name)) !== 'password'; presses++) await page.keyboard.press('Tab');
  await page.keyboard.type(person.password);

  const [request] = await Promise.all([atCallback(page), page.keyboard.press('Enter')]);

  assert.ok(new URL(request.url()).searchParams.get('code'));
  await page.close();
});

test('show password shows it and hides it again', async () => {
  const page = await browser.page();
  await visit(page, { prompt: 'login' });
  await page.fill('input[name="password"]', 'Some-horse-1');
  const toggle = page.locator('form:has(input[name="password"]) button[type="button"]').first();
  await toggle.click();
  assert.equal(await page.getAttribute('#password, input[name="password"]', 'type'), 'text');
  await toggle.click();

  assert.equal(await page.getAttribute('#password, input[name="password"]', 'type'), 'password');
  await page.close();
});

test('without JavaScript a person signs in, and sees nothing that needs it', async () => {
  const person = await tenant.createUser();
  const plain = await Browser.open({ javaScriptEnabled: false });
  try {
    const page = await plain.page();
    await visit(page);
    for (const button of await page.locator('form:has(input[name="password"]) button[type="button"]').all()) assert.equal(await button.isVisible(), false, 'no button that does nothing');
    await signIn(page, { ...person, password: 'Wrong-horse-1' });
    await page.waitForSelector('[role="alert"]');

    const [request] = await Promise.all([atCallback(page), signIn(page, person)]);

    assert.ok(new URL(request.url()).searchParams.get('code'));
    await visit(page, { response_mode: 'form_post', prompt: 'none' });
    assert.ok(await page.locator('form button, form input[type=submit]').first().isVisible(), 'form_post has a visible button');
  } finally {
    await plain.close();
  }
});

test('the back button after a login does not end in an error', async () => {
  const person = await tenant.createUser();
  const page = await browser.page();
  await visit(page, { prompt: 'login' });
  await signIn(page, person);
  await page.waitForURL(/^https:\/\/app\.example\.test/);

  const response = await page.goBack();

  assert.ok(!response || response.status() < 500, `${response?.status()}`);
  await page.close();
});

test('pages cannot be framed', async () => {
  const page = await browser.page();
  const { url } = await rp.begin({ prompt: 'login' });
  await page.route('https://shop.example.test/', (route) => route.fulfill({ contentType: 'text/html', body: `<iframe id="f" src="${url}"></iframe>` }));
  await page.goto('https://shop.example.test/');
  await page.waitForTimeout(1000);

  const shown = await Promise.all(page.frames().slice(1).map((frame) => frame.evaluate(() => Boolean(document.querySelector('input[name="password"]'))).catch(() => false)));
  assert.ok(!shown.some(Boolean), 'the login page was shown in a frame');
  await page.close();
});
