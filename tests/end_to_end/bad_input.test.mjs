// Hostile and broken requests: the right 4xx with the right shape, never a 5xx, never a crash.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, test } from 'node:test';
import tls from 'node:tls';
import { send } from './harness/http.mjs';
import { openLogin } from './harness/forms.mjs';
import { RelyingParty } from './harness/relying_party.mjs';
import { startServer } from './harness/server.mjs';
import { Tenant, unique } from './harness/tenant.mjs';
import { fillForm, UserAgent } from './harness/user_agent.mjs';

let server, tenant, app, rp, port;
before(async () => {
  server = await startServer();
  tenant = new Tenant(server);
  app = await tenant.createWebApp({ grant_types: ['authorization_code', 'refresh_token', 'password', 'client_credentials'] });
  rp = await RelyingParty.of(tenant, app);
  port = Number(new URL(server.base).port);
});
after(() => server.stop());

const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';
const post = (path, type, body, headers = {}) => send(server.base, { path, method: 'POST', headers: { ...(type ? { 'content-type': type } : {}), ...headers }, body });

function assertOAuthError(answer, what) {
  assert.ok(answer.status >= 400 && answer.status < 500, `${what}: ${answer.status} ${answer.text.slice(0, 200)}`);
  assert.match(answer.headers['content-type'] ?? '', /^application\/json/, what);
  assert.equal(typeof answer.json.error, 'string', what);
  assert.equal(typeof answer.json.error_description, 'string', what);
}

test('/oauth/token: broken bodies are 400 with error and error_description', async () => {
  const nested = `${'['.repeat(20000)}${']'.repeat(20000)}`;
  const table = {
    'no body': [FORM, ''],
    'no type': [undefined, 'grant_type=password'],
    'another type': ['text/plain', 'grant_type=password'],
    'XML': ['application/xml', '<grant_type>password</grant_type>'],
    'broken JSON': [JSON_TYPE, '{"grant_type":'],
    'JSON with trailing text': [JSON_TYPE, '{"grant_type":"password"} x'],
    'a JSON array': [JSON_TYPE, '[]'],
    'a JSON string': [JSON_TYPE, '"grant_type"'],
    'JSON null': [JSON_TYPE, 'null'],
    'deep JSON': [JSON_TYPE, nested],
    'deep object': [JSON_TYPE, `{"grant_type":${nested}}`],
    'a number for a string': [JSON_TYPE, '{"grant_type":5}'],
    'an object for a string': [JSON_TYPE, '{"grant_type":{"a":1}}'],
    'duplicate JSON keys': [JSON_TYPE, '{"grant_type":"password","grant_type":"client_credentials"}'],
    'bad UTF-8 in JSON': [JSON_TYPE, Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0xfe, 0x22, 0x7d])],
    'bad escape in JSON': [JSON_TYPE, '{"grant_type":"\\ud800"}'],
    'bad percent-encoding': [FORM, 'grant_type=%zz'],
    'cut percent-encoding': [FORM, 'grant_type=password%2'],
    'bad UTF-8 in a form': [FORM, 'grant_type=%ff%fe'],
    'NUL in a form': [FORM, 'grant_type=password%00'],
    'duplicate parameters': [FORM, 'grant_type=password&grant_type=client_credentials'],
    'duplicate codes': [FORM, `grant_type=authorization_code&client_id=${app.client_id}&client_secret=${app.client_secret}&code=a&code=b`],
    'no grant type': [FORM, `client_id=${app.client_id}&client_secret=${app.client_secret}`],
    'many parameters': [FORM, Array.from({ length: 5000 }, (_, i) => `a${i}=1`).join('&')],
    'only separators': [FORM, '&&&==&='],
  };
  for (const [name, [type, body]] of Object.entries(table)) {
    assertOAuthError(await post('/oauth/token', type, body), name);
  }
  assert.equal((await post('/oauth/token', JSON_TYPE, '{"grant_type":')).json.error, 'invalid_request');
});

test('bodies over the limit are 413 and the connection ends cleanly', async () => {
  for (const path of ['/oauth/token', '/api/v2/users', '/u/login', '/dbconnections/signup']) {
    const answer = await post(path, FORM, 'a='.padEnd(20 << 20, 'a')).catch((error) => error);
    if (answer instanceof Error) assert.match(`${answer.code} ${answer.message}`, /ECONNRESET|EPIPE|socket hang up/, path);
    else assert.equal(answer.status, 413, `${path}: ${answer.status}`);
  }
  assert.equal((await send(`${server.base}/health`)).status, 200);
});

