// A machine of the lab: a command with all its processes, under keeper.py, which cuts them when this process ends.
import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';

export class Machine {
  constructor(user, command, logFile, environment = {}) {
    const log = openSync(logFile, 'a');
    this.keeper = spawn('/usr/bin/python3', [path.join(import.meta.dirname, 'keeper.py'), user, ...command], {
      stdio: ['pipe', 'pipe', log],
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', ...environment },
    });
    this.ended = new Promise((resolve) => this.keeper.once('exit', resolve));
    this.lines = readline.createInterface({ input: this.keeper.stdout })[Symbol.asyncIterator]();
  }

  async say(word) {
    this.keeper.stdin.write(`${word}\n`);
    const { done } = await this.lines.next();
    if (done) throw new Error(`the machine ended at "${word}"`);
  }

  start() {
    return this.say('start');
  }

  // All its processes at once, as a loss of power.
  cut() {
    return this.say('cut');
  }

  async end() {
    await this.say('stop').catch(() => {});
    this.keeper.stdin.end();
    await this.ended;
  }
}

// The address of the first of several machines on the loopback, of this run only: 127.x.y.1.
export function freeNetwork() {
  const part = () => 2 + Math.floor(Math.random() * 250);
  return `127.${part()}.${part()}`;
}
