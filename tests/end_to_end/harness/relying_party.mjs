// A strict relying party: `openid-client`, with every check on, ID token signatures included.
import './names.mjs';
import assert from 'node:assert/strict';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as oidc from 'openid-client';
import { signInThroughForms } from './forms.mjs';
import { UserAgent } from './user_agent.mjs';

export { oidc };

export class RelyingParty {
  constructor(config, client, tenant) {
    this.config = config;
    this.client = client;
    this.tenant = tenant;
    this.redirectUri = client.callbacks?.[0];
  }

  // `authentication`: openid-client's way to authenticate the client; by default its secret in the body, or none.
  static async of(tenant, client, { authentication, metadata, verifiesSignature = true } = {}) {
    const way = authentication ?? (client.token_endpoint_auth_method === 'none' ? oidc.None() : oidc.ClientSecretPost(client.client_secret));
    const config = await oidc.discovery(new URL(tenant.issuer), client.client_id, metadata, way);
    if (verifiesSignature) oidc.enableNonRepudiationChecks(config);
    return new RelyingParty(config, client, tenant);
  }

  // An authorization request, and what the answer must be checked against.
  async begin(parameters = {}) {
    const checks = { pkceCodeVerifier: oidc.randomPKCECodeVerifier(), expectedState: oidc.randomState(), expectedNonce: oidc.randomNonce(), idTokenExpected: true };
    if (parameters.max_age !== undefined) checks.maxAge = Number(parameters.max_age);
    const scope = parameters.scope ?? 'openid profile email';
    if (!scope.split(' ').includes('openid')) checks.idTokenExpected = false;
    const url = oidc.buildAuthorizationUrl(this.config, {
      redirect_uri: this.redirectUri,
      code_challenge: await oidc.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
      code_challenge_method: 'S256',
      state: checks.expectedState,
      ...(checks.idTokenExpected ? { nonce: checks.expectedNonce } : {}),
      ...parameters,
      scope,
    });
    if (!checks.idTokenExpected) delete checks.expectedNonce;
    return { url, checks };
  }

  finish(callback, checks) {
    return oidc.authorizationCodeGrant(this.config, new URL(callback), checks);
  }

  // The whole of it: request, login page, callback, exchange. Leaves the session in `agent`.
  async signIn(person, { agent = new UserAgent(), ...parameters } = {}) {
    const { url, checks } = await this.begin(parameters);
    const callback = await signInThroughForms(agent, url, person);
    return this.finish(callback, checks);
  }

  // Without a page: the session of `agent` must do.
  async signInSilently(agent, parameters = {}) {
    const { url, checks } = await this.begin({ prompt: 'none', ...parameters });
    const outcome = await agent.open(url);
    assert.ok(outcome.redirect, `expected a callback, got ${outcome}`);
    return this.finish(outcome.redirect, checks);
  }

  // Raw body for /oauth/token with this client's credentials.
  credentials() {
    return { client_id: this.client.client_id, ...(this.client.client_secret && this.client.token_endpoint_auth_method !== 'none' ? { client_secret: this.client.client_secret } : {}) };
  }
}

// Verifies an access token as an API would, with keys fetched anew.
export async function verifyAccessToken(tenant, token, audience, options = {}) {
  const keys = createRemoteJWKSet(new URL(`${tenant.issuer}.well-known/jwks.json`));
  return jwtVerify(token, keys, { issuer: tenant.issuer, audience, ...options });
}