test('other endpoints that take JSON: broken bodies are 400', async () => {
  for (const path of ['/dbconnections/signup', '/dbconnections/change_password']) {
    for (const body of ['', '{', '[]', 'null', '{"email":5}', '{"email":{"$gt":""}}', `{"email":"${'a'.repeat(70000)}@x"}`, '{"connection":"\\u0000"}']) {
      const answer = await post(path, JSON_TYPE, body);
      assert.ok(answer.status >= 400 && answer.status < 500, `${path} ${body.slice(0, 30)}: ${answer.status} ${answer.text.slice(0, 100)}`);
    }
  }
});

test('the management API answers broken bodies in its own shape', async () => {
  for (const [type, body] of [[JSON_TYPE, '{'], [JSON_TYPE, '[]'], [JSON_TYPE, 'null'], [JSON_TYPE, ''], [JSON_TYPE, Buffer.from([0x22, 0xff, 0x22])], [FORM, 'name=x'], ['text/plain', '{}'], [JSON_TYPE, `${'['.repeat(50000)}`]]) {
    const answer = await tenant.call('POST', '/clients', { headers: { 'content-type': type }, body });
    assert.ok([400, 413, 415].includes(answer.status), `${type} ${String(body).slice(0, 20)}: ${answer.status} ${answer.text.slice(0, 200)}`);
    assert.equal(answer.json.statusCode, answer.status);
    assert.equal(typeof answer.json.message, 'string');
  }
});

test('/authorize with broken parameters stays on a page or goes to the application, never 5xx', async () => {
  const good = new URLSearchParams({ client_id: app.client_id, response_type: 'code', redirect_uri: rp.redirectUri, scope: 'openid', state: 's' });
  const queries = ['', '?', '?%', '?client_id=%zz', '?client_id=%ff', `?${good}&client_id=${app.client_id}`, `?${good}&state=other`, `?${good}&redirect_uri=https://evil.example.test/`, `?${good}&scope=openid`, `?${good}&nonce=${'n'.repeat(20000)}`, `?${good}&claims={`, `?${good}&ui_locales=${'x-'.repeat(2000)}`, `?${good}&%00=%00`, `?${good}&prompt=%0d%0aset-cookie:%20x=y`, `?${good}&login_hint=%3Cscript%3Ealert(1)%3C/script%3E`, `?${good}&request=a.b.c`, `?${good}&id_token_hint=nonsense`, `?${good}&audience[]=x`, `?${good}&max_age=99999999999999999999`, `?${good}&code_challenge=%00&code_challenge_method=S256`];
  for (const query of queries) {
    const answer = await send(server.base, { path: `/authorize${query}` });
    assert.ok(answer.status < 500, `${query.slice(0, 60)}: ${answer.status}`);
    assert.doesNotMatch(answer.headers.location ?? '', /evil/, query.slice(0, 60));
    assert.ok(!answer.setCookies.some((cookie) => /^x=y/.test(cookie)), query.slice(0, 60));
    assert.doesNotMatch(answer.text, /<script>alert/, query.slice(0, 60));
  }
});

test('a repeated parameter of the authorization request is invalid_request', async () => {
  const query = new URLSearchParams({ client_id: app.client_id, response_type: 'code', redirect_uri: rp.redirectUri, scope: 'openid', state: 's' });
  query.append('scope', 'email');
  const outcome = await new UserAgent().open(`${server.base}/authorize?${query}`);

  assert.ok(outcome.redirect?.searchParams.get('error') === 'invalid_request' || outcome.status === 400, `${outcome.redirect ?? outcome}`);
});

