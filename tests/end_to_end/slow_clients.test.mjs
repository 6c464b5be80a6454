// Clients that dribble are cut off, and do not keep others from being served.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import tls from 'node:tls';
import { send } from './harness/http.mjs';
import { startServer } from './harness/server.mjs';

let server;
before(async () => {
  server = await startServer();
});
after(() => server.stop());

// Opens a connection, sends `start`, then one byte a second; gives what came back when the server ends it.
async function dribble(start, byte) {
  const socket = tls.connect({ port: new URL(server.base).port, host: '127.0.0.1', servername: 'localhost' });
  let seen = '';
  socket.on('data', (chunk) => (seen += chunk));
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  socket.write(start);
  const drip = setInterval(() => socket.write(byte), 1000);
  const closed = once(socket, 'close');
  const late = setTimeout(() => socket.destroy(new Error('late')), 25_000);
  let cut = true;
  socket.once('error', (error) => (cut = error.message !== 'late'));
  await closed;
  clearInterval(drip);
  clearTimeout(late);
  return { seen, cut };
}

test('headers and bodies that come byte by byte end in 408 or a closed connection, while others are served', async () => {
  const host = `Host: ${server.host}\r\n`;
  const headers = Array.from({ length: 20 }, () => dribble(`GET /health HTTP/1.1\r\n${host}X-Slow: `, 'a'));
  const bodies = Array.from({ length: 20 }, () => dribble(`POST /oauth/token HTTP/1.1\r\n${host}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 5000\r\n\r\n`, 'a'));

  const start = Date.now();
  for (let i = 0; i < 50; i++) assert.equal((await send(`${server.base}/.well-known/jwks.json`)).status, 200);
  assert.ok(Date.now() - start < 5000, 'others are served meanwhile');
  for (const { seen, cut } of await Promise.all([...headers, ...bodies])) {
    assert.ok(cut, 'the server ended the connection');
    assert.match(seen, /^$|^HTTP\/1\.1 408 /);
  }
});
