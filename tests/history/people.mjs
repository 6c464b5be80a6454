// What people do at the cells: each is one serial process with choices of its own. Everything is in the history.
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeJwt, decodeProtectedHeader } from '../end_to_end/harness/jose.mjs';
import { signInThroughForms } from '../end_to_end/harness/forms.mjs';
import { DIRECTORY } from '../end_to_end/harness/tenant.mjs';
import { outcomeOf } from './history.mjs';

let families = 0, sessions = 0, values = 0;

export class Person {
  constructor(world, name, chance, stop) {
    Object.assign(this, { world, name, chance, stop, generation: 0, families: [], sessions: [], account: undefined, cell: chance.of(world.numbers()) });
  }

  // Most requests of a person go to one cell, as routing would have it; after a failure they go elsewhere.
  choose() {
    if (this.chance.next() < 0.3) this.cell = this.chance.of(this.world.numbers());
    return this.cell;
  }

  async record(fields, act) {
    this.world.writing++;
    const entry = await this.world.history.record({ person: this.name, user: this.account?.id, ...fields }, act);
    this.world.writing--;
    if (entry.outcome === 'info' && fields.op !== 'verify') this.cell = (this.cell % this.world.numbers().length) + 1;
    return entry;
  }

  async create(cell = this.choose(), email = `${this.name}-${++this.generation}@example.test`) {
    const password = `Correct-Horse-${this.name}-${++values}`;
    const born = `${this.name}#${++values}`;
    this.account = undefined;
    const entry = await this.record({ op: 'create', cell, key: email, email, password, born }, async () => {
      const made = await this.world.manage(cell, 'POST', '/users', { connection: DIRECTORY, email, password, email_verified: true, user_metadata: { born } });
      return { outcome: outcomeOf(made.status), status: made.status, user: made.json?.user_id };
    });
    if (entry.outcome !== 'ok') return;
    this.account = { id: entry.user, email, password };
    Object.assign(this, { families: [], sessions: [], blocked: false });
  }

  taken(answer, { app, expected }) {
    const { id_token: idToken, refresh_token: refreshToken } = answer.json;
    const family = refreshToken ? { key: `f${++families}`, app, user: expected, tokens: [refreshToken], cell: this.cell } : undefined;
    if (family) this.families.push(family);
    return { sub: idToken && decodeJwt(idToken).sub, kid: idToken && decodeProtectedHeader(idToken).kid, family: family?.key, idToken };
  }

  // `password`: another one than that of the account.
  async logIn(app = this.world.strict, { cell = this.choose(), account = this.account, password = account.password, extra = {} } = {}) {
    let idToken;
    const entry = await this.record({ op: 'login', cell, key: account.email, user: account.id, email: account.email, password, app: app.client_id, ...extra }, async () => {
      const answer = await this.world.logIn(cell, app, account.email, password);
      if (answer.status !== 200) return { outcome: outcomeOf(answer.status), status: answer.status };
      const { idToken: got, ...seen } = this.taken(answer, { app, expected: account.id });
      idToken = got;
      return { outcome: 'ok', ...seen };
    });
    if (idToken) await this.verify(entry);
    return entry;
  }

  // Whether the key of a token that this cell has just signed is published at another one.
  async verify({ kid, cell }) {
    const other = this.chance.of(this.world.numbers().filter((one) => one !== cell));
    await this.record({ op: 'verify', cell: other, signer: cell, key: kid }, async () => {
      const keys = await this.world.at(other, '/.well-known/jwks.json');
      if (keys.status !== 200) return { outcome: 'info' };
      return { outcome: keys.json.keys.some((key) => key.kid === kid) ? 'ok' : 'fail' };
    });
  }

