import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createLocalJWKSet, decodeProtectedHeader, exportJWK, importX509, jwtVerify } from 'jose';
import { oidc } from './harness/relying_party.mjs';
import { send } from './harness/http.mjs';
import { startServer } from './harness/server.mjs';
import { Tenant } from './harness/tenant.mjs';

let server, tenant;
before(async () => {
  server = await startServer();
  tenant = new Tenant(server);
});
after(() => server.stop());

const includes = (list, wanted, name) => {
  for (const value of wanted) assert.ok(list?.includes(value), `${name} lacks ${value}: ${list}`);
};

test('openid-client accepts the discovery document, byte for byte the configured issuer', async () => {
  const config = await oidc.discovery(new URL(server.issuer), 'anything');

  assert.equal(config.serverMetadata().issuer, server.issuer);
  assert.equal(server.issuer, tenant.issuer);
});

test('the discovery document names the endpoints and abilities of the reference', async () => {
  const answer = await send(`${server.base}/.well-known/openid-configuration`);
  const metadata = answer.json;

  assert.equal(answer.status, 200);
  assert.match(answer.headers['content-type'], /^application\/json/);
  const endpoints = { authorization_endpoint: 'authorize', token_endpoint: 'oauth/token', userinfo_endpoint: 'userinfo', jwks_uri: '.well-known/jwks.json', revocation_endpoint: 'oauth/revoke', end_session_endpoint: 'oidc/logout' };
  for (const [name, path] of Object.entries(endpoints)) assert.equal(metadata[name], `${server.issuer}${path}`, name);
  includes(metadata.response_types_supported, ['code'], 'response_types_supported');
  includes(metadata.response_modes_supported, ['query', 'fragment', 'form_post'], 'response_modes_supported');
  includes(metadata.code_challenge_methods_supported, ['S256'], 'code_challenge_methods_supported');
  includes(metadata.scopes_supported, ['openid', 'profile', 'email', 'offline_access'], 'scopes_supported');
  includes(metadata.id_token_signing_alg_values_supported, ['RS256', 'PS256', 'HS256'], 'id_token_signing_alg_values_supported');
  includes(metadata.token_endpoint_auth_methods_supported, ['client_secret_basic', 'client_secret_post', 'private_key_jwt'], 'token_endpoint_auth_methods_supported');
  includes(metadata.claims_supported, ['aud', 'email', 'exp', 'iss', 'nickname', 'sub'], 'claims_supported');
  assert.deepEqual(metadata.subject_types_supported, ['public']);
  assert.equal(metadata.authorization_response_iss_parameter_supported, true);
  assert.equal(metadata.backchannel_logout_supported, true);
  assert.equal(metadata.backchannel_logout_session_supported, true);
});

test('every endpoint that discovery promises exists', async () => {
  const metadata = (await send(`${server.base}/.well-known/openid-configuration`)).json;

  for (const [name, url] of Object.entries(metadata)) {
    if (!/_endpoint$/.test(name) || typeof url !== 'string') continue;
    const answer = await send(url.replace(/\{[^}]*\}/g, 'x'), { method: 'POST', form: {} });
    assert.notEqual(answer.status, 404, `${name} ${url}`);
    assert.ok(answer.status < 500, `${name} ${url}: ${answer.status}`);
  }
});

test('RFC 8414 metadata says the same', async () => {
  const openid = (await send(`${server.base}/.well-known/openid-configuration`)).json;
  const oauth = await send(`${server.base}/.well-known/oauth-authorization-server`);

  assert.equal(oauth.status, 200);
  assert.equal(oauth.json.issuer, openid.issuer);
  assert.equal(oauth.json.token_endpoint, openid.token_endpoint);
  assert.equal(oauth.json.jwks_uri, openid.jwks_uri);
});

test('discovery and keys may be read from any origin, may be cached, and answer a matching ETag with 304', async () => {
  for (const path of ['openid-configuration', 'jwks.json']) {
    const url = `${server.base}/.well-known/${path}`;
    const first = await send(url, { headers: { origin: 'https://anywhere.example.test' } });

    assert.equal(first.headers['access-control-allow-origin'], '*', path);
    assert.match(first.headers['cache-control'] ?? '', /max-age=\d+/, path);
    assert.ok(first.headers.etag, `${path} has an ETag`);
    const second = await send(url, { headers: { 'if-none-match': first.headers.etag } });
    assert.equal(second.status, 304);
    assert.equal(second.bytes.length, 0);
  }
});

test('keys are public, RS256 among them, each with the certificate that jose reads', async () => {
  const keys = (await send(`${server.base}/.well-known/jwks.json`)).json.keys;

  assert.equal(keys[0].kty, 'RSA', 'clients that take the first key get one that they know');
  assert.equal(keys[0].alg, 'RS256');
  for (const key of keys) {
    assert.ok(['RSA', 'EC'].includes(key.kty), key.kty);
    assert.equal(key.use, 'sig');
    assert.ok(key.kid && key.alg && key.x5t, JSON.stringify(key));
    for (const hidden of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) assert.equal(key[hidden], undefined, hidden);
    const pem = `-----BEGIN CERTIFICATE-----\n${key.x5c[0].match(/.{1,64}/g).join('\n')}\n-----END CERTIFICATE-----`;
    const certified = await exportJWK(await importX509(pem, key.alg, { extractable: true }));
    assert.deepEqual([certified.n, certified.x], [key.n, key.x], 'the certificate holds the same key');
  }
  assert.equal(new Set(keys.map((key) => key.kid)).size, keys.length);
});

test('a token of the server verifies with its published keys in jose', async () => {
  const token = await tenant.token();
  const keys = createLocalJWKSet((await send(`${server.base}/.well-known/jwks.json`)).json);

  const { payload } = await jwtVerify(token, keys, { issuer: server.issuer, audience: tenant.audience });

  assert.equal(decodeProtectedHeader(token).alg, 'RS256');
  assert.equal(payload.sub, `${tenant.values.mgmt_client_id}@clients`);
});

test('end_session_endpoint is shown only when the tenant wants it', async () => {
  const shown = async () => (await send(`${server.base}/.well-known/openid-configuration`)).json.end_session_endpoint;

  await tenant.management.tenants.settings.update({ oidc_logout: { rp_logout_end_session_endpoint_discovery: false } });
  assert.equal(await shown(), undefined);
  await tenant.management.tenants.settings.update({ oidc_logout: { rp_logout_end_session_endpoint_discovery: true } });
  assert.equal(await shown(), `${server.issuer}oidc/logout`);
});

test('HEAD answers as GET without the body; an unknown method is 405 with Allow; an unknown path is 404', async () => {
  const url = `${server.base}/.well-known/openid-configuration`;
  const head = await send(url, { method: 'HEAD' });
  const wrong = await send(url, { method: 'DELETE' });
  const nowhere = await send(`${server.base}/.well-known/nothing-here`);

  assert.equal(head.status, 200);
  assert.equal(head.bytes.length, 0);
  assert.ok(Number(head.headers['content-length']) > 100);
  assert.equal(wrong.status, 405);
  assert.match(wrong.headers.allow, /GET/);
  assert.equal(nowhere.status, 404);
});
