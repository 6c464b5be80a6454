// A stand-in single-page application: one page with the unmodified bundle of auth0-spa-js. Each site has a name and a
// port of its own; the test drives it through window.app.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { createRequire } from 'node:module';
import path from 'node:path';
import { certificateOfRun } from './certificate.mjs';

const require = createRequire(import.meta.url);
const dist = path.join(path.dirname(require.resolve('@auth0/auth0-spa-js/package.json')), 'dist');
const bundle = readFileSync(path.join(dist, 'auth0-spa-js.production.js'));

const page = (settings) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Stand-in</title><link rel="icon" href="data:,">
<script src="/auth0-spa-js.js"></script></head><body><main><h1>Stand-in application</h1></main><script>
const settings = ${JSON.stringify(settings)};
const ready = auth0.createAuth0Client(settings).then(async (client) => {
  let returned = null;
  const query = new URLSearchParams(location.search);
  if (query.has('state') && (query.has('code') || query.has('error'))) {
    try { returned = await client.handleRedirectCallback(); } catch (error) { returned = { error: error.error, error_description: error.error_description, message: error.message }; }
    history.replaceState({}, '', '/');
  }
  return { client, returned };
});
window.app = (name, ...args) => ready.then(({ client }) => client[name](...args));
window.returned = () => ready.then(({ returned }) => returned);
</script></body></html>`;

export class SpaSite {
  // `origin` such as http://localhost:5173 or https://app.example.test:5173. Give settings() before the first visit.
  constructor(origin) {
    this.origin = origin;
    this.settings = {};
    const answer = (request, response) => {
      const script = request.url === '/auth0-spa-js.js';
      response.writeHead(200, { 'content-type': script ? 'text/javascript' : 'text/html; charset=utf-8', 'cache-control': 'no-store' });
      response.end(script ? bundle : page(this.settings));
    };
    const { protocol, port } = new URL(origin);
    const { certificate, key } = certificateOfRun();
    this.server = protocol === 'https:' ? https.createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, answer) : http.createServer(answer);
    this.ready = new Promise((resolve) => this.server.listen(Number(port), '127.0.0.1', resolve));
  }

  close() {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }
}
