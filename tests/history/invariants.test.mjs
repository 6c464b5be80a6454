// Each invariant sees a history that breaks it, and none in the one that it was made from.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from './invariants.mjs';
import { accountsOf } from './peace.mjs';
import { print } from './report.mjs';
import { Timeline } from './timeline.mjs';

const ADA = 'auth0|ada', BOB = 'auth0|bob', EVE = 'auth0|eve';
const EMAIL = { [ADA]: 'ada@example.test', [BOB]: 'bob@example.test', [EVE]: 'eve@example.test' };

const row = (kind, id, doc = {}, more = {}) => ({ kind, tenant: 't', id, scope: 0, deleted: false, expires_at: 0, ver: { all: '1.1' }, doc, ...more });
const userRow = (id, born, more = {}) => row('user', `row of ${id}`, { identity: { user_id: id }, email: { email: EMAIL[id] }, 'user_metadata.born': born, ...more });

let time = 0;
const op = (name, cell, fields) => ({ op: name, cell, invoke: (time += 10), end: (time += 10), outcome: 'ok', ...fields });
const create = (id, cell, more = {}) => op('create', cell, { key: EMAIL[id], email: EMAIL[id], user: id, password: 'first', born: `born ${id}`, ...more });
const logIn = (id, cell, password, more = {}) => op('login', cell, { key: EMAIL[id], email: EMAIL[id], user: id, password, sub: id, app: 'strict', ...more });
const refresh = (token, cell, more = {}) => op('refresh', cell, { key: 'f1', user: ADA, app: 'strict', token, newest: true, ...more });
const later = (milliseconds) => void (time += milliseconds);

// Ada lives, Bob is deleted, a replay was found, an application came and went; all is as it should be.
function good() {
  time = 0;
  const entries = [create(ADA, 1), create(BOB, 2), create(EVE, 3, { outcome: 'fail', user: undefined })];
  entries.push(op('mark', 1, { key: ADA, value: 'm1' }), op('mark', 2, { key: ADA, value: 'm2', outcome: 'fail' }), op('delete', 2, { key: BOB }));
  entries.push(logIn(ADA, 1, 'first'), op('verify', 2, { key: 'kid', signer: 1 }), refresh('f1.0', 1), refresh('f1.0', 1, { outcome: 'fail', newest: false }));
  entries.push(refresh('g.0', 1, { key: 'g', app: 'patient', correct: true }), op('silent', 1, { key: 's1' }), op('logout', 1, { key: 's1' }), op('revoke', 2, { key: 'h' }));
  entries.push(op('password', 1, { key: ADA, value: 'second' }), op('app', 1, { key: 'a' }), op('unapp', 1, { key: 'a' }));
  later(10_000);
  entries.push({ mark: 'quiet', at: time });
  for (const cell of [1, 2, 3]) {
    entries.push(refresh('f1.1', cell, { outcome: 'fail', final: true }), op('silent', cell, { key: 's1', outcome: 'fail', final: true }), op('silent', cell, { key: 's1', outcome: 'fail', final: true }));
    entries.push(refresh('h.0', cell, { key: 'h', outcome: 'fail', final: true }), op('machine', cell, { key: 'a', outcome: 'fail' }));
    entries.push(logIn(ADA, cell, 'second', { final: true }), logIn(ADA, cell, 'first', { outcome: 'fail', sub: undefined, final: true }), logIn(BOB, cell, 'first', { outcome: 'fail', sub: undefined, final: true }));
  }
  // Of somebody who changes nothing: who holds an address.
  const calm = 'auth0|calm';
  EMAIL[calm] = 'calm@example.test';
  entries.unshift(create(calm, 1));
  for (const cell of [1, 2, 3]) entries.push(logIn(calm, cell, 'first', { final: true }));
  const rows = () => [userRow(ADA, `born ${ADA}`, { 'user_metadata.mark': 'm1' }), userRow(calm, `born ${calm}`), row('user', 'row of bob', {}, { deleted: true })];
  const users = () => ({ [ADA]: { logins: 1 }, [BOB]: null });
  const strangers = [{ kind: 'no certificate', heard: [] }, { kind: 'a cell that is not in the topology', heard: ['bye'] }, { kind: 'a member', heard: ['hello', 'batch'] }];
  return { entries, state: { rows: { 1: rows(), 2: rows(), 3: rows() }, users: { 1: users(), 2: users(), 3: users() }, strangers, overlap: ['patient'] } };
}

