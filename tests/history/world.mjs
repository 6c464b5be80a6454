// Three cells behind wires that can be disturbed, and the requests that people send to them.
import { Cells } from '../end_to_end/harness/cells.mjs';
import { eventually } from '../end_to_end/harness/eventually.mjs';
import { send } from '../end_to_end/harness/http.mjs';
import { RelyingParty } from '../end_to_end/harness/relying_party.mjs';
import { DIRECTORY, Tenant } from '../end_to_end/harness/tenant.mjs';
import { UserAgent } from '../end_to_end/harness/user_agent.mjs';
import { Wires } from './link.mjs';

const REALM = 'http://auth0.com/oauth/grant-type/password-realm';
const PATIENCE = 3_000; // of a client; then the outcome is unknown
const ENGINES = ['sqlite', 'postgresql', 'mariadb'];
const LONGEST_LEEWAY = 600; // seconds: as long as a run lasts, so that a token whose answer was lost can be tried at its end
const ROTATING = { rotation_type: 'rotating', expiration_type: 'expiring', token_lifetime: 86400, idle_token_lifetime: 3600, infinite_token_lifetime: false, infinite_idle_token_lifetime: false };

let nextPort = 14_000 + Math.floor(Math.random() * 400) * 10;

export function within(milliseconds, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

export class World {
  static async start(history) {
    const world = new World();
    Object.assign(world, { history, wires: new Wires(), writing: 0 });
    world.cells = await Cells.start(ENGINES, {
      config: { hash: { bcrypt_cost: 4 } },
      through: (from, to, port) => {
        world.wires.add(from, to, ++nextPort, port);
        return `127.0.0.1:${nextPort}`;
      },
    });
    await world.prepare();
    return world;
  }

  // The applications: a correct one whose tokens have an overlap, and one whose every second use is a replay.
  async prepare() {
    const [first] = this.cells.all;
    this.host = first.host;
    this.tenant = new Tenant(first);
    this.bearer = await this.tenant.token();
    const grant_types = ['authorization_code', 'refresh_token', REALM];
    this.api = await this.tenant.createApi({ allow_offline_access: true });
    this.patient = await this.tenant.createWebApp({ refresh_token: { ...ROTATING, leeway: LONGEST_LEEWAY }, grant_types });
    this.strict = await this.tenant.createWebApp({ refresh_token: { ...ROTATING, leeway: 0 }, grant_types });
    this.party = await RelyingParty.of(this.tenant, this.strict);
    for (const cell of this.numbers()) {
      await eventually(async () => (await this.logIn(cell, this.strict, 'nobody@example.test', 'wrong')).json.error === 'invalid_grant', { what: `the applications at cell ${cell}` });
    }
  }

  numbers() {
    return this.cells.all.map((_, i) => i + 1);
  }

  server(cell) {
    return this.cells.all[cell - 1];
  }

  at(cell, path, options = {}) {
    return within(PATIENCE, send(`${this.server(cell).base}${path}`, { ...options, headers: { ...options.headers, host: this.host } }));
  }

  manage(cell, method, path, json) {
    return this.at(cell, `/api/v2${path}`, { method, bearer: this.bearer, ...(json === undefined ? {} : { json }) });
  }

  credentials(app) {
    return { client_id: app.client_id, client_secret: app.client_secret };
  }

  token(cell, app, form) {
    return this.at(cell, '/oauth/token', { form: { ...this.credentials(app), ...form } });
  }

  logIn(cell, app, username, password) {
    return this.token(cell, app, { grant_type: REALM, realm: DIRECTORY, username, password, scope: 'openid offline_access', audience: this.api.identifier });
  }

  agent(cell) {
    return new Visitor(this, cell);
  }

  async close() {
    try {
      await this.cells.stop();
    } finally {
      this.wires.close();
    }
  }
}

// A person with a browser whose requests all reach one cell.
class Visitor extends UserAgent {
  constructor(world, cell) {
    super();
    Object.assign(this, { world, cell });
  }

  request(url, options = {}) {
    const target = new URL(url);
    const here = new URL(target.pathname + target.search, this.world.server(this.cell).base);
    return within(PATIENCE, super.request(here, { ...options, headers: { ...options.headers, host: this.world.host } }));
  }
}
