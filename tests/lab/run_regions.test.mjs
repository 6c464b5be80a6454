// `./run --regions 3` as somebody uses it who has just read about it: signs up at one cell, signs in at the others, and
// kills the cell that serves them while loops refresh and log in through the front.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { certificateOfRun } from '../end_to_end/harness/certificate.mjs';
import { eventually } from '../end_to_end/harness/eventually.mjs';
import { send } from '../end_to_end/harness/http.mjs';
import { freePorts } from '../end_to_end/harness/ports.mjs';
import { BINARY } from '../end_to_end/harness/server.mjs';
import { DIRECTORY, PASSWORD, Tenant, unique } from '../end_to_end/harness/tenant.mjs';

const ROOT = path.resolve(import.meta.dirname, '../..');
const REALM_GRANT = 'http://auth0.com/oauth/grant-type/password-realm';
const ROUNDS = Number(process.env.LAB_ROUNDS ?? 3);
const LEEWAY = Number(process.env.LAB_LEEWAY ?? 60);

let folder, port, regions, tenant, client;

async function start() {
  const { certificate, key } = certificateOfRun();
  const child = spawn(path.join(ROOT, 'tools/run_regions.py'),
    ['--regions', '3', '--data', folder, '--https', String(port), '--certificate', certificate, '--key', key, '--binary', BINARY, '--json'],
    { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  let said = '';
  child.stderr.on('data', (chunk) => (said += chunk));
  const line = await readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  assert.ok(!line.done, said);
  return { child, ended, ...JSON.parse(line.value), said: () => said };
}

async function stop({ child, ended }) {
  child.kill('SIGINT');
  await ended;
}

before(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'cardea-run-regions-'));
  chmodSync(folder, 0o755); // the database servers run as others than root
  [port] = await freePorts(1);
  regions = await start();
  tenant = new Tenant({ secret: (value) => value }, regions);
  client = await tenant.createWebApp({
    grant_types: ['refresh_token', REALM_GRANT],
    refresh_token: { rotation_type: 'rotating', expiration_type: 'expiring', leeway: LEEWAY, token_lifetime: 86400, idle_token_lifetime: 3600, infinite_token_lifetime: false, infinite_idle_token_lifetime: false },
  });
});
after(async () => {
  await stop(regions);
  rmSync(folder, { recursive: true, force: true });
});

const token = (at, fields) => send(`${at}oauth/token`, { json: { client_id: client.client_id, client_secret: client.client_secret, ...fields }, headers: { host: regions.domain } });
const logIn = (at, email) => token(at, { grant_type: REALM_GRANT, realm: DIRECTORY, username: email, password: PASSWORD, scope: 'openid offline_access' });
const isRunning = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

async function signUp(at) {
  const email = `${unique('stranger')}@example.test`;
  const answer = await send(`${at}dbconnections/signup`, { json: { client_id: client.client_id, connection: DIRECTORY, email, password: PASSWORD }, headers: { host: regions.domain } });
  assert.equal(answer.status, 200, answer.text);
  return email;
}

test('who signs up at one cell signs in at the others within a second', async () => {
  for (const cell of regions.cells) await eventually(async () => (await logIn(cell.url, 'nobody@example.test')).status === 403, { what: `the application at ${cell.id}` });
  for (const origin of regions.cells) {
    const email = await signUp(origin.url);
    const began = performance.now();
    for (const cell of regions.cells) await eventually(async () => (await logIn(cell.url, email)).status === 200, { every: 10, what: `a sign-in at ${cell.id}` });
    const took = performance.now() - began;
    console.log(`# signed up at ${origin.id}: signed in at all three after ${Math.round(took)} ms`);
    assert.ok(took < 1000, `${took} ms`);
  }
});

// What a person or an application of theirs does through the front, and what it saw. A request that failed is sent again.
class Loops {
  constructor() {
    this.running = true;
    this.failed = { refresh: 0, login: 0, discovery: 0 };
    this.worked = { refresh: 0, login: 0, discovery: 0 };
    this.kinds = new Map();
    this.loggedOut = 0;
    this.times = [];
    this.servedBy = new Set();
  }

