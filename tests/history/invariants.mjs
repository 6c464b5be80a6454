// Judges a history, and the state that its cells ended in: for each invariant of the replication design that shows from
// outside, how many operations were looked at and which of them break it. Pure: {entries, state} in, verdicts out.
import { Timeline } from './timeline.mjs';

const KEEP = 20; // violations that a verdict shows

export class Case {
  constructor({ entries, state }) {
    Object.assign(this, { entries, state, timeline: new Timeline(entries), cells: Object.keys(state.rows).map(Number) });
    this.operations = entries.filter((entry) => entry.op).sort((a, b) => a.invoke - b.invoke);
  }

  of(...kinds) {
    return this.operations.filter((entry) => kinds.includes(entry.op));
  }

  ok(...kinds) {
    return this.of(...kinds).filter((entry) => entry.outcome === 'ok');
  }

  // Whether what `write` did must be known to the cell that `later` asked, when it was asked.
  mustKnow(write, later) {
    return later.invoke >= this.timeline.settled(write.cell, later.cell, write.end);
  }

  live(cell, kind) {
    return this.state.rows[cell].filter((row) => row.kind === kind && !row.deleted);
  }

  // Rows of users by user_id, of one cell.
  users(cell) {
    this.usersOf ??= new Map();
    if (!this.usersOf.has(cell)) this.usersOf.set(cell, new Map(this.live(cell, 'user').map((row) => [row.doc.identity?.user_id, row])));
    return this.usersOf.get(cell);
  }
}

export class Verdict {
  constructor() {
    Object.assign(this, { checked: 0, violations: [], count: 0 });
  }

  check(holds, what) {
    this.checked++;
    if (holds) return;
    this.count++;
    if (this.violations.length < KEEP) this.violations.push(typeof what === 'function' ? what() : what);
  }
}

const text = (entry) => JSON.stringify(Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined)));
const group = (list, key) => list.reduce((groups, item) => groups.set(key(item), [...(groups.get(key(item)) ?? []), item]), new Map());

// Registers of a user that one person writes in turn. What may stand at the end: what the last acknowledged write wrote,
// or what one wrote of which nobody knows what came of it.
const REGISTERS = {
  mark: (row) => row.doc['user_metadata.mark'],
  block: (row) => row.doc.blocked?.blocked ?? false,
};

function* registers(c) {
  for (const [op, read] of Object.entries(REGISTERS)) for (const [id, writes] of group(c.of(op), (entry) => entry.key)) yield { op, read, id, writes };
}

// A deletion is answered 204 by a cell that has no such row, also when the row is only on its way there: nothing is deleted.
const missed = (c, gone, made) => made !== undefined && gone.outcome === 'ok' && !c.mustKnow(made, gone);
const deletedWhereKnown = (c) => c.ok('delete').filter((gone) => !missed(c, gone, c.ok('create').find((made) => made.user === gone.key)));
const removedWhereKnown = (c) => c.ok('unapp').filter((gone) => !missed(c, gone, c.ok('app').find((made) => made.key === gone.key)));
// So is the revocation of a token whose family is on its way (200, RFC 7009 §2.2).
function revokedWhereKnown(c) {
  c.begins ??= new Map(c.ok('login').map((entry) => [entry.family, entry]));
  return c.ok('revoke', 'logout').filter((end) => end.op === 'logout' || !missed(c, end, c.begins.get(end.key)));
}

const deletions = (c, id) => c.of('delete').filter((entry) => entry.key === id && entry.outcome !== 'fail');

function acknowledgedWritesStand(c, verdict) {
  for (const made of c.ok('create'))
    for (const cell of c.cells)
      if (deletions(c, made.user).length === 0) verdict.check(c.users(cell).has(made.user), () => `gone at cell ${cell}: ${text(made)}`);
  for (const { op, read, id, writes } of registers(c)) {
    if (deletions(c, id).length) continue;
    const last = writes.findLast((entry) => entry.outcome === 'ok');
    if (!last) continue;
    const allowed = [last.value, ...writes.filter((entry) => entry.outcome === 'info').map((entry) => entry.value)];
    for (const cell of c.cells) {
      const row = c.users(cell).get(id);
      if (row) verdict.check(allowed.includes(read(row)), () => `${op} at cell ${cell} is ${read(row)}, not that of ${text(last)}`);
    }
  }
}

