// An HTTPS endpoint of an application that keeps what it is sent.
import { readFileSync } from 'node:fs';
import https from 'node:https';
import { certificateOfRun } from './certificate.mjs';
import { eventually } from './eventually.mjs';

export class Receiver {
  constructor(port) {
    this.url = `https://127.0.0.1:${port}`;
    this.requests = [];
    this.statusFor = () => 200;
    const { certificate, key } = certificateOfRun();
    this.server = https.createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, async (request, response) => {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      const seen = { method: request.method, path: request.url, headers: request.headers, body: Buffer.concat(chunks).toString() };
      this.requests.push(seen);
      response.writeHead(this.statusFor(seen, this.requests.length));
      response.end();
    });
    this.ready = new Promise((resolve) => this.server.listen(port, '127.0.0.1', resolve));
  }

  next(wanted, options) {
    return eventually(() => this.requests.find(wanted), { what: 'a request to the application', ...options });
  }

  close() {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }
}
