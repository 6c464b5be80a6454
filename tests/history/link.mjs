// The wire from one cell to the mesh address of another. Each direction flows, holds everything back (a black hole: no
// end of the connection hears of it) or is late; the whole can be cut, which both ends notice at once.
import net from 'node:net';

class Direction {
  constructor() {
    this.held = false;
    this.delay = 0; // milliseconds
    this.pipes = new Set();
  }

  hold() {
    this.held = true;
    for (const pipe of this.pipes) pipe.from.pause();
  }

  flow(delay = 0) {
    this.held = false;
    this.delay = delay;
    for (const pipe of this.pipes) pipe.from.resume();
  }

  connect(from, to) {
    const pipe = { from, due: 0, late: [] };
    this.pipes.add(pipe);
    from.on('close', () => this.pipes.delete(pipe));
    // In order, also when the delay has become shorter.
    const deliver = () => {
      while (pipe.late.length && pipe.late[0].due - performance.now() < 1) {
        const { bytes } = pipe.late.shift();
        if (!to.destroyed) to.write(bytes);
      }
      if (pipe.late.length) setTimeout(deliver, Math.ceil(pipe.late[0].due - performance.now()));
    };
    from.on('data', (bytes) => {
      pipe.due = Math.max(pipe.due, performance.now() + this.delay);
      pipe.late.push({ due: pipe.due, bytes });
      if (pipe.late.length === 1) deliver();
    });
    if (this.held) from.pause();
  }
}

export class Link {
  constructor(from, to, port, targetPort) {
    Object.assign(this, { from, to, there: new Direction(), back: new Direction(), isCut: false, open: new Set() });
    this.server = net.createServer((near) => this.accept(near, targetPort));
    this.server.listen(port, '127.0.0.1');
  }

  accept(near, targetPort) {
    if (this.isCut) {
      near.destroy();
      return;
    }
    const far = net.connect(targetPort, '127.0.0.1');
    for (const [socket, other] of [[near, far], [far, near]]) {
      socket.setNoDelay(true);
      this.open.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.open.delete(socket);
        other.destroy();
      });
    }
    this.there.connect(near, far);
    this.back.connect(far, near);
  }

  cut() {
    this.isCut = true;
    for (const socket of this.open) socket.destroy();
  }

  heal() {
    this.isCut = false;
    this.there.flow();
    this.back.flow();
  }

  close() {
    this.cut();
    this.server.close();
  }
}

// All links between cells 1…n.
export class Wires {
  constructor() {
    this.links = [];
  }

  add(from, to, port, targetPort) {
    this.links.push(new Link(from, to, port, targetPort));
  }

  // What flows from cell `a` to cell `b`, whoever has dialled.
  flows(a, b) {
    return this.links.flatMap((link) => (link.from === a && link.to === b ? [link.there] : link.from === b && link.to === a ? [link.back] : []));
  }

  between(a, b) {
    return this.links.filter((link) => [link.from, link.to].includes(a) && [link.from, link.to].includes(b));
  }

  close() {
    for (const link of this.links) link.close();
  }
}
