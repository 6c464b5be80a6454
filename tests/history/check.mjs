// node check.mjs FOLDER: judges what a run has left there.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { History } from './history.mjs';
import { judge } from './invariants.mjs';
import { print } from './report.mjs';

const folder = process.argv[2];
if (!folder) {
  console.error('usage: node check.mjs FOLDER');
  process.exit(2);
}
const { entries } = History.read(path.join(folder, 'history.jsonl'));
process.exitCode = print(judge({ entries, state: JSON.parse(readFileSync(path.join(folder, 'state.json'), 'utf8')) })) ? 0 : 1;
