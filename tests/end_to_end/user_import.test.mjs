// `cardea user import`: users of an export sign in with the passwords that they had.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, createHmac, pbkdf2Sync, scryptSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { send } from './harness/http.mjs';
import { startServer } from './harness/server.mjs';
import { Tenant, unique } from './harness/tenant.mjs';
import { oidc, RelyingParty } from './harness/relying_party.mjs';
import { UserAgent } from './harness/user_agent.mjs';

const PASSWORD = 'Measured-Passw0rd';
const HASH = '$2b$04$abcdefghijklmnopqrstuu4P5U6BfG39kuM08ExMEnT3R8zLfUiV6';
const MANY = 1000;
let server, tenant, rp;
before(async () => {
  server = await startServer();
  tenant = new Tenant(server);
  rp = await RelyingParty.of(tenant, await tenant.createWebApp());
  server.secret(HASH);
});
after(() => server.stop());

async function importFile(text, ...args) {
  const file = path.join(server.folder, `${unique('users')}.json`);
  await writeFile(file, text);
  const done = await server.cli('user', 'import', file, '--config', server.configFile, '--json', ...args);
  assert.ok(!done.stderr.includes(HASH), 'a hash in the errors');
  const { seconds, ...counts } = done.stdout ? JSON.parse(done.stdout) : {};
  return { code: done.code, counts, errors: done.stderr.split('\n').filter(Boolean).map((line) => JSON.parse(line)) };
}
const ann = () => ({ email: `${unique('Ann')}@example.test`, email_verified: true, given_name: 'Ann', user_metadata: { a: 1 }, password_hash: HASH });
const byEmail = async (email) => (await send(`${server.base}/api/v2/users-by-email?email=${encodeURIComponent(email.toLowerCase())}`, { bearer: await tenant.token() })).json;

test('an imported user signs in with the old password', async () => {
  const user = { ...ann(), user_id: unique('old'), app_metadata: { plan: 'team' } };

  const done = await importFile(JSON.stringify(user));

  assert.deepEqual([done.code, done.counts, done.errors], [0, { read: 1, created: 1, updated: 0, exists: 0, refused: 0 }, []]);
  const [shown] = await byEmail(user.email);
  assert.equal(shown.user_id, `auth0|${user.user_id}`);
  assert.deepEqual(shown.app_metadata, { plan: 'team' });
  const tokens = await rp.signIn({ email: user.email, password: PASSWORD });
  assert.equal(tokens.claims().sub, shown.user_id);
});

test('who is there already is counted, and overwritten only when asked for', async () => {
  const user = ann();
  await importFile(JSON.stringify([user]));
  const changed = { ...user, given_name: 'Anna', user_metadata: { b: 2 } };

  const again = await importFile(`[${JSON.stringify(changed)}]`);
  const before = await byEmail(user.email);
  const overwritten = await importFile(`[${JSON.stringify(changed)}]`, '--upsert');
  const [after] = await byEmail(user.email);

  assert.deepEqual([again.code, again.counts.exists, before[0].given_name], [0, 1, 'Ann']);
  assert.deepEqual([overwritten.code, overwritten.counts.updated, after.given_name], [0, 1, 'Anna']);
  assert.deepEqual(after.user_metadata, { a: 1, b: 2 });
});

test('damaged lines are named and the others come in, two users of one address once', async () => {
  const [one, two] = [ann(), ann()];
  const lines = [JSON.stringify(one), '{"email":', JSON.stringify({ ...ann(), password_hash: `x${HASH}` }), JSON.stringify({ ...one, given_name: 'Twin' }), JSON.stringify(two)];

  const done = await importFile(lines.join('\n'));

  assert.equal(done.code, 1);
  assert.deepEqual(done.counts, { read: 5, created: 2, updated: 0, exists: 1, refused: 2 });
  assert.deepEqual(done.errors, [{ line: 2, reason: 'not JSON' }, { line: 3, reason: 'password_hash: not a bcrypt hash' }]);
  assert.equal((await byEmail(two.email)).length, 1);
});