  async try(what, request) {
    const answer = await request().catch((error) => ({ status: error.code ?? error.message }));
    if (answer.status === 200) {
      this.worked[what]++;
      this.times.push(performance.now());
      this.servedBy.add(answer.headers['x-cardea-cell']);
      return answer;
    }
    if (answer.status === 403) return answer;
    this.failed[what]++;
    const kind = `${what} ${answer.status}`;
    this.kinds.set(kind, (this.kinds.get(kind) ?? 0) + 1);
    await sleep(50);
    return undefined;
  }

  async refresh(email, at) {
    let current = (await logIn(at, email)).json.refresh_token;
    while (this.running) {
      const used = current;
      const answer = await this.try('refresh', () => token(at, { grant_type: 'refresh_token', refresh_token: used }));
      if (answer?.status === 200) current = answer.json.refresh_token;
      if (answer?.status === 403) {
        this.loggedOut++;
        current = (await logIn(at, email).catch(() => undefined))?.json.refresh_token ?? current;
      }
      await sleep(10);
    }
  }

  async logIn(email, at) {
    while (this.running) {
      await this.try('login', () => logIn(at, email));
      await sleep(50);
    }
  }

  async discover(at) {
    while (this.running) {
      await this.try('discovery', () => send(`${at}.well-known/openid-configuration`));
      await sleep(20);
    }
  }

  longestGap() {
    return Math.max(...this.times.slice(1).map((time, i) => time - this.times[i]));
  }
}

test(`the cell that serves everybody is killed ${ROUNDS} times: they go on at another one`, async () => {
  const front = regions.issuer;
  const email = await signUp(front);
  await eventually(async () => (await logIn(front, email)).status === 200, { what: 'a first sign-in' });
  const loops = new Loops();
  const running = [...Array.from({ length: 6 }, () => loops.refresh(email, front)), loops.logIn(email, front), loops.logIn(email, front), loops.discover(front)];
  let pids = new Map(regions.cells.map((cell) => [cell.id, cell.pid]));
  for (let round = 0; round < ROUNDS; ++round) {
    await sleep(2_000);
    const serving = (await send(`${front}.well-known/openid-configuration`)).headers['x-cardea-cell'];
    process.kill(pids.get(serving), 'SIGKILL');
    await sleep(3_000);
    regions.child.kill('SIGUSR1');
    const again = await eventually(() => regions.said().match(new RegExp(`The ${serving} cell is started again, pid (\\d+)(?![\\s\\S]*The ${serving} cell)`))?.[1], { what: 'the cell again' });
    pids = new Map([...pids, [serving, Number(again)]]);
    await sleep(4_000);
  }
  loops.running = false;
  await Promise.all(running);
  const sum = (counts) => Object.values(counts).reduce((all, one) => all + one, 0);
  console.log(`# ${ROUNDS} kills: ${JSON.stringify(loops.worked)} worked, failed once and were sent again: ${JSON.stringify(Object.fromEntries(loops.kinds))}; logged out: ${loops.loggedOut}; longest time without an answer ${Math.round(loops.longestGap())} ms; served by ${[...loops.servedBy]}`);
  assert.equal(loops.failed.discovery, 0, 'what can be asked twice does not fail');
  assert.ok(loops.servedBy.size >= 2, 'nobody has moved');
  assert.ok(sum(loops.failed) <= 8 * ROUNDS, `more than what was under way failed: ${JSON.stringify(loops.failed)}`);
  assert.ok(loops.longestGap() < 2_000, `${loops.longestGap()} ms`);
});

test('Ctrl-C ends all of it, and the next start goes on with the same data', async () => {
  const email = await signUp(regions.issuer);
  const before = [regions.front.pid, ...regions.cells.map((cell) => cell.pid)];
  await stop(regions);
  assert.deepEqual(before.filter(isRunning), []);

  regions = await start();

  await eventually(async () => (await logIn(regions.issuer, email)).status === 200, { what: 'a sign-in after the restart' });
  assert.equal(regions.mgmt_client_id, tenant.values.mgmt_client_id);
});
