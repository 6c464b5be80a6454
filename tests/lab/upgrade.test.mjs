// The newest release and this program as two nodes on one database, then one after the other: nothing fails, nothing is
// lost. `tests/lab/upgrade` builds the release and runs this on PostgreSQL and on a SQLite file.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { signInThroughForms } from '../end_to_end/harness/forms.mjs';
import { send } from '../end_to_end/harness/http.mjs';
import { RelyingParty } from '../end_to_end/harness/relying_party.mjs';
import { BINARY, startServer, startTwin } from '../end_to_end/harness/server.mjs';
import { PASSWORD, Tenant, unique } from '../end_to_end/harness/tenant.mjs';
import { UserAgent } from '../end_to_end/harness/user_agent.mjs';

const OLD = process.env.CARDEA_OLD_BINARY;
const REALM_GRANT = 'http://auth0.com/oauth/grant-type/password-realm';
const ROTATING = { rotation_type: 'rotating', expiration_type: 'expiring', leeway: 0, token_lifetime: 86400, idle_token_lifetime: 3600, infinite_token_lifetime: false, infinite_idle_token_lifetime: false };
const NEXT_PASSWORD = 'Another-horse-8-battery';
const WORKERS = 3;
let old, present, tenant, rp, people;

before(async () => {
  old = await startServer({ binary: OLD });
  tenant = new Tenant(old);
  const client = await tenant.createWebApp({ grant_types: ['authorization_code', 'refresh_token', 'password', REALM_GRANT], refresh_token: ROTATING });
  rp = await RelyingParty.of(tenant, client);
  people = await Promise.all(Array.from({ length: WORKERS + 2 }, () => tenant.createUser()));
});
after(async () => {
  await present?.stop({ cleanUp: false });
  await old.stop();
});

const at = (node, path, options) => send(`${node.base}${path}`, { ...options, headers: { host: old.host, ...options?.headers } });
async function signIn(node, person, password = person.password) {
  const json = { grant_type: REALM_GRANT, ...rp.credentials(), realm: 'Username-Password-Authentication', username: person.email, password, scope: 'openid offline_access' };
  return at(node, '/oauth/token', { json });
}
const rotate = (node, token) => at(node, '/oauth/token', { json: { grant_type: 'refresh_token', ...rp.credentials(), refresh_token: token } });
const userPath = (person) => `/api/v2/users/${encodeURIComponent(person.user_id)}`;
function expect200(answer, what) {
  assert.equal(answer.status, 200, `${what}: ${answer.text}`);
  return answer.json;
}

// One worker: logs in, rotates, and counts in a key of its own of a user whom all share; each step at the next node.
async function work(nodes, index, stop, bearer) {
  const seen = { steps: 0 };
  const node = () => nodes()[seen.steps++ % nodes().length];
  const person = people[index];
  let token = expect200(await signIn(node(), person), 'login').refresh_token;
  for (let count = 1; !stop.now; ++count) {
    token = expect200(await rotate(node(), token), 'refresh').refresh_token;
    const json = { user_metadata: { [`worker${index}`]: count } };
    expect200(await at(node(), userPath(people[WORKERS]), { method: 'PATCH', json, bearer }), 'write');
    seen.count = count;
    if (count % 5 === 0) expect200(await signIn(node(), person), 'login');
  }
  return { ...seen, token };
}

test('the new node joins while the old one serves; requests alternate; no error, no lost update', async () => {
  const bearer = await tenant.token();
  const stop = { now: false };
  let nodes = [old];
  const workers = Array.from({ length: WORKERS }, (_, i) => work(() => nodes, i, stop, bearer));
  present = await startTwin(old, { binary: BINARY });
  nodes = [old, present];
  await new Promise((resolve) => setTimeout(resolve, 4000));
  stop.now = true;
  const seen = await Promise.all(workers);

  for (const node of [old, present]) {
    const { user_metadata: metadata } = expect200(await at(node, userPath(people[WORKERS]), { bearer }), 'look-up');
    for (const [i, worker] of seen.entries()) assert.equal(metadata[`worker${i}`], worker.count, `updates of worker ${i}`);
  }
  for (const { count } of seen) assert.ok(count > 10, `only ${count} rounds: no load`);
  for (const { token } of seen) expect200(await rotate(old, expect200(await rotate(present, token), 'refresh').refresh_token), 'refresh');
});

test('what the new node ends is ended at the old one, and a session of the old one is known to both', async () => {
  const person = people[WORKERS + 1];
  const bearer = await tenant.token();
  const agent = new UserAgent();
  const { url } = await rp.begin({ scope: 'openid' });
  await signInThroughForms(agent, url, person);
  const tokens = [expect200(await signIn(old, person), 'login'), expect200(await signIn(present, person), 'login')];

  expect200(await at(present, userPath(person), { method: 'PATCH', json: { password: NEXT_PASSWORD, connection: 'Username-Password-Authentication' }, bearer }), 'password');

  for (const node of [old, present]) {
    for (const { refresh_token: token } of tokens) assert.equal((await rotate(node, token)).status, 403, 'a refresh token that a new password ended');
    assert.equal((await signIn(node, person)).status, 403, 'the password before');
    expect200(await signIn(node, person, NEXT_PASSWORD), 'the new password');
  }
  const silent = await agent.open((await rp.begin({ prompt: 'none', scope: 'openid' })).url);
  assert.equal(silent.redirect?.searchParams.get('error'), 'login_required', `${silent}`);
});

test('users whom the new node makes, changes, blocks and deletes are the same to the old one', async () => {
  const bearer = await tenant.token();
  const email = `${unique('new')}@example.test`;
  const json = { connection: 'Username-Password-Authentication', email, password: PASSWORD, email_verified: true, user_metadata: { a: 1 } };
  const made = await at(present, '/api/v2/users', { json, bearer });
  assert.equal(made.status, 201, made.text);
  const person = { ...made.json, email, password: PASSWORD };

  expect200(await signIn(old, person), 'login');
  expect200(await at(old, userPath(person), { method: 'PATCH', json: { user_metadata: { b: 2 } }, bearer }), 'write');
  assert.deepEqual(expect200(await at(present, userPath(person), { bearer }), 'look-up').user_metadata, { a: 1, b: 2 });
  expect200(await at(present, userPath(person), { method: 'PATCH', json: { blocked: true }, bearer }), 'block');
  assert.notEqual((await signIn(old, person)).status, 200);
  assert.equal((await at(present, userPath(person), { method: 'DELETE', bearer })).status, 204);
  assert.equal((await at(old, userPath(person), { bearer })).status, 404);
});

test('each takes over the store of the other: old, new, old', async () => {
  const bearer = await tenant.token();
  let token = expect200(await signIn(present, people[0]), 'login').refresh_token;
  await present.stop({ cleanUp: false });
  present = undefined;

  for (const binary of [BINARY, OLD]) {
    await old.stop({ cleanUp: false });
    old.binary = binary;
    await old.start();

    token = expect200(await rotate(old, token), 'refresh').refresh_token;
    expect200(await signIn(old, people[1]), 'login');
    const { user_metadata: metadata } = expect200(await at(old, userPath(people[WORKERS]), { bearer }), 'look-up');
    assert.ok(metadata.worker0 > 10);
  }
});
