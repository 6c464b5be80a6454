// A person with a browser that has no JavaScript: cookies, redirects, and forms filled in as their markup says.
import assert from 'node:assert/strict';
import { parse } from 'node-html-parser';
import { send } from './http.mjs';

class CookieJar {
  #cookies = new Map();

  store(url, lines) {
    for (const line of lines) {
      const [pair, ...attributes] = line.split(';').map((part) => part.trim());
      const equals = pair.indexOf('=');
      const cookie = { name: pair.slice(0, equals), value: pair.slice(equals + 1), host: url.hostname, path: '/', secure: false, expires: Infinity };
      for (const attribute of attributes) {
        const [name, value = ''] = attribute.split(/=(.*)/s);
        if (/^path$/i.test(name)) cookie.path = value;
        if (/^secure$/i.test(name)) cookie.secure = true;
        if (/^expires$/i.test(name) && cookie.expires === Infinity) cookie.expires = Date.parse(value);
        if (/^max-age$/i.test(name)) cookie.expires = Date.now() + Number(value) * 1000;
      }
      const key = `${cookie.host} ${cookie.path} ${cookie.name}`;
      if (cookie.expires <= Date.now()) this.#cookies.delete(key);
      else this.#cookies.set(key, cookie);
    }
  }

  header(url) {
    const fitting = [...this.#cookies.values()].filter((cookie) =>
      cookie.host === url.hostname && url.pathname.startsWith(cookie.path) && cookie.expires > Date.now() && (!cookie.secure || url.protocol === 'https:'));
    return fitting.map((cookie) => `${cookie.name}=${cookie.value}`).join('; ');
  }

  names() {
    return [...this.#cookies.values()].map((cookie) => cookie.name);
  }

  get(name) {
    return [...this.#cookies.values()].find((cookie) => cookie.name === name)?.value;
  }

  delete(wanted) {
    for (const [key, cookie] of this.#cookies) if (wanted(cookie.name)) this.#cookies.delete(key);
  }
}

export class Page {
  constructor(url, answer) {
    this.url = new URL(url);
    this.answer = answer;
    this.status = answer.status;
    this.root = parse(answer.text, { comment: false });
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  all(selector) {
    return this.root.querySelectorAll(selector);
  }

  get title() {
    return this.find('title')?.text.trim();
  }

  get alerts() {
    return this.all('[role=alert]').map((alert) => alert.text.trim()).filter(Boolean);
  }

  // Where a link leads to whose text or address fits.
  link(pattern) {
    const found = this.all('a[href]').find((a) => pattern.test(a.text) || pattern.test(a.getAttribute('href')));
    assert.ok(found, `no link like ${pattern} on ${this}`);
    return new URL(found.getAttribute('href'), this.url).href;
  }

  // The form that has a field (or button) of this name.
  form(field) {
    const found = this.all('form').find((form) => !field || form.querySelector(`[name="${field}"]`));
    assert.ok(found, `no form with ${field} on ${this}`);
    return found;
  }

  // The form that has this button, or the first form.
  formWith(button) {
    if (!button) return this.form();
    const [[name, value]] = Object.entries(button);
    const found = this.all('form').find((form) => form.querySelectorAll(`[name="${name}"]`).some((b) => b.getAttribute('value') === value));
    assert.ok(found, `no button ${name}=${value} on ${this}`);
    return found;
  }

  toString() {
    return `${this.status} ${this.url} "${this.title ?? this.answer.text.slice(0, 200)}" ${this.alerts.join(' | ')}`;
  }
}

// The fields of a form as a browser would send them, `values` typed in, and the named or first button pressed.
export function fillForm(page, form, values, button) {
  const body = new URLSearchParams();
  const typed = new Map(Object.entries(values));
  for (const field of form.querySelectorAll('input[name], select[name], textarea[name]')) {
    const name = field.getAttribute('name');
    const type = (field.getAttribute('type') ?? 'text').toLowerCase();
    if (field.hasAttribute('disabled') || ['submit', 'button', 'image', 'reset'].includes(type)) continue;
    if (['checkbox', 'radio'].includes(type)) {
      if (typed.has(name) ? typed.get(name) : field.hasAttribute('checked')) body.append(name, field.getAttribute('value') ?? 'on');
    } else {
      if (typed.has(name)) assert.notEqual(type, 'hidden', `a person cannot type into the hidden field ${name}`);
      body.append(name, typed.get(name) ?? field.getAttribute('value') ?? '');
    }
    typed.delete(name);
  }
  assert.deepEqual([...typed.keys()], [], `fields that are not in the form on ${page}`);
  const buttons = form.querySelectorAll('button, input[type=submit]').filter((b) => (b.getAttribute('type') ?? 'submit') === 'submit' && !b.hasAttribute('disabled'));
  assert.ok(buttons.length > 0, `the form on ${page} has no button`);
  const pressed = button ? buttons.find((b) => Object.entries(button).every(([name, value]) => b.getAttribute('name') === name && b.getAttribute('value') === value)) : buttons[0];
  assert.ok(pressed, `no button ${JSON.stringify(button)} on ${page}`);
  if (pressed.getAttribute('name')) body.append(pressed.getAttribute('name'), pressed.getAttribute('value') ?? '');
  return body;
}

export class UserAgent {
  constructor({ headers = {} } = {}) {
    this.jar = new CookieJar();
    this.headers = headers;
  }

  // One request with this person's cookies, redirects not followed.
  async request(url, options = {}) {
    const target = new URL(url);
    const cookie = this.jar.header(target);
    const answer = await send(target, { ...options, headers: { accept: 'text/html,*/*;q=0.8', ...this.headers, ...(cookie ? { cookie } : {}), ...options.headers } });
    this.jar.store(target, answer.setCookies);
    return answer;
  }

  // Goes on until there is a page, or a redirect leads away from the server that was asked: then {redirect}.
  async open(url, options = {}) {
    let target = new URL(url);
    const origin = target.origin;
    let answer = await this.request(target, options);
    for (let hops = 0; answer.status >= 300 && answer.status < 400 && answer.headers.location; hops++) {
      assert.ok(hops < 15, `a circle of redirects at ${target}`);
      const next = new URL(answer.headers.location, target);
      if (next.origin !== origin) return { redirect: next, answer };
      const repeat = answer.status === 307 || answer.status === 308;
      answer = await this.request(next, repeat ? options : { headers: options.headers });
      target = next;
    }
    return new Page(target, answer);
  }

  // Presses a button of the form that has `field`.
  submit(page, values = {}, { field = Object.keys(values)[0], button } = {}) {
    const form = field ? page.form(field) : page.formWith(button);
    const body = fillForm(page, form, values, button);
    const target = new URL(form.getAttribute('action') || page.url.href, page.url);
    if ((form.getAttribute('method') ?? 'get').toLowerCase() === 'get') {
      target.search = body.toString();
      return this.open(target);
    }
    return this.open(target, { method: 'POST', form: body, headers: { origin: page.url.origin, referer: page.url.href } });
  }
}
