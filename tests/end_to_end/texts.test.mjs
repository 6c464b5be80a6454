// Every text that the Management API takes, with characters that a database could stumble over: kept exactly or refused
// with 400, never a 5xx. And documents of a megabyte.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startServer } from './harness/server.mjs';
import { DIRECTORY, PASSWORD, Tenant, unique } from './harness/tenant.mjs';

const TEXTS = {
  'the byte 0': 'a\u0000b',
  'only the byte 0': '\u0000',
  'four bytes of UTF-8': 'a𝕏😀𠮷b',
  'a noncharacter': 'a\u{10ffff}\uffffb',
  'quotes and backslashes': `a'";--\\%_\\0b`,
  'blanks at the end': 'a  ',
  'the other direction': 'a\u202eb',
  'combining marks': 'e\u0301',
};
let server, tenant, user, api;
before(async () => {
  server = await startServer();
  tenant = new Tenant(server);
  user = await tenant.createUser();
  api = await tenant.createApi();
});
after(() => server.stop());

const path = (id) => `/users/${encodeURIComponent(id)}`;

// Where a text may stand: what is sent, and where the answer and a later GET must show it.
const people = (member) => ({ method: 'PATCH', at: () => path(user.user_id), body: (text) => ({ [member]: text }), shown: (json) => json[member] });
const metadata = (member) => ({ ...people(member), body: (text) => ({ [member]: { [`k${text}`]: [text, { [text]: text }] } }), shown: (json, text) => json[member]?.[`k${text}`]?.[1]?.[text] });
const client = (member, list) => ({ method: 'POST', at: () => '/clients', body: (text) => ({ name: unique('client'), [member]: list ? [text] : text }), shown: (json) => (list ? json[member]?.[0] : json[member]), again: (json) => `/clients/${json.client_id}` });
const settings = (body, shown) => ({ method: 'PATCH', at: () => '/tenants/settings', body, shown });
const FIELDS = {
  'user.name': people('name'),
  'user.nickname': people('nickname'),
  'user.given_name': people('given_name'),
  'user.family_name': people('family_name'),
  'user.picture': people('picture'),
  'user.user_metadata': metadata('user_metadata'),
  'user.app_metadata': metadata('app_metadata'),
  'user.username': people('username'),
  'user.email': people('email'),
  'user.user_id': { method: 'POST', at: () => '/users', body: (text) => ({ connection: DIRECTORY, email: `${unique('id')}@example.test`, password: PASSWORD, user_id: `${unique('id')}${text}` }), shown: (json, text, sent) => json.user_id.replace('auth0|', '') === sent.user_id && text, again: (json) => path(json.user_id) },
  'client.name': client('name'),
  'client.description': client('description'),
  'client.logo_uri': client('logo_uri'),
  'client.callbacks': client('callbacks', true),
  'client.client_aliases': client('client_aliases', true),
  'client.client_metadata': { ...client('x'), body: (text) => ({ name: unique('client'), client_metadata: { key: text } }), shown: (json) => json.client_metadata?.key },
  'api.identifier': { method: 'POST', at: () => '/resource-servers', body: (text) => ({ identifier: `${unique('api')}${text}`, name: 'x' }), shown: (json, text, sent) => json.identifier === sent.identifier && text, again: (json) => `/resource-servers/${json.id}` },
  'api.name': { method: 'PATCH', at: () => `/resource-servers/${api.id}`, body: (text) => ({ name: text }), shown: (json) => json.name },
  'api.scopes': { method: 'PATCH', at: () => `/resource-servers/${api.id}`, body: (text) => ({ scopes: [{ value: `x${text}`, description: text }] }), shown: (json) => json.scopes?.[0]?.description },
  'connection.name': { method: 'POST', at: () => '/connections', body: (text) => ({ name: text, strategy: 'auth0' }), shown: (json) => json.name, again: (json) => `/connections/${json.id}` },
  'connection.display_name': { method: 'POST', at: () => '/connections', body: (text) => ({ name: unique('people'), strategy: 'auth0', display_name: text }), shown: (json) => json.display_name, again: (json) => `/connections/${json.id}` },
  'grant.scope': { method: 'POST', at: () => '/client-grants', body: (text) => ({ client_id: tenant.values.mgmt_client_id, audience: api.identifier, scope: [text] }), shown: () => undefined },
  'settings.friendly_name': settings((text) => ({ friendly_name: text }), (json) => json.friendly_name),
  'settings.error_page': settings((text) => ({ error_page: { html: text } }), (json) => json.error_page?.html),
  'settings.acr_values_supported': settings((text) => ({ acr_values_supported: [text] }), (json) => json.acr_values_supported?.[0]),
};

// Where letters of every script have no place.
const NARROW = new Set(['user.picture', 'user.username', 'user.email', 'client.logo_uri', 'client.callbacks', 'connection.name', 'grant.scope']);

for (const [name, field] of Object.entries(FIELDS)) {
  test(`${name} keeps a text or refuses it`, async () => {
    const kept = [];
    for (const [what, text] of Object.entries(TEXTS)) {
      const sent = field.body(text);
      const answer = await tenant.call(field.method, field.at(), { json: sent });
      if (answer.status === 400) continue;
      assert.ok([200, 201].includes(answer.status), `${what}: ${answer.status} ${answer.text}`);
      assert.equal(field.shown(answer.json, text, sent), text, `${what}, in the answer`);
      const again = await tenant.call('GET', field.again?.(answer.json) ?? field.at());
      assert.equal(again.status, 200, `${what}: ${again.text}`);
      assert.equal(field.shown(again.json, text, sent), text, `${what}, read again`);
      kept.push(what);
    }
    assert.ok(NARROW.has(name) || kept.includes('four bytes of UTF-8'), `kept only ${kept}`);
  });
}

describe('texts in addresses', () => {
  const PLACES = {
    'a user id': (text) => path(`auth0|${text}`),
    'an e-mail address': (text) => `/users-by-email?email=${encodeURIComponent(text)}`,
    'a search': (text) => `/users?q=${encodeURIComponent(`name:"${text}"`)}`,
    'a connection': (text) => `/users?connection=${encodeURIComponent(text)}`,
    'a client': (text) => `/clients/${encodeURIComponent(text)}`,
    'an API': (text) => `/resource-servers/${encodeURIComponent(text)}`,
  };
  for (const [name, place] of Object.entries(PLACES)) {
    test(`${name} that nobody has`, async () => {
      for (const [what, text] of Object.entries(TEXTS)) {
        const answer = await tenant.call('GET', place(text));
        assert.ok([200, 400, 404].includes(answer.status), `${what}: ${answer.status} ${answer.text}`);
      }
    });
  }
});

test('a megabyte of metadata comes back as it was', async () => {
  const big = { note: 'ä😀'.repeat(110_000), list: Array.from({ length: 20_000 }, (_, i) => `item ${i}`) };
  const bytes = Buffer.byteLength(JSON.stringify(big));
  assert.ok(bytes > 900_000 && bytes < 1_040_000, `${bytes} bytes`); // a request has at most 1 MiB

  const written = await tenant.call('PATCH', path(user.user_id), { json: { user_metadata: { big } } });
  const read = await tenant.call('GET', path(user.user_id));

  assert.equal(written.status, 200, written.text.slice(0, 200));
  assert.deepEqual(read.json.user_metadata.big, big);
});