function failedWritesAreNowhere(c, verdict) {
  const born = new Set(), marks = new Set();
  for (const cell of c.cells)
    for (const row of c.live(cell, 'user')) {
      born.add(row.doc['user_metadata.born']);
      marks.add(row.doc['user_metadata.mark']);
    }
  for (const made of c.of('create')) if (made.outcome === 'fail') verdict.check(!born.has(made.born), () => `is there: ${text(made)}`);
  for (const change of c.of('mark')) if (change.outcome === 'fail') verdict.check(!marks.has(change.value), () => `is there: ${text(change)}`);
  // What nobody knows of is equal everywhere.
  for (const made of c.of('create').filter((entry) => entry.outcome === 'info')) {
    const where = c.cells.filter((cell) => c.live(cell, 'user').some((row) => row.doc['user_metadata.born'] === made.born));
    verdict.check(where.length === 0 || where.length === c.cells.length, () => `only at ${where}: ${text(made)}`);
  }
}

function rowsAreEqual(c, verdict) {
  const tables = c.cells.map((cell) => new Map(c.state.rows[cell].map((row) => [`${row.kind} ${row.tenant} ${row.id}`, JSON.stringify(row)])));
  const keys = new Set(tables.flatMap((table) => [...table.keys()]));
  for (const key of keys) verdict.check(tables.every((table) => table.get(key) === tables[0].get(key)), () => `${key}: ${tables.map((table, i) => `cell ${c.cells[i]} ${table.get(key) ?? 'nothing'}`).join(' | ').slice(0, 1500)}`);
}

function deletedStaysDeleted(c, verdict) {
  const dead = new Set(c.cells.flatMap((cell) => c.state.rows[cell].filter((row) => row.deleted).map((row) => `${row.kind} ${row.id}`)));
  for (const cell of c.cells) for (const row of c.state.rows[cell]) if (dead.has(`${row.kind} ${row.id}`)) verdict.check(row.deleted, () => `lives at cell ${cell}: ${row.kind} ${row.id}`);
  for (const gone of deletedWhereKnown(c)) for (const cell of c.cells) verdict.check(!c.users(cell).has(gone.key), () => `lives at cell ${cell}: ${text(gone)}`);
}

// Who holds an address is who is reached by it, with a password of theirs: one account, and the same at every cell.
function oneHolder(c, verdict) {
  const finals = c.ok('login').filter((entry) => entry.final);
  const candidates = group(c.ok('create'), (entry) => entry.email);
  for (const [email, all] of candidates) {
    const alive = all.filter((entry) => deletions(c, entry.user).length === 0);
    if (alive.length === 0 || alive.some((entry) => c.of('block', 'password').some((other) => other.key === entry.user))) continue;
    const reached = new Set(finals.filter((entry) => entry.email === email).map((entry) => entry.sub));
    const cells = new Set(finals.filter((entry) => entry.email === email).map((entry) => entry.cell));
    verdict.check(reached.size === 1 && cells.size === c.cells.length, () => `${email}: ${[...reached]} at cells ${[...cells]}`);
  }
}

function ownPasswordOnly(c, verdict) {
  for (const entry of c.ok('login', 'signin')) if (entry.sub) verdict.check(entry.sub === entry.user, () => `a token of another account: ${text(entry)}`);
}

// What an ending of a session or family must forbid later.
function* endings(c) {
  const uses = group(c.of('refresh', 'silent'), (entry) => entry.key);
  for (const end of revokedWhereKnown(c)) yield { end, later: (uses.get(end.key) ?? []).filter((entry) => entry.invoke >= end.end) };
}

function revokedIsRefused(c, verdict) {
  for (const { end, later } of endings(c)) for (const use of later) if (c.mustKnow(end, use)) verdict.check(use.outcome !== 'ok', () => `${text(use)} after ${text(end)}`);
}

function revocationStays(c, verdict) {
  for (const { end, later } of endings(c))
    for (const cell of c.cells) {
      const here = later.filter((use) => use.cell === cell);
      const first = here.findIndex((use) => use.outcome === 'fail');
      if (first >= 0) verdict.check(here.slice(first).every((use) => use.outcome !== 'ok'), () => `alive again at cell ${cell} after ${text(end)}`);
    }
}

// Of applications without an overlap: a token is accepted once where its use is known.
function usedOnce(c, verdict) {
  for (const [, uses] of group(c.ok('refresh').filter((entry) => !c.state.overlap.includes(entry.app)), (entry) => entry.token))
    for (const [i, later] of uses.entries()) {
      const known = uses.slice(0, i).find((earlier) => later.invoke >= earlier.end && c.mustKnow(earlier, later));
      verdict.check(!known, () => `${text(later)} after ${text(known)}`);
    }
}

