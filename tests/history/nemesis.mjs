// Kills cells, stops them for a while, cuts and delays what is between them. One hand for processes, one for wires, so
// that both kinds of fault meet. Every fault is in the history with its beginning and its end.
import { setTimeout as sleep } from 'node:timers/promises';

export class Nemesis {
  constructor(world, chance, { kills, seconds }) {
    Object.assign(this, { world, chance, kills, seconds, killed: 0, inFlight: 0 });
  }

  // Does it, and undoes it after `milliseconds`.
  async fault(kind, cells, milliseconds, begin, end) {
    const { history } = this.world;
    const entry = { fault: kind, cells, from: history.now() };
    await begin();
    await sleep(milliseconds);
    await end();
    entry.to = history.now();
    history.add(entry);
  }

  // Every fifth comes while a request is at the cell, so that some fall between a commit and its answer.
  async kill() {
    const cell = this.chance.of(this.world.numbers());
    const server = this.world.server(cell);
    if (this.killed % 5 === 0) {
      for (let i = 0; i < 200 && this.world.writing === 0; ++i) await sleep(1);
      await sleep(this.chance.between(0, 8));
      this.inFlight += this.world.writing > 0 ? 1 : 0;
    }
    this.killed++;
    await this.fault('kill', [cell], this.chance.between(200, 2_000), () => server.kill(), () => server.start({ host: this.world.host }));
  }

  async stopForAWhile() {
    const cell = this.chance.of(this.world.numbers());
    const { child } = this.world.server(cell);
    await this.fault('pause', [cell], this.chance.between(500, 4_000), () => child.kill('SIGSTOP'), () => child.kill('SIGCONT'));
  }

  async processes() {
    const share = (this.seconds * 1000) / this.kills;
    for (let i = 0; i < this.kills; ++i) {
      const due = performance.now() + share;
      await this.kill();
      if (this.chance.next() < 0.3) await this.stopForAWhile();
      await sleep(Math.max(0, due - performance.now()));
    }
  }

  pair() {
    const cells = this.world.numbers();
    const [a, b] = cells.sort(() => this.chance.next() - 0.5);
    return [a, b];
  }

  async disturbWires() {
    const { wires } = this.world;
    const [a, b] = this.pair();
    const others = this.world.numbers().filter((cell) => cell !== a);
    const time = this.chance.between(300, 5_000);
    const healAll = (links) => links.forEach((link) => link.heal());
    switch (this.chance.weighted({ cut: 3, hole: 2, oneWay: 3, alone: 2, late: 2 })) {
      case 'cut':
        return this.fault('cut', [a, b], time, () => wires.between(a, b).forEach((link) => link.cut()), () => healAll(wires.between(a, b)));
      case 'hole':
        return this.fault('hole', [a, b], time, () => [...wires.flows(a, b), ...wires.flows(b, a)].forEach((flow) => flow.hold()), () => healAll(wires.between(a, b)));
      case 'oneWay':
        return this.fault('one way', [a, b], time, () => wires.flows(a, b).forEach((flow) => flow.hold()), () => healAll(wires.between(a, b)));
      case 'alone':
        return this.fault('alone', [a], time, () => others.forEach((other) => wires.between(a, other).forEach((link) => link.cut())), () => others.forEach((other) => healAll(wires.between(a, other))));
      default:
        return this.fault('late', [a, b], time, () => wires.flows(a, b).forEach((flow) => flow.flow(this.chance.between(50, 300))), () => healAll(wires.between(a, b)));
    }
  }

  async rage(stop) {
    const wires = (async () => {
      while (!stop.now) {
        await this.disturbWires();
        await sleep(this.chance.between(500, 4_000));
      }
    })();
    await this.processes();
    stop.now = true;
    await wires;
  }
}