const verdictOf = (material, meaning) => judge(material).find((verdict) => verdict.meaning.includes(meaning));

test('the history that the others are made from breaks nothing, and every invariant looks at something', () => {
  const verdicts = judge(good());

  assert.deepEqual(verdicts.filter(({ count, checked }) => count || !checked), []);
  assert.ok(print(verdicts, () => {}));
});

// Part of what the invariant says → what is done to the good history.
const PLANTED = {
  'no acknowledged write is lost': ({ state }) => (state.rows[2][0].doc['user_metadata.mark'] = 'older'),
  'no acknowledged write is lost ': ({ state }) => (state.rows[3] = state.rows[3].slice(1)),
  'refused writes are nowhere': ({ state }) => state.rows[1].push(userRow(EVE, `born ${EVE}`)),
  'refused writes are nowhere ': ({ state }) => (state.rows[1][0].doc['user_metadata.mark'] = 'm2'),
  'unknown ones equal everywhere': ({ entries, state }) => {
    entries.push(create(EVE, 1, { outcome: 'info', user: undefined, born: 'unknown' }));
    state.rows[3].push(userRow(EVE, 'unknown'));
  },
  'rows, stamps and tombstones': ({ state }) => (state.rows[2][0].ver = { all: '1.2' }),
  'rows, stamps and tombstones ': ({ state }) => state.rows[2].push(row('ticket', 'x')),
  'what is deleted stays deleted': ({ state }) => (state.rows[3][2].deleted = false),
  'what is deleted stays deleted ': ({ state }) => state.rows[3].push(userRow(BOB, 'again')),
  'an address leads to one account': ({ entries }) => (entries.findLast((entry) => entry.email === 'calm@example.test').sub = EVE),
  'an address leads to one account ': ({ entries }) => (entries.findLast((entry) => entry.email === 'calm@example.test').outcome = 'fail'),
  'a password opens no other account': ({ entries }) => (entries.find((entry) => entry.op === 'login').sub = BOB),
  'what is revoked is refused': ({ entries }) => (entries.findLast((entry) => entry.op === 'silent').outcome = 'ok'),
  'what is revoked is refused ': ({ entries }) => (entries.findLast((entry) => entry.key === 'h').outcome = 'ok'),
  'nothing revoked comes back': ({ entries }) => (entries.findLast((entry) => entry.op === 'silent').outcome = 'ok'),
  'a token works once': ({ entries }) => entries.push(refresh('f1.0', 2)),
  'a replay that is found': ({ entries }) => (entries.findLast((entry) => entry.key === 'f1').outcome = 'ok'),
  'a correct client is never': ({ entries }) => (entries.find((entry) => entry.correct).outcome = 'fail'),
  'the key of every token': ({ entries }) => (entries.find((entry) => entry.op === 'verify').outcome = 'fail'),
  'an old password is refused': ({ entries }) => entries.push(logIn(ADA, 3, 'first')),
  'the new one accepted': ({ entries }) => (entries.findLast((entry) => entry.password === 'second').outcome = 'fail'),
  'blocked and deleted': ({ entries }) => entries.push(logIn(BOB, 3, 'first')),
  'blocked and deleted ': ({ entries }) => entries.push(op('block', 1, { key: ADA, value: true }), logIn(ADA, 1, 'second')),
  'log-ins are counted': ({ state }) => (state.users[2][ADA].logins = 2),
  'log-ins are counted ': ({ state }) => (state.users[2][ADA].logins = 0),
  'a removed application': ({ entries }) => (entries.findLast((entry) => entry.op === 'machine').outcome = 'ok'),
  'who loses an address': ({ state }) => state.rows[2].push(userRow(EVE, 'x', { email: { email: 'ada@example.test' } }), userRow('auth0|else', 'y', { email: { email: 'ada@example.test' } })),
  'a family is found': ({ entries }) => {
    entries.find((entry) => entry.correct).outcome = 'fail';
    entries.push(refresh('g.0', 1, { key: 'g', app: 'patient', final: true }));
  },
  'a deletion reaches': ({ entries, state }) => {
    entries.push(create(EVE, 1), op('delete', 2, { key: EVE }));
    entries.find((entry) => entry.mark === 'quiet').at = Infinity;
    state.rows[1].push(userRow(EVE, 'x'));
  },
  'a revocation reaches': ({ entries }) => {
    entries.push(logIn(ADA, 1, 'second', { family: 'k' }), op('revoke', 2, { key: 'k' }), refresh('k.0', 2, { key: 'k' }));
    entries.find((entry) => entry.mark === 'quiet').at = Infinity;
  },
  'who is no peer': ({ state }) => state.strangers[0].heard.push('hello'),
  'who is no peer ': ({ state }) => (state.strangers[2].heard = []),
};

