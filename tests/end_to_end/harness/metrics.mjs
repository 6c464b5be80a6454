import assert from 'node:assert/strict';
import { send } from './http.mjs';

// The value of one series, as a node tells it to Prometheus; `labels` as they are written there.
export async function metric(server, name, labels = '') {
  const { status, text } = await send(`${server.metrics}/metrics`);
  assert.equal(status, 200);
  const line = text.split('\n').find((one) => one.startsWith(`${name}${labels} `));
  assert.ok(line, `${name}${labels} is not among the metrics`);
  return Number(line.slice(line.lastIndexOf(' ') + 1));
}