// Made by node's own functions.
const unpadded = (bytes) => bytes.toString('base64').replace(/=+$/, '');
const digest = (name, ...parts) => createHash(name).update(Buffer.concat(parts.map((part) => Buffer.from(part)))).digest();
const FOREIGN = {
  md5: { algorithm: 'md5', hash: { value: digest('md5', PASSWORD).toString('hex'), encoding: 'hex' } },
  'sha1, a salt before': { algorithm: 'sha1', hash: { value: digest('sha1', 'grain', PASSWORD).toString('hex'), encoding: 'hex' }, salt: { value: 'grain', encoding: 'utf8', position: 'prefix' } },
  'sha256, a salt behind': { algorithm: 'sha256', hash: { value: digest('sha256', PASSWORD, 'grain').toString('base64'), encoding: 'base64' }, salt: { value: Buffer.from('grain').toString('hex'), encoding: 'hex', position: 'suffix' } },
  'sha512, of UTF-16': { algorithm: 'sha512', hash: { value: digest('sha512', Buffer.from(PASSWORD, 'utf16le')).toString('hex'), encoding: 'hex' }, password: { encoding: 'utf16le' } },
  hmac: { algorithm: 'hmac', hash: { value: createHmac('sha256', 'a key').update(PASSWORD).digest('hex'), encoding: 'hex', digest: 'sha256', key: { value: 'a key', encoding: 'utf8' } } },
  pbkdf2: { algorithm: 'pbkdf2', hash: { value: `$pbkdf2-sha512$i=10000,l=64$${unpadded(Buffer.from('some salt'))}$${unpadded(pbkdf2Sync(PASSWORD, 'some salt', 10000, 64, 'sha512'))}`, encoding: 'utf8' } },
  scrypt: { algorithm: 'scrypt', hash: { value: scryptSync(PASSWORD, 'some salt', 64).toString('hex'), encoding: 'hex' }, salt: { value: 'some salt', encoding: 'utf8' }, keylen: 64 },
  ldap: { algorithm: 'ldap', hash: { value: `{SSHA}${Buffer.concat([digest('sha1', PASSWORD, 'grain'), Buffer.from('grain')]).toString('base64')}`, encoding: 'utf8' } },
  argon2: { algorithm: 'argon2', hash: { value: '$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA', encoding: 'utf8' }, of: 'password' },
};

