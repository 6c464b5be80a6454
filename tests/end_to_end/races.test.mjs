// Many requests for one thing at once, on one node and on two nodes with one SQLite file: exactly one wins.
import assert from 'node:assert/strict';
import https from 'node:https';
import { after, before, describe, test } from 'node:test';
import { exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { eventually } from './harness/eventually.mjs';
import { signInThroughForms } from './harness/forms.mjs';
import { send } from './harness/http.mjs';
import { oidc, RelyingParty } from './harness/relying_party.mjs';
import { startServer, startTwin } from './harness/server.mjs';
import { DIRECTORY, PASSWORD, Tenant, unique } from './harness/tenant.mjs';
import { UserAgent } from './harness/user_agent.mjs';

const MANY = 20;
let server, twin, tenant, ada, rp;
before(async () => {
  server = await startServer();
  twin = await startTwin(server);
  tenant = new Tenant(server);
  ada = await tenant.createUser();
  rp = await RelyingParty.of(tenant, await tenant.createWebApp({
    refresh_token: { rotation_type: 'rotating', expiration_type: 'expiring', leeway: 0, token_lifetime: 86400, idle_token_lifetime: 3600, infinite_token_lifetime: false, infinite_idle_token_lifetime: false },
  }));
});
after(async () => {
  await twin.stop({ cleanUp: false });
  await server.stop();
});

// Every request on a connection of its own, opened beforehand, so that they arrive together.
async function together(nodes, path, bodies) {
  const agents = bodies.map(() => new https.Agent({ keepAlive: true, maxSockets: 1 }));
  const node = (index) => nodes[index % nodes.length];
  await Promise.all(agents.map((agent, i) => send(`${node(i).base}/health/live`, { agent, headers: { host: server.host } })));
  const answers = await Promise.all(bodies.map((json, i) => send(`${node(i).base}${path}`, { agent: agents[i], json, headers: { host: server.host } })));
  agents.forEach((agent) => agent.destroy());
  return answers;
}

const wins = (answers) => answers.filter((answer) => answer.status === 200);

for (const [name, nodes] of [['one node', () => [server]], ['two nodes', () => [server, twin]]]) {
  describe(name, () => {
    test('one code is redeemed once, and the others revoke what it gave', async () => {
      const { url, checks } = await rp.begin({ scope: 'openid offline_access' });
      const callback = await signInThroughForms(new UserAgent(), url, ada);
      const body = { grant_type: 'authorization_code', ...rp.credentials(), redirect_uri: rp.redirectUri, code: callback.searchParams.get('code'), code_verifier: checks.pkceCodeVerifier };

      const answers = await together(nodes(), '/oauth/token', Array(MANY).fill(body));

      assert.equal(wins(answers).length, 1, `${answers.map((answer) => answer.status)}`);
      for (const answer of answers.filter((other) => other.status !== 200)) assert.deepEqual([answer.status, answer.json.error], [403, 'invalid_grant']);
      await assert.rejects(oidc.refreshTokenGrant(rp.config, wins(answers)[0].json.refresh_token), 'a code that was used twice revokes its tokens');
    });

    test('one generation of a refresh token is used once, and the family ends', async () => {
      const tokens = await rp.signIn(ada, { scope: 'openid offline_access' });
      const body = { grant_type: 'refresh_token', ...rp.credentials(), refresh_token: tokens.refresh_token };

      const answers = await together(nodes(), '/oauth/token', Array(MANY).fill(body));

      assert.equal(wins(answers).length, 1, `${answers.map((answer) => answer.status)}`);
      await assert.rejects(oidc.refreshTokenGrant(rp.config, wins(answers)[0].json.refresh_token), 'the use of an old generation revokes the family');
    });

    test('one address is signed up once', async () => {
      const email = `${unique('race')}@example.test`;
      const body = { client_id: rp.client.client_id, connection: DIRECTORY, email, password: PASSWORD };

      const answers = await together(nodes(), '/dbconnections/signup', Array(MANY).fill(body));

      assert.equal(wins(answers).length, 1, `${answers.map((answer) => answer.status)}`);
      for (const answer of answers.filter((other) => other.status !== 200)) assert.equal(answer.status, 400, answer.text);
      assert.equal((await tenant.management.users.list({ q: `email:"${email}"` })).data.length, 1);
    });

    test('one client assertion is used once', async () => {
      const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
      const client = await tenant.createClient({ app_type: 'non_interactive', grant_types: ['client_credentials'], client_authentication_methods: { private_key_jwt: { credentials: [{ name: 'k', credential_type: 'public_key', pem: await exportSPKI(publicKey), alg: 'RS256' }] } } }, { users: false });
      const api = await tenant.createApi();
      await tenant.grant(client, api);
      const now = Math.floor(Date.now() / 1000);
      const assertion = await new SignJWT({ iss: client.client_id, sub: client.client_id, aud: tenant.issuer, iat: now, exp: now + 60, jti: unique('jti') }).setProtectedHeader({ alg: 'RS256' }).sign(privateKey);
      const body = { grant_type: 'client_credentials', audience: api.identifier, client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion: assertion };

      const answers = await together(nodes(), '/oauth/token', Array(MANY).fill(body));

      assert.equal(wins(answers).length, 1, `${answers.map((answer) => answer.status)}`);
    });
  });
}

test('what one node writes the other serves soon', async () => {
  for (let round = 0; round < 3; round++) {
    const client = await tenant.createMachine();
    const api = await tenant.createApi();
    await tenant.grant(client, api);
    const body = { grant_type: 'client_credentials', client_id: client.client_id, client_secret: client.client_secret, audience: api.identifier };
    await eventually(async () => (await send(`${twin.base}/oauth/token`, { json: body, headers: { host: server.host } })).status === 200, { what: 'the client on the other node', milliseconds: 3000 });
  }
});

test('a change on one node reaches the cache of the other', async () => {
  const client = await tenant.createMachine();
  const api = await tenant.createApi();
  await tenant.grant(client, api);
  const ask = () => send(`${twin.base}/oauth/token`, { json: { grant_type: 'client_credentials', client_id: client.client_id, client_secret: client.client_secret, audience: api.identifier }, headers: { host: server.host } });
  await eventually(async () => (await ask()).status === 200, { what: 'the client on the other node', milliseconds: 3000 });

  await tenant.management.clients.delete(client.client_id);

  await eventually(async () => (await ask()).status === 401, { what: 'the deletion to reach the other node', milliseconds: 5000 });
});
