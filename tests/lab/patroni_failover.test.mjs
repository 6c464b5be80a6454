// The program on PostgreSQL under Patroni, as deploy/patroni and the guide say: its leader dies, or gives the lead away.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { eventually } from '../end_to_end/harness/eventually.mjs';
import { send } from '../end_to_end/harness/http.mjs';
import { startServer } from '../end_to_end/harness/server.mjs';
import { Tenant } from '../end_to_end/harness/tenant.mjs';
import { Load, report } from './failover_load.mjs';
import { PatroniCluster } from './patroni_cluster.mjs';

const LONGEST_GAP = 15;
let cluster, server, tenant;
before(async () => {
  cluster = await PatroniCluster.start();
  server = await startServer({ config: { store: { url: cluster.url(), connections: 4 }, seal: { key: randomBytes(32).toString('base64') } } });
  tenant = new Tenant(server);
});
after(async () => {
  await server?.stop();
  await cluster?.stop();
});

const whole = () => eventually(() => cluster.isWhole(), { milliseconds: 60_000, every: 200, what: 'three members' });

async function failOver(what, disturb) {
  await whole();
  const { leader } = cluster;
  const load = await Load.start(server, tenant);
  try {
    const seen = await load.gapOf(() => disturb(leader));
    report(what, seen, load);
    assert.ok(seen.gap <= LONGEST_GAP, `no write for ${seen.gap} s`);
    assert.ok(seen.gap > 1, 'nothing happened');
  } finally {
    await load.stop();
  }
  await load.checkChains();
  await eventually(async () => (await cluster.isWhole(), cluster.leader && cluster.leader !== leader), { what: 'another leader' });
  const health = await send(`${server.base}/health`);
  assert.equal(health.json.status, 'ok');
}

test('the leader loses its power: nothing acknowledged is lost, tokens go on, writes within seconds', async () => {
  let dead;
  await failOver('kill -9 of the leader', async (leader) => {
    dead = cluster.members.get(leader);
    await dead.cut();
  });
  await dead.start();
  await whole();
});

test('the lead is given away on purpose, under load', () =>
  failOver('patronictl switchover', (leader) => cluster.switchOver(leader)));

test('and once more, back through the one that had died', () =>
  failOver('kill -9 of the next leader', (leader) => cluster.members.get(leader).cut()));
