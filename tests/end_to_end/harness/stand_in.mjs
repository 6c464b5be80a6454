// An application that is nothing but an empty page at every address, over TLS.
import { readFileSync } from 'node:fs';
import https from 'node:https';
import { certificateOfRun } from './certificate.mjs';

const PAGE = '<!doctype html><html lang="en"><title>Application</title><link rel="icon" href="data:,"><h1>Application</h1></html>';

export class StandIn {
  constructor(port) {
    const { certificate, key } = certificateOfRun();
    this.port = port;
    this.server = https.createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (request, response) => {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
      response.end(PAGE);
    });
    this.ready = new Promise((resolve) => this.server.listen(port, '127.0.0.1', resolve));
  }

  // Any name that the browser takes for this machine.
  callback(host) {
    return `https://${host}:${this.port}/callback`;
  }

  close() {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }
}
