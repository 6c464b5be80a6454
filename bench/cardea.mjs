// A Cardea with a tenant to measure: made by `cardea bootstrap`, filled through the Management API.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { cpuSeconds, freePort, startServer, stopServer, untilAnswers } from "./processes.mjs";

const kPassword = "Measured-Passw0rd";
const kDirectory = "Username-Password-Authentication";
const kRealmGrant = "http://auth0.com/oauth/grant-type/password-realm";
const kManagementScopes = "create:resource_servers create:clients read:client_keys create:client_grants read:connections update:connections create:users read:users";
// A client keeps a bounded number of refresh tokens per user, so the tokens are spread over some users.
const kUsers = 24;

export const form = (fields) => new URLSearchParams(fields).toString();

export class Cardea {
  // `folder` must exist; the certificate, the log and, unless `store` says something else, the database are in it.
  static async prepare(binary, folder, { store, cores, threads = 1 } = {}) {
    const made = new Cardea();
    Object.assign(made, { cores, threads, binary, folder, http: await freePort(), https: await freePort(), env: {} });
    made.base = `http://127.0.0.1:${made.http}`;
    made.tlsBase = `https://127.0.0.1:${made.https}`;
    execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
      "-subj", "/CN=localhost", "-keyout", path.join(folder, "tls.key"), "-out", path.join(folder, "tls.crt")], { stdio: "ignore" });
    made.config = path.join(folder, "cardea.toml");
    fs.writeFileSync(made.config, made.settings(path.join(folder, "cardea.db"), store));
    return made;
  }

  settings(database, store = `url = "sqlite:${database}"`) {
    return `[listen]
http = "127.0.0.1:${this.http}"
https = "127.0.0.1:${this.https}"
[tls]
certificate = "${this.folder}/tls.crt"
key = "${this.folder}/tls.key"
[public]
base_url = "${this.base}"
[store]
${store}
[mail]
folder = "${this.folder}/mail"
[limits]
enabled = false
[server]
threads = ${this.threads}
[hash]
threads = 1
[log]
access = false
`;
  }

  bootstrap() {
    const out = execFileSync(this.binary, ["bootstrap", "--config", this.config, "--json"], { stdio: ["ignore", "pipe", "ignore"] });
    this.tenant = JSON.parse(out);
  }

  // Runs a command of the program; resolves with what it printed.
  command(...args) {
    return JSON.parse(execFileSync(this.binary, [...args, "--config", this.config, "--json"], { stdio: ["ignore", "pipe", "inherit"] }));
  }

  // Starts it and resolves with the milliseconds until the first 200.
  async start({ config = this.config, ready = "/.well-known/openid-configuration" } = {}) {
    const begin = performance.now();
    this.child = startServer(this.binary, ["serve", "--config", config], { env: this.env, cores: this.cores, log: path.join(this.folder, "server.log") });
    return untilAnswers(this.child, this.http, ready, begin);
  }
  async stop(signal) { await stopServer(this.child, signal); }
  get pid() { return this.child.pid; }
  cpu() { return cpuSeconds(this.pid); }

  async token(fields) {
    const answer = await fetch(`${this.base}/oauth/token`, {
      method: "POST", headers: { "content-type": "application/x-www-form-urlencoded" }, body: form(fields) });
    const body = await answer.json();
    if (answer.status !== 200) throw new Error(`token endpoint: ${answer.status} ${JSON.stringify(body)}`);
    return body;
  }

  async manage(method, resource, body) {
    const answer = await fetch(`${this.base}/api/v2/${resource}`, {
      method, headers: { authorization: `Bearer ${this.management}`, "content-type": "application/json" }, body: JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${resource}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : {};
  }

  // Two APIs, RS256 and ES256, and for each a machine client and a client of people; and the people.
  async fill() {
    this.management = (await this.token({ grant_type: "client_credentials", client_id: this.tenant.mgmt_client_id,
      client_secret: this.tenant.mgmt_client_secret, audience: `${this.tenant.issuer}api/v2/`, scope: kManagementScopes })).access_token;
    this.apps = {};
    for (const alg of ["RS256", "ES256"]) this.apps[alg] = await this.addApps(alg);
    await this.openDirectory(Object.values(this.apps).map((app) => app.web.client_id));
    for (let i = 0; i < kUsers; ++i)
      await this.manage("POST", "users", { connection: kDirectory, email: userName(i), password: kPassword, email_verified: true });
  }

  async addApps(alg) {
    const audience = `https://${alg.toLowerCase()}.bench/`;
    await this.manage("POST", "resource-servers", { identifier: audience, name: `Bench ${alg}`, signing_alg: alg,
      scopes: [{ value: "read:x", description: "read" }], allow_offline_access: true });
    const machine = await this.manage("POST", "clients", { name: `Machine ${alg}`, app_type: "non_interactive",
      token_endpoint_auth_method: "client_secret_post", grant_types: ["client_credentials"] });
    await this.manage("POST", "client-grants", { client_id: machine.client_id, audience, scope: ["read:x"] });
    const web = await this.manage("POST", "clients", { name: `Web ${alg}`, app_type: "regular_web", oidc_conformant: true,
      token_endpoint_auth_method: "client_secret_post", grant_types: ["authorization_code", "refresh_token", "password", kRealmGrant],
      jwt_configuration: { alg, lifetime_in_seconds: 36000 },
      refresh_token: { rotation_type: "rotating", expiration_type: "expiring", leeway: 0 } });
    return { audience, machine, web };
  }

  async openDirectory(clients) {
    const all = await this.manage("GET", `connections?name=${kDirectory}`);
    const [connection] = all.connections ?? all;
    await this.manage("PATCH", `connections/${connection.id}`, { enabled_clients: clients });
  }

  credentials(app) { return { client_id: app.client_id, client_secret: app.client_secret }; }
  machineForm(alg) {
    const { machine, audience } = this.apps[alg];
    return { grant_type: "client_credentials", ...this.credentials(machine), audience };
  }
  // Without a refresh token unless `scope` asks for one.
  loginForm(alg, user = 0, scope = "openid profile email") {
    const { web, audience } = this.apps[alg];
    return { grant_type: kRealmGrant, ...this.credentials(web), realm: kDirectory, username: userName(user), password: kPassword, audience, scope };
  }
  refreshForm(alg) { return { grant_type: "refresh_token", ...this.credentials(this.apps[alg].web) }; }

  // A file with `count` fresh refresh tokens, each of a family of its own.
  async mintRefreshTokens(alg, count) {
    const tokens = [];
    while (tokens.length < count) {
      const answers = await Promise.all(Array.from({ length: Math.min(8, count - tokens.length) }, (_, i) =>
        this.token(this.loginForm(alg, (tokens.length + i) % kUsers, "openid offline_access"))));
      tokens.push(...answers.map((answer) => answer.refresh_token));
    }
    if (tokens.some((token) => !token)) throw new Error("no refresh token in an answer");
    const file = path.join(this.folder, "refresh-tokens");
    fs.writeFileSync(file, tokens.join("\n") + "\n");
    return file;
  }
}

const userName = (i) => `person${i}@bench.test`;
