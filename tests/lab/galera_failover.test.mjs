// The program on a Galera cluster with all members in its URL: the one that it uses dies.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { startServer } from '../end_to_end/harness/server.mjs';
import { Tenant } from '../end_to_end/harness/tenant.mjs';
import { Load, report } from './failover_load.mjs';
import { GaleraCluster } from './galera_cluster.mjs';

const LONGEST_GAP = 15;
let cluster, server, tenant;
before(async () => {
  cluster = await GaleraCluster.start();
  server = await startServer({ config: { store: { url: cluster.url(), connections: 4 }, seal: { key: randomBytes(32).toString('base64') } } });
  tenant = new Tenant(server);
});
after(async () => {
  await server?.stop();
  await cluster?.stop();
});

test('the member in use loses its power: nothing acknowledged is lost, tokens go on, writes within seconds', async () => {
  const used = cluster.inUse();
  const load = await Load.start(server, tenant);
  try {
    const seen = await load.gapOf(() => cluster.members[used].cut());
    report('kill -9 of the member of Galera in use', seen, load);
    assert.ok(seen.gap <= LONGEST_GAP, `no write for ${seen.gap} s`);
    assert.ok(seen.gap > 1, 'nothing happened');
  } finally {
    await load.stop();
  }
  await load.checkChains();
  assert.notEqual(cluster.inUse(), used);
});
