import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { send } from './harness/http.mjs';
import { prepareServer, runCardea } from './harness/server.mjs';
import { DIRECTORY, Tenant } from './harness/tenant.mjs';

let folder, server;
before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'cardea-e2e-'));
  server = await prepareServer(folder);
});
after(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

const FIELDS = ['admin_email', 'admin_password', 'domain', 'issuer', 'mgmt_client_id', 'mgmt_client_secret', 'tenant'];

test('bootstrap prints one line of JSON with exactly the promised values, on an empty store', async () => {
  const done = await server.cli('bootstrap', '--config', server.configFile, '--json');

  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stdout, /^\{.*\}\n$/);
  const values = JSON.parse(done.stdout);
  assert.deepEqual(Object.keys(values).sort(), FIELDS);
  assert.equal(values.issuer, server.issuer);
  assert.equal(values.domain, server.host);
  assert.match(values.admin_email, /@/);
  assert.ok(values.admin_password.length >= 12);
  assert.match(values.mgmt_client_id, /^[A-Za-z0-9]{32}$/);
  assert.ok(values.mgmt_client_secret.length >= 32);
});

test('a second run repeats the values', async () => {
  const first = await server.bootstrap();
  const second = await server.bootstrap();

  assert.deepEqual(second, first);
});

test('it also runs beside a serving process, and a new tenant answers at once', async () => {
  const before = await server.bootstrap();
  await server.start();

  assert.deepEqual(await server.bootstrap(), before);
  const other = await server.bootstrap('--tenant', 'other');
  assert.equal(other.tenant, 'other');
  assert.equal(other.domain, `other.${server.host}`);
  assert.equal(other.issuer, `https://other.${server.host}/`);
  assert.notEqual(other.mgmt_client_id, before.mgmt_client_id);
  assert.deepEqual(await server.bootstrap('--tenant', 'other'), other);
  const discovery = await send(`${other.issuer}.well-known/openid-configuration`);
  assert.equal(discovery.json.issuer, other.issuer);
});

test('the management client has every scope of the Management API, the default directory is there', async () => {
  const tenant = new Tenant(server, await server.bootstrap());
  const payload = JSON.parse(Buffer.from((await tenant.token()).split('.')[1], 'base64url'));

  const scopes = payload.scope.split(' ');
  for (const wanted of ['create:clients', 'read:client_keys', 'update:users', 'delete:users', 'update:connections', 'create:resource_servers', 'create:client_grants', 'update:tenant_settings', 'read:logs', 'create:signing_keys', 'read:signing_keys', 'update:signing_keys', 'read:roles', 'create:organizations']) {
    assert.ok(scopes.includes(wanted), wanted);
  }
  const directory = await tenant.directory();
  assert.equal(directory.strategy, 'auth0');
  assert.match(directory.id, /^con_[A-Za-z0-9]{16}$/);
  const settings = await tenant.management.tenants.settings.get();
  assert.equal(settings.default_directory, DIRECTORY);
});

test('admin_password is null once it was changed', async () => {
  const values = await server.bootstrap();
  const tenant = new Tenant(server, values);
  const admins = await tenant.management.users.list({ q: `email:"${values.admin_email}"` });
  assert.equal(admins.data.length, 1, 'the first administrator is a user of the tenant');

  await tenant.management.users.update(admins.data[0].user_id, { password: server.secret('Another-horse-8-battery'), connection: DIRECTORY });

  const again = await server.bootstrap();
  assert.equal(again.admin_password, null);
  assert.deepEqual({ ...again, admin_password: '' }, { ...values, admin_password: '' });
});

test('an unknown key or a wrong value names the file, the line and the nearest right key, and exits 2', async () => {
  const good = await readFile(server.configFile, 'utf8');
  const cases = [
    { name: 'misspelt.toml', text: good.replace('base_url', 'base_ulr'), says: /base_url/ },
    { name: 'section.toml', text: good.replace('[public]', '[pubilc]'), says: /public/ },
    { name: 'type.toml', text: good.replace(/enabled = false/, 'enabled = "perhaps"'), says: /limits\.enabled|enabled/ },
    { name: 'syntax.toml', text: `${good}\nthis is not toml\n`, says: /syntax\.toml/ },
  ];
  for (const { name, text, says } of cases) {
    const file = path.join(folder, name);
    await writeFile(file, text);
    const done = await runCardea(['serve', '--check', '--config', file]);

    assert.equal(done.code, 2, `${name}: ${done.stderr}`);
    assert.match(done.stderr, says, name);
    assert.match(done.stderr, new RegExp(`${name.replace('.', '\\.')}[^\\n]*\\d+`), `${name}: file and line`);
  }
});

test('serve --check accepts the good file and serves nothing', async () => {
  const done = await runCardea(['serve', '--check', '--config', server.configFile]);

  assert.equal(done.code, 0, done.stderr);
});

test('a key may come from the environment, a secret from a file', async () => {
  const wrong = await runCardea(['serve', '--check', '--config', server.configFile], { env: { CARDEA_LIMITS__ENABLED: 'perhaps' } });
  const right = await runCardea(['serve', '--check', '--config', server.configFile], { env: { CARDEA_LIMITS__ENABLED: 'true' } });

  assert.equal(wrong.code, 2, wrong.stderr);
  assert.equal(right.code, 0, right.stderr);
});

test('--help is everywhere and a wrong command exits with 2', async () => {
  for (const command of [[], ['serve'], ['bootstrap'], ['tenant'], ['user'], ['keys'], ['db'], ['verify']]) {
    const done = await runCardea([...command, '--help']);
    assert.equal(done.code, 0, `${command} --help: ${done.stderr}`);
    assert.match(done.stdout, /usage|options/i);
  }
  assert.equal((await runCardea(['nonsense'])).code, 2);
});
