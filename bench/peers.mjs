// Other identity servers, run beside ours. Their code is not here: `scripts` is a folder with an install.sh that
// installs them under PEERS_DIR and with a server program for each.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { form } from "./cardea.mjs";
import { freePort, startServer, stopServer, untilAnswers } from "./processes.mjs";

const credentials = (folder, file, name) => {
  const client = JSON.parse(fs.readFileSync(path.join(folder, file)))[name];
  return { client_id: client.client_id, client_secret: client.client_secret };
};
const machine = { client_id: "m2m", client_secret: "m2m-secret-0123456789abcdef0123456789" };

// `measures`: our name of a measure → its path and, for a POST, its form.
const kPeers = {
  "oidc-provider": {
    program: "oidc-provider-server.mjs", node: "n22/node_modules/.bin/node", ready: "/.well-known/openid-configuration",
    measures: {
      discovery: () => ({ path: "/.well-known/openid-configuration" }),
      jwks: () => ({ path: "/jwks" }),
      "cc-rs256": () => ({ path: "/token", form: { grant_type: "client_credentials", ...machine, resource: "https://rs.bench/", scope: "read:x" } }),
      "cc-es256": () => ({ path: "/token", form: { grant_type: "client_credentials", ...machine, resource: "https://es.bench/", scope: "read:x" } }),
    },
  },
  "better-auth": {
    program: "better-auth-server.mjs", node: "n22/node_modules/.bin/node", ready: "/.well-known/openid-configuration",
    measures: {
      discovery: () => ({ path: "/.well-known/openid-configuration" }),
      jwks: () => ({ path: "/api/auth/jwks" }),
      "cc-rs256": (folder) => ({ path: "/api/auth/oauth2/token", form: { grant_type: "client_credentials",
        ...credentials(folder, "better-auth-RS256.clients.json", "m2m"), resource: "https://rs.bench/", scope: "read:x" } }),
    },
  },
};

export const peerNames = Object.keys(kPeers);

export class Peer {
  static async start(name, scripts, installed, logFolder) {
    const made = new Peer();
    Object.assign(made, { name, row: kPeers[name], folder: installed });
    if (!fs.existsSync(path.join(installed, "node_modules", ".package-lock.json"))) {
      if (!scripts) throw new Error(`no peers under ${installed}: name the folder with their install.sh by --peers`);
      console.error(`Installing peers under ${installed}`);
      execFileSync(path.join(scripts, "install.sh"), { env: { ...process.env, PEERS_DIR: installed }, stdio: ["ignore", "ignore", "inherit"] });
    }
    const port = await freePort();
    const node = path.join(installed, made.row.node);
    made.child = startServer(fs.existsSync(node) ? node : process.execPath, [made.row.program],
      { cwd: installed, env: { PORT: String(port), NODE_ENV: "production" }, log: path.join(logFolder, `${name}.log`) });
    made.base = `http://127.0.0.1:${port}`;
    await untilAnswers(made.child, port, made.row.ready, performance.now());
    return made;
  }
  // What to fire at it for one of our measures; nothing when it has no such endpoint.
  shot(measure) {
    const found = this.row.measures[measure]?.(this.folder);
    return found && { url: this.base + found.path, body: found.form && form(found.form) };
  }
  get pid() { return this.child.pid; }
  async stop() { await stopServer(this.child, "SIGKILL"); }
}
