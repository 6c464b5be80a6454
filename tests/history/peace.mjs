// After the faults: waits until every cell has everything, takes what is in the databases, and asks each cell once more.
import { setTimeout as sleep } from 'node:timers/promises';
import { send } from '../end_to_end/harness/http.mjs';
import { rowsOf, waiting } from './database.mjs';
import { strangersAt } from '../end_to_end/harness/mesh_strangers.mjs';

const PATIENCE = 60_000;

// Nothing waits in an outbox, every lane of every peer is followed and not behind.
async function isQuiet(cell) {
  const { text } = await send(`${cell.metrics}/metrics`);
  const values = (name) => text.split('\n').filter((line) => line.startsWith(`${name}{`)).map((line) => Number(line.slice(line.lastIndexOf(' ') + 1)));
  const connected = values('cardea_repl_connected');
  return connected.length === 4 && connected.every((value) => value === 1) && values('cardea_repl_behind_changes').every((value) => value === 0) && waiting(cell) === 0;
}

// For five seconds at a stretch. Gives how long it took until then.
export async function awaitQuiet(world) {
  const began = performance.now();
  let since;
  while (performance.now() - began < PATIENCE) {
    const quiet = (await Promise.all(world.cells.all.map((cell) => isQuiet(cell).catch(() => false)))).every(Boolean);
    since = quiet ? (since ?? performance.now()) : undefined;
    if (since && performance.now() - since >= 5_000) return performance.now() - began;
    await sleep(250);
  }
  throw new Error(`the cells are not quiet ${PATIENCE / 1000} s after the last fault`);
}

async function usersAt(world, cell, ids) {
  const seen = {};
  for (const id of ids) {
    const answer = await world.manage(cell, 'GET', `/users/${encodeURIComponent(id)}`);
    seen[id] = answer.status === 200 ? { email: answer.json.email, blocked: answer.json.blocked ?? false, logins: answer.json.logins_count ?? 0, metadata: answer.json.user_metadata ?? {} } : null;
  }
  return seen;
}

async function probeFamilies(world, people) {
  for (const person of people)
    for (const family of [...person.families.filter((one) => one.stolen || one.suspect), ...person.families.filter((one) => !one.stolen).slice(-8)]) {
      for (const cell of world.numbers()) {
        await person.refresh(family, { cell, extra: { final: true } });
        await sleep(150); // the lag
      }
    }
}

async function probeLogIns(world, people, accounts) {
  const [someone] = people;
  for (const { id, email, passwords } of accounts)
    for (const password of passwords)
      for (const cell of world.numbers()) await someone.logIn(undefined, { cell, account: { id, email }, password, extra: { final: true } });
}

async function probeSessions(world, people) {
  for (const person of people)
    for (const session of person.sessions.filter((one) => one.over).slice(-8))
      for (const cell of world.numbers()) await person.silent(session, { cell, extra: { final: true } });
}

// Every password that an account ever had or may have. One whose making was not answered may be there too.
export function accountsOf(entries, rows) {
  const accounts = new Map();
  const born = new Map(rows.filter((row) => row.kind === 'user' && !row.deleted).map((row) => [row.doc['user_metadata.born'], row.doc.identity.user_id]));
  for (const entry of entries) {
    const lost = entry.op === 'create' && entry.outcome === 'info' && born.get(entry.born);
    if (lost) accounts.set(lost, { id: lost, email: entry.email, passwords: [entry.password] });
    if (entry.op === 'create' && entry.outcome === 'ok') accounts.set(entry.user, { id: entry.user, email: entry.email, passwords: [entry.password] });
    if (entry.op === 'password') accounts.get(entry.key)?.passwords.push(entry.value);
  }
  return [...accounts.values()].map((account) => ({ ...account, passwords: account.passwords.slice(-3) }));
}

export async function examine(world, people) {
  const { history } = world;
  const took = await awaitQuiet(world);
  history.add({ mark: 'quiet', at: history.now(), took: Math.round(took) });
  const rows = {}, users = {};
  for (const cell of world.numbers()) rows[cell] = rowsOf(world.server(cell));
  const accounts = accountsOf(history.entries, rows[1]);
  for (const cell of world.numbers()) users[cell] = await usersAt(world, cell, accounts.map(({ id }) => id));
  const strangers = await strangersAt(world);
  await probeFamilies(world, people);
  await probeSessions(world, people);
  await probeLogIns(world, people, accounts);
  return { rows, users, strangers };
}