test('what a person typed or an application sent is never markup', async () => {
  const nasty = '"><img src=x onerror=alert(1)>\'`{{7*7}}${7*7}<%=7*7%>&lt;';
  const agent = new UserAgent();
  const page = await openLogin(agent, (await rp.begin({ login_hint: nasty })).url);
  assert.equal(page.find('[name=username]').getAttribute('value'), nasty, 'shown as it is');
  assert.equal(page.all('img[onerror]').length, 0);

  const refused = await agent.submit(page, { username: nasty, password: nasty });
  assert.equal(refused.all('img[onerror]').length, 0);
  assert.doesNotMatch(refused.answer.text, /\b49\b/);
  const named = await tenant.call('POST', '/clients', { json: { name: 'Tom & "Jerry" \'s `app`', callbacks: [rp.redirectUri], app_type: 'regular_web', grant_types: ['authorization_code'] } });
  await tenant.enableDirectory(named.json.client_id);
  const other = await openLogin(new UserAgent(), `${server.base}/authorize?client_id=${named.json.client_id}&response_type=code&scope=openid`);
  assert.match(other.root.text, /Tom & "Jerry" 's `app`/);
});

test('pages with a lost or forged transaction are error pages', async () => {
  for (const path of ['/u/login', '/u/signup', '/u/consent', '/authorize/resume']) {
    for (const query of ['', '?state=', '?state=nonsense', `?state=${'A'.repeat(4000)}`, '?state=%00', '?state=a&state=b']) {
      const answer = await send(server.base, { path: path + query });
      assert.ok(answer.status < 500, `${path}${query.slice(0, 20)}: ${answer.status}`);
      assert.ok(answer.status >= 300, `${path}${query.slice(0, 20)}: ${answer.status}`);
    }
  }
});

test('form posts of a login page that are broken are refused with a page', async () => {
  const agent = new UserAgent();
  const page = await openLogin(agent, (await rp.begin()).url);
  const bodies = [[FORM, ''], [FORM, 'username=a'], [FORM, 'username=%zz&password=x'], [FORM, `username=${'u'.repeat(9000)}&password=x`], [FORM, `username=a&password=${'p'.repeat(9000)}`], [JSON_TYPE, '{"username":"a"}'], ['text/plain', 'username=a'], ['multipart/form-data; boundary=x', '--x--'], [FORM, 'username=a&username=b&password=c&password=d']];
  for (const [type, body] of bodies) {
    const answer = await agent.request(page.url, { method: 'POST', headers: { 'content-type': type, origin: server.base }, body });
    assert.ok(answer.status < 500, `${type} ${body.slice(0, 30)}: ${answer.status}`);
    assert.doesNotMatch(answer.headers.location ?? '', /code=/);
  }
});

test('a form from another site is refused: the cookie that a login page needs does not travel with it', async () => {
  const person = await tenant.createUser();
  const agent = new UserAgent();
  const cookies = [];
  let answer = await agent.request((await rp.begin()).url);
  for (; answer.headers.location; answer = await agent.request(new URL(answer.headers.location, server.base))) cookies.push(...answer.setCookies);
  cookies.push(...answer.setCookies);
  const page = await openLogin(agent, (await rp.begin()).url);
  const form = fillForm(page, page.form('username'), { username: person.email, password: person.password });

  const travelling = cookies.filter((line) => /SameSite=None/i.test(line) || !/SameSite/i.test(line)).map((line) => line.split(';')[0]);
  const forged = await send(page.url, { form, headers: { origin: 'https://evil.example.test', 'sec-fetch-site': 'cross-site', ...(travelling.length ? { cookie: travelling.join('; ') } : {}) } });

  assert.ok(!forged.setCookies.some((line) => line.startsWith('auth0=')), `${forged.status}`);
  assert.doesNotMatch(forged.headers.location ?? '', /code=/);
});

test('odd paths and methods', async () => {
  for (const path of ['/..', '/../../etc/passwd', '/%2e%2e/%2e%2e/etc/passwd', '//', '/\\', '/%', '/%zz', '/u/assets/../../cardea.toml', '/u/assets/%2e%2e%2f%2e%2e%2fcardea.toml', '/u/assets/', `/${'a'.repeat(4000)}`, '/.git/config', '/authorize/', '/oauth/token/']) {
    const answer = await send(server.base, { path });
    assert.ok(answer.status >= 300 && answer.status < 500, `${path.slice(0, 40)}: ${answer.status}`);
  }
  for (const [method, path, allowed] of [['GET', '/oauth/token', 'POST'], ['DELETE', '/authorize', 'GET'], ['PUT', '/userinfo', 'GET'], ['PATCH', '/v2/logout', 'GET']]) {
    const answer = await send(server.base, { method, path });
    assert.equal(answer.status, 405, `${method} ${path}`);
    assert.match(answer.headers.allow ?? '', new RegExp(allowed));
  }
});

// Sends raw bytes over TLS, gives what comes back until the server closes or `milliseconds` pass.
function raw(bytes, milliseconds = 3000) {
  return new Promise((resolve) => {
    const socket = tls.connect({ port, host: '127.0.0.1', servername: 'localhost' }, () => socket.write(bytes));
    let seen = '';
    const done = () => {
      socket.destroy();
      resolve(seen);
    };
    socket.on('data', (chunk) => (seen += chunk.toString('latin1')));
    socket.on('close', done);
    socket.on('error', done);
    setTimeout(done, milliseconds).unref();
  });
}

test('broken HTTP is 400 or a closed connection', async () => {
  const host = `Host: localhost:${port}\r\n`;
  const requests = {
    'nonsense': 'nonsense\r\n\r\n',
    'binary': Buffer.from(Array.from({ length: 512 }, (_, i) => (i * 37) % 256)),
    'no host': 'GET /health HTTP/1.1\r\n\r\n',
    'two hosts': `GET /health HTTP/1.1\r\n${host}Host: evil\r\n\r\n`,
    'two lengths': `POST /oauth/token HTTP/1.1\r\n${host}Content-Length: 3\r\nContent-Length: 5\r\n\r\nabc`,
    'length and chunks': `POST /oauth/token HTTP/1.1\r\n${host}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    'bad length': `POST /oauth/token HTTP/1.1\r\n${host}Content-Length: -1\r\n\r\n`,
    'huge length': `POST /oauth/token HTTP/1.1\r\n${host}Content-Length: 99999999999999999999\r\n\r\n`,
    'bad chunk': `POST /oauth/token HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\nzz\r\n`,
    'long header': `GET /health HTTP/1.1\r\n${host}X-Long: ${'a'.repeat(200000)}\r\n\r\n`,
    'many headers': `GET /health HTTP/1.1\r\n${host}${Array.from({ length: 3000 }, (_, i) => `X-${i}: 1\r\n`).join('')}\r\n`,
    'long target': `GET /${'a'.repeat(100000)} HTTP/1.1\r\n${host}\r\n`,
    'space in header name': `GET /health HTTP/1.1\r\n${host}X Y: 1\r\n\r\n`,
    'NUL in header': `GET /health HTTP/1.1\r\n${host}X: a\0b\r\n\r\n`,
    'HTTP/3.7': `GET /health HTTP/3.7\r\n${host}\r\n`,
  };
  for (const [name, bytes] of Object.entries(requests)) {
    const answer = await raw(bytes, 1500);
    assert.match(answer, /^(HTTP\/1\.[01] (4\d\d|505)|$)/, `${name}: ${answer.slice(0, 100)}`);
  }
  assert.equal((await send(`${server.base}/health`)).status, 200);
});

test('pipelined requests are answered in order on one connection', async () => {
  const request = (path, more = '') => `GET ${path} HTTP/1.1\r\nHost: localhost:${port}\r\n${more}\r\n`;

  const answer = await raw(request('/.well-known/jwks.json') + request('/nothing-here') + request('/health/live', 'Connection: close\r\n'));

  const statuses = [...answer.matchAll(/HTTP\/1\.1 (\d\d\d)/g)].map((match) => match[1]);
  assert.deepEqual(statuses, ['200', '404', '200']);
});

test('plain HTTP to the TLS port and TLS 1.1 are turned away', async () => {
  const plain = await new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'));
    let seen = '';
    socket.on('data', (chunk) => (seen += chunk.toString('latin1')));
    socket.on('close', () => resolve(seen));
    socket.on('error', () => resolve(seen));
    setTimeout(() => socket.destroy(), 2000).unref();
  });
  assert.doesNotMatch(plain, /^HTTP\/1\.1 2/);
  await assert.rejects(new Promise((resolve, reject) => {
    const socket = tls.connect({ port, host: '127.0.0.1', servername: 'localhost', maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' }, () => resolve(socket.destroy()));
    socket.on('error', reject);
  }));
});

test('a CR LF in any parameter never becomes a header', async () => {
  const paths = [`/v2/logout?client_id=${app.client_id}&returnTo=https://app.example.test/bye%0d%0aX-Evil:%201`, `/authorize?client_id=${app.client_id}&response_type=code&prompt=none&scope=openid&state=a%0d%0aX-Evil:%201&redirect_uri=${encodeURIComponent(rp.redirectUri)}`, '/u/login?state=%0d%0aX-Evil:1'];
  for (const path of paths) {
    const answer = await send(server.base, { path });
    assert.equal(answer.headers['x-evil'], undefined, path);
  }
});

test('a request id is answered; a hostile one is not taken over', async () => {
  const own = await send(`${server.base}/health/live`);
  const hostile = await send(`${server.base}/health/live`, { headers: { 'x-request-id': `"}{ ${'x'.repeat(3000)}` } });

  assert.match(own.headers['x-request-id'], /^[\w-]{8,128}$/);
  assert.match(hostile.headers['x-request-id'], /^[\w-]{8,128}$/);
});

test('nothing of all this has harmed the server', async () => {
  const person = await tenant.createUser({ email: `${unique('survivor')}@example.test` });

  assert.equal((await rp.signIn(person)).claims().sub, person.user_id);
});
