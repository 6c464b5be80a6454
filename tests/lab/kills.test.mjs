// The program and its database server are killed under load, in turn: no acknowledged rotation of a refresh token is
// lost, and none is accepted again. LAB_ENGINE: sqlite, postgresql or mariadb.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DatabaseServer } from '../end_to_end/harness/database_server.mjs';
import { eventually } from '../end_to_end/harness/eventually.mjs';
import { send } from '../end_to_end/harness/http.mjs';
import { startServer } from '../end_to_end/harness/server.mjs';
import { DIRECTORY, Tenant } from '../end_to_end/harness/tenant.mjs';

const ENGINE = process.env.LAB_ENGINE ?? 'sqlite';
const ROUNDS = 6;
const WORKERS = 8;
const REALM_GRANT = 'http://auth0.com/oauth/grant-type/password-realm';
let database, server, client, people;

before(async () => {
  database = ENGINE === 'sqlite' ? undefined : await DatabaseServer.start(ENGINE, { durable: true });
  server = await startServer({ config: { hash: { bcrypt_cost: 4 }, ...database?.fresh() } });
  const tenant = new Tenant(server);
  client = await tenant.createWebApp({
    grant_types: ['refresh_token', REALM_GRANT],
    refresh_token: { rotation_type: 'rotating', expiration_type: 'expiring', leeway: 0, token_lifetime: 86400, idle_token_lifetime: 3600, infinite_token_lifetime: false, infinite_idle_token_lifetime: false },
  });
  people = await Promise.all(Array.from({ length: WORKERS }, () => tenant.createUser()));
});
after(async () => {
  await server.stop();
  await database?.stop();
});

const token = (fields) => send(`${server.base}/oauth/token`, { json: { client_id: client.client_id, client_secret: client.client_secret, ...fields } });
const rotate = (refreshToken) => token({ grant_type: 'refresh_token', refresh_token: refreshToken });

async function newFamily(person) {
  const fields = { grant_type: REALM_GRANT, realm: DIRECTORY, username: person.email, password: person.password, scope: 'openid offline_access' };
  const answer = await eventually(async () => {
    const tried = await token(fields);
    return tried.status === 200 && tried;
  }, { milliseconds: 20_000, what: 'a login after the crash' });
  return answer.json.refresh_token;
}

// Rotates until something dies. Gives the tokens whose use was acknowledged and the last that was given out.
async function rotateUntilKilled(first, stop) {
  const used = [];
  let current = first;
  while (!stop.now) {
    const answer = await rotate(current).catch(() => undefined);
    if (!answer || answer.status === 503) break;
    assert.equal(answer.status, 200, `${answer.status} ${answer.text}`);
    used.push(current);
    current = answer.json.refresh_token;
  }
  return { used, current };
}

// What was in flight may be done or not; what was acknowledged is done.
async function examine({ used, current }, what) {
  const last = await rotate(current);
  assert.ok([200, 403].includes(last.status), `${what}: ${last.status} ${last.text}`);
  if (last.status === 200) assert.equal((await rotate(current)).status, 403, `${what}: accepted twice`);
  for (const old of used.slice(-3)) assert.equal((await rotate(old)).status, 403, `${what}: an acknowledged rotation was lost`);
}

const victims = {
  cardea: { kill: () => server.kill(), restart: () => server.start() },
  ...(ENGINE === 'sqlite' ? {} : { database: { kill: () => database.kill(), restart: () => database.run() } }),
};
for (const [name, victim] of Object.entries(victims)) {
  test(`${ENGINE}: ${name} is killed ${ROUNDS} times`, async () => {
    let total = 0;
    for (let round = 0; round < ROUNDS; ++round) {
      const stop = { now: false };
      const families = await Promise.all(people.map(newFamily));
      const workers = families.map((family) => rotateUntilKilled(family, stop));
      await new Promise((resolve) => setTimeout(resolve, 200 + Math.random() * 400));
      await victim.kill();
      stop.now = true;
      const seen = await Promise.all(workers);
      await victim.restart();
      await newFamily(people[0]);

      for (const worker of seen) await examine(worker, `round ${round}`);
      total += seen.reduce((sum, worker) => sum + worker.used.length, 0);
    }
    assert.ok(total > 10 * ROUNDS, `only ${total} rotations in all: no load`);
  });
}
