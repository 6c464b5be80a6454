// The process is killed under load, again and again: what was acknowledged is there afterwards.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { send } from './harness/http.mjs';
import { startServer } from './harness/server.mjs';
import { DIRECTORY, Tenant, unique } from './harness/tenant.mjs';

const ROUNDS = 10;
const WRITERS = 6;
let server, tenant;
before(async () => {
  server = await startServer();
  tenant = new Tenant(server);
});
after(() => server.stop());

// Creates users without a password to hash until the process is gone; gives those that got their 201.
async function writeUntilKilled(token, stop) {
  const acknowledged = [];
  while (!stop.now) {
    const email = `${unique('durable')}@example.test`;
    const json = { connection: DIRECTORY, email, password: 'Correct-horse-7-battery', user_metadata: { written: true } };
    const answer = await send(`${server.base}/api/v2/users`, { json, bearer: token }).catch(() => undefined);
    if (!answer) break;
    assert.equal(answer.status, 201, answer.text);
    acknowledged.push(answer.json.user_id);
  }
  return acknowledged;
}

async function updateUntilKilled(token, stop, userId) {
  let last = 0;
  for (let value = 1; !stop.now; value++) {
    const answer = await send(server.base, { method: 'PATCH', path: `/api/v2/users/${encodeURIComponent(userId)}`, json: { user_metadata: { value } }, bearer: token }).catch(() => undefined);
    if (!answer) break;
    assert.equal(answer.status, 200, answer.text);
    last = value;
  }
  return last;
}

test(`no acknowledged write is lost in ${ROUNDS} kills`, async () => {
  const token = await tenant.token();
  const counter = await tenant.createUser();
  let total = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const stop = { now: false };
    const writers = Array.from({ length: WRITERS }, () => writeUntilKilled(token, stop));
    const updater = updateUntilKilled(token, stop, counter.user_id);
    await new Promise((resolve) => setTimeout(resolve, 150 + Math.random() * 350));
    const killed = server.kill();
    stop.now = true;
    await killed;
    const acknowledged = (await Promise.all(writers)).flat();
    const last = await updater;
    await server.start();

    for (const id of acknowledged) {
      const answer = await send(server.base, { path: `/api/v2/users/${encodeURIComponent(id)}`, bearer: token });
      assert.equal(answer.status, 200, `round ${round}: ${id} was acknowledged and is gone`);
    }
    const { user_metadata: metadata } = (await send(server.base, { path: `/api/v2/users/${encodeURIComponent(counter.user_id)}`, bearer: token })).json;
    assert.ok((metadata?.value ?? 0) >= last, `round ${round}: update ${last} was acknowledged, ${metadata?.value} is there`);
    total += acknowledged.length + last;
  }
  assert.ok(total > ROUNDS, `only ${total} writes in all: no load`);
});

test('after the last kill the store is whole and everything works', async () => {
  const client = await tenant.createMachine();
  const api = await tenant.createApi();
  await tenant.grant(client, api);
  const answer = await send(`${server.base}/oauth/token`, { json: { grant_type: 'client_credentials', client_id: client.client_id, client_secret: client.client_secret, audience: api.identifier } });
  const health = await send(`${server.base}/health`);

  assert.equal(answer.status, 200, answer.text);
  assert.equal(health.json.status, 'ok');
});
