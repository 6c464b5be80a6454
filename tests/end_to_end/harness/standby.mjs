// A cell whose database is a replica of another cell's: the names of the tenant lead its people to it.
import assert from 'node:assert/strict';
import { mkdtemp } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { signInThroughForms } from './forms.mjs';
import { send } from './http.mjs';
import { prepareServer } from './server.mjs';
import { UserAgent } from './user_agent.mjs';

// One who asks for refresh tokens that are good for one use.
export const ROTATING = { rotation_type: 'rotating', expiration_type: 'expiring', leeway: 0, token_lifetime: 86400, idle_token_lifetime: 3600, infinite_token_lifetime: false, infinite_idle_token_lifetime: false };

export class StandbyCell {
  // Of the cell of `primary`, whose name, seal key and sessions it shares. `sideUrl` gives it from the cell's folder.
  static async start(primary, { replicaUrl, sideUrl }) {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'cardea-e2e-'));
    const { seal, sessions } = primary.config;
    const cell = new StandbyCell();
    cell.host = primary.host;
    cell.server = await prepareServer(folder, {
      public: { base_url: new URL(primary.issuer).origin },
      store: { url: replicaUrl, side_url: sideUrl(folder) },
      cell: { id: 'test-2', number: 2, region: 'south', role: 'standby' },
      seal,
      ...(sessions ? { sessions } : {}),
    }, 'standby');
    cell.server.secrets = primary.secrets;
    await cell.server.start({ host: cell.host });
    return cell;
  }

  send(where, options = {}) {
    return send(`${this.server.base}${where}`, { ...options, headers: { host: this.host } });
  }

  async health() {
    return (await this.send('/health')).json;
  }

  // Somebody whose requests reach this cell, with the cookies of `jar`.
  agent(jar) {
    const agent = new AtStandby(this);
    if (jar) agent.jar = jar;
    return agent;
  }

  token(app, form) {
    return this.send('/oauth/token', { form: { ...app.credentials(), ...form } });
  }

  async refresh(app, token) {
    const answer = await this.token(app, { grant_type: 'refresh_token', refresh_token: token });
    if (answer.status === 200) this.server.secret(answer.json.refresh_token);
    return answer;
  }

  // Through the forms; `redeem` sends the code once more.
  async signIn(agent, app, person, parameters) {
    const { url, checks } = await app.begin(parameters);
    const callback = await signInThroughForms(agent, url, person);
    const redeem = () => this.token(app, { grant_type: 'authorization_code', code: new URL(callback).searchParams.get('code'), redirect_uri: app.redirectUri, code_verifier: checks.pkceCodeVerifier });
    const tokens = await redeem();
    assert.equal(tokens.status, 200, tokens.text);
    this.server.secret(tokens.json.refresh_token);
    return { ...tokens.json, redeem };
  }

  // Calls of the Management API of `tenant`.
  async management(tenant) {
    const answer = await this.send('/oauth/token', { json: { grant_type: 'client_credentials', client_id: tenant.values.mgmt_client_id, client_secret: tenant.values.mgmt_client_secret, audience: tenant.audience } });
    assert.equal(answer.status, 200, answer.text);
    return (method, where, json) => this.send(`/api/v2${where}`, { method, bearer: answer.json.access_token, ...(json ? { json } : {}) });
  }

  stop() {
    return this.server.stop();
  }
}

class AtStandby extends UserAgent {
  constructor(cell) {
    super();
    this.cell = cell;
  }

  request(url, options = {}) {
    const target = new URL(url);
    return super.request(new URL(target.pathname + target.search, this.cell.server.base), { ...options, headers: { ...options.headers, host: this.cell.host } });
  }
}
