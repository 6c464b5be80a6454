import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as jose from 'jose';
import { startPeer } from './peer.mjs';

const asymmetric = ['RS256', 'RS384', 'RS512', 'PS256', 'ES256', 'ES384', 'EdDSA'];
const claims = { iss: 'https://issuer/', sub: 'auth0|1', name: 'Zoë Çelik 🙂', nested: { a: [1, 2.5, null] } };
const payload = JSON.stringify(claims);

let cardea;
before(() => { cardea = startPeer(); });
after(() => cardea.stop());

async function ask(request) {
  const answer = await cardea.ask(request);
  assert.equal(answer.error, undefined);
  return answer;
}

async function foreignPair(alg) {
  const pair = await jose.generateKeyPair(alg, { extractable: true });
  return {
    ...pair,
    privateJwk: await jose.exportJWK(pair.privateKey),
    publicJwk: await jose.exportJWK(pair.publicKey),
    pkcs8: await jose.exportPKCS8(pair.privateKey),
    spki: await jose.exportSPKI(pair.publicKey),
  };
}

for (const alg of asymmetric) {
  describe(alg, () => {
    test('what cardea signs, jose verifies', async () => {
      const made = await ask({ op: 'generate', alg });
      const { jws } = await ask({ op: 'sign', alg, jwk: made.private, header: { typ: 'JWT', kid: 'k1' }, payload });

      for (const key of [await jose.importJWK(made.public, alg), await jose.importSPKI(made.spki, alg), await jose.importX509(made.certificate, alg)]) {
        const verified = await jose.jwtVerify(jws, key, { issuer: claims.iss, algorithms: [alg], typ: 'JWT' });
        assert.deepEqual(verified.payload, claims);
        assert.deepEqual(verified.protectedHeader, { typ: 'JWT', kid: 'k1', alg });
      }
    });

    test('what cardea mints, jose verifies through a key set', async () => {
      const made = await ask({ op: 'generate', alg });
      const { jws } = await ask({ op: 'mint', alg, jwk: made.private, kid: 'k1', typ: 'at+jwt', payload });
      const set = jose.createLocalJWKSet({ keys: [{ ...made.public, kid: 'k0', use: 'enc' }, { ...made.public, kid: 'k1', use: 'sig', alg }] });

      const verified = await jose.jwtVerify(jws, set, { typ: 'at+jwt' });

      assert.deepEqual(verified.payload, claims);
    });

    test('what jose signs, cardea verifies', async () => {
      const pair = await foreignPair(alg);
      const jws = await new jose.SignJWT(claims).setProtectedHeader({ alg, kid: 'k1' }).sign(pair.privateKey);

      for (const key of [{ jwk: pair.publicJwk }, { pem: pair.spki }]) {
        const verified = await ask({ op: 'verify', alg, ...key, jws });
        assert.equal(verified.valid, true);
        assert.deepEqual(JSON.parse(verified.payload), claims);
      }
      const keys = [{ kty: 'EC', crv: 'unknown', kid: 'k1' }, { ...pair.publicJwk, kid: 'k1', alg, use: 'sig' }];
      assert.equal((await ask({ op: 'verify_with_set', alg, jwks: { keys }, jws })).valid, true);
    });

    test('cardea refuses what was changed, and every other algorithm', async () => {
      const pair = await foreignPair(alg);
      const jws = await new jose.SignJWT(claims).setProtectedHeader({ alg }).sign(pair.privateKey);
      const [header, body, signature] = jws.split('.');
      const otherBody = jose.base64url.encode(JSON.stringify({ ...claims, sub: 'auth0|2' }));
      const otherHeader = jose.base64url.encode(JSON.stringify({ alg, kid: 'x' }));

      for (const bad of [`${header}.${otherBody}.${signature}`, `${otherHeader}.${body}.${signature}`]) {
        assert.equal((await ask({ op: 'verify', alg, jwk: pair.publicJwk, jws: bad })).valid, false);
      }
      for (const other of asymmetric.filter((name) => name !== alg)) {
        assert.equal((await ask({ op: 'verify', alg: other, jwk: pair.publicJwk, jws })).valid, false, other);
      }
    });

    test('jose refuses what was changed', async () => {
      const made = await ask({ op: 'generate', alg });
      const { jws } = await ask({ op: 'sign', alg, jwk: made.private, header: {}, payload });
      const [header, , signature] = jws.split('.');

      await assert.rejects(jose.compactVerify(`${header}.e30.${signature}`, await jose.importJWK(made.public, alg)), jose.errors.JWSSignatureVerificationFailed);
    });

    test("jose's keys come into cardea and out again unchanged", async () => {
      const pair = await foreignPair(alg);

      const fromJwk = await ask({ op: 'export', jwk: pair.privateJwk });
      const fromPem = await ask({ op: 'export', pem: pair.pkcs8 });
      const publicOnly = await ask({ op: 'import', jwk: pair.publicJwk });

      assert.deepEqual(fromJwk.private, pair.privateJwk);
      assert.deepEqual(fromPem.private, pair.privateJwk);
      assert.deepEqual(fromJwk.public, pair.publicJwk);
      assert.deepEqual(publicOnly.public, pair.publicJwk);
      assert.equal(publicOnly.spki.trim(), pair.spki.trim());
      assert.equal(fromJwk.pkcs8.trim(), pair.pkcs8.trim());
    });

    test("cardea's keys come into jose and out again unchanged", async () => {
      const made = await ask({ op: 'generate', alg });

      const privateKey = await jose.importJWK(made.private, alg, { extractable: true });
      const fromPem = await jose.importPKCS8(made.pkcs8, alg, { extractable: true });
      const fromCertificate = await jose.importX509(made.certificate, alg, { extractable: true });

      assert.deepEqual(await jose.exportJWK(privateKey), made.private);
      assert.deepEqual(await jose.exportJWK(fromPem), made.private);
      assert.deepEqual(await jose.exportJWK(fromCertificate), made.public);
    });

    test('thumbprints agree', async () => {
      const made = await ask({ op: 'generate', alg });
      const pair = await foreignPair(alg);

      assert.equal(made.thumbprint, await jose.calculateJwkThumbprint(made.public));
      assert.equal((await ask({ op: 'import', jwk: pair.publicJwk })).thumbprint, await jose.calculateJwkThumbprint(pair.publicJwk));
    });
  });
}

