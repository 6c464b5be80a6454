// The sorts of people, and how each spends the time of a run.
import { outcomeOf } from './history.mjs';
import { Person } from './people.mjs';

// One who does everything, also what ends sessions.
export class Busy extends Person {
  static TURNS = { logIn: 20, wrong: 4, old: 5, refresh: 25, replay: 4, signIn: 8, silent: 12, logOut: 3, ended: 8, revoke: 3, mark: 12, password: 4, block: 4, remove: 2 };

  async live() {
    while (!this.stop.now) {
      if (!this.account) await this.create();
      else await this[`do_${this.chance.weighted(Busy.TURNS)}`]();
      await this.pause();
    }
  }

  going(list) {
    const alive = list.filter((one) => !one.over);
    return alive.length ? this.chance.of(alive) : undefined;
  }

  async do_logIn() {
    await this.logIn();
  }

  async do_wrong() {
    await this.logIn(undefined, { password: 'Never-Her-Password-1' });
  }

  async do_old() {
    if (this.account.formerly) await this.logIn(undefined, { password: this.account.formerly });
    if (this.gone) await this.logIn(undefined, { account: this.gone });
  }

  async do_refresh() {
    const family = this.going(this.families);
    if (!family) return void (await this.logIn());
    const entry = await this.refresh(family);
    if (entry.outcome !== 'ok') family.over = true;
  }

  // A thief presents what has been used up, half of the time where it was.
  async do_replay() {
    const family = this.going(this.families);
    if (!family) return;
    family.over = true;
    const used = await this.refresh(family);
    if (used.outcome === 'ok') await this.refresh(family, { use: -2, cell: this.chance.next() < 0.5 ? used.cell : this.choose() });
    family.stolen = true;
  }

  async do_signIn() {
    await this.signIn();
  }

  async do_silent() {
    const session = this.going(this.sessions);
    if (session) await this.silent(session);
  }

  async do_logOut() {
    const session = this.going(this.sessions);
    if (session) await this.logOut(session);
  }

  // What was ended stays so.
  async do_ended() {
    const sessions = this.sessions.filter((one) => one.over);
    const families = this.families.filter((one) => one.over);
    if (sessions.length) await this.silent(this.chance.of(sessions));
    if (families.length) await this.refresh(this.chance.of(families));
  }

  async do_revoke() {
    const family = this.going(this.families);
    if (family) await this.revoke(family);
  }

  async do_mark() {
    const value = `${this.name}!${Math.floor(this.world.history.now() * 10)}`;
    await this.change('mark', value, { user_metadata: { mark: value } });
  }

  async do_password() {
    await this.changePassword();
  }

  // Blocked people try to get in, too.
  async do_block() {
    await this.block(!this.blocked);
    if (!this.account) return;
    await this.pause();
    await this.logIn();
  }

  async do_remove() {
    await this.remove();
  }
}

// A correct client: keeps to one cell, uses each token once, and tries the same one elsewhere when the answer is lost.
export class Faithful extends Person {
  choose() {
    return this.cell;
  }

  async live() {
    while (!this.stop.now && !this.account) await this.create();
    while (!this.stop.now) {
      const entry = await this.logIn(this.world.patient);
      if (entry.outcome === 'ok') await this.stay(this.families.at(-1));
      await this.pause();
    }
  }

  async stay(family) {
    let lost = false;
    const uses = 10 + this.chance.below(40);
    for (let i = 0; i < uses && !this.stop.now; ++i) {
      const entry = await this.refresh(family, { extra: { correct: true, again: lost } });
      lost = entry.outcome === 'info';
      if (entry.outcome === 'fail') return void (family.suspect = true);
      await this.pause();
    }
  }
}

// Two people who take one address at two cells at the same moment; then each tries to get in with it.
export class Rivals extends Person {
  async live() {
    const rival = new Person(this.world, `${this.name}-rival`, this.chance, this.stop);
    while (!this.stop.now) {
      const email = `contested-${this.name}-${++this.generation}@example.test`;
      const [here, there] = [...this.world.numbers()].sort(() => this.chance.next() - 0.5);
      await Promise.all([this.create(here, email), rival.create(there, email)]);
      for (let i = 0; i < 4 && !this.stop.now; ++i) {
        for (const one of [this, rival]) if (one.account) await one.logIn(undefined, { cell: one.chance.of(one.world.numbers()), extra: { contested: true } });
        await this.pause();
      }
    }
  }
}

// Makes applications and removes them, and rotates the signing keys now and then.
export class Operator extends Person {
  async live() {
    while (!this.stop.now && !this.account) await this.create();
    for (let round = 1; !this.stop.now; ++round) {
      await this.application();
      if (round % 12 === 0) await this.rotateKeys();
      for (let i = 0; i < 8; ++i) await this.pause();
    }
  }

  async rotateKeys() {
    const cell = this.choose();
    await this.record({ op: 'rotate', cell, key: 'signing key' }, async () => {
      const answer = await this.world.manage(cell, 'POST', '/keys/signing/rotate');
      return { outcome: outcomeOf(answer.status), status: answer.status };
    });
  }

  async application() {
    const name = `app-${this.name}-${++this.generation}`;
    let app;
    await this.record({ op: 'app', cell: this.choose(), key: name }, async () => {
      const answer = await this.world.manage(this.cell, 'POST', '/clients', { name, app_type: 'non_interactive', grant_types: ['client_credentials'] });
      if (answer.status === 201) app = answer.json;
      return { outcome: outcomeOf(answer.status), status: answer.status };
    });
    if (!app) return;
    this.world.server(1).secret(app.client_secret);
    await this.record({ op: 'grant', cell: this.cell, key: name }, async () => {
      const answer = await this.world.manage(this.cell, 'POST', '/client-grants', { client_id: app.client_id, audience: this.world.api.identifier, scope: [] });
      return { outcome: outcomeOf(answer.status), status: answer.status };
    });
    for (let i = 0; i < 3; ++i) await this.useApplication(app, name);
    await this.record({ op: 'unapp', cell: this.choose(), key: name }, async () => {
      const answer = await this.world.manage(this.cell, 'DELETE', `/clients/${app.client_id}`);
      return { outcome: outcomeOf(answer.status), status: answer.status };
    });
    for (let i = 0; i < 4; ++i) await this.useApplication(app, name);
    (this.former ??= []).push({ app, name });
    const past = this.chance.of(this.former);
    await this.useApplication(past.app, past.name);
  }

  async useApplication(app, name, { cell = this.chance.of(this.world.numbers()), extra = {} } = {}) {
    await this.record({ op: 'machine', cell, key: name, ...extra }, async () => {
      const answer = await this.world.token(cell, app, { grant_type: 'client_credentials', audience: this.world.api.identifier });
      return { outcome: outcomeOf(answer.status), status: answer.status };
    });
    await this.pause();
  }
}