// A replay that is found in the cell that knew of the use takes the whole family with it, everywhere.
function replayRevokes(c, verdict) {
  const uses = group(c.of('refresh'), (entry) => entry.key);
  for (const replay of c.of('refresh').filter((entry) => entry.outcome === 'fail' && !entry.newest && !c.state.overlap.includes(entry.app))) {
    const used = (uses.get(replay.key) ?? []).some((use) => use.outcome === 'ok' && use.token === replay.token && use.cell === replay.cell && use.end <= replay.invoke);
    if (!used) continue;
    for (const last of uses.get(replay.key).filter((entry) => entry.final)) verdict.check(last.outcome !== 'ok', () => `${text(last)} after ${text(replay)}`);
  }
}

// Whether a family works at the end, so that a refusal was one of a cell that had not heard of it.
const isAlive = (c, family) => c.ok('refresh').some((entry) => entry.final && entry.key === family);

function correctClientsStayIn(c, verdict) {
  for (const use of c.of('refresh').filter((entry) => entry.correct)) verdict.check(use.outcome !== 'fail' || isAlive(c, use.key), () => `${use.again ? 'after a lost answer: ' : ''}${text(use)}`);
}

function familiesAreFoundEverywhere(c, verdict) {
  for (const use of c.of('refresh').filter((entry) => entry.correct)) verdict.check(use.outcome !== 'fail' || !isAlive(c, use.key), () => text(use));
}

function deletionsReachTheirRow(c, verdict) {
  const effective = new Set([...deletedWhereKnown(c), ...removedWhereKnown(c)]);
  const lives = (gone) => (gone.op === 'delete' ? c.cells.some((cell) => c.users(cell).has(gone.key)) : c.ok('machine').some((use) => use.key === gone.key && c.mustKnow(gone, use)));
  for (const gone of c.ok('delete', 'unapp')) verdict.check(effective.has(gone) || !lives(gone), () => text(gone));
}

function revocationsReachTheirFamily(c, verdict) {
  const effective = new Set(revokedWhereKnown(c));
  const uses = group(c.ok('refresh'), (entry) => entry.key);
  for (const end of c.ok('revoke')) verdict.check(effective.has(end) || !(uses.get(end.key) ?? []).some((use) => use.invoke >= end.end && c.mustKnow(end, use)), () => text(end));
}

function losersAreTold(c, verdict) {
  for (const cell of c.cells)
    for (const [email, rows] of group(c.live(cell, 'user').filter((row) => row.doc.email?.email), (row) => row.doc.email.email)) verdict.check(rows.length === 1, () => `${rows.length} accounts with ${email} at cell ${cell}`);
}

function keysArePublished(c, verdict) {
  for (const entry of c.of('verify')) if (entry.outcome !== 'info') verdict.check(entry.outcome === 'ok', () => `not published: ${text(entry)}`);
}

// From the acknowledgement on in its own cell, elsewhere when it must be known; when nothing else was under way.
function passwordsChange(c, verdict) {
  const given = c.of('create', 'password').map((entry) => (entry.op === 'create' ? { ...entry, key: entry.user, value: entry.password } : entry));
  const writes = group(given.filter((entry) => entry.key && entry.outcome !== 'fail'), (entry) => entry.key);
  const others = group(c.of('block', 'delete'), (entry) => entry.key);
  for (const attempt of c.of('login')) {
    const before = (writes.get(attempt.user) ?? []).filter((entry) => entry.invoke < attempt.end);
    const last = before.findLast((entry) => entry.outcome === 'ok');
    if (!last || attempt.outcome === 'info' || before.some((entry) => entry.outcome === 'info') || !c.mustKnow(last, attempt)) continue;
    const isCurrent = attempt.password === last.value;
    if (!isCurrent) verdict.check(attempt.outcome !== 'ok', () => `an old password: ${text(attempt)} after ${text(last)}`);
    else if (!others.has(attempt.user) && !attempt.contested && !(attempt.final && attempt.email?.startsWith('contested'))) verdict.check(attempt.outcome === 'ok', () => `the password is refused: ${text(attempt)} after ${text(last)}`);
  }
}