describe('HS256', () => {
  const secret = new Uint8Array(48).map((_, i) => i * 5);
  const jwk = { kty: 'oct', k: jose.base64url.encode(secret) };

  test('what cardea signs, jose verifies', async () => {
    const { jws } = await ask({ op: 'sign', alg: 'HS256', jwk, header: { typ: 'JWT' }, payload });

    const verified = await jose.jwtVerify(jws, secret, { algorithms: ['HS256'] });

    assert.deepEqual(verified.payload, claims);
  });

  test('what jose signs, cardea verifies', async () => {
    const jws = await new jose.SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(secret);
    const other = { kty: 'oct', k: jose.base64url.encode(new Uint8Array(48)) };

    assert.equal((await ask({ op: 'verify', alg: 'HS256', jwk, jws })).valid, true);
    assert.equal((await ask({ op: 'verify', alg: 'HS256', jwk: other, jws })).valid, false);
  });

  test('a token signed with the text of a public key does not pass for RS256', async () => {
    const pair = await foreignPair('RS256');
    const jws = await new jose.SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(pair.spki));

    assert.equal((await ask({ op: 'verify', alg: 'RS256', pem: pair.spki, jws })).valid, false);
    assert.match((await cardea.ask({ op: 'verify', alg: 'HS256', pem: pair.spki, jws })).error, /oct/);
  });
});

describe('refused by cardea', () => {
  test('an unsecured token, though jose can make one', async () => {
    const pair = await foreignPair('ES256');
    const jws = new jose.UnsecuredJWT(claims).encode();

    assert.match((await cardea.ask({ op: 'verify', alg: 'ES256', jwk: pair.publicJwk, jws })).error, /without a signature algorithm/);
    assert.match((await cardea.ask({ op: 'verify', alg: 'none', jwk: pair.publicJwk, jws })).error, /no such algorithm/);
  });

  test('critical extensions', async () => {
    const pair = await foreignPair('ES256');
    const jws = await new jose.CompactSign(new TextEncoder().encode(payload))
      .setProtectedHeader({ alg: 'ES256', crit: ['exp'], exp: 1 })
      .sign(pair.privateKey, { crit: { exp: true } });

    assert.match((await cardea.ask({ op: 'verify', alg: 'ES256', jwk: pair.publicJwk, jws })).error, /extensions/);
  });

  test('an encrypted token', async () => {
    const pair = await foreignPair('ES256');
    const jwe = await new jose.EncryptJWT(claims).setProtectedHeader({ alg: 'dir', enc: 'A256GCM' }).encrypt(new Uint8Array(32));

    assert.match((await cardea.ask({ op: 'verify', alg: 'ES256', jwk: pair.publicJwk, jws: jwe })).error, /three parts/);
  });

  test('algorithms and curves that it does not speak', async () => {
    for (const alg of ['ES512', 'PS384', 'PS512']) {
      const pair = await foreignPair(alg);
      const jws = await new jose.SignJWT(claims).setProtectedHeader({ alg }).sign(pair.privateKey);
      for (const expected of asymmetric) {
        assert.notEqual((await cardea.ask({ op: 'verify', alg: expected, jwk: pair.publicJwk, jws })).valid, true, `${alg} as ${expected}`);
      }
    }
  });
});
