// SIGTERM: what is under way is finished, nothing new is taken.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import https from 'node:https';
import tls from 'node:tls';
import { test } from 'node:test';
import { eventually } from './harness/eventually.mjs';
import { send } from './harness/http.mjs';
import { startServer } from './harness/server.mjs';
import { Tenant } from './harness/tenant.mjs';

test('a request that is under way at SIGTERM gets its answer, and the process ends with 0', async () => {
  const server = await startServer();
  const tenant = new Tenant(server);
  const ada = await tenant.createUser();
  const app = await tenant.createWebApp({ grant_types: ['password'] });
  const body = new URLSearchParams({ grant_type: 'password', client_id: app.client_id, client_secret: app.client_secret, username: ada.email, password: ada.password, scope: 'openid' });
  const agents = Array.from({ length: 8 }, () => new https.Agent({ keepAlive: true, maxSockets: 1 }));
  await Promise.all(agents.map((agent) => send(`${server.base}/health/live`, { agent })));
  const logins = agents.map((agent) => send(`${server.base}/oauth/token`, { form: body, agent }).then((answer) => answer.status, (error) => error.code));
  // Whoever still waits for the hash of a password when the first has his answer is under way.
  await Promise.race(logins);

  const ended = server.stop();
  const statuses = await Promise.all(logins);
  await ended;

  assert.deepEqual(statuses, Array(8).fill(200));
  agents.forEach((agent) => agent.destroy());
});

test('a request whose body was still on its way is finished, too', async () => {
  const server = await startServer();
  const url = new URL(server.base);
  const socket = tls.connect({ port: url.port, host: '127.0.0.1', servername: 'localhost' });
  await once(socket, 'secureConnect');
  let seen = '';
  socket.on('data', (chunk) => (seen += chunk));
  const body = 'grant_type=telepathy&client_id=x';
  socket.write(`POST /oauth/token HTTP/1.1\r\nHost: ${url.host}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 10)}`);
  await new Promise((resolve) => setTimeout(resolve, 100));

  const ended = server.stop();
  await new Promise((resolve) => setTimeout(resolve, 100));
  socket.write(body.slice(10));
  const closed = once(socket, 'close');
  await Promise.all([ended, closed]);

  assert.match(seen, /^HTTP\/1\.1 4\d\d /);
});

test('while draining no new connection is taken, and idle ones are closed soon', async () => {
  const server = await startServer();
  const url = new URL(server.base);
  const idle = tls.connect({ port: url.port, host: '127.0.0.1', servername: 'localhost' });
  await once(idle, 'secureConnect');
  idle.resume();
  idle.on('error', () => {});
  const closed = new Promise((resolve) => idle.once('close', resolve));

  const start = Date.now();
  await server.stop();
  await closed;

  assert.ok(Date.now() - start < 5000, 'an idle connection does not hold the process up');
  await eventually(async () => (await send(`${server.base}/health`).catch((error) => error.code)) === 'ECONNREFUSED');
});

test('SIGINT ends it as SIGTERM does', async () => {
  const server = await startServer();
  server.child.kill('SIGINT');

  assert.deepEqual(await server.exited, { code: 0, signal: null });
});