function blockedGetNothing(c, verdict) {
  const effective = new Set(deletedWhereKnown(c));
  const ends = group(c.of('block', 'delete').filter((entry) => entry.op === 'block' || effective.has(entry)), (entry) => entry.key);
  for (const use of c.of('login', 'refresh', 'signin')) {
    const before = (ends.get(use.user) ?? []).filter((entry) => entry.invoke < use.end && entry.outcome !== 'fail');
    const last = before.findLast((entry) => entry.op === 'delete' && entry.outcome === 'ok') ?? before.at(-1);
    if (!last || last.outcome !== 'ok' || (last.op === 'block' && last.value === false) || !c.mustKnow(last, use)) continue;
    // One that was sent before and may yet arrive would undo it.
    if (last.op === 'block' && before.some((entry) => entry.outcome === 'info')) continue;
    verdict.check(use.outcome !== 'ok', () => `${text(use)} after ${text(last)}`);
  }
}

function loginsAreCounted(c, verdict) {
  const logins = group(c.of('login', 'signin').filter((entry) => !entry.final && entry.outcome !== 'fail'), (entry) => entry.user);
  for (const [id, all] of logins) {
    const least = all.filter((entry) => entry.outcome === 'ok').length;
    for (const cell of c.cells) {
      const user = c.state.users[cell][id];
      if (user) verdict.check(user.logins >= least && user.logins <= all.length, () => `${id} at cell ${cell}: ${user.logins}, answered ${least}, unknown ${all.length - least}`);
    }
  }
}

function removedApplicationsGetNothing(c, verdict) {
  const removed = new Map(removedWhereKnown(c).map((entry) => [entry.key, entry]));
  for (const use of c.of('machine')) {
    const gone = removed.get(use.key);
    if (gone && c.mustKnow(gone, use)) verdict.check(use.outcome !== 'ok', () => `${text(use)} after ${text(gone)}`);
  }
}

function strangersHearNothing(c, verdict) {
  for (const { kind, heard } of c.state.strangers) {
    if (kind === 'a member') verdict.check(heard.includes('batch'), () => `a member heard only ${heard}`);
    else verdict.check(heard.every((frame) => frame === 'bye'), () => `${kind} heard ${heard}`);
  }
}

// The fourth is what is known not to stand yet: such violations are counted and shown, and do not fail a run.
export const INVARIANTS = [
  ['I2', 'no acknowledged write is lost while the disks survive', acknowledgedWritesStand],
  ['I3', 'refused writes are nowhere, unknown ones equal everywhere', failedWritesAreNowhere],
  ['I4', 'rows, stamps and tombstones are equal in all databases', rowsAreEqual],
  ['I10', 'what is deleted stays deleted', deletedStaysDeleted],
  ['I13', 'an address leads to one account, the same at all cells', oneHolder],
  ['I17', 'a password opens no other account', ownPasswordOnly],
  ['I18', 'what is revoked is refused', revokedIsRefused],
  ['I19', 'nothing revoked comes back', revocationStays],
  ['I20', 'a token works once where its use is known', usedOnce],
  ['I20', 'a replay that is found revokes the family everywhere', replayRevokes],
  ['I21', 'a correct client is never logged out', correctClientsStayIn],
  ['I23', 'the key of every token is published at every cell', keysArePublished],
  ['I24', 'an old password is refused, the new one accepted', passwordsChange],
  ['I25', 'blocked and deleted people get no token', blockedGetNothing],
  ['I26', 'log-ins are counted exactly', loginsAreCounted],
  ['I28', 'a removed application gets no token', removedApplicationsGetNothing],
  ['I16', 'who loses an address to another account is marked', losersAreTold, 'an account that lost its address stays as it is, and nobody is told'],
  ['I21', 'a family is found at a cell that has not got it yet', familiesAreFoundEverywhere, 'a cell that lacks the family refuses, and does not ask its home'],
  ['I27', 'a deletion reaches a row that is on its way', deletionsReachTheirRow, 'a cell that lacks the row answers 204 to its deletion, as to one that is gone'],
  ['I27', 'a revocation reaches a family that is on its way', revocationsReachTheirFamily, 'a cell that lacks the family answers 200 to its revocation, and revokes nothing'],
  ['I38', 'who is no peer hears nothing from the mesh', strangersHearNothing],
];

export function judge(material) {
  const c = new Case(material);
  return INVARIANTS.map(([name, meaning, examine, known]) => {
    const verdict = new Verdict();
    examine(c, verdict);
    return { name, meaning, known, checked: verdict.checked, violations: verdict.violations, count: verdict.count };
  });
}