for (const [name, { of: password = PASSWORD, ...custom }] of Object.entries(FOREIGN)) {
  test(`a password that is hashed otherwise, ${name}: its user signs in, and it is hashed anew`, async () => {
    const { password_hash, ...user } = ann();
    server.secret(custom.hash.value);

    const done = await importFile(JSON.stringify({ ...user, custom_password_hash: custom }));

    assert.deepEqual([done.code, done.counts.created, done.errors], [0, 1, []]);
    await assert.rejects(rp.signIn({ email: user.email, password: `${password}x` }), 'another password');
    await rp.signIn({ email: user.email, password });
    await rp.signIn({ email: user.email, password });
    if (!process.env.CARDEA_E2E_STORE) assert.match(await storedPassword(user.email), /"hash":"\$(2b|argon2id)\$/);
  });
}

async function storedPassword(email) {
  const [{ user_id: userId }] = await byEmail(email);
  const file = server.config.store.url.slice('sqlite:'.length);
  const sql = `SELECT doc FROM rec_credential WHERE by_user IN (SELECT id FROM rec_user WHERE doc LIKE '%${userId}%')`;
  return execFileSync('sqlite3', [file, sql], { encoding: 'utf8' });
}

test('a hash that would cost too much is refused', async () => {
  const custom = (algorithm, more) => JSON.stringify({ email: `${unique('x')}@example.test`, custom_password_hash: { algorithm, ...more } });
  const bytes = Buffer.alloc(64, 1);
  const scrypt = (more) => custom('scrypt', { hash: { value: bytes.toString('hex'), encoding: 'hex' }, salt: { value: 'x' }, keylen: 64, ...more });
  const lines = [
    custom('pbkdf2', { hash: { value: `$pbkdf2-sha512$i=2147483647,l=64$c2FsdA$${unpadded(bytes)}` } }),
    scrypt({ cost: 2 ** 31 }),
    scrypt({ cost: 2 ** 20, blockSize: 64 }),
    scrypt({ cost: -1 }),
    scrypt({ cost: 1e300 }),
    custom('argon2', { hash: { value: '$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA' } }),
  ];

  const done = await importFile(lines.join('\n'));

  assert.equal(done.code, 1);
  assert.equal(done.counts.refused, lines.length);
});

test('times of an export are kept', async () => {
  const user = { ...ann(), created_at: '2019-03-04T05:06:07.890Z', updated_at: '2021-03-04T05:06:07.000Z' };

  await importFile(JSON.stringify(user));
  const [shown] = await byEmail(user.email);
  const damaged = await importFile(JSON.stringify({ ...ann(), created_at: 'yesterday' }));

  assert.deepEqual([shown.created_at, shown.updated_at], [user.created_at, user.updated_at]);
  assert.deepEqual(damaged.errors, [{ line: 1, reason: 'created_at: not of the form 2026-01-31T10:00:00.000Z' }]);
});

test('an overwritten password ends the sessions of its user, and so does a block; what is the same ends none', async () => {
  const user = ann();
  await importFile(JSON.stringify(user));
  const OTHER = 'Another-Passw0rd';
  server.secret(OTHER);
  const changed = { ...user, custom_password_hash: { algorithm: 'sha256', hash: { value: digest('sha256', OTHER).toString('hex'), encoding: 'hex' } } };
  delete changed.password_hash;
  const offline = { scope: 'openid offline_access', audience: (await tenant.createApi({ allow_offline_access: true })).identifier };
  const renews = (tokens) => oidc.refreshTokenGrant(rp.config, tokens.refresh_token);
  const over = { error: 'login_required' };

  const agent = new UserAgent();
  const tokens = await rp.signIn({ email: user.email, password: PASSWORD }, { agent, ...offline });
  await importFile(JSON.stringify({ email: user.email, given_name: 'Anna' }), '--upsert');
  await rp.signInSilently(agent);
  await importFile(JSON.stringify(changed), '--upsert');
  await assert.rejects(rp.signInSilently(agent), over);
  await assert.rejects(renews(tokens), { error: 'invalid_grant' });

  await importFile(JSON.stringify(changed), '--upsert');
  const again = await rp.signIn({ email: user.email, password: OTHER }, { agent, ...offline });
  await importFile(JSON.stringify({ email: user.email, blocked: true }), '--upsert');
  await importFile(JSON.stringify({ email: user.email, blocked: false }), '--upsert');
  await assert.rejects(rp.signInSilently(agent), over);
  await assert.rejects(renews(again), { error: 'invalid_grant' });
});

test('a connection that does not exist, a file that does not exist', async () => {
  const connection = await server.cli('user', 'import', '/dev/null', '--config', server.configFile, '--connection', 'nowhere');
  const file = await server.cli('user', 'import', '/nowhere.json', '--config', server.configFile);

  assert.equal(connection.code, 1);
  assert.match(connection.stderr, /no such connection: nowhere/);
  assert.equal(file.code, 2);
});

test(`${MANY} users come in through several units at once, beside a serving node`, async () => {
  const prefix = unique('many');
  const users = Array.from({ length: MANY }, (_, i) => JSON.stringify({ ...ann(), email: `${prefix}${i % (MANY - 10)}@example.test` }));

  const done = await importFile(users.join('\n'));

  assert.deepEqual([done.code, done.counts], [0, { read: MANY, created: MANY - 10, updated: 0, exists: 10, refused: 0 }]);
});

test('rows of an import are announced in the lane bulk', { skip: Boolean(process.env.CARDEA_E2E_STORE) && 'looks into SQLite' }, async () => {
  const user = ann();
  await importFile(JSON.stringify(user));
  const [{ user_id: userId }] = await byEmail(user.email);
  const file = server.config.store.url.slice('sqlite:'.length);
  const key = `SELECT id FROM rec_user WHERE doc LIKE '%${userId}%'`;

  const lanes = execFileSync('sqlite3', [file, `SELECT DISTINCT lane FROM feed WHERE kind = 6 AND id IN (${key})`], { encoding: 'utf8' });

  assert.equal(lanes.trim(), '1');
});