for (const [meaning, plant] of Object.entries(PLANTED)) {
  test(`planted: ${meaning.trim()}${meaning.endsWith(' ') ? ', in another way' : ''}`, () => {
    const material = good();
    plant(material);

    const verdict = verdictOf(material, meaning.trim());

    assert.ok(verdict.count > 0, 'not seen');
    assert.ok(verdict.violations.length > 0);
  });
}

test('every invariant has a planted violation', () => {
  for (const { meaning } of judge(good())) assert.ok(Object.keys(PLANTED).some((planted) => meaning.includes(planted.trim())), meaning);
});

test('an invariant that looked at nothing has failed', () => {
  assert.ok(!print([{ name: 'I0', meaning: 'nothing', checked: 0, count: 0, violations: [] }], () => {}));
});

test('everybody is asked for at the end who may be there: with every password, also when the making was not answered', () => {
  const entries = [create(ADA, 1), op('password', 1, { key: ADA, value: 'second', outcome: 'info' }), create(EVE, 1, { outcome: 'info', user: undefined }), create(BOB, 1, { outcome: 'info', user: undefined, born: 'nowhere' })];

  const accounts = accountsOf(entries, [userRow(ADA, `born ${ADA}`), userRow(EVE, `born ${EVE}`)]);

  assert.deepEqual(accounts.map(({ id, passwords }) => [id, passwords]), [[ADA, ['first', 'second']], [EVE, ['first']]]);
});

test('what is known not to stand yet is counted, and fails no run', () => {
  const lines = [];

  assert.ok(print([{ name: 'I0', meaning: 'something', known: 'not built', checked: 2, count: 1, violations: ['x'] }], (line) => lines.push(line)));
  assert.match(lines.join('\n'), /KNOWN[\s\S]*1 violations[\s\S]*not built/);
});

test('what happens within the lag or behind a fault is not held against a cell', () => {
  const timeline = new Timeline([{ fault: 'cut', cells: [1, 2], from: 1_000, to: 3_000 }, { fault: 'kill', cells: [3], from: 20_000, to: 21_000 }, { mark: 'quiet', at: 40_000 }]);

  assert.equal(timeline.settled(1, 1, 500), 500, 'in its own cell at once');
  assert.equal(timeline.settled(1, 2, 500), 9_000, 'after the cut and a time of calm');
  assert.equal(timeline.settled(1, 3, 500), 2_500, 'the cut is not theirs');
  assert.equal(timeline.settled(2, 3, 19_900), 27_000, 'a killed cell');
  assert.equal(timeline.settled(1, 2, 15_000), 17_000);
  assert.equal(timeline.settled(1, 2, 39_900), 40_000, 'all of it once the cells are quiet');
});
