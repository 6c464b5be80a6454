// `cardea user import`: users of an export sign in with the passwords that they had.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { send } from './harness/http.mjs';
import { startServer } from './harness/server.mjs';
import { Tenant, unique } from './harness/tenant.mjs';
import { RelyingParty } from './harness/relying_party.mjs';

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
