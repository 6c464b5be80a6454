// A tenant under test, managed with the unmodified `auth0` SDK.
import assert from 'node:assert/strict';
import { ManagementClient } from 'auth0';
import { send } from './http.mjs';

export const DIRECTORY = 'Username-Password-Authentication';
export const PASSWORD = 'Correct-horse-7-battery';
let serial = 0;

// A name that no other test of the run takes.
export function unique(prefix) {
  return `${prefix}-${process.pid}-${++serial}`;
}

export class Tenant {
  constructor(server, values = server.tenant) {
    this.server = server;
    this.values = values;
    this.issuer = values.issuer;
    this.origin = new URL(values.issuer).origin;
    this.audience = `${values.issuer}api/v2/`;
    this.management = new ManagementClient({ domain: values.domain, clientId: values.mgmt_client_id, clientSecret: values.mgmt_client_secret, maxRetries: 0 });
  }

  // A Management API token with all scopes, or with some of them.
  async token(scope) {
    const answer = await send(`${this.origin}/oauth/token`, {
      json: { grant_type: 'client_credentials', client_id: this.values.mgmt_client_id, client_secret: this.values.mgmt_client_secret, audience: this.audience, ...(scope ? { scope } : {}) },
    });
    assert.equal(answer.status, 200, answer.text);
    return answer.json.access_token;
  }

  // One raw call of the Management API, for what the SDK would hide.
  async call(method, path, options = {}) {
    this.allScopes ??= await this.token();
    return send(this.origin, { bearer: this.allScopes, ...options, method, path: `/api/v2${path}` });
  }

  async directory() {
    const page = await this.management.connections.list({ name: DIRECTORY });
    const found = page.data.find((connection) => connection.name === DIRECTORY);
    assert.ok(found, `no connection ${DIRECTORY}`);
    return found;
  }

  async enableDirectory(clientId) {
    this.directoryId ??= (await this.directory()).id;
    await this.management.connections.clients.update(this.directoryId, [{ client_id: clientId, status: true }]);
  }

  // A client of the SDK's own making, on the default directory unless it is a machine.
  async createClient(settings, { users = true } = {}) {
    const client = await this.management.clients.create({ name: unique('client'), oidc_conformant: true, ...settings });
    this.server.secret(client.client_secret);
    if (users) await this.enableDirectory(client.client_id);
    return client;
  }

  createWebApp(settings = {}) {
    return this.createClient({
      app_type: 'regular_web',
      callbacks: ['https://app.example.test/callback'],
      allowed_logout_urls: ['https://app.example.test/bye'],
      grant_types: ['authorization_code', 'refresh_token'],
      ...settings,
    });
  }

  createSpa(settings = {}) {
    return this.createClient({
      app_type: 'spa',
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      refresh_token: { rotation_type: 'rotating', expiration_type: 'expiring', leeway: 0, token_lifetime: 86400, idle_token_lifetime: 3600, infinite_token_lifetime: false, infinite_idle_token_lifetime: false },
      ...settings,
    });
  }

  createMachine(settings = {}) {
    return this.createClient({ app_type: 'non_interactive', grant_types: ['client_credentials'], ...settings }, { users: false });
  }

  createApi(settings = {}) {
    const identifier = settings.identifier ?? `https://${unique('api')}.example.test/`;
    return this.management.resourceServers.create({
      name: 'Orders', identifier, scopes: [{ value: 'read:orders', description: 'Read orders' }, { value: 'write:orders', description: 'Write orders' }],
      skip_consent_for_verifiable_first_party_clients: true, ...settings,
    });
  }

  grant(client, api, scope = ['read:orders'], more = {}) {
    return this.management.clientGrants.create({ client_id: client.client_id, audience: api.identifier, scope, ...more });
  }

  async createUser(settings = {}) {
    const email = settings.email ?? `${unique('ada')}@example.test`;
    const password = this.server.secret(settings.password ?? PASSWORD);
    const user = await this.management.users.create({ connection: DIRECTORY, email, password, email_verified: true, ...settings });
    return { ...user, email, password };
  }

  // A person who will sign up: no account yet.
  newcomer() {
    return { email: `${unique('new')}@example.test`, password: this.server.secret(PASSWORD) };
  }
}
