// The login pages as markup: conventions that password managers, screen readers and translators rely on.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openLogin, signInThroughForms } from './harness/forms.mjs';
import { send } from './harness/http.mjs';
import { RelyingParty } from './harness/relying_party.mjs';
import { startServer } from './harness/server.mjs';
import { Tenant, unique } from './harness/tenant.mjs';
import { UserAgent } from './harness/user_agent.mjs';

let server, tenant, rp, ada;
before(async () => {
  server = await startServer();
  tenant = new Tenant(server);
  await tenant.management.tenants.settings.update({ enabled_locales: ['en', 'de', 'fr', 'es', 'sv'], friendly_name: 'Acme Works' });
  ada = await tenant.createUser();
  rp = await RelyingParty.of(tenant, await tenant.createWebApp({ name: 'Orders App' }));
});
after(() => server.stop());

const login = async (parameters, headers) => openLogin(new UserAgent({ headers }), (await rp.begin(parameters)).url);

async function allPages(agent = new UserAgent()) {
  const first = await openLogin(agent, (await rp.begin()).url);
  const forgot = await agent.open(first.link(/forgot|reset-password/i));
  return {
    login: first,
    signup: await agent.open(first.link(/sign.?up/i)),
    forgot,
    sent: await agent.submit(forgot, { email: `${unique('x')}@example.test` }),
    wrong: await agent.submit(await openLogin(agent, (await rp.begin()).url), { username: ada.email, password: 'Wrong-horse-1' }),
    error: await agent.open(`${server.base}/authorize?client_id=nobody`),
  };
}

const attributes = (field) => Object.fromEntries(Object.entries(field.attributes).map(([name, value]) => [name.toLowerCase(), value]));

test('the identifier and password fields follow the conventions of password managers', async () => {
  const page = await login();
  const username = attributes(page.find('[name=username]'));
  const password = attributes(page.find('[name=password]'));

  assert.match(username.autocomplete, /^username( webauthn)?$/);
  assert.equal(username.autocapitalize, 'none');
  assert.equal(username.spellcheck, 'false');
  assert.ok(['email', 'text'].includes(username.type));
  assert.ok('autofocus' in username);
  assert.ok(username.id);
  assert.equal(password.type, 'password');
  assert.match(password.autocomplete, /^current-password( webauthn)?$/);
});

test('sign-up asks for a new password, and tells its rules to managers', async () => {
  const { signup } = await allPages();
  const password = attributes(signup.find('[name=password]'));

  assert.equal(password.autocomplete, 'new-password');
  assert.match(password.passwordrules, /minlength:\s*8/);
  assert.match(attributes(signup.find('[name=email]')).autocomplete, /username|email/);
  assert.equal(attributes(signup.find('[name=email]')).type, 'email');
});

test('every page has a language, a title of its own, one main heading, labels for its fields', async () => {
  const pages = await allPages();
  for (const [name, page] of Object.entries(pages)) {
    assert.equal(page.find('html').getAttribute('lang'), 'en', name);
    assert.ok(page.title, name);
    assert.equal(page.all('h1').length, 1, `${name}: h1`);
    assert.match(page.find('meta[name=viewport]').getAttribute('content'), /width=device-width/, name);
    assert.doesNotMatch(page.find('meta[name=viewport]').getAttribute('content'), /user-scalable=no|maximum-scale/, name);
    for (const field of page.all('input').filter((input) => !['hidden', 'submit', 'checkbox'].includes(input.getAttribute('type')))) {
      const id = field.getAttribute('id');
      const hidden = field.getAttribute('aria-hidden') === 'true' || field.hasAttribute('hidden') || field.closest('[hidden]');
      if (!hidden) assert.ok(page.find(`label[for="${id}"]`)?.text.trim() || field.getAttribute('aria-label'), `${name}: a label for ${field.getAttribute('name')}`);
    }
  }
  assert.equal(new Set([pages.login.title, pages.signup.title, pages.forgot.title]).size, 3, 'titles differ');
});

test('an error is an alert, and one of a field is tied to it', async () => {
  const agent = new UserAgent();
  const { wrong, signup } = await allPages(agent);
  assert.ok(wrong.alerts.length >= 1);

  const weak = await agent.submit(signup, { email: `${unique('weak')}@example.test`, password: 'weak' });
  assert.ok(weak.alerts.length >= 1);
  const invalid = weak.find('input[name=password]');
  assert.equal(invalid.getAttribute('aria-invalid'), 'true');
  const described = (invalid.getAttribute('aria-describedby') ?? '').split(/\s+/).filter(Boolean);
  assert.ok(described.length > 0, 'the message is linked');
  for (const id of described) assert.ok(weak.find(`[id="${id}"]`), `#${id}`);
});

