// Two nodes of a cell on one database, and the clock of one of them is an hour off: nothing is lost, and no token lives
// longer than the clock was wrong. LAB_ENGINE: postgresql or mariadb.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { DatabaseServer } from '../end_to_end/harness/database_server.mjs';
import { send } from '../end_to_end/harness/http.mjs';
import { startServer, startTwin } from '../end_to_end/harness/server.mjs';
import { DIRECTORY, PASSWORD, Tenant, unique } from '../end_to_end/harness/tenant.mjs';

const ENGINE = process.env.LAB_ENGINE ?? 'postgresql';
const REALM_GRANT = 'http://auth0.com/oauth/grant-type/password-realm';
const HOUR = 3600;
const IDLE = 4 * HOUR; // of refresh tokens: longer than any clock is wrong here
let database, server, tenant, client;

before(async () => {
  database = await DatabaseServer.start(ENGINE);
  server = await startServer({ config: database.fresh() });
  tenant = new Tenant(server);
  client = await tenant.createWebApp({
    grant_types: ['refresh_token', REALM_GRANT],
    refresh_token: { rotation_type: 'rotating', expiration_type: 'expiring', leeway: 0, token_lifetime: 24 * HOUR, idle_token_lifetime: IDLE, infinite_token_lifetime: false, infinite_idle_token_lifetime: false },
  });
});
after(async () => {
  await server.stop();
  await database.stop();
});

function clockOff(hours) {
  const folder = readdirSync('/usr/lib').map((name) => `/usr/lib/${name}/faketime`).find((name) => {
    try {
      return readdirSync(name).includes('libfaketimeMT.so.1');
    } catch {
      return false;
    }
  });
  assert.ok(folder, 'libfaketime is not installed');
  return { LD_PRELOAD: `${folder}/libfaketimeMT.so.1`, FAKETIME: `${hours > 0 ? '+' : ''}${hours}h`, FAKETIME_DONT_FAKE_MONOTONIC: '1' };
}
const at = (node, path, options) => send(`${node.base}${path}`, { ...options, headers: { host: server.host } });
const token = (node, fields) => at(node, '/oauth/token', { json: { client_id: client.client_id, client_secret: client.client_secret, ...fields } });
const signIn = (node, person) => token(node, { grant_type: REALM_GRANT, realm: DIRECTORY, username: person.email, password: PASSWORD, scope: 'openid offline_access' });
async function managementToken(node) {
  const { mgmt_client_id: id, mgmt_client_secret: secret } = tenant.values;
  return expect200(await at(node, '/oauth/token', { json: { grant_type: 'client_credentials', client_id: id, client_secret: secret, audience: tenant.audience } }), 'a token').access_token;
}
const rotate = (node, refreshToken) => token(node, { grant_type: 'refresh_token', refresh_token: refreshToken });
function expect200(answer, what) {
  assert.equal(answer.status, 200, `${what}: ${answer.text}`);
  return answer.json;
}
const claimsOf = (jwt) => JSON.parse(Buffer.from(jwt.split('.')[1], 'base64url'));

for (const hours of [1, -1]) {
  test(`${ENGINE}: a node whose clock is ${hours} h off`, async () => {
    const wrong = await startTwin(server, { env: clockOff(hours) });
    try {
      // A token from the future is refused, so all work with one of the node that is behind.
      const [behind, ahead] = hours < 0 ? [wrong, server] : [server, wrong];
      const bearer = await managementToken(behind);
      const future = await managementToken(ahead);
      assert.equal((await at(behind, '/api/v2/clients', { bearer: future })).status, 401, 'a token from the future');
      assert.equal((await at(ahead, '/api/v2/clients', { bearer: future })).status, 200);
      const person = await tenant.createUser();
      const path = `/api/v2/users/${encodeURIComponent(person.user_id)}`;
      const off = claimsOf(expect200(await signIn(wrong, person), 'login').id_token).iat - Date.now() / 1000;
      assert.ok(Math.abs(off - hours * HOUR) < 60, `the clock is ${off} s off`);

      // Writes in turn: the later one wins, whatever its clock says.
      for (let i = 1; i <= 10; ++i) {
        const node = i % 2 ? wrong : server;
        expect200(await at(node, path, { method: 'PATCH', json: { user_metadata: { last: i } }, bearer }), `write ${i}`);
        for (const reader of [server, wrong]) assert.equal(expect200(await at(reader, path, { bearer }), 'look-up').user_metadata.last, i);
      }
      // One family over both nodes: each rotation counts once, on both.
      let refreshToken = expect200(await signIn(wrong, person), 'login').refresh_token;
      let used;
      for (let i = 0; i < 6; ++i) {
        used = refreshToken;
        const answer = expect200(await rotate(i % 2 ? wrong : server, refreshToken), `rotation ${i}`);
        refreshToken = answer.refresh_token;
        const { iat, exp } = claimsOf(answer.id_token);
        assert.ok(exp - Date.now() / 1000 <= exp - iat + HOUR + 60, 'lives no longer than the clock is wrong');
      }
      // What the wrong clock made is there when the node is gone.
      const made = await at(wrong, '/api/v2/users', { json: { connection: DIRECTORY, email: `${unique('late')}@example.test`, password: PASSWORD }, bearer });
      assert.equal(made.status, 201, made.text);
      await wrong.stop({ cleanUp: false });
      expect200(await at(server, `/api/v2/users/${encodeURIComponent(made.json.user_id)}`, { bearer }), 'look-up');
      expect200(await at(server, path, { method: 'PATCH', json: { user_metadata: { last: 11 } }, bearer }), 'the write after it');
      assert.equal(expect200(await at(server, path, { bearer }), 'look-up').user_metadata.last, 11);
      expect200(await rotate(server, refreshToken), 'rotation after it');
      assert.equal((await rotate(server, used)).status, 403, 'a token that was used before');
      expect200(await signIn(server, person), 'login after it');
    } finally {
      if (wrong.child) await wrong.stop({ cleanUp: false }).catch(() => {});
    }
  });
}
