// The wires, and the choices that a seed repeats.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Chance } from './chance.mjs';
import { Wires } from './link.mjs';

let echo, wires, port;
const sockets = new Set();

// A far end that sends everything back.
before(async () => {
  echo = net.createServer((socket) => socket.on('error', () => {}).pipe(socket));
  await new Promise((resolve) => echo.listen(0, '127.0.0.1', resolve));
  const spare = net.createServer();
  await new Promise((resolve) => spare.listen(0, '127.0.0.1', resolve));
  ({ port } = spare.address());
  await new Promise((resolve) => spare.close(resolve));
  wires = new Wires();
  wires.add(1, 2, port, echo.address().port);
});
after(() => {
  for (const socket of sockets) socket.destroy();
  wires.close();
  echo.close();
});

class Near {
  constructor() {
    this.heard = '';
    this.closed = false;
    this.socket = net.connect(port, '127.0.0.1');
    sockets.add(this.socket);
    this.socket.on('error', () => {});
    this.socket.on('data', (bytes) => (this.heard += bytes));
    this.socket.on('close', () => (this.closed = true));
  }
  async says(text, milliseconds) {
    this.socket.write(text);
    await sleep(milliseconds);
    return this.heard;
  }
}

test('a wire carries both directions', async () => {
  assert.equal(await new Near().says('a', 100), 'a');
});

test('each direction holds back alone, and nothing is lost when it flows again', async () => {
  for (const [a, b] of [[1, 2], [2, 1]]) {
    const near = new Near();
    await near.says('a', 100);

    wires.flows(a, b).forEach((flow) => flow.hold());
    assert.equal(await near.says('b', 100), 'a');
    assert.equal(near.closed, false, 'nobody hears of a black hole');

    wires.between(a, b).forEach((link) => link.heal());
    assert.equal(await near.says('c', 100), 'abc');
  }
});

test('a late direction keeps the order, also when it is late no more', async () => {
  const near = new Near();
  await near.says('', 50);
  wires.flows(1, 2).forEach((flow) => flow.flow(300));
  assert.equal(await near.says('a', 50), '');
  wires.between(1, 2).forEach((link) => link.heal());

  assert.equal(await near.says('b', 500), 'ab');
});

test('a cut wire ends connections and takes none until it is healed', async () => {
  const near = new Near();
  await near.says('a', 100);

  wires.between(2, 1).forEach((link) => link.cut());
  await sleep(100);
  assert.ok(near.closed);
  const second = new Near();
  assert.equal(await second.says('a', 100), '');
  assert.ok(second.closed);

  wires.between(1, 2).forEach((link) => link.heal());
  assert.equal(await new Near().says('a', 100), 'a');
});

test('a seed repeats the choices of each part, and parts do not share them', () => {
  const drawn = (seed, name) => {
    const chance = new Chance(seed, name);
    return Array.from({ length: 50 }, () => [chance.below(100), chance.weighted({ a: 1, b: 3, c: 0 })].join());
  };

  assert.deepEqual(drawn(7, 'nemesis'), drawn(7, 'nemesis'));
  assert.notDeepEqual(drawn(7, 'nemesis'), drawn(8, 'nemesis'));
  assert.notDeepEqual(drawn(7, 'nemesis'), drawn(7, 'person 1'));
  assert.ok(drawn(7, 'x').every((one) => !one.endsWith('c')), 'a weight of 0 is never chosen');
});
