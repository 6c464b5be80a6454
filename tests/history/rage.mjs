// One run: see run.mjs, which starts it.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Chance } from './chance.mjs';
import { History } from './history.mjs';
import { judge } from './invariants.mjs';
import { Busy, Faithful, Operator, Rivals } from './lives.mjs';
import { Nemesis } from './nemesis.mjs';
import { examine } from './peace.mjs';
import { print } from './report.mjs';
import { World } from './world.mjs';

const { values: options } = parseArgs({ options: { kills: { type: 'string', default: '10' }, seconds: { type: 'string' }, seed: { type: 'string' }, keep: { type: 'string' } } });
const kills = Number(options.kills);
const seconds = Number(options.seconds ?? kills * 6);
const seed = Number(options.seed ?? Math.floor(Math.random() * 2 ** 31));
const folder = path.resolve(options.keep ?? path.join(import.meta.dirname, '../../build/history', String(seed)));

console.log(`seed ${seed}: ${kills} kills within ${seconds} s; the same again: node run.mjs --kills ${kills} --seconds ${seconds} --seed ${seed}`);
mkdirSync(folder, { recursive: true });
const history = new History(path.join(folder, 'history.jsonl'));
const world = await World.start(history);
const stop = { now: false };
const sorts = [...Array(5).fill(Busy), ...Array(4).fill(Faithful), Rivals, Operator];
const people = sorts.map((Sort, i) => new Sort(world, `p${i}`, new Chance(seed, `person ${i}`), stop));
let complaint;
try {
  const lives = people.map((person) => person.live());
  const nemesis = new Nemesis(world, new Chance(seed, 'nemesis'), { kills, seconds });
  await Promise.all([nemesis.rage(stop), ...lives]);
  const state = { ...(await examine(world, people)), overlap: [world.patient.client_id] };
  writeFileSync(path.join(folder, 'state.json'), JSON.stringify(state));
  const faults = history.entries.filter((entry) => entry.fault);
  const quiet = history.entries.find((entry) => entry.mark === 'quiet');
  console.log(`${history.entries.filter((entry) => entry.op).length} operations, ${faults.length} faults, ${nemesis.killed} kills (${nemesis.inFlight} aimed at a request under way); nothing behind ${((quiet.took - 5_000) / 1000).toFixed(1)} s after the last fault and for 5 s more; in ${folder}`);
  process.exitCode = print(judge({ entries: history.entries, state })) ? 0 : 1;
} finally {
  stop.now = true;
  await world.close().catch((error) => (complaint = error));
}
if (complaint) {
  console.log(`the logs of the cells: ${complaint.message}`);
  process.exitCode = 1;
}
process.exit();
