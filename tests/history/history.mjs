// What was done and what came of it, as JSON lines: {op, cell, key, invoke, end, outcome, …}, times in milliseconds of this
// process since the start. `ok`: it is done; `fail`: it is not and will not be; `info`: nobody knows, for the answer was
// lost or said so (503, 5xx, a closed connection, no answer in time). Faults are in it too: {fault, …, from, to}.
// Tokens stand in it as names; passwords are made up for the run.
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';

export class History {
  constructor(file) {
    this.file = file;
    this.entries = [];
    this.began = performance.now();
    if (file) writeFileSync(file, '');
  }

  static read(file) {
    const history = new History();
    history.entries = readFileSync(file, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));
    return history;
  }

  now() {
    return Math.round((performance.now() - this.began) * 10) / 10;
  }

  add(entry) {
    this.entries.push(entry);
    if (this.file) appendFileSync(this.file, `${JSON.stringify(entry)}\n`);
    return entry;
  }

  // `act` gives {outcome, …more}; a throw is `info`.
  async record(fields, act) {
    const invoke = this.now();
    let result;
    try {
      result = await act();
    } catch (error) {
      result = { outcome: 'info', why: String(error.code ?? error.message).slice(0, 120) };
    }
    return this.add({ ...fields, invoke, end: this.now(), ...result });
  }
}

export const outcomeOf = (status) => (status >= 200 && status < 400 ? 'ok' : status >= 400 && status < 500 && status !== 408 && status !== 429 ? 'fail' : 'info');