test('pages are small, load nothing from elsewhere, and have no inline script or style', async () => {
  for (const [name, page] of Object.entries(await allPages())) {
    let total = page.answer.bytes.length;
    for (const element of page.all('link[rel=stylesheet], script[src], img[src], link[rel=icon]')) {
      const href = element.getAttribute('href') ?? element.getAttribute('src');
      if (href.startsWith('data:')) continue;
      const url = new URL(href, page.url);
      assert.equal(url.origin, server.base, `${name}: ${href}`);
      const asset = await send(url);
      assert.equal(asset.status, 200, `${name}: ${href}`);
      assert.match(asset.headers['cache-control'], /immutable|max-age/, href);
      total += asset.bytes.length;
    }
    assert.ok(total < 50 * 1024, `${name}: ${total} bytes`);
    assert.equal(page.all('script:not([src])').filter((script) => script.text.trim()).length, 0, `${name}: inline script`);
    assert.equal(page.all('style, [style]').length, 0, `${name}: inline style`);
    assert.equal(page.all('*').filter((element) => Object.keys(element.attributes).some((key) => /^on/i.test(key))).length, 0, `${name}: inline handlers`);
  }
});

test('five languages: ui_locales, else Accept-Language, else the first of the tenant', async () => {
  const titles = new Map();
  for (const locale of ['en', 'de', 'fr', 'es', 'sv']) {
    const page = await login({ ui_locales: `xx ${locale}` });
    assert.equal(page.find('html').getAttribute('lang'), locale);
    titles.set(locale, page.find('h1').text.trim() + page.find('button[type=submit], button').text + page.all('label').map((label) => label.text.trim()).join());
  }
  assert.equal(new Set(titles.values()).size, 5, 'five different texts');
  assert.equal((await login({}, { 'accept-language': 'zz, fr;q=0.8, de;q=0.9' })).find('html').getAttribute('lang'), 'de');
  assert.equal((await login({ ui_locales: 'sv' }, { 'accept-language': 'de' })).find('html').getAttribute('lang'), 'sv');
  assert.equal((await login({}, { 'accept-language': 'zz' })).find('html').getAttribute('lang'), 'en');
  assert.equal((await login({ ui_locales: 'de-AT' })).find('html').getAttribute('lang'), 'de');
});

test('no placeholder of a text is left in any language', async () => {
  for (const locale of ['en', 'de', 'fr', 'es', 'sv']) {
    const agent = new UserAgent();
    const first = await openLogin(agent, (await rp.begin({ ui_locales: locale })).url);
    for (const page of [first, await agent.open(first.link(/\/u\/signup/)), await agent.open(first.link(/reset-password/))]) {
      assert.doesNotMatch(page.root.text, /\$\{|\{\{|#\{|undefined|\bnull\b/, `${locale} ${page}`);
      assert.equal(page.find('html').getAttribute('lang'), locale, `${page.url}`);
    }
  }
});

test('the page names the application and the company', async () => {
  const page = await login();

  assert.match(page.root.text, /Orders App/);
  assert.match(page.root.text + page.title, /Acme Works/);
});

test('branding colours of the tenant reach the page without inline style', async () => {
  const answer = await tenant.call('PATCH', '/tenants/settings', { json: { picture_url: 'https://cdn.example.test/logo.png' } });
  assert.equal(answer.status, 200, answer.text);

  const page = await login();

  assert.ok(page.find('img[src="https://cdn.example.test/logo.png"]'), 'the logo of the tenant');
  assert.notEqual(page.find('img').getAttribute('alt'), undefined);
  await tenant.call('PATCH', '/tenants/settings', { json: { picture_url: null } });
});

test('reloading a page or going back shows it again; a finished login cannot be posted again', async () => {
  const agent = new UserAgent();
  const { url, checks } = await rp.begin();
  const page = await openLogin(agent, url);
  const again = await agent.open(page.url);
  assert.ok(again.find('[name=username]'), `${again}`);
  const wrong = await agent.submit(again, { username: ada.email, password: 'Wrong-horse-1' });
  const callback = await agent.submit(wrong, { username: ada.email, password: ada.password });
  assert.equal((await rp.finish(callback.redirect, checks)).claims().sub, ada.user_id);

  const second = await agent.submit(page, { username: ada.email, password: ada.password });
  const code = second.redirect?.searchParams.get('code');
  assert.ok(code !== callback.redirect.searchParams.get('code'), 'never the same code twice');
});

test('a custom error page of the tenant is used', async () => {
  await tenant.management.tenants.settings.update({ error_page: { show_log_link: false, url: 'https://www.example.test/oops' } });
  try {
    const outcome = await new UserAgent().open(`${server.base}/authorize?client_id=nobody&response_type=code`);
    assert.equal(outcome.redirect?.origin + outcome.redirect?.pathname, 'https://www.example.test/oops');
    assert.ok(outcome.redirect.searchParams.get('error'));
  } finally {
    await tenant.call('PATCH', '/tenants/settings', { json: { error_page: null } });
  }
});

test('the person who types the password of another language keeps the language to the end', async () => {
  const agent = new UserAgent();
  const page = await openLogin(agent, (await rp.begin({ ui_locales: 'de' })).url);
  const wrong = await agent.submit(page, { username: ada.email, password: 'Wrong-horse-1' });

  assert.equal(wrong.find('html').getAttribute('lang'), 'de');
  assert.ok(await signInThroughForms(agent, (await rp.begin({ ui_locales: 'de' })).url, ada));
});