  // `use`: which token of the family, from the newest one on.
  async refresh(family, { cell = this.choose(), use = -1, extra = {} } = {}) {
    const tokens = family.tokens;
    const presented = tokens.length + use;
    const entry = await this.record({ op: 'refresh', cell, key: family.key, user: family.user, app: family.app.client_id, token: `${family.key}.${presented}`, newest: use === -1, ...extra }, async () => {
      const answer = await this.world.token(cell, family.app, { grant_type: 'refresh_token', refresh_token: tokens[presented] });
      if (answer.status !== 200) return { outcome: outcomeOf(answer.status), status: answer.status };
      const fresh = answer.json.refresh_token;
      if (fresh && use === -1) tokens.push(fresh);
      return { outcome: 'ok', gives: fresh ? `${family.key}.${tokens.length - 1}` : undefined };
    });
    return entry;
  }

  async signIn() {
    const cell = this.choose();
    const session = { key: `s${++sessions}`, agent: this.world.agent(cell) };
    const { email, password, id } = this.account;
    const entry = await this.record({ op: 'signin', cell, key: email, user: id, email, password, session: session.key }, async () => {
      const { url } = await this.world.party.begin({ scope: 'openid' });
      const callback = await signInThroughForms(session.agent, url, { email, password }).catch((error) => {
        throw Object.assign(error, { code: 'stayed' });
      });
      return { outcome: callback.searchParams.get('code') ? 'ok' : 'info' };
    });
    if (entry.outcome === 'ok') this.sessions.push(session);
  }

  async silent(session, { cell = this.choose(), extra = {} } = {}) {
    session.agent.cell = cell;
    return this.record({ op: 'silent', cell, key: session.key, ...extra }, async () => {
      const answer = await session.agent.request((await this.world.party.begin({ scope: 'openid', prompt: 'none' })).url);
      const there = answer.headers.location ?? '';
      if (there.includes('code=')) return { outcome: 'ok' };
      return { outcome: there.includes('error=login_required') ? 'fail' : 'info', status: answer.status };
    });
  }

  async logOut(session) {
    const cell = this.choose();
    session.agent.cell = cell;
    session.over = true;
    await this.record({ op: 'logout', cell, key: session.key }, async () => {
      const answer = await session.agent.request(`${this.world.server(cell).base}/v2/logout`);
      return { outcome: answer.status < 400 ? 'ok' : 'info', status: answer.status };
    });
  }

  async revoke(family) {
    const cell = this.choose();
    family.over = true;
    await this.record({ op: 'revoke', cell, key: family.key }, async () => {
      const answer = await this.world.at(cell, '/oauth/revoke', { form: { ...this.world.credentials(family.app), token: family.tokens.at(-1) } });
      return { outcome: outcomeOf(answer.status), status: answer.status };
    });
  }

  change(op, value, body) {
    const cell = this.choose();
    const { id } = this.account;
    return this.record({ op, cell, key: id, value }, async () => {
      const answer = await this.world.manage(cell, 'PATCH', `/users/${encodeURIComponent(id)}`, body);
      return { outcome: outcomeOf(answer.status), status: answer.status };
    });
  }

  async changePassword() {
    const { account } = this;
    const old = account.password;
    const fresh = `Correct-Horse-${this.name}-${++values}`;
    const entry = await this.change('password', fresh, { password: fresh, connection: DIRECTORY });
    account.formerly = old;
    if (entry.outcome === 'ok') account.password = fresh;
    if (entry.outcome === 'info') this.account = undefined; // which one holds is settled by the checker
    this.families = this.families.filter((family) => family.over);
    this.sessions = this.sessions.filter((session) => session.over);
  }

  async block(value) {
    const entry = await this.change('block', value, { blocked: value });
    if (entry.outcome === 'info') this.account = undefined;
    this.blocked = value;
  }

  async remove() {
    const cell = this.choose();
    const { id } = this.account;
    const entry = await this.record({ op: 'delete', cell, key: id }, async () => {
      const answer = await this.world.manage(cell, 'DELETE', `/users/${encodeURIComponent(id)}`);
      return { outcome: outcomeOf(answer.status), status: answer.status };
    });
    if (entry.outcome === 'ok') this.gone = this.account;
    this.account = undefined;
  }

  pause() {
    return sleep(this.chance.between(5, 60));
  }
}
