// People and applications that go on while a database fails over, and what they may see meanwhile: answers that need no
// database come as always; the others are 503 with Retry-After, until the new leader is there; nothing else.
import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { send } from '../end_to_end/harness/http.mjs';
import { RelyingParty, verifyAccessToken } from '../end_to_end/harness/relying_party.mjs';
import { UserAgent } from '../end_to_end/harness/user_agent.mjs';

const REFRESHERS = 6;
const SIGNERS = 2;
const SCOPE = 'openid email offline_access';
// A client whose answer got lost comes back with the token that it has: for so many seconds it may.
const LEEWAY = 60;

const isRefusal = (answer) => answer.status === 503 && answer.headers['retry-after'] !== undefined;

// Sees each answer of the pages.
class WatchedAgent extends UserAgent {
  constructor(load) {
    super();
    this.load = load;
  }

  async request(url, options) {
    const answer = await super.request(url, options);
    if (answer.status >= 400) {
      this.refused = true;
      this.load.expectRefusal(answer, url);
    }
    return answer;
  }
}

export class Load {
  constructor(server, tenant) {
    this.server = server;
    this.tenant = tenant;
    this.running = true;
    this.writes = []; // when a refresh or a sign-in was acknowledged
    this.refusals = 0;
    this.signedIn = 0;
    this.steady = 0; // answers that need no database
    this.slowest = 0; // of them
    this.wrong = []; // what nobody may see
    this.chains = [];
  }

  static async start(server, tenant) {
    const load = new Load(server, tenant);
    await load.prepare();
    load.loops = [
      ...load.chains.map((chain) => load.refresh(chain)),
      ...Array.from({ length: SIGNERS }, () => load.signIn()),
      load.ask('discovery', () => send(`${tenant.issuer}.well-known/openid-configuration`)),
      load.ask('JWKS', () => send(`${tenant.issuer}.well-known/jwks.json`)),
      load.ask('client credentials', () => load.machineToken()),
    ];
    return load;
  }

  async prepare() {
    const { tenant } = this;
    this.person = await tenant.createUser();
    const rotation = { rotation_type: 'rotating', expiration_type: 'expiring', leeway: LEEWAY, token_lifetime: 86400, idle_token_lifetime: 3600, infinite_token_lifetime: false, infinite_idle_token_lifetime: false };
    this.party = await RelyingParty.of(tenant, await tenant.createWebApp({ refresh_token: rotation }));
    this.api = await tenant.createApi();
    this.machine = await tenant.createMachine();
    await tenant.grant(this.machine, this.api);
    for (let i = 0; i < REFRESHERS; i++) this.chains.push([(await this.party.signIn(this.person, { scope: SCOPE })).refresh_token]);
  }

  expectRefusal(answer, what) {
    this.refusals++;
    if (!isRefusal(answer)) this.wrong.push(`${what}: ${answer.status} ${answer.text.slice(0, 200)}`);
  }

  useToken(token) {
    return send(`${this.tenant.origin}/oauth/token`, { form: { grant_type: 'refresh_token', refresh_token: token, ...this.party.credentials() } });
  }

  async refresh(chain) {
    while (this.running) {
      const answer = await this.useToken(chain.at(-1)).catch((error) => this.wrong.push(`refresh: ${error.message}`));
      if (answer?.status === 200) {
        chain.push(answer.json.refresh_token);
        this.writes.push(performance.now());
      } else if (answer?.status) {
        this.expectRefusal(answer, 'refresh');
      }
      await sleep(answer?.status === 200 ? 20 : 50);
    }
  }

  async signIn() {
    while (this.running) {
      const agent = new WatchedAgent(this);
      try {
        await this.party.signIn(this.person, { agent, scope: SCOPE });
        this.signedIn++;
        this.writes.push(performance.now());
      } catch (error) {
        // To the application, by the redirect (RFC 6749 §4.1.2.1), or as the answer to the exchange of the code.
        const answer = [error.cause, error.cause?.cause].find((cause) => cause instanceof Response);
        if (error.error === 'temporarily_unavailable' || (answer?.status === 503 && answer.headers.has('retry-after'))) this.refusals++;
        else if (!agent.refused) this.wrong.push(`sign-in: ${error.message} ${error.error ?? answer?.status ?? error.cause?.message ?? ''}`);
        await sleep(50);
      }
    }
  }

  async machineToken() {
    const answer = await send(`${this.tenant.origin}/oauth/token`, {
      json: { grant_type: 'client_credentials', client_id: this.machine.client_id, client_secret: this.machine.client_secret, audience: this.api.identifier },
    });
    if (answer.status === 200) await verifyAccessToken(this.tenant, answer.json.access_token, this.api.identifier);
    return answer;
  }

  async ask(what, question) {
    while (this.running) {
      const began = performance.now();
      const answer = await question().catch((error) => ({ status: error.message, text: '' }));
      if (answer.status === 200) this.steady++;
      else this.wrong.push(`${what}: ${answer.status} ${answer.text.slice(0, 200)}`);
      this.slowest = Math.max(this.slowest, performance.now() - began);
      await sleep(50);
    }
  }

  // Waits for `count` more acknowledged writes.
  async writesGoOn(count, milliseconds = 40_000) {
    const goal = this.writes.length + count;
    const end = performance.now() + milliseconds;
    while (this.writes.length < goal) {
      if (performance.now() > end) throw new Error(`no ${count} writes within ${milliseconds} ms; ${this.wrong.slice(0, 5).join('; ')}`);
      await sleep(20);
    }
  }

  // Does it under load; seconds without an acknowledged write from its beginning on.
  async gapOf(disturb) {
    await this.writesGoOn(30);
    const began = performance.now();
    const seen = this.refusals;
    await disturb();
    await this.writesGoOn(60);
    const times = [began, ...this.writes.filter((time) => time > began)];
    const gap = Math.max(...times.slice(1).map((time, i) => time - times[i])) / 1000;
    return { gap, refusals: this.refusals - seen };
  }

  async stop() {
    this.running = false;
    await Promise.all(this.loops);
    assert.deepEqual(this.wrong.slice(0, 10), []);
    assert.ok(this.signedIn > 0, 'nobody has signed in');
  }

  // The newest token of each family works, once; one that is older than the last two has been used up, and so is the
  // family after it.
  async checkChains() {
    for (const chain of this.chains) {
      assert.ok(chain.length > 5, `${chain.length - 1} rotations are no load`);
      assert.equal(new Set(chain).size, chain.length, 'a token was given out twice');
      const newest = await this.useToken(chain.at(-1));
      assert.equal(newest.status, 200, `an acknowledged rotation is lost: ${newest.text}`);
      const old = await this.useToken(chain.at(-4));
      assert.deepEqual([old.status, old.json.error], [403, 'invalid_grant'], 'an old token works again');
      const revoked = await this.useToken(newest.json.refresh_token);
      assert.deepEqual([revoked.status, revoked.json.error], [403, 'invalid_grant'], 'and the family is revoked');
    }
  }
}

export function report(what, { gap, refusals }, load) {
  console.log(`# ${what}: no acknowledged write for ${gap.toFixed(1)} s, ${refusals} answers 503 meanwhile; ${load.steady} answers without the database, the slowest after ${(load.slowest / 1000).toFixed(2)} s`);
}
